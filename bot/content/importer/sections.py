"""Finds the parts of an article: sections by topic, questions with their answers, dates, the disclaimer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
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

    @property
    def text(self) -> str:
        """The lines, joined as the draft shows them."""
        return "\n".join(self.lines)

    @property
    def bullets(self) -> list[str]:
        """The items of its lists."""
        return [line[2:] for line in self.lines if line.startswith("- ")]


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
    parts = Parts()
    section = Section("", "definition")
    parts.sections.append(section)
    in_disclaimer = False
    index = 0
    while index < len(lines):
        line, following = lines[index], lines[index + 1] if index + 1 < len(lines) else None
        index += 1
        if found := UPDATED.search(line):
            parts.updated_on = parts.updated_on or read_date(found[1])
            if parts.updated_on and len(line) < 80:
                continue
        if DISCLAIMER.search(line):
            in_disclaimer = True
        if in_disclaimer:
            parts.disclaimer.append(line)
        elif NOT_CONTENT.search(line):
            parts.leftovers.append(line)
        elif line.endswith("?") and not line.startswith("- ") and following and not following.endswith("?"):
            question = line.removeprefix("# ")
            parts.questions.append((question, following, topic_of(question)))
            index += 1
        elif is_heading(line, following):
            heading = line.removeprefix("# ")
            # The first heading of all is the title; what stands under it says what the condition is.
            first = len(parts.sections) == 1 and not section.lines
            section = Section(heading, topic_of(heading) or ("definition" if first else None))
            parts.sections.append(section)
        else:
            section.lines.append(line)
    parts.sections = [item for item in parts.sections if item.lines or (item.heading and not item.topic)]
    return parts


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
