"""Finds the names of conditions and facts in a text: exact words, in any order, with small words between."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.content.models import Name
from bot.nlu.words import TOKEN, asset_words

#: Words that may stand between the words of a name: "my white count is really low".
FILLERS = asset_words("filler_words.txt")
MAX_FILLERS = 4
#: Words that say the same inside a name.
SAME = {
    "cells": "cell", "counts": "count", "whites": "white", "wbcs": "wbc", "leukocytes": "leukocyte", "leucocytes": "leukocyte",
    "leucocyte": "leukocyte", "infections": "infection", "drugs": "drug", "medicines": "medicine", "medications": "medicine",
    "medication": "medicine", "don't": "not", "doesn't": "not", "isn't": "not", "aren't": "not", "haven't": "not",
    "hasn't": "not", "without": "not",
} | dict.fromkeys(asset_words("low_words.txt"), "low")  # fmt: skip
#: A word before a name that makes it another thing ("cyclic neutropenia", "congenital neutropenia").
SPECIAL_KINDS = asset_words("special_kinds.txt")


@dataclass(frozen=True)
class Mention:
    """One name found: characters `start` to `end` of the text stand for `ref`."""

    start: int
    end: int
    kind: Literal["condition", "fact"]
    ref: str
    words: int
    modifier: str = ""


def fold(word: str) -> str:
    """A word as names are compared: its plain form, without plural or possessive."""
    word = word.removesuffix("'s")
    word = SAME.get(word, word)
    if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def name_words(form: str) -> tuple[str, ...]:
    """The words of a name as they are compared: "lack of zinc" and "low zinc" are one name."""
    words = tuple(fold(found.group().lower()) for found in TOKEN.finditer(form))
    return tuple(word for word in words if word != "of") or words


class NameIndex:
    """All names of one release of the store.

    Names of several words match in any order, as long as nothing but small words stands between them; the longest
    name wins. Looking a text up costs about the same with one article or a thousand: names are found by their words.
    """

    def __init__(self, names: Iterable[Name]) -> None:
        self._names: dict[tuple[str, ...], list[Name]] = {}
        self._first: dict[str, set[tuple[str, ...]]] = {}
        for name in names:
            words = name_words(name.form)
            if not words:
                continue
            key = tuple(sorted(words))
            self._names.setdefault(key, []).append(name)
            for word in words:
                self._first.setdefault(word, set()).add(key)
        self.words = frozenset(self._first)

    def find(self, text: str) -> list[Mention]:
        """Mentions in `text`, in order, none overlapping. One span may name a condition and not also a fact."""
        found = list(TOKEN.finditer(text))
        words = [fold(item.group().lower()) for item in found]
        mentions: list[Mention] = []
        for start in range(len(words)):
            for key in self._first.get(words[start], ()):
                end = self._match(words, start, key)
                if end is not None:
                    mentions.extend(self._mentions(found, words, start, end, key))
        return _without_overlaps(mentions)

    def _match(self, words: Sequence[str], start: int, key: tuple[str, ...]) -> int | None:
        """Index after the last word of the name that starts at `start`, or None."""
        missing = list(key)
        fillers = 0
        for index in range(start, len(words)):
            if words[index] in missing:
                missing.remove(words[index])
                fillers = 0
                if not missing:
                    return index + 1
            elif words[index] in FILLERS and index > start:
                fillers += 1
                if fillers > MAX_FILLERS:
                    return None
            else:
                return None
        return None

    def _mentions(
        self, found: list[re.Match[str]], words: Sequence[str], start: int, end: int, key: tuple[str, ...]
    ) -> list[Mention]:
        before = words[start - 1] if start else ""
        modifier = before if before in SPECIAL_KINDS else ""
        first, last = found[start].start(), found[end - 1].end()
        return [
            Mention(first, last, name.kind, name.ref, len(key), modifier)
            for name in {(item.kind, item.ref): item for item in self._names[key]}.values()
        ]


def _without_overlaps(mentions: list[Mention]) -> list[Mention]:
    """The longest names, conditions before facts of the same length; one mention a span and kind."""
    kept: list[Mention] = []
    order = {"condition": 0, "fact": 1}
    for mention in sorted(
        mentions, key=lambda item: (-item.words, order[item.kind], item.start, item.end - item.start)
    ):
        clash = [item for item in kept if item.start < mention.end and mention.start < item.end]
        same_span = all(
            (item.start, item.end, item.kind) == (mention.start, mention.end, mention.kind) for item in clash
        )
        if not clash or (same_span and mention.ref not in {item.ref for item in clash}):
            kept.append(mention)
    return sorted(kept, key=lambda item: (item.start, item.ref))
