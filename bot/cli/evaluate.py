"""`bot evaluate`."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from bot.settings import Settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--plot", type=click.Path(path_type=Path), default=Path("results/reliability.png"), show_default=True)
def evaluate(file: Path, as_json: bool, plot: Path) -> None:
    """Ask every question of FILE (CSV with the columns text and label) and print how well it went.

    A label is a topic (causes, symptoms …) or a kind (unknown, personal_advice, red_flag, crisis, conversation);
    common synonyms are understood. Each question is a conversation of its own.
    """
    from bot.content.store import ContentStore
    from bot.evaluation.plot import reliability_diagram
    from bot.evaluation.questions import read_rows, score
    from bot.runtime import quiet

    quiet()  # before anything imports Rasa
    settings = Settings.read()
    topics = [topic.id for topic in ContentStore.open(settings.content_db).topics()]
    rows = read_rows(file, topics)
    scores = score(asyncio.run(_ask(settings, rows, quiet=as_json)))
    if scores.reliability:
        reliability_diagram(scores.reliability, plot)
    if as_json:
        click.echo(json.dumps(scores.as_dict(), ensure_ascii=False))
        return
    _print(scores)
    if scores.reliability:
        click.echo(f"Reliability diagram: {plot}")


async def _ask(settings: Settings, rows: Any, quiet: bool) -> Any:
    from rich.console import Console
    from rich.progress import Progress

    from bot.logs import configure_logging

    configure_logging("ERROR")
    from bot.answering import ask
    from bot.evaluation.questions import run
    from bot.runtime import build_turns

    turns = build_turns(settings)

    async def asked(text: str) -> Mapping[str, Any]:
        conversation = uuid.uuid4().hex
        record = await ask(turns, text, conversation)
        await turns.forget(conversation)
        return record

    with Progress(console=Console(stderr=True), disable=quiet, transient=True) as progress:
        task = progress.add_task("Asking", total=len(rows))
        return await run(rows, asked, lambda: progress.advance(task))


def _print(scores: Any) -> None:
    from rich.table import Table

    from bot.terminal import console

    out = console()
    labels = Table(title="Right by label")
    for heading in ("label", "right", "rows", "share", "what else came"):
        labels.add_column(heading, justify="left" if heading in ("label", "what else came") else "right")
    for name, (right, rows) in sorted(scores.per_label.items()):
        others = ", ".join(f"{got} {count}" for got, count in scores.confusion[name].most_common() if got != name)
        labels.add_row(name, str(right), str(rows), f"{right / rows:.1%}", others)
    out.print(labels)
    figures = Table(title="Figures", show_header=False)
    for text, value in (
        ("in scope, right topic", scores.in_scope_right),
        ("in scope, wrongly refused", scores.in_scope_refused),
        ("in scope, asked back", scores.in_scope_clarified),
        ("out of scope, answered all the same", scores.false_answers),
        ("personal questions recognised", scores.personal_recall),
    ):
        figures.add_row(text, "-" if value is None else f"{value:.1%}")
    out.print(figures)
