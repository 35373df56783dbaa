"""Reads labelled questions, asks them, and counts what came back."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.evaluation.labels import ALSO_RIGHT, Label, canonical

Ask = Callable[[str], Awaitable[Mapping[str, Any]]]


class BadCsv(ValueError):
    """The file can't be evaluated; the text names the row and what to do."""


@dataclass(frozen=True)
class Row:
    """One labelled question."""

    text: str
    label: Label


@dataclass(frozen=True)
class Outcome:
    """A question with what the bot did."""

    row: Row
    kind: str
    topic: str | None
    confidence: float

    @property
    def got(self) -> str:
        """The topic when it was answered, else the kind."""
        return str(self.topic) if self.kind == "answer" else self.kind

    @property
    def right(self) -> bool:
        """Whether the bot did what the label says; danger said about a right answer's topic is judged apart."""
        want = self.row.label.name
        if not self.row.label.is_topic:
            return self.got == want or (want == "red_flag" and self.kind == "crisis")
        return self.got == want or self.got in ALSO_RIGHT.get(want, set())


@dataclass
class Scores:
    """Figures over all outcomes; shares are None where there is nothing to count."""

    outcomes: list[Outcome]
    per_label: dict[str, tuple[int, int]] = field(default_factory=dict)
    confusion: dict[str, Counter[str]] = field(default_factory=dict)
    in_scope_right: float | None = None
    in_scope_refused: float | None = None
    in_scope_clarified: float | None = None
    false_answers: float | None = None
    personal_recall: float | None = None
    reliability: list[tuple[float, float, int]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "rows": len(self.outcomes),
            "in_scope_right": self.in_scope_right,
            "in_scope_refused": self.in_scope_refused,
            "in_scope_clarified": self.in_scope_clarified,
            "false_answers": self.false_answers,
            "personal_recall": self.personal_recall,
            "labels": {name: {"right": right, "rows": rows} for name, (right, rows) in sorted(self.per_label.items())},
            "confusion": {name: dict(counts) for name, counts in sorted(self.confusion.items())},
            "reliability": [{"confidence": c, "right": r, "rows": n} for c, r, n in self.reliability],
            "wrong": [
                {"text": item.row.text, "label": item.row.label.name, "got": item.got, "confidence": item.confidence}
                for item in self.outcomes
                if not item.right
            ],
        }


def read_rows(path: Path, topics: Iterable[str]) -> list[Row]:
    """The rows of a CSV file with the columns `text` and `label` (more columns are passed over).

    Raises:
        BadCsv: no such file or columns, an empty text, or an unknown label.
    """
    known = tuple(topics)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            missing = {"text", "label"} - set(columns)
            if missing:
                raise BadCsv(
                    f"{path.name}: the column {', '.join(sorted(missing))} is missing; there is: {', '.join(columns)}"
                )
            rows = []
            for record in reader:
                text, label = (record.get("text") or "").strip(), (record.get("label") or "").strip()
                if not text:
                    raise BadCsv(f"{path.name}, line {reader.line_num}: `text` is empty")
                try:
                    rows.append(Row(text, canonical(label, known)))
                except KeyError:
                    raise BadCsv(
                        f"{path.name}, line {reader.line_num}: unknown label `{label}`; use a topic "
                        f"({', '.join(known)}) or a kind (unknown, personal_advice, red_flag, crisis, conversation)"
                    ) from None
    except OSError as error:
        raise BadCsv(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadCsv(f"{path.name}: this is no CSV file in UTF-8 ({error})") from None
    if not rows:
        raise BadCsv(f"{path.name}: there are no rows")
    return rows


async def run(rows: Sequence[Row], ask: Ask, progress: Callable[[], None] = lambda: None) -> list[Outcome]:
    """Asks every row in a conversation of its own."""
    outcomes = []
    for row in rows:
        record = await ask(row.text)
        outcomes.append(Outcome(row, str(record["kind"]), record.get("topic"), float(record.get("confidence") or 0.0)))
        progress()
    return outcomes


def _share(outcomes: Sequence[Outcome], test: Callable[[Outcome], bool]) -> float | None:
    return round(sum(map(test, outcomes)) / len(outcomes), 4) if outcomes else None


def score(outcomes: list[Outcome]) -> Scores:
    """Counts. A question is "wrongly refused" when an answer was due and the bot said unknown or personal."""
    scores = Scores(outcomes)
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for item in outcomes:
        groups[item.row.label.name].append(item)
        scores.confusion.setdefault(item.row.label.name, Counter())[item.got] += 1
    scores.per_label = {name: (sum(item.right for item in items), len(items)) for name, items in groups.items()}
    inside = [item for item in outcomes if item.row.label.is_topic]
    scores.in_scope_right = _share(inside, lambda item: item.right)
    scores.in_scope_refused = _share(inside, lambda item: item.kind in ("unknown", "personal_advice"))
    scores.in_scope_clarified = _share(inside, lambda item: item.kind == "clarify")
    scores.false_answers = _share(groups.get("unknown", []), lambda item: item.kind == "answer")
    scores.personal_recall = _share(groups.get("personal_advice", []), lambda item: item.kind == "personal_advice")
    scores.reliability = _reliability([item for item in outcomes if item.kind == "answer"])
    return scores


def _reliability(answered: Sequence[Outcome], bins: int = 10) -> list[tuple[float, float, int]]:
    """Mean confidence, share right, and number of answers, for each tenth of confidence that has any."""
    table = []
    for index in range(bins):
        low, high = index / bins, (index + 1) / bins
        inside = [
            item for item in answered if low <= item.confidence < high or (index == bins - 1 and item.confidence == 1.0)
        ]
        if inside:
            mean = sum(item.confidence for item in inside) / len(inside)
            table.append((round(mean, 4), round(sum(item.right for item in inside) / len(inside), 4), len(inside)))
    return table
