"""`bot evaluate-intents`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from bot.settings import Settings


@click.command()
@click.option("--train", "train_file", type=click.Path(path_type=Path), required=True, help="CSV with text and label.")
@click.option("--test", "test_file", type=click.Path(path_type=Path), required=True, help="CSV with text and label.")
@click.option("--oos", metavar="LABEL", help="The label of out-of-scope texts.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def evaluate_intents(train_file: Path, test_file: Path, oos: str | None, as_json: bool) -> None:
    """Train the intent part of config.yml, unchanged, on any labelled texts and test it on others.

    Prints the accuracy in scope, and for thresholds 0.1 to 0.9 the accuracy in scope and the recall out of scope.
    """
    import yaml

    from bot.evaluation.intents import read_labelled, train_and_predict
    from bot.logs import configure_logging
    from bot.runtime import quiet

    quiet()
    configure_logging("ERROR")
    started = time.perf_counter()
    try:
        train, test = read_labelled(train_file), read_labelled(test_file)
        config = yaml.safe_load((Settings.read().root / "config.yml").read_text("utf-8"))
        figures = train_and_predict(config, train, test).table(oos)
    except RuntimeError as error:
        raise click.ClickException(str(error)) from None
    figures |= {"train_rows": len(train), "seconds": round(time.perf_counter() - started, 1)}
    click.echo(json.dumps(figures)) if as_json else _print(figures)


def _print(figures: dict[str, Any]) -> None:
    from rich.table import Table

    from bot.terminal import console

    out = console()
    out.print(
        f"Trained on {figures['train_rows']} texts, tested on {figures['rows']} in {figures['seconds']} s. "
        f"In-scope accuracy without a threshold: {_percent(figures['in_scope_accuracy'])}"
    )
    table = Table()
    for heading in ("threshold", "in-scope accuracy", "out-of-scope recall"):
        table.add_column(heading, justify="right")
    for row in figures["thresholds"]:
        table.add_row(str(row["threshold"]), _percent(row["in_scope_accuracy"]), _percent(row["oos_recall"]))
    out.print(table)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
