"""Turns without HTTP, understanding alone, and the floor."""

from __future__ import annotations

import statistics
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientSession

from benchmarks.bench import ONE_CORE, Bench, one_core
from benchmarks.processes import Command
from benchmarks.questions import questions
from benchmarks.rows import Result, Row, percentile
from benchmarks.systems import ROOT

WARM_UP = 20
EACH = 5


def in_process(bench: Bench) -> Result:
    """Whole turns but for the HTTP of the channel; the start project's actions still run in their own server."""
    count = bench.count(150, 10)
    texts = questions(ROOT, WARM_UP + count)
    given = {"warm_up": texts[:WARM_UP], "texts": texts[WARM_UP:], "each": EACH}
    seconds: dict[tuple[str, str], list[float]] = {}
    failed = {"ours": 0, "stock": 0}
    for number in range(bench.rounds):
        for system in (bench.ours, bench.stock):
            bench.say(f"turns in the process, {system.name}, {number + 1} of {bench.rounds}")
            done = bench.work(system, "turns", given)
            failed[system.name] += done["failed"]
            for name, share in {"p50": 0.5, "p95": 0.95, "p99": 0.99}.items():
                seconds.setdefault((name, system.name), []).append(1000 * percentile(done["seconds"], share))
    rows = tuple(
        Row(f"turn in the process, {name}", "ms", tuple(seconds[name, "ours"]), tuple(seconds[name, "stock"]))
        for name in ("p50", "p95", "p99")
    )
    lost = "; ".join(f"{name}: {failed[name]} of {count * bench.rounds} not answered" for name in failed)
    how = (
        f"Turn in the process: {count} messages in conversations of {EACH}, {bench.rounds} processes each in turn, "
        f"after {WARM_UP} uncounted messages. {lost}."
    )
    return Result(rows, (how,))


def understanding(bench: Bench) -> Result:
    """What a message means, without dialogue and actions, on one core."""
    count = bench.count(150, 10)
    texts = questions(ROOT, WARM_UP + count)
    given = {"warm_up": texts[:WARM_UP], "texts": texts[WARM_UP:]}
    medians: dict[str, list[float]] = {"ours": [], "stock": []}
    for number in range(bench.rounds):
        for system in (bench.ours, bench.stock):
            bench.say(f"understanding, {system.name}, {number + 1} of {bench.rounds}")
            done = bench.work(system, "understanding", given, one_core(), **ONE_CORE)
            medians[system.name].append(1000 * statistics.median(done["seconds"]))
    how = (
        f"Understanding: the median of {count} messages on one core (taskset, one thread), {bench.rounds} processes each "
        f"in turn, after {WARM_UP} uncounted messages."
    )
    return Result(
        (Row("understanding alone, one core, p50", "ms", tuple(medians["ours"]), tuple(medians["stock"])),), (how,)
    )


class FloorPatient:
    """Talks to the bare handler."""

    def __init__(self, http: ClientSession, port: int) -> None:
        self._http = http
        self._url = f"http://127.0.0.1:{port}/"

    async def ask(self, text: str) -> bool:
        """Sends a message and waits for the answer; whether one came."""
        body = {"client_message_id": uuid.uuid4().hex, "text": text}
        async with self._http.post(self._url, json=body) as answer:
            return answer.status == 200 and bool((await answer.json())["text"])


@dataclass(frozen=True)
class Floor:
    """`benchmarks.floor` over a content store."""

    db: Path
    name: str = "floor"

    def serving(self, port: int) -> list[Command]:
        """The bare handler."""
        return [Command([sys.executable, "-m", "benchmarks.floor", str(port), str(self.db)], ROOT)]

    def patient(self, http: ClientSession, port: int) -> FloorPatient:
        """A new conversation, which is none."""
        return FloorPatient(http, port)


def floor(bench: Bench) -> Result:
    """A bare Sanic handler with one SQLite lookup, and how far above it a whole turn is."""
    count = bench.count(200, 10)
    texts = questions(ROOT, 2 * count + 2 * WARM_UP)
    figures: dict[str, list[float]] = {"floor": [], "understanding": [], "turn": []}
    for number in range(bench.rounds):
        bench.say(f"the floor, {number + 1} of {bench.rounds}")
        with bench.serving(Floor(bench.systems[0].db)) as server:
            server.first_answer("Are you there?")
            bare = server.talk(texts[:count], warm_up=texts[-WARM_UP:])
        figures["floor"].append(1000 * percentile(bare.seconds, 0.5))
        with bench.serving(bench.ours) as server:
            server.first_answer("Are you there?")
            whole = server.talk(texts[:count], warm_up=texts[-WARM_UP:])
        figures["turn"].append(1000 * percentile(whole.seconds, 0.5))
        given = {"warm_up": texts[-WARM_UP:], "texts": texts[:count]}
        done = bench.work(bench.ours, "understanding", given)
        figures["understanding"].append(1000 * percentile(done["seconds"], 0.5))
    limit = 4 * statistics.median(figures["floor"]) + statistics.median(figures["understanding"])
    return Result(
        (
            Row("bare Sanic handler with one SQLite lookup, p50", "ms", tuple(figures["floor"])),
            Row("understanding alone, as the server runs it, p50", "ms", tuple(figures["understanding"])),
            Row(
                "whole turn over HTTP, p50", "ms", tuple(figures["turn"]), limit=limit,
                target=f"≤ 4 × floor + understanding = {limit:.1f} ms",
            ),
        ),
        (f"Floor: {count} messages of one patient, {bench.rounds} rounds, after {WARM_UP} uncounted messages.",),
    )  # fmt: skip
