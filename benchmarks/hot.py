"""What took the time in a pyinstrument session, function by function, wherever it was called from."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

#: A function and where it stands.
Key = tuple[str, str]
#: Share of the whole below which a function is left out.
LEAST = 0.02
#: A function that does nothing but call another one: that one has this share of its time.
PASSES_ON = 0.95
#: The machinery that everything runs in.
MACHINERY = (
    "asyncio",
    "importlib",
    "concurrent",
    "threading.py",
    "benchmarks",
    "worker.py",
    "<frozen",
    "contextlib.py",
)


def hot(session: Any, least: float = LEAST) -> str:
    """Functions that took at least `least` of the time with all that they call, one a line, the longest first.

    Functions that only call another one are left out.
    """
    root = session.root_frame()
    if root is None:
        return "nothing was recorded"
    times: dict[Key, float] = defaultdict(float)
    passed_on: dict[Key, float] = defaultdict(float)
    _add(root, frozenset(), times, passed_on)
    rows = sorted(
        (
            (time, key)
            for key, time in times.items()
            if time >= least * root.time and _does_something(key, time, passed_on)
        ),
        reverse=True,
    )
    lines = [f"{time:7.2f} s {time / root.time:4.0%}  {function}  {place}" for time, (function, place) in rows]
    return "\n".join([f"{root.time:7.2f} s 100%  all", *lines])


def _does_something(key: Key, time: float, passed_on: dict[Key, float]) -> bool:
    function, place = key
    return passed_on[key] < PASSES_ON * time and not place.startswith(MACHINERY) and not function.startswith("[")


def _add(frame: Any, above: frozenset[Key], times: dict[Key, float], passed_on: dict[Key, float]) -> None:
    """Adds a call and all below it; a function that calls itself counts once."""
    key = (frame.function, _place(frame))
    if key not in above:
        times[key] += frame.time
        passed_on[key] += max((child.time for child in frame.children), default=0.0)
    for child in frame.children:
        _add(child, above | {key}, times, passed_on)


def _place(frame: Any) -> str:
    """The module's path from its package on; nothing of this machine."""
    parts = Path(frame.file_path or "").parts
    for start in ("site-packages", "python3.10"):
        if start in parts:
            return "/".join(parts[parts.index(start) + 1 :])
    for package in ("bot", "actions", "benchmarks"):
        if package in parts:
            return "/".join(parts[parts.index(package) :])
    return parts[-1] if parts else ""
