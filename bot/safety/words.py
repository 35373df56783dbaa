"""A patient's text as plain words: one spelling for each, split into sentences.

Patterns in `content/red_flags.yml` go through the same steps, so both sides always meet in the same form:
lower case, no accents, "can't" as "can not", "temp" as "temperature".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache


def word_set(text: str) -> frozenset[str]:
    """The words of a blank-separated list."""
    return frozenset(text.split())


#: Short and run-together forms → the words they stand for. A space makes several words of one.
EXPANSIONS: dict[str, str] = {
    "im": "i am", "ive": "i have", "id": "i would", "youre": "you are", "youve": "you have", "hes": "he is",
    "shes": "she is", "theyre": "they are", "theyve": "they have", "weve": "we have", "thats": "that is",
    "whats": "what is", "hows": "how is", "wheres": "where is", "theres": "there is", "whens": "when is",
    "dont": "do not", "dnt": "do not", "doesnt": "does not", "dosent": "does not", "dosnt": "does not",
    "doesent": "does not", "didnt": "did not", "didint": "did not", "cant": "can not", "cannot": "can not",
    "cnt": "can not", "carnt": "can not", "couldnt": "could not", "wont": "will not", "wouldnt": "would not",
    "shouldnt": "should not", "isnt": "is not", "isint": "is not", "arent": "are not", "wasnt": "was not",
    "werent": "were not", "havent": "have not", "havnt": "have not", "hasnt": "has not", "hadnt": "had not",
    "aint": "is not", "gonna": "going to", "gona": "going to", "wanna": "want to", "gotta": "have to",
    "imma": "i am going to", "dunno": "do not know", "idk": "i do not know", "rn": "right now", "atm": "right now",
    "u": "you", "ur": "your", "r": "are", "w": "with", "wo": "without", "bc": "because", "cuz": "because",
    "coz": "because", "cos": "because", "becuz": "because", "hv": "have", "hav": "have", "hve": "have",
    "temp": "temperature", "temps": "temperature", "tmp": "temperature", "temperatur": "temperature",
    "tempature": "temperature", "temprature": "temperature", "temperture": "temperature", "tempreture": "temperature",
    "wbcs": "wbc", "mum": "mom", "mums": "mom", "mam": "mom", "tummy": "stomach", "belly": "stomach",
    "abdomen": "stomach", "abdominal": "stomach", "tho": "though", "abt": "about", "smth": "something",
    "kms": "kill myself", "kys": "kill yourself", "alot": "a lot", "doc": "doctor", "2day": "today",
    "2nite": "tonight", "tonite": "tonight", "hosp": "hospital", "nd": "and", "ppl": "people", "plz": "please",
    "pls": "please", "jai": "j ai", "narrive": "n arrive", "cest": "c est", "hemmorhage": "hemorrhage", "haemorrhage": "hemorrhage", "haemorrhaging": "hemorrhage",
    "hemorrhaging": "hemorrhage", "wtf": "what", "thx": "thanks",
}  # fmt: skip
#: What an apostrophe leaves behind → the word; so that "we're" is not "were" and "i'll" is not "ill".
APOSTROPHES = {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would"}
#: French words that lose their vowel before another word ("j'ai").
ELIDED = word_set("j n l d m t s c qu")
IS_AFTER = word_set("he she it that what there who how where when this here everything something")
#: Pictures that say a symptom.
PICTURES = {"🤒": " fever ", "🥵": " feel hot ", "🥶": " freezing cold ", "🤮": " vomiting ", "🤧": " cough "}
#: Longest number that is read, in characters.
MAX_DIGITS = 15
#: Longest text that is read, in characters; what a channel lets through is far shorter.
MAX_CHARS = 100_000

_TOKEN = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)?)|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)|(?P<end>[.!?;\n…]+)|(?P<comma>[,:()\[\]\"/–—|]|(?<=\s)-(?=\s))"
    r"|(?P<other>[%°*+<>=@#]|(?<=\d)-(?=\d))",
)
_MARKS = {"comma": ",", "end": "."}
_SPELLED_OUT = re.compile(r"\b(?:[a-z][ .\-_*]){3,}[a-z]\b")
_ABBREVIATED = re.compile(r"\b(temp|dr|mr|mrs|approx|deg)\.(?=\s*\w)")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "º": "°", "˚": "°"})


@dataclass(frozen=True)
class Token:
    """One word, number or mark (`,` `%` `°` …) in its plain form.

    `others` are further words that a typing mistake may stand for.
    """

    text: str
    kind: str  # word, number, comma, end or other
    others: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        return self.kind == "number"


@dataclass(frozen=True)
class Sentence:
    """The tokens of one sentence, and whether it ends with a question mark."""

    tokens: tuple[Token, ...]
    asked: bool = False


def plain_text(text: str) -> str:
    """Lower case without accents, odd quotes and pictures."""
    for picture, words in PICTURES.items():
        if picture in text:
            text = text.replace(picture, words)
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text.translate(_QUOTES)).translate(_QUOTES).casefold()
    return "".join(
        char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) not in ("Mn", "Cf")
    )


def _join_spelled_out(text: str) -> str:
    """`f e v e r` as `fever`."""
    return _SPELLED_OUT.sub(lambda found: re.sub(r"[ .\-_*]", "", found[0]), text)


def expand(word: str) -> tuple[str, ...]:
    """The words that one written word stands for, e.g. `can't` → can, not."""
    if "'" in word:
        return _expand_apostrophe(word)
    return tuple(EXPANSIONS[word].split()) if word in EXPANSIONS else (word,)


@lru_cache(maxsize=4096)
def _expand_apostrophe(word: str) -> tuple[str, ...]:
    joined = word.replace("'", "")
    if joined.endswith("nt") and joined in EXPANSIONS:
        return tuple(EXPANSIONS[joined].split())
    head, _, tail = word.rpartition("'")
    if head in ELIDED and len(tail) > 1:
        return (head, tail)
    if tail in APOSTROPHES:
        return (*expand(head), APOSTROPHES[tail])
    if tail == "s":
        return (head, "is") if head in IS_AFTER else (*expand(head), "s")
    return tuple(EXPANSIONS[joined].split()) if joined in EXPANSIONS else (joined,)


def tokens(text: str) -> Iterator[Token]:
    """The tokens of `text` in their plain forms, before any correction of spelling."""
    for found in _TOKEN.finditer(_ABBREVIATED.sub(r"\1 ", _join_spelled_out(plain_text(text[:MAX_CHARS])))):
        kind = found.lastgroup or "other"
        if kind == "word":
            for word in expand(found[0]):
                yield Token(word, "word")
        elif kind == "number" and len(found[0]) <= MAX_DIGITS:
            yield Token(_decimal(found[0]), "number")
        elif kind == "number":
            yield Token("#", "other")  # nobody's temperature or count, and slow to turn into a number
        else:
            yield Token(_mark(kind, found[0]), kind)


def _mark(kind: str, written: str) -> str:
    """One form for marks that do the same."""
    if "?" in written:
        return "?"
    return "(" if written in "()[]" else _MARKS.get(kind, written)


def _decimal(written: str) -> str:
    """`38,5` as 38.5 and `1,500` as 1500."""
    head, comma, tail = written.partition(",")
    return head + tail if comma and len(tail) == 3 and len(head) <= 3 else written.replace(",", ".")


def sentences(items: Iterable[Token]) -> list[Sentence]:
    """Sentences, each without the mark that ends it."""
    made: list[Sentence] = []
    current: list[Token] = []
    for token in items:
        if token.kind != "end":
            current.append(token)
        elif current:
            made.append(Sentence(tuple(current), asked=token.text == "?"))
            current = []
    return [*made, Sentence(tuple(current))] if current else made


def words_of(phrase: str) -> tuple[str, ...]:
    """A pattern's words in the plain form."""
    return tuple(token.text for token in tokens(phrase))
