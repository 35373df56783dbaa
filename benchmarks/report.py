"""Writes the figures into docs/performance.md and shows them in the terminal."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.rows import Result, Row

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
HEADINGS = ("", "our bot", "Rasa's start project", "ours ÷ Rasa's", "target", "")


def figure(value: float) -> str:
    """A figure with three places that count."""
    if value == 0:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def spread(values: Sequence[float], unit: str = "") -> str:
    """The median, and least and most where there are several."""
    if not values:
        return ""
    middle = f"{figure(statistics.median(values))} {unit}".strip()
    return middle if len(values) == 1 else f"{middle} ({figure(min(values))}–{figure(max(values))})"


def cells(row: Row) -> tuple[str, ...]:
    """One line of the table."""
    ratios = sorted(row.ratios)
    ratio = " – ".join(f"{value:.2f}" for value in (ratios[0], statistics.median(ratios), ratios[-1])) if ratios else ""
    if len(ratios) == 1:
        ratio = f"{ratios[0]:.2f}"
    verdict = {True: "met", False: "**missed**", None: ""}[row.met]
    return (row.what, spread(row.ours, row.unit), spread(row.stock, row.unit), ratio, row.target, verdict)


def show(result: Result, title: str, console: Console) -> None:
    """The rows of one measurement in the terminal."""
    table = Table(*HEADINGS, title=title, title_justify="left")
    for row in result.rows:
        table.add_row(*(cell.replace("**", "") for cell in cells(row)))
    if result.rows:
        console.print(table)
    for line in result.how:
        console.print(line, style="dim")
    for heading, text in result.texts.items():
        console.print(f"{heading}\n{text}", markup=False, highlight=False)


def _table(rows: Iterable[Row]) -> list[str]:
    lines = [f"| {' | '.join(HEADINGS)} |", "|" + "---|" * len(HEADINGS)]
    return lines + [f"| {' | '.join(cells(row))} |" for row in rows]


def document(results: Mapping[str, Result], machine: Mapping[str, Any]) -> str:
    """The part of docs/performance.md between the marks."""
    lines = [
        f"Measured on {machine['date']} by `make bench`: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_gb']} GB of memory, {machine['system']}, Python {machine['python']}, "
        + ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
        + f". It took {machine['minutes']} minutes.",
        "",
        "Figures are the median of all rounds, with least and most; ratios are taken round by round: least – median – most.",
        "",
        *_table(row for result in results.values() for row in result.rows),
        "",
        "![Bars: our share of the time and memory of Rasa's start project. Lines: one long talk turn by turn](pictures/performance.png)",
        "",
        *(f"- {line}" for result in results.values() for line in result.how),
    ]
    for result in results.values():
        for heading, text in result.texts.items():
            lines += ["", f"### Profile: {heading.lower()}", "", "```text", text, "```"]
    return "\n".join(lines)


def write(path: Path, results: Mapping[str, Result], machine: Mapping[str, Any]) -> None:
    """Puts the figures between the marks of the document. Raises: ValueError when it has no marks."""
    text = path.read_text("utf-8")
    if BEGIN not in text or END not in text:
        raise ValueError(f"{path.name} has no marks {BEGIN} and {END}; put them where the figures belong")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n{document(results, machine)}\n{END}{after}", "utf-8")
