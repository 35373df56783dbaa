"""Typos, run-together words and drawn-out letters, bounded so that no everyday word becomes a danger word."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import lru_cache

from rapidfuzz.distance import OSA

from bot.safety.words import word_set

#: Shortest danger word that may be written wrongly, and shortest written word that is corrected.
MIN_TARGET = 5
MIN_TYPED = 4
#: Shortest word of another language that is corrected to.
MIN_FOREIGN = 7
#: Length from which two mistakes are allowed.
TWO_MISTAKES_FROM = 8
MOST_MISTAKES = 2
#: Words of one and two letters that may stand in a run-together text ("ihaveafever").
SMALL_WORDS = word_set("i a my is no of me am to in it be so at on we he up not and the his her has")
#: How many words one typing mistake may stand for.
MAX_READINGS = 4
MIN_RUN_TOGETHER = 8
MAX_RUN_TOGETHER = 40
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")


@lru_cache(maxsize=1)
def everyday_words() -> frozenset[str]:
    """English words in common use (more than about one in a million), from wordfreq's small list."""
    import wordfreq

    return frozenset(wordfreq.iter_wordlist("en", "small"))


def _deletions(word: str, count: int) -> set[str]:
    """`word` without up to `count` of its letters."""
    made = last = {word}
    for _ in range(count):
        last = {form[:place] + form[place + 1 :] for form in last for place in range(len(form))}
        made = made | last
    return made


class Spelling:
    """Corrects words towards `vocabulary`, the words that patterns are made of.

    A word in common use is never changed: "fewer", "cheat" and "breast" stay what they are. `others` are words of
    other languages: known, and corrected to only when they are long and nothing else fits.
    """

    def __init__(self, vocabulary: Collection[str], others: Iterable[str] = ()) -> None:
        others = frozenset(others) - frozenset(vocabulary)
        self._vocabulary = frozenset(vocabulary)
        self._known = self._vocabulary | everyday_words() | others
        self._near: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._vocabulary):
            if len(word) >= MIN_TARGET and word.isalpha():
                for shorter in _deletions(word, _mistakes(word)):
                    self._near[shorter].append(word)
        self._foreign = frozenset(word for word in others if len(word) >= MIN_FOREIGN and word.isalpha())
        for word in sorted(self._foreign):
            for shorter in _deletions(word, 1):
                self._near[shorter].append(word)
        self._longest = max(map(len, self._near), default=0)
        self._cache: dict[str, list[tuple[str, ...]]] = {}

    def knows(self, word: str) -> bool:
        """Whether `word` is a word of the patterns or in common use."""
        return word in self._known

    def correct(self, word: str) -> list[tuple[str, ...]]:
        """What `word` may stand for, the best first: itself, a correction, or the words it runs together."""
        if word in self._vocabulary or len(word) < MIN_TYPED:
            return [(word,)]
        if len(word) > MAX_RUN_TOGETHER:
            return self._correct(word)  # not kept: a stranger could fill the memory with long words
        if word not in self._cache:
            if len(self._cache) > 20_000:
                self._cache.clear()
            self._cache[word] = self._correct(word)
        return self._cache[word]

    def _correct(self, word: str) -> list[tuple[str, ...]]:
        spelled = _without_drawing_out(word)
        for form in spelled:
            if form in self._known:
                return [(form,)]
        for form in spelled:
            nearest = self._nearest(form)
            if nearest:
                return [(target,) for target in nearest]
        apart = self._taken_apart(word) if MIN_RUN_TOGETHER <= len(word) <= MAX_RUN_TOGETHER else None
        return [apart or (word,)]

    def _nearest(self, word: str) -> list[str]:
        """The words that `word` is a typing mistake of: those with the fewest mistakes."""
        if len(word) > self._longest + MOST_MISTAKES:
            return []  # there are n² ways to leave two letters out: a word of 4,000 letters would take all memory
        found = {
            target: OSA.distance(word, target)
            for shorter in _deletions(word, 2 if len(word) >= TWO_MISTAKES_FROM - 1 else 1)
            for target in self._near.get(shorter, ())
        }
        ranked = sorted(
            # English first; and a letter is left out more often than put in.
            (target in self._foreign, distance, word[0] != target[0], -len(target), target)
            for target, distance in found.items()
            if _is_typo(word, target, distance) and (distance == 1 or target not in self._foreign)
        )
        return [rank[-1] for rank in ranked if rank[:2] == ranked[0][:2]][:MAX_READINGS]

    def _taken_apart(self, word: str) -> tuple[str, ...] | None:
        """The fewest known words that make up `word`, at least one of them a word of the patterns."""
        best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 16), end):
                head, piece = best[start], word[start:end]
                if head is None or not (piece in self._known if len(piece) > 3 else self._is_small(piece)):
                    continue
                current = best[end]
                if current is None or len(head) + 1 < len(current):
                    best[end] = (*head, piece)
        pieces = best[len(word)]
        if pieces and any(piece in self._vocabulary and len(piece) >= MIN_TARGET for piece in pieces):
            return pieces
        return None

    def _is_small(self, piece: str) -> bool:
        return piece in SMALL_WORDS or (len(piece) == 3 and piece in self._vocabulary)


def _without_drawing_out(word: str) -> tuple[str, ...]:
    """`feeeever` and `sooooo` with each drawn-out letter twice, then once."""
    if not _DRAWN_OUT.search(word):
        return (word,)
    return (_DRAWN_OUT.sub(r"\1\1", word), _DRAWN_OUT.sub(r"\1", word))


def _mistakes(word: str) -> int:
    return 2 if len(word) >= TWO_MISTAKES_FROM else 1


def _is_typo(word: str, target: str, distance: int) -> bool:
    """Whether people write `target` as `word`: one mistake, or two in a long word that starts alike."""
    if distance <= 1:
        return word[0] == target[0] or len(target) >= 6 or sorted(word[:2]) == sorted(target[:2])
    return distance == 2 and len(target) >= TWO_MISTAKES_FROM and word[0] == target[0]
