"""Starts processes, ends them by their id, and reads what memory they take from /proc."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MEGABYTE = 1024.0  # kB, as /proc counts


class DidNotWork(Exception):
    """A process that is measured ended or did not answer; the text holds the end of its output."""


@dataclass(frozen=True)
class Command:
    """A program with its arguments, its folder and what it finds in its environment on top of ours."""

    argv: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def whole_environment(self) -> dict[str, str]:
        """Our environment with the command's own values."""
        return {**os.environ, **self.environment}


def run(command: Command, log: Path) -> float:
    """Runs to the end and gives the seconds that it took. Raises: DidNotWork when it fails."""
    started = time.perf_counter()
    with log.open("wb") as output:
        done = subprocess.run(
            command.argv, cwd=command.folder, env=command.whole_environment(), stdout=output, stderr=output
        )
    took = time.perf_counter() - started
    if done.returncode != 0:
        raise DidNotWork(f"{' '.join(command.argv)} ended with {done.returncode}:\n{tail(log)}")
    return took


def tail(log: Path) -> str:
    """The end of a log."""
    return log.read_text("utf-8", "replace")[-2000:]


class Running:
    """Processes that belong together, each the head of a group of its own; all are ended on leaving the context."""

    def __init__(self, commands: Sequence[Command], log: Path) -> None:
        self.log = log
        self._commands = commands
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Running:
        self.started = time.perf_counter()
        with self.log.open("wb") as output:
            for command in self._commands:
                self._processes.append(
                    subprocess.Popen(
                        command.argv,
                        cwd=command.folder,
                        env=command.whole_environment(),
                        stdout=output,
                        stderr=output,
                        start_new_session=True,
                    )
                )
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def wait_until(self, answers: Callable[[], bool], seconds: float = 600.0) -> float:
        """Seconds from the start until `answers` is true. Raises: DidNotWork when it never is."""
        while time.perf_counter() - self.started < seconds:
            if any(process.poll() is not None for process in self._processes):
                break
            if answers():
                return time.perf_counter() - self.started
            time.sleep(0.02)
        raise DidNotWork(f"no answer from {' and '.join(self._commands[0].argv[:4])}:\n{tail(self.log)}")

    def peak_rss(self) -> float:
        """The most resident memory of each process so far (VmHWM), summed, in MB; shared pages count each time."""
        return sum(_status(pid, "VmHWM") for pid in self._tree()) / MEGABYTE

    def pss(self) -> float:
        """Memory now, in MB, with each shared page split among those that share it."""
        return sum(_rollup(pid, "Pss") for pid in self._tree()) / MEGABYTE

    def _tree(self) -> list[int]:
        found, waiting = [], [process.pid for process in self._processes]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                waiting.extend(int(child) for child in task.read_text().split())
        return found


def _status(pid: int, key: str) -> float:
    return _kilobytes(Path(f"/proc/{pid}/status"), key)


def _rollup(pid: int, key: str) -> float:
    return _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), key)


def _kilobytes(path: Path, key: str) -> float:
    try:
        lines = path.read_text().splitlines()
    except OSError:  # it has ended meanwhile
        return 0.0
    return next((float(line.split()[1]) for line in lines if line.startswith(f"{key}:")), 0.0)
