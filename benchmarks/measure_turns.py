"""Turns without HTTP, understanding alone, and the floor."""

from __future__ import annotations

import statistics
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientSession

from benchmarks.bench import Bench
from benchmarks.processes import Command
from benchmarks.questions import questions
from benchmarks.rows import Result, Row, percentile
from benchmarks.systems import ROOT

WARM_UP = 20
EACH = 5


def in_process(bench: Bench) -> Result:
    """Turns without the channel's HTTP (the start project's actions still run in their own server); understanding alone."""
    count = bench.count(100, 10)
    texts = questions(ROOT, 2 * (WARM_UP + count))
    talk, parse = texts[: WARM_UP + count], texts[WARM_UP + count :]
    given = {
        "warm_up": talk[:WARM_UP],
        "texts": talk[WARM_UP:],
        "each": EACH,
        "blocks": [parse[:WARM_UP], parse[WARM_UP:]],
    }
    figures: dict[tuple[str, str], list[float]] = {}
    failed = {"ours": 0, "stock": 0}
    for number in range(bench.rounds):
        for system in (bench.ours, bench.stock):
            bench.say(f"turns in the process, {system.name}, {number + 1} of {bench.rounds}")
            done = bench.work(system, "measure", given)
            failed[system.name] += done["failed"]
            for name, share in {"p50": 0.5, "p95": 0.95, "p99": 0.99}.items():
                key = (f"turn in the process, {name}", system.name)
                figures.setdefault(key, []).append(1000 * percentile(done["seconds"], share))
            key = ("understanding alone, one core, p50", system.name)
            figures.setdefault(key, []).append(1000 * percentile(done["understanding"][1], 0.5))
    rows = [
        Row(what, "ms", tuple(figures[what, "ours"]), tuple(figures[what, "stock"]))
        for what in dict.fromkeys(what for what, _ in figures)
    ]
    lost = "; ".join(f"{name}: {failed[name]} of {count * bench.rounds} not answered" for name in failed)
    how = (
        f"In the process: {count} messages in conversations of {EACH}, then {count} others that are only understood, all "
        f"threads on one core; {bench.rounds} processes each in turn, after {WARM_UP} uncounted messages. {lost}."
    )
    return Result(tuple(rows), (how,))


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
    count, rounds = bench.count(80, 10), bench.count(3, 1)
    texts = questions(ROOT, (2 * rounds + 2) * count)
    blocks = [texts[start : start + count] for start in range(0, len(texts), count)]
    warm_up, parse, talk = blocks[0][:WARM_UP], blocks[: rounds + 1], blocks[rounds + 2 :]
    bench.say("the floor, and a whole turn above it")
    figures: dict[str, list[float]] = {"floor": [], "turn": []}
    with bench.serving(Floor(bench.systems[0].db)) as bare, bench.serving(bench.ours) as whole:
        for server in (bare, whole):
            server.first_answer("Are you there?")
        for block in talk:
            for name, server in (("floor", bare), ("turn", whole)):
                figures[name].append(1000 * percentile(server.talk(block, warm_up=warm_up).seconds, 0.5))
    done = bench.work(bench.ours, "measure", {"warm_up": [], "texts": [], "each": EACH, "blocks": parse})
    figures["understanding"] = [1000 * percentile(block, 0.5) for block in done["understanding"][1:]]
    limit = 4 * statistics.median(figures["floor"]) + statistics.median(figures["understanding"])
    rows = (
        Row("bare Sanic handler with one SQLite lookup, p50", "ms", tuple(figures["floor"])),
        Row("understanding alone, for the next line, p50", "ms", tuple(figures["understanding"])),
        Row(
            "whole turn over HTTP, p50",
            "ms",
            tuple(figures["turn"]),
            limit=limit,
            target=f"≤ 4 × floor + understanding = {limit:.1f} ms",
        ),
    )
    how = (
        f"Floor: {count} messages of one patient, {rounds} times in turn with both servers running, each after "
        f"{WARM_UP} uncounted messages; then {count} others are only understood, {rounds} times after as many uncounted ones."
    )
    return Result(rows, (how,))
