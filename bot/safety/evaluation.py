"""How well the detector does on labelled messages: recall, false alarms and misses per level."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.safety.model import LEVELS, Finding

NONE = "none"
#: Labels that mean the same, for files of others.
SYNONYMS = {
    "": NONE, "none": NONE, "ok": NONE, "ordinary": NONE, "no": NONE, "normal": NONE, "safe": NONE, "null": NONE,
    "not_urgent": NONE, "routine": NONE, "answer": NONE, "question": NONE, "lookalike": NONE, "look-alike": NONE,
    "other": NONE, "0": NONE, "false": NONE,
    "emergency": "emergency", "red_flag": "emergency", "redflag": "emergency", "red flag": "emergency",
    "911": "emergency", "999": "emergency", "1": "emergency", "true": "emergency",
    "call_today": "call_today", "urgent": "call_today", "call": "call_today", "call today": "call_today",
    "call_now": "call_today", "same_day": "call_today",
    "crisis": "crisis", "suicide": "crisis", "self_harm": "crisis", "self-harm": "crisis", "mental_health": "crisis",
}  # fmt: skip


class BadFile(ValueError):
    """The file of messages can't be used; the text names file and line and says what to do."""


@dataclass(frozen=True)
class Labelled:
    """One message and the level a person gave it (`none` for an ordinary one)."""

    text: str
    level: str
    line: int


@dataclass(frozen=True)
class Checked:
    """One message with what the detector found."""

    message: Labelled
    level: str
    rules: tuple[str, ...]
    lookalike: bool

    @property
    def exact(self) -> bool:
        """Whether the detector gave the same level as the person."""
        return self.level == self.message.level

    @property
    def caught(self) -> bool:
        """Whether a message of danger got an urgent reply; a crisis is caught by the crisis reply alone."""
        return self.level == "crisis" if self.message.level == "crisis" else self.level != NONE


def read_messages(path: Path) -> list[Labelled]:
    """The messages of a CSV file with the columns `text` and `level`.

    Raises:
        BadFile: the file is missing, has other columns, or a level that nobody knows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _rows(csv.DictReader(file, strict=True), path.name)
    except FileNotFoundError:
        raise BadFile(f"{path} is missing") from None
    except (IsADirectoryError, PermissionError) as error:
        raise BadFile(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadFile(f"{path.name} is no text file in UTF-8") from None
    except csv.Error as error:
        raise BadFile(f"{path.name} is no CSV file: {error}") from None


def _rows(reader: csv.DictReader[str], name: str) -> list[Labelled]:
    columns = reader.fieldnames or []
    missing = [column for column in ("text", "level") if column not in columns]
    if missing:
        raise BadFile(f"{name}:1: the column `{missing[0]}` is missing; the first line must name `text` and `level`")
    rows: list[Labelled] = []
    for row in reader:
        level = SYNONYMS.get((row["level"] or "").strip().lower())
        if level is None:
            known = ", ".join((*LEVELS, NONE))
            raise BadFile(f"{name}:{reader.line_num}: the level {row['level']!r} is unknown; one of {known}")
        if not (row["text"] or "").strip():
            raise BadFile(f"{name}:{reader.line_num}: the text is empty")
        rows.append(Labelled(row["text"], level, reader.line_num))
    if not rows:
        raise BadFile(f"{name} holds no messages")
    return rows


def evaluate(check: Callable[[str], Finding], messages: Iterable[Labelled]) -> list[Checked]:
    """What `check` finds in each message: `Detector.check`, or the call that the NLU component makes."""
    return [_checked(check(message.text), message) for message in messages]


def _checked(finding: Finding, message: Labelled) -> Checked:
    return Checked(message, finding.level or NONE, finding.rules, finding.lookalike)


def summary(checked: list[Checked]) -> dict[str, Any]:
    """Figures as JSON-ready data.

    `levels` has for each level: how many messages, how many were `caught` (any urgent reply; for a crisis the
    crisis reply) and how many got this very level (`exact`). `ordinary` has the false alarms and how many
    look-alikes got the urgent line. `misses` and `false_alarms` list the messages.
    """
    levels = {}
    for level in LEVELS:
        of_level = [item for item in checked if item.message.level == level]
        if of_level:
            caught, exact = sum(item.caught for item in of_level), sum(item.exact for item in of_level)
            levels[level] = {
                "messages": len(of_level),
                "caught": caught,
                "recall": round(caught / len(of_level), 4),
                "exact": exact,
                "exact_recall": round(exact / len(of_level), 4),
                "said_instead": dict(Counter(item.level for item in of_level if not item.exact)),
            }
    ordinary = [item for item in checked if item.message.level == NONE]
    alarms = [item for item in ordinary if item.level != NONE]
    return {
        "messages": len(checked),
        "levels": levels,
        "ordinary": {
            "messages": len(ordinary),
            "false_alarms": len(alarms),
            "false_alarm_rate": round(len(alarms) / len(ordinary), 4) if ordinary else None,
            "with_urgent_line": sum(item.lookalike for item in ordinary),
        },
        "misses": [_listed(item) for item in checked if item.message.level != NONE and not item.caught],
        "false_alarms": [_listed(item) for item in alarms],
    }


def _listed(item: Checked) -> dict[str, Any]:
    return {
        "line": item.message.line,
        "text": item.message.text,
        "level": item.message.level,
        "found": item.level,
        "rules": list(item.rules),
    }
