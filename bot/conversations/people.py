"""People's names in what patients type: after "my name is", a title or a relation, and first names anywhere.

Patients write in lower case, so capitals alone decide nothing, and medicine is full of people's names, so a word that
is also a medical one counts only where someone is introduced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.conversations.identifiers import NAME, Finding
from bot.conversations.wordlists import (
    everyday_words,
    is_any_name,
    is_first_name,
    is_medical,
    is_surname,
    is_unknown,
    plain,
    words,
)

_TOKEN = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_LONGEST = 4  # words of a name, at most

_RELATION = (
    "(?:son|daughter|wife|husband|mom|mum|mother|mommy|dad|father|daddy|brother|sister|friend|baby|child|kid|boy|girl"
    "|grandson|granddaughter|grandma|grandmother|grandpa|grandfather|aunt|auntie|uncle|cousin|partner|fianc[ée]+|spouse"
    "|girlfriend|boyfriend|niece|nephew|doctor|nurse|oncologist|ha?ematologist|gp|pcp|specialist|surgeon|boss"
    "|neighbou?r|roommate|caregiver|carer|twin|stepson|stepdaughter)"
)
#: A name must follow, whatever it looks like.
_INTRODUCTION = re.compile(
    r"(?:\b(?:full |first |last |middle |maiden |sur|family |user)?names?(?:['’]?s)?\s*(?:is|are|was|:|=|-)\s*"
    r"|\bname['’]s\s+"
    rf"|\b(?:my|our|his|her|their)\s+{_RELATION}\s+(?:is\s+)?(?:called|named)\s+"
    r"|\b(?:signed(?: by)?|patient(?:'s name)?:|attn:?)\s+)",
    re.I,
)
_TITLE = re.compile(r"\b(?:mr|mrs|ms|mx|dr|doctor|prof|professor)\b\.?\s+", re.I)
_RELATIVE = re.compile(
    rf"\b(?:(?:my|our|his|her|their)\s+{_RELATION}(?:\s+is)?|(?:the|this)\s+patient(?:\s+is)?|call\s+(?:me|him|her)"
    r"|known\s+as|goes\s+by|dear|miss|nurse|sister|sir|aunt|auntie|uncle|pastor|father)[\s,:]+",
    re.I,
)
_ONESELF = re.compile(
    r"\b(?:i\s+am|i['’]?m|hi|hello|hey|thanks|thank\s+you|regards|cheers|love|sincerely|best|yours|this\s+is)[\s,.!-]+",
    re.I,
)
_FAREWELL = re.compile(r"\b(?:thanks|thank\s+you|regards|cheers|sincerely|yours|love)[\s,.!-]+", re.I)


@dataclass(frozen=True)
class _Word:
    """One word of the text.

    Attributes:
        low: In lower case, without accents and a possessive 's.
        capital: Whether its capital tells something: not in a text that is all capitals, and not "WBC".
        opens: Whether a sentence begins with it.
        gap: What stands between it and the word before.
    """

    start: int
    end: int
    low: str
    capital: bool
    opens: bool
    gap: str


class NameFinder:
    """Finds people's names.

    Args:
        allowed: Words, in lower case, that are never names on their own (medicines, illnesses).
    """

    def __init__(self, allowed: frozenset[str] = frozenset()) -> None:
        self._allowed = allowed

    def find(self, text: str) -> Iterator[Finding]:
        """Every name in `text`. They may overlap."""
        found = _split(text)
        at = {word.start: index for index, word in enumerate(found)}
        for pattern, accepts in (
            (_INTRODUCTION, self._introduced),
            (_TITLE, self._titled),
            (_RELATIVE, self._related),
            (_ONESELF, self._oneself),
            (_FAREWELL, self._signs),
        ):
            for match in pattern.finditer(text):
                index = at.get(match.end())
                if index is not None and found[index].low not in words("not_names") and accepts(found, index):
                    yield self._whole_name(found, index)
        for index, word in enumerate(found):
            if word.low not in words("not_names") and self._stands_alone(found, index):
                yield self._whole_name(found, index)

    def again(self, text: str, names: list[Finding]) -> Iterator[Finding]:
        """The words of names that were found, where they stand once more: "Patel" of "Dr. Anu Patel"."""
        found = _split(text)
        known = {word.low for word in found for name in names if name.start <= word.start and word.end <= name.end}
        known = {word for word in known if len(word) > 2 and not self._ordinary(word)}
        for word in found:
            if word.low in known:
                yield Finding(word.start, word.end, NAME)

    def _ordinary(self, word: str) -> bool:
        return word in words("english_words") or word in self._allowed or is_medical(word)

    def _introduced(self, found: list[_Word], index: int) -> bool:
        word = found[index]
        return word.capital or is_any_name(word.low) or word.low not in everyday_words()

    def _titled(self, found: list[_Word], index: int) -> bool:
        word = found[index]
        if word.low in words("disease_words"):
            return False
        if word.capital or (is_any_name(word.low) and word.low not in everyday_words()):
            return True
        if is_unknown(word.low) and not word.low.endswith(("ed", "ing")):
            return True
        return _before_verb(found, index) and is_any_name(word.low)

    def _related(self, found: list[_Word], index: int) -> bool:
        word = found[index]
        if self._is_medical(found, index):
            return False
        if word.capital or is_first_name(word.low):
            return True
        last = index + 1 if _next(found, index) and is_unknown(found[index + 1].low) else index
        return _before_verb(found, last) and (is_any_name(word.low) or is_unknown(word.low))

    def _oneself(self, found: list[_Word], index: int) -> bool:
        word, following = found[index], _next(found, index)
        if self._is_medical(found, index) or word.low in words("calendar"):
            return False
        if is_first_name(word.low) or (word.capital and (word.low in words("word_names") or is_unknown(word.low))):
            return True
        pair = following is not None and is_any_name(following.low) and not self._is_medical(found, index + 1)
        return pair and (word.capital or is_unknown(word.low))

    def _signs(self, found: list[_Word], index: int) -> bool:
        """Whether the last one or two words of a message, after "thanks", sign it."""
        return len(found) - index <= 2 and not self._is_medical(found, index) and is_unknown(found[index].low)

    def _stands_alone(self, found: list[_Word], index: int) -> bool:
        """Whether a name begins at a word to which nothing leads."""
        word, following = found[index], _next(found, index)
        if self._is_medical(found, index):
            return False
        if is_first_name(word.low) or _reports(found, index):
            return True
        if following is None or self._is_medical(found, index + 1) or word.low in words("calendar"):
            return False
        surname = is_surname(following.low) and following.low not in everyday_words()
        if len(word.low) == 1:
            return word.capital and "." in following.gap and surname
        if word.low in words("word_names") and (surname or (following.capital and is_surname(following.low))):
            return word.low not in everyday_words() or (word.capital and following.capital)
        capitals = word.capital and following.capital
        return capitals and is_unknown(word.low) and (surname or is_unknown(following.low))

    def _whole_name(self, found: list[_Word], index: int) -> Finding:
        """The name that begins at this word, with the surnames and initials that follow it."""
        last = index
        while last - index < _LONGEST - 1 and (step := self._continues(found, last)):
            last += step
        return Finding(found[index].start, found[last].end, NAME)

    def _continues(self, found: list[_Word], index: int) -> int:
        """How many of the words after this one belong to the name, too: one, two with a particle ("van Gogh"), none."""
        following = _next(found, index)
        if following is None:
            return 0
        after = _next(found, index + 1)
        if following.low in words("name_particles") and after is not None and self._is_last_name(found, index + 2):
            return 2
        return 1 if self._is_last_name(found, index + 1) else 0

    def _is_last_name(self, found: list[_Word], index: int) -> bool:
        """Whether the word, which follows a name, is part of it."""
        word, after = found[index], _next(found, index)
        if word.low in words("not_names") | words("disease_words") | words("calendar"):
            return False
        if len(word.low) == 1:
            return word.capital
        if after is not None and after.low in words("disease_words"):
            return False
        if is_surname(word.low):
            return True
        if self._is_medical(found, index) and not word.capital:
            return False
        return is_first_name(word.low) or is_unknown(word.low) or (word.capital and word.low not in everyday_words())

    def _is_medical(self, found: list[_Word], index: int) -> bool:
        """Whether the word is a medical one here: known as such, or before "disease" and the like."""
        following = found[index + 1].low if index + 1 < len(found) else ""
        parts = (found[index].low, *re.split(r"[-'’]", found[index].low))
        return following in words("disease_words") or any(part in self._allowed or is_medical(part) for part in parts)


def _reports(found: list[_Word], index: int) -> bool:
    """Whether a message begins like "Megha here." """
    here = _next(found, index) if index == 0 else None
    after = found[2] if len(found) > 2 else None
    said_here = here is not None and here.low == "here" and (after is None or after.gap.strip() != "")
    return said_here and (is_unknown(found[0].low) or found[0].low in words("word_names"))


def _before_verb(found: list[_Word], index: int) -> bool:
    """Whether what follows the word makes a name of it: the end of the sentence, or a verb."""
    following = found[index + 1] if index + 1 < len(found) else None
    return following is None or following.gap.strip() != "" or following.low in words("after_names")


def _next(found: list[_Word], index: int) -> _Word | None:
    """The next word, when only a space (or the full stop of an initial) stands between."""
    if index + 1 >= len(found):
        return None
    following = found[index + 1]
    initial = len(found[index].low) == 1
    return following if following.gap in ((" ", "  ", ".", ". ") if initial else (" ", "  ")) else None


def _split(text: str) -> list[_Word]:
    matches = list(_TOKEN.finditer(text))
    lower = sum(match[0][0].islower() for match in matches)
    cased = lower > 0 and 4 * lower >= len(matches)  # a text in capitals says nothing by its capitals
    found: list[_Word] = []
    for match in matches:
        end = match.end() - 2 if match[0][-2:].lower() in ("'s", "’s") else match.end()
        written = text[match.start() : end]
        gap = text[found[-1].end if found else 0 : match.start()]
        acronym = written.isupper() and 2 <= len(written) <= 4
        opens = not found or any(char in ".!?:;\n" for char in gap)
        capital = cased and written[0].isupper() and not acronym
        found.append(_Word(match.start(), end, plain(written), capital, opens, gap))
    return found
