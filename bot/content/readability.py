"""How hard a text is to read, by several published formulas, and what a program can check of CDC's index."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from statistics import median

#: Formulas (textstat 0.7.4) that give a US school grade.
FORMULAS = (
    "flesch_kincaid_grade",
    "gunning_fog",
    "smog_index",
    "automated_readability_index",
    "coleman_liau_index",
    "linsear_write_formula",
)
#: The targets: median of the formulas over an answer, and no answer above the limit.
GOAL_GRADE = 6.0
LIMIT_GRADE = 8.0
#: Longest answer, in words, and longest sentence. People read about 200 words a minute; a screen holds about 120.
MAX_WORDS = 150
MAX_SENTENCE_WORDS = 25
MAX_SHORT = 320  # characters: two SMS segments of GSM-7
PLAIN_WORD = "word"
BULLET = re.compile(r"^\s*-\s+", re.MULTILINE)
PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+ly\s+)?(\w+ed|given|taken|made|found|known|seen)\b", re.I
)


@dataclass(frozen=True)
class Readability:
    """Grades by formula, their median, and what else can be counted."""

    grades: dict[str, float]
    words: int
    longest_sentence: int
    passive: int
    numbers: int

    @property
    def grade(self) -> float:
        """The median of the formulas."""
        return round(median(self.grades.values()), 1)


@lru_cache(maxsize=1)
def _textstat():  # type: ignore[no-untyped-def]
    import textstat

    textstat.set_lang("en_US")
    return textstat


def as_prose(text: str, explained: Iterable[str] = ()) -> str:
    """The text as the formulas should see it: bullets as sentences, and explained medical terms as one easy word.

    A term is allowed for when the answer explains it; `explained` are those terms.
    """
    for term in sorted(explained, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(term)}\w{{0,2}}\b", PLAIN_WORD, text, flags=re.IGNORECASE)
    lines = [BULLET.sub("", line).strip() for line in text.splitlines() if line.strip()]
    return " ".join(line if line[-1] in ".!?" else line.rstrip(":;,") + "." for line in lines)


def measure(text: str, explained: Iterable[str] = ()) -> Readability:
    """Readability of one answer.

    Args:
        text: The answer.
        explained: Medical terms that the answer itself explains.
    """
    prose = as_prose(text, explained)
    statistics = _textstat()
    sentences = [sentence.split() for sentence in re.split(r"(?<=[.!?])\s+", prose) if sentence.strip()]
    return Readability(
        grades={name: float(getattr(statistics, name)(prose)) for name in FORMULAS},
        words=len(prose.split()),
        longest_sentence=max((len(words) for words in sentences), default=0),
        passive=len(PASSIVE.findall(prose)),
        numbers=len(re.findall(r"\d+(?:[.,]\d+)?", prose)),
    )
