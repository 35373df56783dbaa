"""Stretches of a sentence that are looked up by place."""

from __future__ import annotations

from bisect import bisect_left
from operator import itemgetter
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Spans(Generic[Value]):
    """Stretches of a sentence by concept. Looking for those that overlap costs no more in a long text than in a short one.

    A text may say the same word ten thousand times; comparing each with each would stop the server for a minute.
    """

    def __init__(self) -> None:
        self._spans: dict[str, list[tuple[int, int, Value]]] = {}
        self._longest = 0
        self._sorted = False

    def add(self, concept: str, start: int, end: int, value: Value) -> None:
        """Adds the stretch of tokens `start` to `end`."""
        self._spans.setdefault(concept, []).append((start, end, value))
        self._longest = max(self._longest, end - start)
        self._sorted = False

    def near(self, concept: str, start: int, end: int) -> list[Value]:
        """The values of this concept's stretches that share a token with `start` to `end`."""
        if not self._sorted:
            for spans in self._spans.values():
                spans.sort(key=itemgetter(0))
            self._sorted = True
        spans = self._spans.get(concept, [])
        first = bisect_left(spans, start - self._longest, key=itemgetter(0))
        last = bisect_left(spans, end, key=itemgetter(0))
        return [value for _, other_end, value in spans[first:last] if start < other_end]
