"""One danger word with the words around it, within its clause."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.safety import cues
from bot.safety.model import Concept
from bot.safety.words import Sentence, word_set

#: Words looked at on each side of a danger word.
LEFT, RIGHT = 45, 25

_BREAKS = word_set("but however although though except yet plus whereas")
_NO_RESTART = (
    cues.MODALS
    | cues.AUXILIARIES
    | cues.WH
    | word_set("that whether think know sure like as than unless until till than hope wish and case")
)
_RESTARTING = word_set("i we he she they")


@dataclass(frozen=True)
class Mention:
    """One place where a concept's words stand: tokens `start` to `end` of a sentence.

    `sure` means that only someone in danger says these words; `named` that it is the name of an illness, which is
    more often a topic; `figure` that it is a number that was read.
    """

    concept: Concept
    start: int
    end: int
    sure: bool = False
    named: bool = False
    figure: bool = False

    @property
    def weight(self) -> tuple[bool, bool, int]:
        """Which of two readings of the same words is taken: the surer one, then the longer one."""
        return (self.sure, not self.named, self.end)


class Scene:
    """One mention with the words around it, within its clause."""

    def __init__(self, sentence: Sentence, mention: Mention, covered: Sequence[bool]) -> None:
        self.mention = mention
        self.asked = sentence.asked
        floor, ceiling = max(0, mention.start - LEFT), min(len(sentence.tokens), mention.end + RIGHT)
        texts = [token.text for token in sentence.tokens[floor:ceiling]]
        start, end = mention.start - floor, mention.end - floor
        first, last = _clause_start(texts, start), _clause_end(texts, end)
        self.left = texts[first:start]
        self.right = texts[end:last]
        self.inside = texts[start:end]
        covered = covered[floor:ceiling]
        self.masked = _masked(texts, covered, first, start)
        self.masked_right = "".join(" " + text for text in _masked(texts, covered, end, last))
        self.left_text = " ".join(self.left)
        self.right_text = "".join(" " + text for text in self.right)
        self.clause_text = " ".join(texts[first:last])
        self.earlier_text = " ".join(texts[:first])
        self.later_text = "".join(" " + text for text in texts[end:])
        self.sentence_text = " ".join(texts)


def _starts_clause(texts: Sequence[str], place: int) -> bool:
    text, before = texts[place], texts[place - 1]
    if before in _BREAKS:
        return True
    if text in _RESTARTING:
        following = texts[place + 1 : place + 3]
        return before not in _NO_RESTART or (before == "and" and not cues.MODALS.intersection(following))
    return text == "my" and before in (",", "and", "so", "also", "now")


def _clause_start(texts: Sequence[str], start: int) -> int:
    return next((place for place in range(start, 0, -1) if _starts_clause(texts, place)), 0)


def _clause_end(texts: Sequence[str], end: int) -> int:
    return next((place for place in range(end, len(texts)) if place and _starts_clause(texts, place)), len(texts))


def _masked(texts: Sequence[str], covered: Sequence[bool], first: int, start: int) -> list[str]:
    """The words before the mention, with each other mention as one `@`."""
    made: list[str] = []
    for place in range(first, start):
        if not covered[place]:
            made.append(texts[place])
        elif not made or made[-1] != "@":
            made.append("@")
    return made


def last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The last place where `pattern` stands in `text`."""
    found = None
    for match in pattern.finditer(text):
        found = match
    return found
