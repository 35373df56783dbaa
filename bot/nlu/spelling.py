"""Speller: corrects words towards what patients ask about, and only where that is safe.

A word that stands in a dictionary is never touched, nor is a medical term: "leukemia" is no typo of "leukopenia".
What stands in none is a slip of the fingers or written as it sounds ("infecshuns"). The words of the training
examples, the medical terms and everyday English are searched, in this order; the nearest wins, among equals the one
that patients use most. Names of the store need more: they are what an answer depends on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from importlib.resources import files

import jellyfish
from rapidfuzz import process
from rapidfuzz.distance import OSA
from symspellpy import SymSpell

from bot.nlu.words import medical_terms, zipf

#: A word this common (wordfreq's Zipf scale) that stands in the dictionary is never corrected.
COMMON_ZIPF = 2.2
#: So common is a word that stands in no dictionary and is one all the same ("covid", "wifi").
NEW_WORD_ZIPF = 3.2
#: How much more common the correction must be than what was typed.
ZIPF_GAIN = 1.0
#: A correction to a word that no training example has must be so common, and so much more common than what was typed.
EVERYDAY_ZIPF, EVERYDAY_GAIN, EVERYDAY_COUNT = 3.0, 1.5, 1_000_000
#: "Enuff": a word this common may be written in quite another way.
VERY_COMMON_ZIPF = 5.0
#: Words of four letters are corrected to longer ones of names alone ("wite", "cels"), and only when rarer than this.
SHORT_ZIPF = 2.7
#: Words of one or two letters that may stand in a run of words.
SHORT_WORDS = frozenset({"a", "i", "is", "it", "of", "in", "to", "do", "me", "my", "or", "if", "so", "by", "be", "up"})
#: Longest run of words without spaces that is taken apart, in letters.
LONGEST_RUN = 40
#: Shortest name that is put together from pieces, in letters.
LONG_NAME = 8
#: Shortest word that is looked at, in letters.
SHORTEST = 4
#: Most words that a speller remembers.
REMEMBERED = 50_000


def allowed_distance(word: str) -> int:
    """Edits (insert, delete, replace, swap) that a typed word may be away: 1 up to seven letters, else 2."""
    return 1 if len(word) <= 7 else 2


@lru_cache(maxsize=1)
def dictionary() -> Mapping[str, int]:
    """82,000 English words that are spelled right, and how often Google Books has each (symspellpy brings the list)."""
    lines = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text("utf-8-sig").splitlines()
    return {word: int(count) for word, count in (line.split() for line in lines if line.strip())}


@lru_cache(maxsize=1)
def _everyday_by_sound() -> Mapping[str, list[str]]:
    words: dict[str, list[str]] = {}
    for word, count in dictionary().items():
        if count >= EVERYDAY_COUNT:
            words.setdefault(sound(word), []).append(word)
    return words


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """How a word sounds: its Metaphone key (Philips, 1990). Words that sound alike have one key."""
    return str(jellyfish.metaphone(word))


def sounds_alike(word: str, other: str) -> bool:
    """Whether both sound the same, and not only for want of consonants ("dare", "dear")."""
    return len(word) >= 5 and len(sound(word)) >= 3 and sound(word) == sound(other)


def is_real(word: str) -> bool:
    """Whether `word` stands in the dictionary, is a medical term, or is too common to be a slip."""
    return word in dictionary() or word in medical_terms() or zipf(word) >= NEW_WORD_ZIPF


class Speller:
    """Corrects words; see the module.

    Args:
        vocabulary: Words of the training examples, and how often each stands there.
        names: Words of the store's names.
    """

    def __init__(self, vocabulary: Mapping[str, int], names: Iterable[str] = ()) -> None:
        names = frozenset(names)
        self.names = frozenset(word for word in names if len(word) >= SHORTEST)
        self.vocabulary = frozenset(word for word in vocabulary if is_real(word)) | self.names
        self._counts = vocabulary
        self._runs = frozenset(
            word for word in self.vocabulary | names if word.isalpha() and (len(word) > 2 or word in SHORT_WORDS)
        )
        self._targets = sorted(
            word for word in self.vocabulary | medical_terms() if len(word) >= SHORTEST and word.isalpha()
        )
        self._known: dict[str, str] = {}

    def correct(self, word: str) -> str:
        """`word`, or what it must have been meant to be: another word, or words that were typed as one."""
        if len(word) < SHORTEST or word in self.vocabulary or not word.isalpha():
            return word
        # What several examples have is meant, though it is no word ("leuko").
        if self._counts.get(word, 0) > 1:
            return word
        if word not in self._known:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            self._known[word] = self._find(word)
        return self._known[word]

    def join(self, text: str) -> str:
        """`text` with names put together that were typed in pieces ("leuko penia", "pan cyto penia")."""
        words = text.split(" ")
        start = 0
        while start < len(words) - 1:
            for end in (start + 3, start + 2):
                joined = "".join(words[start:end])
                if end <= len(words) and len(joined.strip("?.,!")) >= LONG_NAME and joined.strip("?.,!") in self.names:
                    words[start:end] = [joined]
            start += 1
        return " ".join(words)

    def _find(self, word: str) -> str:
        if word in medical_terms() or zipf(word) >= NEW_WORD_ZIPF:
            return word
        if word in dictionary():
            return self._rare(word)
        found = self._name(word) or self._slip(word) or self._split(word)
        return found or self._everyday(word) or self._by_ear(word) or word

    def _rare(self, word: str) -> str:
        """A real but rare word ("wite"): a word of a name, when it is one letter away and far more common."""
        if zipf(word) >= (SHORT_ZIPF if len(word) < 5 else COMMON_ZIPF):
            return word
        near = [name for name, distance in self._near(word, self._targets, 1) if name in self.names]
        near = [name for name in near if name[0] == word[0] and zipf(name) - zipf(word) >= ZIPF_GAIN]
        return near[0] if len(near) == 1 else self._split(word) or word

    def _name(self, word: str) -> str | None:
        """The name that was meant, when just one is near and no other word is as near."""
        near = self._near(word, self._targets, allowed_distance(word))
        if not near:
            return None
        least = min(distance for _, distance in near)
        best = [found for found, distance in near if distance == least]
        names = [found for found in best if found in self.names and self._may_be(word, found)]
        if not names or len({found[:5] for found in best if found in self.names or found in medical_terms()}) > 1:
            return None
        if any(self._counts.get(found, 0) > self._counts.get(names[0], 0) for found in best if found not in names):
            return None
        return max(names, key=zipf)

    def _slip(self, word: str) -> str | None:
        """The word of the examples, or the medical term, that was meant: the nearest, then the one used most."""
        limit = allowed_distance(word)
        found = []
        for candidate, distance in self._near(word, self._targets, limit):
            alike = sounds_alike(word, candidate)
            # People rarely miss the first letter, and a wrong first letter is most often another word.
            if candidate[0] != word[0] and (limit < 2 or distance > 1) and not alike:
                continue
            if candidate in self.names or not self._may_be(word, candidate):
                continue
            # "Realy" is "really", not "real": what is left out is lost more often than what is added.
            added = len(candidate) < len(word)
            found.append((distance - alike + 0.5 * added, -self._counts.get(candidate, 0), -zipf(candidate), candidate))
        if not found:
            return None
        cost = min(found)[0]
        medical = {item[3] for item in found if item[0] == cost and item[3] in medical_terms()}
        # Two illnesses that are equally near: nobody can tell which one was meant.
        return None if len({item[:5] for item in medical}) > 1 else min(found)[3]

    def _by_ear(self, word: str) -> str | None:
        """A word that was written as it sounds ("cach", "complicashuns"): one of the examples, or a medical term."""
        farthest = allowed_distance(word) + 1 if len(word) < 8 else len(word)
        alike = [
            item
            for item in self._by_sound.get(sound(word), ())
            if sounds_alike(word, item)
            and abs(len(item) - len(word)) <= 2
            and OSA.distance(word, item, score_cutoff=farthest) <= farthest
        ]
        return max(alike, key=lambda item: (self._counts.get(item, 0), zipf(item))) if alike else None

    def _everyday(self, word: str) -> str | None:
        """A word of everyday English that sounds the same ("roomate"), far more common than what was typed."""
        found = [
            item
            for item in _everyday_by_sound().get(sound(word), ())
            if item[0] == word[0]
            and sounds_alike(word, item)
            and OSA.distance(word, item) <= (3 if zipf(item) >= VERY_COMMON_ZIPF else 2)
            and zipf(item) >= max(EVERYDAY_ZIPF, zipf(word) + EVERYDAY_GAIN)
        ]
        return max(found, key=zipf) if found else None

    @staticmethod
    def _near(word: str, targets: list[str], limit: int) -> list[tuple[str, int]]:
        """(word, edits) of the targets that are at most `limit` edits away."""
        found = process.extract(word, targets, scorer=OSA.distance, score_cutoff=limit, limit=None)
        return [(target, int(distance)) for target, distance, _ in found if distance]

    @cached_property
    def _by_sound(self) -> dict[str, list[str]]:
        words: dict[str, list[str]] = {}
        for word in self._targets:
            if word not in self.names or zipf(word) >= EVERYDAY_ZIPF:
                words.setdefault(sound(word), []).append(word)
        return words

    def _may_be(self, word: str, candidate: str) -> bool:
        if candidate in self.names and zipf(word) == 0.0:
            return True
        if candidate in medical_terms():
            return zipf(candidate) > zipf(word)
        return zipf(candidate) - zipf(word) >= ZIPF_GAIN and zipf(candidate) >= COMMON_ZIPF

    def _split(self, word: str) -> str | None:
        """Words run together, taken apart: "lowwbc" is "low wbc". Only into words that we know, all of them."""
        if len(word) > LONGEST_RUN:
            return None
        found = self._segments.word_segmentation(word, max_edit_distance=0)
        parts = found.segmented_string.split()
        return " ".join(parts) if len(parts) > 1 and self._runs.issuperset(parts) else None

    @cached_property
    def _segments(self) -> SymSpell:
        speller = SymSpell(max_dictionary_edit_distance=0)
        for word in sorted(self._runs):
            # Names are rare in English and common here.
            frequency = max(zipf(word), 5.0 if word in self.names else 0.0)
            speller.create_dictionary_entry(word, max(1, round(10 ** (frequency + 1))))
        return speller
