"""What grows with articles and with the length of a talk."""

from __future__ import annotations

import statistics
from pathlib import Path

from benchmarks.articles import write_content
from benchmarks.bench import Bench
from benchmarks.processes import Command, run
from benchmarks.questions import questions
from benchmarks.rows import Result, Row, percentile
from benchmarks.systems import BOT, ROOT
from bot.content.build import build as build_store

WARM_UP = 20
EACH = 5
OPENING = "What is leukopenia?"
WINDOW = 25


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
        "every check. Three times each, 1,000 articles once."
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
    """One patient who goes on and on."""
    counts = {"ours": bench.count(500, 2 * WINDOW), "stock": bench.count(200, 2 * WINDOW)}
    count = counts["ours"]
    texts = questions(ROOT, count, kinds=WINDOW)
    curves: dict[str, list[tuple[float, float]]] = {}
    for system in (bench.ours, bench.stock):
        bench.say(f"one talk of {counts[system.name]} turns, {system.name}")
        with bench.serving(system) as server:
            server.first_answer(OPENING)
            seconds = server.talk(texts[: counts[system.name]]).seconds
        curves[f"conversation {system.name}"] = [
            (start + WINDOW, 1000 * percentile(seconds[start : start + WINDOW], 0.5))
            for start in range(0, len(seconds) - WINDOW + 1, WINDOW)
        ]
    ours = [milliseconds for _, milliseconds in curves["conversation ours"]]
    early, late = (ours[1], ours[-1])
    return Result(
        (
            Row(f"turns {WINDOW + 1} to {2 * WINDOW} of one talk, p50", "ms", (early,)),
            Row(f"turns {count - WINDOW + 1} to {count} of one talk, p50", "ms", (late,)),
            Row("growth of the turn with the talk", "%", (100 * (late / early - 1),), limit=5.0, target="none (≤ 5 %)"),
        ),
        (
            f"Long talk: one patient, {count} messages over HTTP that vary the same {WINDOW} questions, so that windows "
            f"of {WINDOW} turns compare; once. The start project's line in the picture ends at {counts['stock']} turns.",
        ),
        curves=curves,
    )


def _articles(bench: Bench) -> tuple[int, ...]:
    return (1, 3) if bench.quick else (1, 100, 1000)


def _db(bench: Bench, articles: int) -> Path:
    return bench.folder / f"content-{articles}.db"
