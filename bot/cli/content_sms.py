"""`bot content sms`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from bot.settings import Settings

#: Choices that are offered after an answer.
CHOICES = 3


@click.command("sms")
@click.option("--db", type=click.Path(path_type=Path), help="The content store.")
def sms(db: Path | None) -> None:
    """Show how many SMS segments each answer takes, short and whole, with all that is said beside it."""
    from bot.channels.sms import SHORT_SEGMENTS, taken
    from bot.content.fixed import filled_message
    from bot.content.store import ContentStore

    store = ContentStore.open(db or Settings.read().content_db)
    more = filled_message(Settings.read().content, "sms_more")
    found = {}
    for answer in store.answers():
        following = (store.answer(answer.condition, topic) for topic in store.topic(answer.topic).next[:CHOICES])
        found[answer.id] = taken(answer, filter(None, following), more)
    rows = [("answer", "short", "whole", "messages")]
    rows += [(name, str(item.short), str(item.whole), str(item.messages)) for name, item in found.items()]
    width = max(len(row[0]) for row in rows)
    for name, *values in rows:
        click.echo(f"{name:<{width}}  " + "  ".join(f"{value:>8}" for value in values))
    counts = sorted(Counter(item.short for item in found.values()).items())
    click.echo(
        "Short forms: "
        + ", ".join(f"{count} of {size} segment{'s' * (size > 1)}" for size, count in counts)
        + f". At most {SHORT_SEGMENTS} each is good; a segment is 153 characters."
    )
