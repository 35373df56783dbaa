"""`make bench`: python -m benchmarks [--quick] [--only NAME …]"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from benchmarks import measure_chat, measure_growth, measure_profile, measure_serving, measure_training, measure_turns
from benchmarks.bench import Bench
from benchmarks.machine import load, machine
from benchmarks.picture import draw
from benchmarks.processes import DidNotWork
from benchmarks.report import show, write
from benchmarks.rows import Result
from benchmarks.systems import ROOT

#: In the order of the table. Training comes first: what follows uses its models.
MEASUREMENTS: Mapping[str, Callable[[Bench], Result]] = {
    "training": measure_training.training,
    "size": measure_training.size,
    "serving": measure_serving.serving,
    "turns": measure_turns.in_process,
    "floor": measure_turns.floor,
    "prompt": measure_chat.prompt,
    "build": measure_growth.build,
    "articles": measure_growth.articles,
    "conversation": measure_growth.conversation,
    "widget": measure_chat.widget,
    "profile": measure_profile.profile,
}
DOCUMENT = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "pictures" / "performance.png"
#: A machine that does something else measures that, too.
BUSY = 0.7


@click.command()
@click.option("--quick", is_flag=True, help="Just see that everything works; the figures mean nothing.")
@click.option("--only", multiple=True, type=click.Choice(list(MEASUREMENTS)), help="Only this; can be given again.")
@click.option("--trainings", default=1, show_default=True, help="How often each system is trained.")
@click.option("--results", type=click.Path(path_type=Path), default=ROOT / "results", help="Folder of the results.")
def main(quick: bool, only: tuple[str, ...], trainings: int, results: Path) -> None:
    """Measures our bot beside Rasa's start project, and writes docs/performance.md when everything was measured."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # else what it started would go on
    console = Console()
    folder = results.resolve() / ("bench-quick" if quick else "bench")
    file = folder.with_suffix(".json")
    if load() > BUSY:
        console.print(f"The machine is busy (load {load():.1f}): figures will be too high.", style="yellow")
    started = time.perf_counter()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting")
        bench = Bench(folder, quick, trainings, lambda text: progress.update(task, description=text))
        for name in only or MEASUREMENTS:
            begun = time.perf_counter()
            try:
                result = MEASUREMENTS[name](bench)
            except DidNotWork as error:
                raise click.ClickException(f"{name}: {error}") from None
            show(result, name, console)
            _keep(file, name, result, time.perf_counter() - begun)
    if quick or only:
        console.print(f"Kept in {file}; the document is written by a whole run.")
        return
    about = machine() | {"date": date.today().isoformat(), "minutes": round((time.perf_counter() - started) / 60)}
    kept = _kept(file)
    file.write_text(json.dumps(kept | {"machine": about}, indent=1), "utf-8")
    everything = {name: Result.from_dict(kept["measurements"][name]) for name in MEASUREMENTS}
    write(DOCUMENT, everything, about)
    draw(everything, PICTURE)
    console.print(f"Written: {DOCUMENT.relative_to(ROOT)}, {PICTURE.relative_to(ROOT)}")


def _kept(file: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {"measurements": {}}
    return data


def _keep(file: Path, name: str, result: Result, seconds: float) -> None:
    """Writes each result as soon as it is there, so that a run that breaks off loses nothing.

    Args:
        file: Where results are kept.
        name: Of the measurement.
        result: What it gave.
        seconds: How long it took.
    """
    data = _kept(file)
    data["measurements"][name] = {"date": date.today().isoformat(), "seconds": round(seconds, 1), **result.to_dict()}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data, indent=1), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
