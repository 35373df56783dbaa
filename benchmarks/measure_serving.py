"""The servers side by side: start, memory, and whole turns over HTTP."""

from __future__ import annotations

import time
from collections import defaultdict

from benchmarks.bench import Bench
from benchmarks.load import Server, Talked
from benchmarks.processes import Running
from benchmarks.questions import questions
from benchmarks.rows import WINDOW, Result, Row, curve, percentile
from benchmarks.systems import ROOT, System

PATIENTS = (1, 8, 32)
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
FIRST = "What is leukopenia?"
#: Turns of the start project's line in the picture.
STOCK_TALK = 100
Figures = dict[tuple[str, str], list[float]]


def serving(bench: Bench) -> Result:
    """Starts each server, asks until it answers, lets 1, 8 and 32 patients talk, and looks at its memory."""
    figures: Figures = defaultdict(list)
    failed: dict[str, int] = {"ours": 0, "stock": 0}
    asked: dict[str, int] = {"ours": 0, "stock": 0}
    curves: dict[str, list[tuple[float, float]]] = {}
    for number in range(bench.rounds):
        for system in (bench.ours, bench.stock):
            bench.say(f"serving {system.name}, {number + 1} of {bench.rounds}")
            with bench.serving(system) as server:
                _round(bench, server, system, figures, failed, asked)
                if system is bench.stock and not curves:  # here, because it takes most of a minute to start
                    long = questions(ROOT, bench.count(STOCK_TALK, 2 * WINDOW))
                    curves["conversation stock"] = curve(server.talk(long).seconds)
    lost = "; ".join(f"{name}: {failed[name]} of {asked[name]} not answered" for name in asked)
    return Result(
        tuple(_rows(figures)),
        (
            f"Server: `bot serve --demo` (web API with signed sessions, actions embedded, conversations on disk) and "
            f"`rasa run` with `rasa run actions` (rest channel, conversations in memory), {bench.rounds} starts each in "
            "turn. First answer: from the start of all processes to the first answer over HTTP, tried again and again.",
            f"Turns: {_turns(bench)} messages at each number of patients in each round, after 2 uncounted messages a "
            f"patient; the same messages for both, none twice. {lost}.",
            "Memory: after these turns, all processes of a server together. Peak RSS is each process's own peak "
            "(VmHWM), summed; PSS counts shared pages once.",
        ),
        curves=curves,
    )


def _turns(bench: Bench) -> int:
    return bench.count(96, 8)


def _round(
    bench: Bench, server: Server, system: System, figures: Figures, failed: dict[str, int], asked: dict[str, int]
) -> None:
    figures["start to first answer", system.name].append(server.first_answer(FIRST))
    counts = PATIENTS if not bench.quick else PATIENTS[:2]
    for patients in counts:
        talked = _talk(bench, server, patients)
        failed[system.name] += talked.failed
        asked[system.name] += _turns(bench)
        for name, share in SHARES.items():
            key = f"turn over HTTP, {_patients(patients)}, {name}"
            figures[key, system.name].append(1000 * percentile(talked.seconds, share))
        figures[f"turns a second, {_patients(patients)}", system.name].append(talked.per_second)
    _memory(server.running, system, figures)


def _talk(bench: Bench, server: Server, patients: int) -> Talked:
    each = _turns(bench)
    everything = questions(ROOT, each * len(PATIENTS) + 2)
    texts = everything[2 + PATIENTS.index(patients) * each :][:each]
    return server.talk(texts, patients, warm_up=(FIRST, everything[0]))


def _patients(count: int) -> str:
    return f"{count} patient{'s' * (count != 1)}"


def _memory(running: Running, system: System, figures: Figures) -> None:
    time.sleep(0.5)
    figures["memory, peak RSS", system.name].append(running.peak_rss())
    figures["memory, PSS", system.name].append(running.pss())


def _rows(figures: Figures) -> list[Row]:
    rows = []
    for what in dict.fromkeys(key for key, _ in figures):
        limit, target = None, ""
        if what == "start to first answer" or what == "turn over HTTP, 1 patient, p50":
            limit, target = 0.25, "≤ 1/4"
        elif what == "memory, peak RSS":
            limit, target = 0.6, "≤ 0.6"
        unit = "s" if "start" in what else "MB" if "memory" in what else "1/s" if "second" in what else "ms"
        rows.append(Row(what, unit, tuple(figures[what, "ours"]), tuple(figures[what, "stock"]), limit, target=target))
    return rows
