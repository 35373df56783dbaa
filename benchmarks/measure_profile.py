"""Where the time goes: pyinstrument over start-up and over turns."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.questions import questions
from benchmarks.rows import Result
from benchmarks.systems import ROOT


def profile(bench: Bench) -> Result:
    """Start-up and 200 turns of our bot, in a process of its own."""
    count = bench.count(200, 10)
    bench.say(f"profile of start-up and {count} turns")
    texts = questions(ROOT, 20 + count)
    given = {"warm_up": texts[:20], "texts": texts[20:], "each": 5}
    done = bench.work(bench.ours, "profile", given)
    how = (
        f"Profiles: pyinstrument, every millisecond; start-up from the first import to a loaded bot, then {count} turns "
        "in the process. Lines below 2 % are left out. With the profiler on, all takes longer than the tables say."
    )
    return Result((), (how,), {"Start-up": done["start"], f"{count} turns": done["turns"]})
