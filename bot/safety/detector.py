"""Finds danger in a message: words, numbers, what stands around them, and what combines with what.

Deterministic, offline and without any model: it works when Rasa does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from bot.content.clinic import load_clinic
from bot.safety import cues
from bot.safety.context import Status, status
from bot.safety.model import Finding, Level, most_urgent
from bot.safety.numbers import Numbers, with_figures
from bot.safety.pattern import Element, Matcher
from bot.safety.rulebook import FILE_NAME, Phrase, RuleBook
from bot.safety.scene import Mention
from bot.safety.spans import Spans
from bot.safety.spelling import Spelling, everyday_words
from bot.safety.words import EXPANSIONS, Sentence, Token, expand, sentences, tokens, word_set

#: What a lasting sign comes to: one step less urgent than a new one. A crisis stays one.
STEP_DOWN: dict[Level, Level | None] = {"crisis": "crisis", "emergency": "call_today", "call_today": None}
ENDINGS = ("", "s", "es", "ing", "in", "ed", "e", "d", "al", "ness")
#: A beginning so long that any ending makes a word nobody else uses ("immunosuppress*").
LONG_STEM = 10
#: Between two sentences when a message is looked at as one.
END = Token("|", "end")
NUMBER_WORDS = word_set(
    "hundred thirty forty ninety eight seven three point temperature celsius fahrenheit thermometer degrees"
)


class Detector:
    """Checks messages against a rule book. Holds no state between messages; safe to share between threads.

    Args:
        book: The rules.
        fever_c: The clinic's fever threshold in °C.
        fever_f: The same in °F.
    """

    def __init__(self, book: RuleBook, fever_c: float, fever_f: float) -> None:
        self.book = book
        self._numbers = Numbers(fever_c, fever_f)
        self._matcher: Matcher[tuple[str, str]] = Matcher()
        for phrase in book.phrases:
            self._matcher.add(phrase.sequence, (phrase.concept, phrase.kind))
        self._spelling = Spelling(
            vocabulary(phrase for phrase in book.phrases if not phrase.foreign),
            others=vocabulary(phrase for phrase in book.phrases if phrase.foreign),
        )

    @classmethod
    def from_files(cls, content: Path) -> Detector:
        """The detector for the content folder: its `red_flags.yml` and the threshold of its `clinic.yml`.

        Raises:
            ContentError: a file is missing or malformed; the text names file, line and field.
        """
        clinic = load_clinic(content / "clinic.yml")
        return _shared(RuleBook.load(content / FILE_NAME), clinic.fever_c, clinic.fever_f)

    def check(self, text: str | None) -> Finding:
        """What `text` says about danger. Empty or missing text says nothing."""
        if not text:
            return Finding()
        spoken = sentences(self.read(text))
        states: dict[Status, dict[str, None]] = {kind: {} for kind in Status}
        for sentence in spoken:
            for concept, state in self._states(sentence, alone=len(spoken) == 1):
                states[state][concept] = None
        if states[Status.ASKED] and _is_claimed(spoken):
            states[Status.PRESENT] |= states[Status.ASKED]
            states[Status.ASKED] = {}
        return self._judge(states)

    def knows(self, word: str) -> bool:
        """Whether `word` is read as it is written, because phrases hold it or people use it."""
        return self._spelling.knows(word)

    def read(self, text: str) -> list[Token]:
        """The tokens of `text` with spelling corrected and temperatures in figures."""
        made: list[Token] = []
        for token in tokens(text):
            made.extend(self._read_word(token.text) if token.kind == "word" else [token])
        return with_figures(made)

    def _read_word(self, word: str) -> list[Token]:
        listed = self.book.spellings.get(word)
        readings = [tuple(listed.split())] if listed else self._spelling.correct(word)
        words = [part for piece in readings[0] for part in expand(self.book.spellings.get(piece, piece))]
        others = tuple(part for reading in readings[1:] for part in expand(reading[0])) if len(words) == 1 else ()
        return [Token(part, "word", others) for part in words]

    def mentions(self, sentence: Sentence, alone: bool = False) -> list[Mention]:
        """Every place in `sentence` where a concept's words or numbers stand.

        Args:
            sentence: Corrected tokens.
            alone: Whether the sentence is the whole message.
        """
        found: dict[tuple[str, int], Mention] = {}
        elsewhere: Spans[bool] = Spans()
        for (concept, kind), start, end in self._matcher.find(sentence.tokens):
            if kind == "elsewhere":
                elsewhere.add(concept, start, end, True)
                continue
            old = found.get((concept, start))
            new = Mention(self.book.concepts[concept], start, end, kind == "says", kind == "names")
            if old is None or new.weight > old.weight:
                found[(concept, start)] = new
        for reading in self._numbers.read(sentence.tokens, alone):
            read = self.book.readings.get(reading.kind)
            if read:
                found[(read, reading.start)] = Mention(
                    self.book.concepts[read], reading.start, reading.end, figure=True
                )
        meant = [
            mention for mention in found.values() if not elsewhere.near(mention.concept.id, mention.start, mention.end)
        ]
        same: Spans[Mention] = Spans()
        for mention in meant:
            same.add(mention.concept.id, mention.start, mention.end, mention)
        return [
            mention
            for mention in meant
            if not any(_inside(mention, other) for other in same.near(mention.concept.id, mention.start, mention.end))
        ]

    def _states(self, sentence: Sentence, alone: bool) -> Iterable[tuple[str, Status]]:
        mentions = self.mentions(sentence, alone)
        covered = [False] * len(sentence.tokens)
        for mention in mentions:
            covered[mention.start : mention.end] = [True] * (mention.end - mention.start)
        return [(mention.concept.id, status(sentence, mention, covered)) for mention in mentions]

    def _judge(self, states: dict[Status, dict[str, None]]) -> Finding:
        present = frozenset(states[Status.PRESENT])
        with_lasting = present | frozenset(states[Status.LASTING])
        fired = self.book.fired(present)
        lowered = [rule for rule in self.book.fired(with_lasting) if rule not in fired]
        levels = [*(rule.level for rule in fired), *(STEP_DOWN[rule.level] for rule in lowered)]
        level = most_urgent(levels)
        alike = tuple(
            concept
            for concept in {**states[Status.ASKED], **states[Status.LOOKALIKE], **states[Status.LASTING]}
            if not self.book.concepts[concept].context
        )
        counted = [rule.id for rule in fired] + [rule.id for rule in lowered if STEP_DOWN[rule.level]]
        return Finding(
            level=level,
            rules=tuple(counted),
            concepts=tuple(states[Status.PRESENT]),
            lookalike=level is None and bool(alike),
            lookalike_concepts=alike,
        )


@lru_cache(maxsize=2)
def _shared(book: RuleBook, fever_c: float, fever_f: float) -> Detector:
    """One detector for the NLU component, the policy and the guard of the same process."""
    return Detector(book, fever_c, fever_f)


def _is_claimed(spoken: Iterable[Sentence]) -> bool:
    """Whether the message says that what it asks about is there: "…? it's me"."""
    return bool(cues.CLAIMED.search(" ".join(token.text for sentence in spoken for token in (*sentence.tokens, END))))


def _inside(mention: Mention, other: Mention) -> bool:
    """Whether `mention` is a part of a longer mention of the same concept ("breathe" in "can not breathe")."""
    if mention.concept is not other.concept or mention.sure > other.sure or mention.figure:
        return False
    contained = other.start <= mention.start and mention.end <= other.end
    return contained and (other.start, other.end) != (mention.start, mention.end)


def vocabulary(phrases: Iterable[Phrase]) -> frozenset[str]:
    """The words that typos are corrected to: those of the phrases and those that tell who, when and whether."""
    words = {word for word in EXPANSIONS if len(word) >= 6}
    for group in (NUMBER_WORDS, cues.RELATIVES, cues.CLAIMS, cues.WH, cues.AUXILIARIES, cues.NO_WORDS, cues.NEW_START):
        words |= group
    # Most phrases share their elements: each is looked at once.
    elements = {id(element): element for phrase in phrases for element in phrase.sequence}
    for element in elements.values():
        words.update(_forms(element))
    return frozenset(words)


def _forms(element: Element) -> Iterable[str]:
    """The words that one step of a phrase can be."""
    if element.kind == "word":
        return (element.value,)
    if element.kind != "prefix":
        return ()
    forms = (element.value + ending for ending in ENDINGS)
    return [form for form in forms if form == element.value or len(form) > LONG_STEM or form in everyday_words()]
