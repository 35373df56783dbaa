"""What grows with articles and with the length of a talk."""

from __future__ import annotations

import statistics
from pathlib import Path

from benchmarks.articles import write_content
from benchmarks.bench import Bench
from benchmarks.load import side_by_side
from benchmarks.processes import Command, run
from benchmarks.questions import questions
from benchmarks.rows import WINDOW, Result, Row, curve
from benchmarks.systems import BOT, ROOT
from bot.content.build import build as build_store

WARM_UP = 20
EACH = 5
OPENING = "What is leukopenia?"


def build(bench: Bench) -> Result:
    """`bot content build` of 1, 100 and 1,000 articles, checks and all."""
    rows = []
    for articles in _articles(bench):
        content = write_content(ROOT / "content", bench.folder / f"content-{articles}", articles)
        seconds = []
        for number in range(bench.rounds if articles < 1000 else 1):
            bench.say(f"building {articles} articles, {number + 1}")
            argv = [*BOT, "content", "build", "--content", str(content), "--db", str(_db(bench, articles))]
            seconds.append(run(Command(argv, ROOT), bench.log("build")))
        rows.append(Row(f"`bot content build`, {articles:,} article{'s' * (articles != 1)}", "s", tuple(seconds)))
    how = (
        "Building: the whole command, checks and all; the made-up articles are as long as the real one and pass "
        f"every check. {bench.rounds} times each, 1,000 articles once."
    )
    return Result(tuple(rows), (how,))


def articles(bench: Bench) -> Result:
    """Turns and understanding with one article and with a thousand."""
    few, many = _articles(bench)[0], _articles(bench)[-1]
    for number in (few, many):
        if not _db(bench, number).is_file():
            content = write_content(ROOT / "content", bench.folder / f"content-{number}", number)
            build_store(content, _db(bench, number))
    count = bench.count(100, 10)
    texts = questions(ROOT, 2 * (WARM_UP + count))
    talk, parse = texts[: WARM_UP + count], texts[WARM_UP + count :]
    given = {
        "warm_up": talk[:WARM_UP],
        "texts": talk[WARM_UP:],
        "each": EACH,
        "opening": [OPENING],
        "blocks": [parse[:WARM_UP], parse[WARM_UP:]],
    }
    turns: dict[int, list[float]] = {few: [], many: []}
    parsed: dict[int, list[float]] = {few: [], many: []}
    understood: dict[int, list[list[str]]] = {}
    for number in range(bench.rounds):
        for size in (few, many):
            bench.say(f"turns with {size:,} articles, {number + 1} of {bench.rounds}")
            done = bench.work(bench.ours, "measure", given, BOT_CONTENT_DB=str(_db(bench, size)))
            turns[size].append(1000 * statistics.median(done["seconds"]))
            parsed[size].append(1000 * statistics.median(done["understanding"][1]))
            understood[size] = done["understood"]
    other = sum(one != another for one, another in zip(understood[few], understood[many], strict=True))
    growth = tuple(100 * (b / a - 1) for a, b in zip(turns[few], turns[many], strict=True))
    return Result(
        (
            Row(f"turn in the process with {few:,} article, p50", "ms", tuple(turns[few])),
            Row(f"turn in the process with {many:,} articles, p50", "ms", tuple(turns[many])),
            Row("growth of the turn with articles", "%", growth, limit=20.0, target="< 20 %"),
            Row(f"understanding with {few:,} article, p50", "ms", tuple(parsed[few])),
            Row(f"understanding with {many:,} articles, p50", "ms", tuple(parsed[many])),
            Row(f"messages understood otherwise, of {count}", "", (float(other),), limit=0.0, target="0"),
        ),
        (
            f'Articles: {count} messages in conversations of {EACH} that begin with "{OPENING}", then {count} others that '
            f"are only understood; {bench.rounds} processes each in turn, after {WARM_UP} uncounted messages. Understood: "
            "intent, kind of reply, topic and condition.",
        ),
    )


def conversation(bench: Bench) -> Result:
    """One patient who goes on and on, beside one who began a short while ago."""
    count, compared = bench.count(500, 2 * WINDOW), bench.count(50, 10)
    texts = questions(ROOT, count)
    before, asked = texts[:-compared], texts[-compared:]
    early: list[float] = []
    late: list[float] = []
    curves: dict[str, list[tuple[float, float]]] = {}
    for number in range(bench.rounds):
        bench.say(f"one talk of {count} turns, {number + 1} of {bench.rounds}")
        with bench.serving(bench.ours) as server, bench.serving(bench.ours) as other:
            for each in (server, other):
                each.first_answer(OPENING)
            long, short = side_by_side((server, other), (before, before[:compared]), asked)
        late.append(1000 * statistics.median(long[-compared:]))
        early.append(1000 * statistics.median(short[-compared:]))
        curves.setdefault("conversation ours", curve(long))
    growth = tuple(100 * (last / first - 1) for first, last in zip(early, late, strict=True))
    return Result(
        (
            Row(f"turns {compared + 1} to {2 * compared} of one talk, p50", "ms", tuple(early)),
            Row(f"turns {count - compared + 1} to {count} of one talk, p50", "ms", tuple(late)),
            Row("growth of the turn with the talk", "%", growth, limit=5.0, target="none (≤ 5 %)"),
        ),
        (
            f"Long talk: one patient, {count} messages over HTTP, all different; the last {compared} are asked in turn with "
            f"another patient of another server, who has said {compared} before; {bench.rounds} times. The start project's "
            "line in the picture is shorter.",
        ),
        curves=curves,
    )


def _articles(bench: Bench) -> tuple[int, ...]:
    return (1, 3) if bench.quick else (1, 100, 1000)


def _db(bench: Bench, articles: int) -> Path:
    return bench.folder / f"content-{articles}.db"
