"""What every measurement gets: where to put files, how much to do, and a way to say what goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.load import Server
from benchmarks.processes import Command, Running, run
from benchmarks.systems import OurBot, Served, StockBot, System, both
from tests.ports import free_port


@dataclass
class Bench:
    """One run of the benchmarks.

    Attributes:
        folder: Files of this run.
        quick: Just enough to see that everything works; the figures mean nothing.
        trainings: How often each system is trained: the longest of all measurements.
        say: Shows a line of progress.
    """

    folder: Path
    quick: bool
    trainings: int
    say: Callable[[str], None]

    def count(self, whole: int, quick: int) -> int:
        """How many of something: `whole`, or `quick` in a quick run."""
        return quick if self.quick else whole

    @property
    def rounds(self) -> int:
        """How often the two take turns: each time the start project needs most of a minute to begin."""
        return self.count(2, 1)

    def log(self, name: str) -> Path:
        """Where a process writes what it says."""
        path = self.folder / "logs"
        path.mkdir(parents=True, exist_ok=True)
        return path / f"{name}.log"

    @cached_property
    def systems(self) -> tuple[OurBot, StockBot]:
        """The two, with content and data in place but not trained."""
        return both(self.folder, self.quick)

    @property
    def ours(self) -> OurBot:
        """Our bot, trained."""
        return self.trained(self.systems[0])

    @property
    def stock(self) -> StockBot:
        """Rasa's start project, trained."""
        return self.trained(self.systems[1])

    def trained(self, system: Any) -> Any:
        """The system, with a model; it is trained when there is none."""
        if system.name not in self._trained:
            self.say(f"looking for the model: {system.name}")
            system.ensure_model(self.log(f"train-{system.name}"))
            self._trained.add(system.name)
        return system

    @cached_property
    def _trained(self) -> set[str]:
        return set()

    @contextmanager
    def serving(self, system: Served) -> Iterator[Server]:
        """The system's processes, as in production."""
        port = free_port()
        with Running(system.serving(port), self.log(f"serve-{system.name}")) as running:
            yield Server(running, lambda http: system.patient(http, port), f"http://127.0.0.1:{port}")

    def work(self, system: System, task: str, given: dict[str, Any], **environment: str) -> dict[str, Any]:
        """Runs `benchmarks.worker` in a process of its own and gives its JSON."""
        beside, command = system.worker(**environment)
        name = f"worker-{system.name}"
        file = self.folder / "task.json"
        file.write_text(json.dumps(given), "utf-8")
        with Running(beside, self.log(f"{name}-beside")):
            run(Command([*command.argv, task, str(file)], command.folder, command.environment), self.log(name))
        data: dict[str, Any] = json.loads(self.log(name).read_text("utf-8").splitlines()[-1])
        return data
