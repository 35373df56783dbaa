"""Tables of docs/safety.md, written from the rules and the measured messages themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from bot.safety.evaluation import evaluate, read_messages, summary
from bot.safety.model import Finding
from bot.safety.rulebook import RuleBook


def rules_table(book: RuleBook) -> str:
    """One row a rule: what fires it, the reply, why, and the sources."""
    rows = ["| Rule | Reply | Signs | Together with | Why | Sources |", "| --- | --- | --- | --- | --- | --- |"]
    for rule in book.rules:
        groups = " and ".join(_labels(book, group) for group in rule.together_with) or "-"
        cells = (f"`{rule.id}`", rule.level, _labels(book, rule.signs), groups, rule.why, ", ".join(rule.sources))
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _labels(book: RuleBook, concepts: frozenset[str]) -> str:
    return "; ".join(concept.label for name, concept in book.concepts.items() if name in concepts)


def sources_list(book: RuleBook) -> str:
    """The sources, one a line."""
    return "\n".join(f"- `{name}`: {title}" for name, title in book.sources.items())


def figures_table(check: Callable[[str], Finding], files: Mapping[str, Path]) -> str:
    """Recall and false alarms on each file, as they are now.

    Args:
        check: What is measured.
        files: Name shown → CSV file.
    """
    rows = [
        "| Messages | emergency caught | call_today caught | crisis caught | exact level | false alarms |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, path in files.items():
        figures = summary(evaluate(check, read_messages(path)))
        levels = figures["levels"]
        caught = [
            f"{levels[level]['caught']} of {levels[level]['messages']}"
            for level in ("emergency", "call_today", "crisis")
        ]
        urgent, exact = (sum(levels[level][key] for level in levels) for key in ("messages", "exact"))
        ordinary = figures["ordinary"]
        cells = (name, *caught, f"{exact} of {urgent}", f"{ordinary['false_alarms']} of {ordinary['messages']}")
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)
