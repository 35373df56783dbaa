"""What a person feels: from the command to the prompt, and from Enter to the answer in a browser."""

from __future__ import annotations

import os
import pty
import select
import shutil
import signal
import statistics
import sys
import time

from benchmarks.bench import Bench
from benchmarks.processes import Command, DidNotWork, run
from benchmarks.rows import Result, Row
from benchmarks.systems import BOT, QUIET, ROOT

PROMPT = b"You:"
SECONDS = 120.0
#: The least of Rasa that a bot can be run with.
IMPORT = "import rasa.core.agent"


def prompt(bench: Bench) -> Result:
    """`bot chat` until it asks for a message, against importing Rasa and doing nothing."""
    times: dict[str, list[float]] = {"chat": [], "import": []}
    rounds = bench.count(3, 1)
    for number in range(rounds):
        bench.say(f"bot chat to its prompt, {number + 1} of {rounds}")
        times["import"].append(run(Command([sys.executable, "-c", IMPORT], ROOT, QUIET), bench.log("import")))
        times["chat"].append(_to_prompt(Command([*BOT, "chat"], ROOT, bench.ours.environment)))
    limit = statistics.median(times["import"]) + 2
    return Result(
        (
            Row(f"`{IMPORT}`", "s", tuple(times["import"])),
            Row(
                "`bot chat` to the prompt", "s", tuple(times["chat"]), limit=limit,
                target=f"≤ import + 2 s = {limit:.1f} s",
            ),
        ),
        (f"Prompt: `bot chat` in a terminal of its own, {rounds} starts in turn with the import.",),
    )  # fmt: skip


def _to_prompt(command: Command) -> float:
    """Seconds until the prompt is shown in a pseudo-terminal."""
    started = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(command.folder)
        os.execvpe(command.argv[0], list(command.argv), {**command.whole_environment(), "TERM": "xterm"})
    try:
        seen = b""
        while time.perf_counter() - started < SECONDS:
            if not select.select([terminal], [], [], 1.0)[0]:
                continue
            seen += os.read(terminal, 4096)
            if b"\x1b[6n" in seen:  # prompt_toolkit asks where the cursor is
                os.write(terminal, b"\x1b[1;1R")
                seen = seen.replace(b"\x1b[6n", b"")
            if PROMPT in seen:
                return time.perf_counter() - started
        raise DidNotWork("`bot chat` did not come to its prompt")
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


def widget(bench: Bench) -> Result:
    """The widget in Chromium before our server."""
    from benchmarks.widget import measure

    if not shutil.which("chromium"):
        return Result((), ("Widget: not measured, because Chromium is missing.",))
    rounds = bench.count(2, 1)
    bench.say("the widget in Chromium")
    with bench.serving(bench.ours) as server:
        server.first_answer("What is leukopenia?")
        found = measure(f"{server.url}/web/demo/", rounds)
    names = {
        "launcher_ms": "widget: page to launcher",
        "open_ms": "widget: click to open chat",
        "answer_median_ms": "widget: Enter to painted answer, p50",
        "answer_p95_ms": "widget: Enter to painted answer, p95",
    }
    rows = tuple(Row(names[key], "ms", (value,)) for key, value in found.items())
    return Result(rows, (f"Widget: six questions, {rounds} times, in headless Chromium on the same machine.",))
