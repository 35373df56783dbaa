"""The reliability diagram: is an answer of 80 % confidence right in 80 % of cases?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def reliability_diagram(table: Sequence[tuple[float, float, int]], path: Path) -> None:
    """Draws mean confidence against share right; the size of a point shows how many answers it stands for."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 5))
    axes.plot([0, 1], [0, 1], linestyle="--", color="grey", label="as sure as right")
    axes.scatter(
        [row[0] for row in table],
        [row[1] for row in table],
        s=[20 + 4 * row[2] for row in table],
        label="answers of the bot",
    )
    for confidence, right, rows in table:
        axes.annotate(str(rows), (confidence, right), textcoords="offset points", xytext=(6, -10), fontsize=8)
    axes.set(xlabel="confidence", ylabel="share of right answers", xlim=(0, 1.02), ylim=(0, 1.05), title="Reliability")
    axes.legend(loc="lower right")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120, bbox_inches="tight")
    pyplot.close(figure)
