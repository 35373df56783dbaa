"""Finds the parts of an article: sections by topic, questions with their answers, dates, the disclaimer."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import date

MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
#: Words of a heading or question that tell its topic; the first that fits wins.
TOPIC_WORDS: tuple[tuple[str, str], ...] = (
    ("medicines", r"medic(?:ation|ine)s?\b.*\bcaus|drugs?\b.*\bcaus|caus\w*\b.*\b(?:medic|drug)"),
    ("infections", r"infections?\b.*\bcaus"),
    ("comparison", r"\bdifferen|\bversus\b|\bvs\.?\b|same as"),
    ("underlying", r"underlying|sign of (?:an?|another)"),
    ("seriousness", r"life.?threat|serious|danger|prognosis|fatal|outlook"),
    ("contagious", r"contagious|spread|infectious|catch"),
    ("complications", r"complication"),
    ("prevention", r"prevent"),
    ("treatment", r"treat|manage|therap|cure"),
    ("diagnosis", r"diagnos|\btests?\b|detect"),
    ("symptoms", r"symptom|\bsigns\b"),
    ("causes", r"\bcauses?\b|\bcausing\b|risk factor|why\b"),
    ("word_origin", r"origin of the (?:word|name)|etymolog"),
    ("function", r"what do .* do|role of|function"),
    ("definition", r"^what (?:is|are)\b|definition|overview|introduction"),
)
UPDATED = re.compile(
    r"(?:last )?(?:updated|reviewed|revised)\b[^0-9A-Za-z]*(?:on)?[:\s]*([^.]*\d{4}|\d{4}-\d{2}-\d{2})", re.I
)
#: A longer line, in characters, says more than a date.
LONGEST_DATE = 80
DISCLAIMER = re.compile(r"disclaimer|not intended (?:to be )?(?:a|as) .*substitute|not (?:a )?substitute for", re.I)
NOT_CONTENT = re.compile(
    r"^(?:see more|see also|external links|references|feedback|category:|if you have any feedback|share|print|menu)|"
    r"\b(?:[a-z]{2}):[A-ZА-Я]\w+.*\b(?:[a-z]{2}):",
    re.I,
)


@dataclass
class Section:
    """A heading with the lines under it."""

    heading: str
    topic: str | None
    lines: list[str] = field(default_factory=list)


@dataclass
class Parts:
    """Everything found in an article; `leftovers` are the lines that found no place."""

    sections: list[Section] = field(default_factory=list)
    questions: list[tuple[str, str, str | None]] = field(default_factory=list)
    updated_on: str | None = None
    disclaimer: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)


def topic_of(text: str) -> str | None:
    """The topic that a heading or a question speaks of."""
    return next((topic for topic, words in TOPIC_WORDS if re.search(words, text, re.IGNORECASE)), None)


def is_heading(line: str, following: str | None) -> bool:
    """Whether a line without mark-up is a heading: short, no full stop, capital first, and text follows."""
    if line.startswith("# "):
        return True
    if line.startswith("- ") or following is None or len(line.split()) > 8 or line[-1] in ".!?,;:":
        return False
    return line[0].isupper() and not re.search(r"\d{4}", line)


def find_parts(lines: list[str]) -> Parts:
    """Walks the lines once; each goes to exactly one place."""
    reader = _Reader(lines)
    while reader.waiting:
        reader.take(reader.waiting.popleft())
    return reader.parts()


class _Reader:
    """Takes one line after the other and knows which section it is in, or that the disclaimer has begun."""

    def __init__(self, lines: list[str]) -> None:
        self.waiting = deque(lines)
        self._section = Section("", "definition")
        self._parts = Parts(sections=[self._section])

    def parts(self) -> Parts:
        """What was found so far, without headings that nothing stands under."""
        kept = [item for item in self._parts.sections if item.lines or (item.heading and not item.topic)]
        return replace(self._parts, sections=kept)

    def take(self, line: str) -> None:
        """Puts a line, and the answer after a question, where it belongs."""
        if self._is_date(line):
            return
        if self._parts.disclaimer or DISCLAIMER.search(line):
            self._parts.disclaimer.append(line)
        elif NOT_CONTENT.search(line):
            self._parts.leftovers.append(line)
        elif self._is_question(line):
            question = line.removeprefix("# ")
            self._parts.questions.append((question, self.waiting.popleft(), topic_of(question)))
        elif is_heading(line, self._following):
            self._begin(line.removeprefix("# "))
        else:
            self._section.lines.append(line)

    @property
    def _following(self) -> str | None:
        return self.waiting[0] if self.waiting else None

    def _is_date(self, line: str) -> bool:
        """Whether the line says when the article was updated, and nothing more. The first date that is read holds."""
        found = UPDATED.search(line)
        if found:
            self._parts.updated_on = self._parts.updated_on or read_date(found[1])
        return bool(found and self._parts.updated_on and len(line) < LONGEST_DATE)

    def _is_question(self, line: str) -> bool:
        """Whether the line asks and the next one answers."""
        following = self._following
        return line.endswith("?") and not line.startswith("- ") and bool(following) and not str(following).endswith("?")

    def _begin(self, heading: str) -> None:
        # The first heading of all is the title; what stands under it says what the condition is.
        first = len(self._parts.sections) == 1 and not self._section.lines
        self._section = Section(heading, topic_of(heading) or ("definition" if first else None))
        self._parts.sections.append(self._section)


def read_date(text: str) -> str | None:
    """The ISO form of "18th October 2025", "October 18, 2025" or "2025-10-18"; None when it is none of these."""
    if found := re.search(r"(\d{4})-(\d{2})-(\d{2})", text):
        year, month, day = (int(part) for part in found.groups())
    else:
        found = re.search(r"(\d{1,2})(?:st|nd|rd|th)?\s+([A-Za-z]+),?\s+(\d{4})", text)
        other = re.search(r"([A-Za-z]+)\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", text)
        if found:
            day, name, year = int(found[1]), found[2].lower(), int(found[3])
        elif other:
            name, day, year = other[1].lower(), int(other[2]), int(other[3])
        else:
            return None
        month = next((number for number, known in enumerate(MONTHS, 1) if known.startswith(name[:3])), 0)
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
