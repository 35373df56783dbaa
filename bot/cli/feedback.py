"""`bot feedback`: what patients marked, for the people who write the articles. It loads no model and no Rasa."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import click

from bot.cli.privacy import STORE, opened
from bot.feedback import Feedback, marks

COLUMNS = ("at", "answer_id", "condition", "topic", "content_version", "value", "reason")
SINCE = click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Only marks of this day (UTC) and later, such as 2026-01-31."
)


@click.group()
def feedback() -> None:
    """Read the marks that patients gave to answers: no words of theirs, and no conversation's id."""


@feedback.command()
@STORE
@SINCE
def export(store: Path | None, since: datetime | None) -> None:
    """Print all marks as CSV, one line a mark, oldest first."""
    found = _marks(store, since)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for mark in found:
        at = datetime.fromtimestamp(mark.at, timezone.utc).isoformat(timespec="seconds")
        row = {**mark.__dict__, "at": at, "condition": mark.condition, "topic": mark.topic}
        writer.writerow([row[column] for column in COLUMNS])


@feedback.command()
@STORE
@SINCE
def summary(store: Path | None, since: datetime | None) -> None:
    """Print a table: for each topic how many marks, how many helped, and what was wrong with the others."""
    topics = by_topic(_marks(store, since))
    if not topics:
        click.echo("No answer was marked yet.")
        return
    width = max(len(name) for name in topics)
    click.echo(f"{'topic':{width}}  marks  helped  " + "  ".join(REASON_HEADS.values()))
    for name, tally in sorted(topics.items(), key=lambda item: (item[1].helped_share, item[0])):
        share = f"{tally.helped_share:.0%}"
        reasons = "  ".join(f"{tally.reasons[reason]:>{len(head)}}" for reason, head in REASON_HEADS.items())
        click.echo(f"{name:{width}}  {tally.marks:>5}  {share:>6}  {reasons}")


#: Reason → its column; a "no" without a reason has a column of its own.
REASON_HEADS = {
    "not_what_i_asked": "not asked",
    "hard_to_understand": "hard",
    "out_of_date": "old",
    "other": "other",
    "": "no reason",
}


@dataclass
class Tally:
    """The marks of one topic."""

    marks: int = 0
    helped: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def helped_share(self) -> float:
        """The share of marks that say it helped, from 0 to 1."""
        return self.helped / self.marks


def by_topic(found: Iterable[Feedback]) -> dict[str, Tally]:
    """The marks counted for each topic (`condition.topic`)."""
    topics: dict[str, Tally] = {}
    for mark in found:
        tally = topics.setdefault(f"{mark.condition}.{mark.topic}", Tally())
        tally.marks += 1
        if mark.value == "up":
            tally.helped += 1
        else:
            tally.reasons[mark.reason] += 1
    return topics


def _marks(store: Path | None, since: datetime | None) -> list[Feedback]:
    """The marks of all conversations by time. Raises: ClickException when the store can't be read."""
    first = since.replace(tzinfo=timezone.utc).timestamp() if since else 0.0
    with opened(store) as kept:
        talks = [kept.events(conversation.id) for conversation in kept.conversations()]
    found = [mark for events in talks for mark in marks(events)]
    return sorted((mark for mark in found if mark.at >= first), key=lambda mark: mark.at)
