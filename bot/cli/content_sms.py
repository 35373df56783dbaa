"""`bot content sms`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from bot.settings import Settings

#: Segments that the short form of an answer may take, with source, disclaimer and choices.
SHORT_SEGMENTS = 4


@click.command("sms")
@click.option("--db", type=click.Path(path_type=Path), help="The content store.")
def sms(db: Path | None) -> None:
    """Show how many SMS segments each answer takes, short and whole, with all that is said beside it."""
    from bot.channels.sms import segments, sms_bodies
    from bot.content.fixed import filled_message
    from bot.content.reply import AnswerBlock, Button, Reply
    from bot.content.store import ContentStore, StoreError

    try:
        store = ContentStore.open(db or Settings.read().content_db)
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    more = filled_message(Settings.read().content, "sms_more")
    counts: Counter[int] = Counter()
    rows = [("answer", "short", "whole", "messages")]
    for answer in store.answers():
        following = [store.answer(answer.condition, topic) for topic in store.topic(answer.topic).next][:3]
        buttons = tuple(Button(item.questions[0], "/") for item in following if item)
        forms = []
        for short in (answer.short, ""):
            block = AnswerBlock(
                answer.id, answer.topic, answer.condition, answer.questions[0], answer.text, answer.source, short
            )
            forms.append(
                sms_bodies(Reply("answer", blocks=(block,), disclaimer=answer.disclaimer, buttons=buttons), more)
            )
        taken = [sum(map(segments, bodies)) for bodies in forms]
        counts[taken[0]] += 1
        rows.append((answer.id, str(taken[0]), str(taken[1]), str(len(forms[1]))))
    width = max(len(row[0]) for row in rows)
    for name, *values in rows:
        click.echo(f"{name:<{width}}  " + "  ".join(f"{value:>8}" for value in values))
    click.echo(
        "Short forms: "
        + ", ".join(f"{counts[size]} of {size} segment{'s' * (size > 1)}" for size in sorted(counts))
        + f". At most {SHORT_SEGMENTS} each is good; a segment is 153 characters."
    )
