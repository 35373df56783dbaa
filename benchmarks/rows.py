"""What a measurement gives: rows of raw figures, from which everything that is printed is worked out."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

#: Turns of a long talk that are one point of its curve.
WINDOW = 25


@dataclass(frozen=True)
class Row:
    """One thing measured, once a round, for our bot and (where it has a counterpart) for Rasa's start project.

    Attributes:
        what: What was measured, in words.
        unit: Unit of the figures ("s", "ms", "MB", "turns/s" …).
        ours: One figure a round.
        stock: The same of Rasa's start project, round by round; empty where there is nothing to compare with.
        limit_ratio: The target: the median of ours ÷ Rasa's is at most this.
        limit: The target: the median of ours is at most this, in `unit`.
        target: The target in words.
    """

    what: str
    unit: str
    ours: tuple[float, ...]
    stock: tuple[float, ...] = ()
    limit_ratio: float | None = None
    limit: float | None = None
    target: str = ""

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours ÷ Rasa's, round by round."""
        return tuple(ours / stock for ours, stock in zip(self.ours, self.stock, strict=False) if stock)

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None when there is none."""
        if self.limit_ratio is not None and self.ratios:
            return statistics.median(self.ratios) <= self.limit_ratio
        if self.limit is not None:
            return statistics.median(self.ours) <= self.limit
        return None


@dataclass(frozen=True)
class Result:
    """What one measurement gives.

    Attributes:
        rows: The figures.
        how: How they were taken: repetitions, warm-up, what counts (one sentence a line).
        texts: Longer texts for the document, by heading (profiles).
        curves: Named series of (x, y) points for the picture.
    """

    rows: tuple[Row, ...]
    how: tuple[str, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    curves: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Result:
        """The result that `to_dict` wrote."""
        rows = tuple(Row(**{**row, "ours": tuple(row["ours"]), "stock": tuple(row["stock"])}) for row in data["rows"])
        curves = {name: [(x, y) for x, y in points] for name, points in data["curves"].items()}
        return cls(rows, tuple(data["how"]), dict(data["texts"]), curves)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of `values` lie, by linear interpolation.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values to take a percentile of")
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def curve(seconds: Sequence[float]) -> list[tuple[float, float]]:
    """A long talk as points for the picture: (turn, median in milliseconds) of each `WINDOW` turns."""
    return [
        (float(end), 1000 * statistics.median(seconds[end - WINDOW : end]))
        for end in range(WINDOW, len(seconds) + 1, WINDOW)
    ]
