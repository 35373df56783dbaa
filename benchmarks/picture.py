"""Draws docs/pictures/performance.png from the results."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from pathlib import Path

from benchmarks.rows import Result, Row

OURS, STOCK = "#0b6b73", "#b9bfc4"
#: Rows of the bars, with their short names and their targets (the median of ours ÷ Rasa's).
BARS = {
    "training": "training",
    "start to first answer": "start to first answer",
    "memory, peak RSS": "memory (peak RSS)",
    "turn over HTTP, 1 patient, p50": "whole turn, p50",
    "turn over HTTP, 8 patients, p50": "whole turn, 8 patients, p50",
    "turn over HTTP, 32 patients, p50": "whole turn, 32 patients, p50",
    "understanding alone, one core, p50": "understanding, one core, p50",
}


def draw(results: Mapping[str, Result], path: Path) -> None:
    """Bars of our share of what Rasa's start project takes, and the long talk turn by turn."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = {row.what: row for result in results.values() for row in result.rows}
    figure, (bars, talk) = pyplot.subplots(1, 2, figsize=(11, 3.8), gridspec_kw={"width_ratios": [1.25, 1]})
    shown = [(name, rows[what]) for what, name in BARS.items() if what in rows and rows[what].ratios]
    _bars(bars, list(reversed(shown)))
    for name, color, label in (("ours", OURS, "our bot"), ("stock", STOCK, "Rasa's start project")):
        points = [point for result in results.values() for point in result.curves.get(f"conversation {name}", [])]
        talk.plot([x for x, _ in points], [y for _, y in points], color=color, label=label, linewidth=2)
    talk.set(title="One long talk", xlabel="turn", ylabel="whole turn over HTTP, ms", ylim=(0, None))
    talk.legend(frameon=False)
    for axes in (bars, talk):
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)


def _bars(axes: object, shown: list[tuple[str, Row]]) -> None:
    names = [name for name, _ in shown]
    medians = [statistics.median(row.ratios) for _, row in shown]
    spread = [
        [middle - min(row.ratios) for middle, (_, row) in zip(medians, shown, strict=True)],
        [max(row.ratios) - middle for middle, (_, row) in zip(medians, shown, strict=True)],
    ]
    axes.barh(names, [1.0] * len(names), color=STOCK, height=0.6, label="Rasa's start project = 1")  # type: ignore[attr-defined]
    axes.barh(names, medians, xerr=spread, color=OURS, height=0.6, label="our bot", capsize=2)  # type: ignore[attr-defined]
    for place, (middle, (_, row)) in enumerate(zip(medians, shown, strict=True)):
        if row.limit_ratio is not None:
            axes.plot([row.limit_ratio] * 2, [place - 0.4, place + 0.4], color="black", linestyle=":")  # type: ignore[attr-defined]
        inside = middle > 0.15  # a number beside a short bar, in a long one
        at, side, color = (min(row.ratios) - 0.01, "right", "white") if inside else (middle + 0.02, "left", "black")
        axes.text(at, place, f"{middle:.2f}", va="center", ha=side, color=color)  # type: ignore[attr-defined]
    axes.set(
        title="Share of what Rasa's start project takes (dotted: target)",
        xlim=(0, max(1.02, *(value + 0.05 for value in medians))),
    )  # type: ignore[attr-defined]
