"""How hard a text is to read, by several published formulas."""

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
#: SMOG counts sentences; textstat gives 0 below three, which is no grade.
SMOG_SENTENCES = 3
#: The targets: median of the formulas over an answer, and no answer above the limit.
GOAL_GRADE = 6.0
LIMIT_GRADE = 8.0
#: Longest answer, in words, and longest sentence. People read about 200 words a minute; a screen holds about 120.
MAX_WORDS = 150
MAX_SENTENCE_WORDS = 25
MAX_SHORT = 320  # characters: two SMS segments of GSM-7
#: A short text has too few words for a reading formula to mean much.
MIN_WORDS_TO_GRADE = 12
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
    sentences: int
    longest_sentence: int
    passive: int
    numbers: int

    @property
    def grade(self) -> float:
        """The median of the formulas that mean something for a text of this length."""
        used = [
            value for name, value in self.grades.items() if name != "smog_index" or self.sentences >= SMOG_SENTENCES
        ]
        return round(median(used), 1)


@lru_cache(maxsize=1)
def _textstat():  # type: ignore[no-untyped-def]
    import textstat

    textstat.set_lang("en_US")
    return textstat


def sentences(text: str) -> list[str]:
    """The sentences of a text; each bullet is at least one."""
    lines = [BULLET.sub("", line).strip() for line in text.splitlines() if line.strip()]
    prose = " ".join(line if line[-1] in ".!?" else line.rstrip(":;,") + "." for line in lines)
    return [sentence for sentence in re.split(r"(?<=[.!?])\s+", prose) if sentence.strip()]


def longest_sentence(text: str) -> int:
    """Words in the longest sentence of a text."""
    return max((len(part.split()) for part in sentences(text)), default=0)


def _present(terms: Iterable[str], text: str) -> list[str]:
    """Those of `terms` whose letters are in the text: most are not, and a pattern takes far longer to say so."""
    letters = text.casefold()
    return [term for term in terms if term.casefold() in letters]


def explained(text: str, terms: Iterable[str]) -> list[str]:
    """Those of `terms` that the text explains on the spot: "TERM (…)", "… (TERM)", "called TERM", "TERM means", "TERM, a …"."""
    found = []
    for term in _present(terms, text):
        name = rf"{re.escape(term)}(?:s|es|ic)?"
        pattern = rf"\b{name}\s+(?:\(|means?\b|is when\b)|\({name}\b[^)]*\)|\bcalled {name}\b|\b{name}, (?:an?|the|which|who|say)\b"
        if re.search(pattern, text, re.IGNORECASE):
            found.append(term)
    return found


def measure(text: str, allowed: Iterable[str] = ()) -> Readability:
    """Readability of one text.

    Args:
        text: The text.
        allowed: Terms that do not count as hard words: each is read as one easy word.
    """
    plain = text
    for term in sorted(_present(allowed, text), key=len, reverse=True):
        plain = re.sub(rf"\b{re.escape(term)}(?:s|es|ic)?\b", PLAIN_WORD, plain, flags=re.IGNORECASE)
    parts = sentences(plain)
    prose = " ".join(parts)
    statistics = _textstat()
    return Readability(
        grades={name: float(getattr(statistics, name)(prose)) for name in FORMULAS},
        words=len(prose.split()),
        sentences=int(statistics.sentence_count(prose)),
        longest_sentence=max((len(part.split()) for part in parts), default=0),
        passive=len(PASSIVE.findall(prose)),
        numbers=len(re.findall(r"\d+(?:[.,]\d+)?", prose)),
    )
