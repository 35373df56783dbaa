"""Words of a message: cleaned, spelled out, and corrected where the correction is safe."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from symspellpy import SymSpell

ASSETS = Path(__file__).parent / "assets"
#: Longest text that is understood, in characters; the channel guard refuses longer ones earlier.
MAX_LENGTH = 4_000
TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*", re.UNICODE)
QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "´": "'", "`": "'"})
#: Texting shorthand and what it stands for. Only forms that mean one thing in a question about health.
SHORTHAND: Mapping[str, str] = {
    "u": "you", "ur": "your", "r": "are", "y": "why", "wat": "what", "wut": "what", "wats": "what is", "whats": "what is",
    "whts": "what is", "hows": "how is", "wheres": "where is", "whos": "who is", "thats": "that is", "its": "its",
    "pls": "please", "plz": "please", "plss": "please", "thx": "thanks", "thnx": "thanks", "ty": "thank you",
    "cuz": "because", "bc": "because", "coz": "because", "bcz": "because", "b4": "before", "gonna": "going to", "wanna": "want to",
    "gimme": "give me", "lemme": "let me", "dont": "don't", "doesnt": "doesn't", "cant": "can't", "wont": "won't",
    "isnt": "isn't", "didnt": "didn't", "havent": "haven't", "im": "i'm", "ive": "i've", "idk": "i don't know",
    "dr": "doctor", "doc": "doctor", "docs": "doctors", "meds": "medicines", "med": "medicine", "tx": "treatment",
    "dx": "diagnosis", "sx": "symptoms", "rx": "medicine", "abt": "about", "w": "with", "hav": "have", "n": "and", "nd": "and",
    "ppl": "people", "smth": "something", "rn": "right now", "tmrw": "tomorrow", "somethin": "something", "tho": "though",
    "k": "ok", "ya": "yes", "yea": "yes", "yep": "yes", "yup": "yes", "nope": "no", "nah": "no", "da": "the", "dat": "that",
    "teh": "the", "hte": "the", "waht": "what", "wath": "what", "hwat": "what", "whta": "what", "taht": "that", "adn": "and",
    "hwo": "how", "cna": "can", "yuo": "you", "dis": "this", "wht": "what", "wen": "when", "wich": "which", "hw": "how", "cn": "can", "shud": "should", "wud": "would",
}  # fmt: skip
#: A word this common (wordfreq's Zipf scale) is a real word and is never "corrected".
COMMON_ZIPF = 2.2
#: How much more common the correction must be than what was typed.
ZIPF_GAIN = 1.0
#: Words of four letters are corrected to longer ones of names alone ("wite", "cels"), and only when rarer than this.
SHORT_ZIPF = 2.7
#: Words of one or two letters that may stand in a run of words.
SHORT_WORDS = frozenset({"a", "i", "is", "it", "of", "in", "to", "do", "me", "my", "or", "if", "so", "by", "be", "up"})
#: Longest run of words without spaces that is taken apart, in letters.
LONGEST_RUN = 40


def clean(text: str | None) -> str:
    """Text without control characters, in NFC, with plain quotes, single spaces and no endless letters."""
    kept = unicodedata.normalize("NFC", str(text or ""))[:MAX_LENGTH].translate(QUOTES)
    kept = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in kept)
    kept = re.sub(r"(\w)\1{3,}", r"\1\1", kept)
    return re.sub(r"\s+", " ", kept).strip()


def tokens(text: str) -> list[str]:
    """Words of `text` in small letters."""
    return [found.group().lower() for found in TOKEN.finditer(text)]


@lru_cache(maxsize=1)
def medical_terms() -> frozenset[str]:
    """Illnesses, tests and medicines beyond any article, from `assets/medical_terms.txt`: never corrected into others."""
    lines = (ASSETS / "medical_terms.txt").read_text("utf-8").splitlines()
    return frozenset(line.strip().lower() for line in lines if line.strip() and not line.startswith("#"))


@lru_cache(maxsize=20_000)
def zipf(word: str) -> float:
    """How common a word is in English: 0 unseen, 3 once in a million words, 6 once in a thousand (wordfreq)."""
    from wordfreq import zipf_frequency

    return float(zipf_frequency(word, "en"))


class Speller:
    """Corrects words towards a vocabulary, and only when that is safe.

    Safe means: the word is rare or unseen in English, it is no known medical term, exactly one word of the
    vocabulary is near, and that word is clearly the more common one (or the typed one does not exist at all).
    """

    def __init__(self, vocabulary: Iterable[str], names: Iterable[str] = ()) -> None:
        names = frozenset(names)
        self.names = frozenset(word for word in names if len(word) >= 4)
        self.vocabulary = frozenset(vocabulary) | self.names
        self._runs = frozenset(
            word for word in self.vocabulary | names if word.isalpha() and (len(word) > 2 or word in SHORT_WORDS)
        )
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(self.vocabulary):
            if len(word) >= 4:
                self._by_length.setdefault(len(word), []).append(word)
        self._known: dict[str, str] = {}

    def correct(self, word: str) -> str:
        """`word`, or the word of the vocabulary that it must have been meant to be."""
        if len(word) < 4 or word in self.vocabulary or not word.isalpha():
            return word
        if word not in self._known:
            if len(self._known) > 50_000:
                self._known.clear()
            self._known[word] = self._find(word)
        return self._known[word]

    def _find(self, word: str) -> str:
        if len(word) < 5:
            return self._short(word)
        if word in medical_terms() or zipf(word) >= COMMON_ZIPF:
            return word
        limit = allowed_distance(word)
        near: dict[str, int] = {}
        for length in range(len(word) - limit, len(word) + limit + 1):
            for candidate in self._by_length.get(length, ()):
                # People rarely miss the first letter, and a wrong first letter is most often another word.
                if candidate[0] != word[0] and limit < 2:
                    continue
                distance = OSA.distance(word, candidate, score_cutoff=limit)
                if distance <= limit and self._may_be(word, candidate):
                    near[candidate] = distance
        if not near:
            return self._split(word)
        best = min(near.values())
        nearest = sorted(
            (candidate for candidate, distance in near.items() if distance == best), key=lambda item: -zipf(item)
        )
        stems = {candidate[:5] for candidate in nearest}
        return nearest[0] if len(stems) == 1 or len(nearest) == 1 else word

    def _short(self, word: str) -> str:
        """A word of four letters: the word of a name with one letter more, or words run together, or itself."""
        if word in medical_terms() or zipf(word) >= SHORT_ZIPF:
            return word
        near = [
            candidate
            for candidate in self._by_length.get(5, ())
            if candidate in self.names
            and candidate[0] == word[0]
            and OSA.distance(word, candidate, score_cutoff=1) == 1
        ]
        return near[0] if len(near) == 1 and zipf(near[0]) - zipf(word) >= ZIPF_GAIN else self._split(word)

    def _split(self, word: str) -> str:
        """Words run together, taken apart: "lowwbc" is "low wbc". Only into words that we know, all of them."""
        if len(word) > LONGEST_RUN:
            return word
        found = self._segments.word_segmentation(word, max_edit_distance=0)
        parts = found.segmented_string.split()
        return " ".join(parts) if len(parts) > 1 and self._runs.issuperset(parts) else word

    @cached_property
    def _segments(self) -> SymSpell:
        from symspellpy import SymSpell

        speller = SymSpell(max_dictionary_edit_distance=0)
        for word in sorted(self._runs):
            # Names are rare in English and common here.
            frequency = max(zipf(word), 5.0 if word in self.names else 0.0)
            speller.create_dictionary_entry(word, max(1, round(10 ** (frequency + 1))))
        return speller

    def _may_be(self, word: str, candidate: str) -> bool:
        if candidate in self.names and zipf(word) == 0.0:
            return True
        return zipf(candidate) - zipf(word) >= ZIPF_GAIN and zipf(candidate) >= COMMON_ZIPF


def allowed_distance(word: str) -> int:
    """Edits (insert, delete, replace, swap) that a typed word may be away: 1 up to seven letters, else 2."""
    return 1 if len(word) <= 7 else 2


#: What people say around a question: greetings, "could somebody kindly tell me", "i would like to know", "please".
FRAME = re.compile(
    r"^(?:(?:hi|hello|hey|dear \w+|good (?:morning|evening|afternoon|day)|excuse me|sorry|ok|okay|so|well|um+|please|kindly|"
    r"just wondering|i (?:just )?(?:have|had) a question)\b[\s,.!:-]*)*"
    r"(?:(?:can|could|would|will) (?:you|someone|somebody|anyone|anybody)(?: please| kindly)? (?:tell|explain to|say to|help) me"
    r"(?: please)?(?: understand)?(?=[\s,:]+(?:what|how|why|which|who|where|when|if|whether|about|more)\b)"
    r"|i(?:'d| would) (?:really )?like to (?:know|understand|ask)|i (?:just )?(?:want|wanted|need) to (?:know|understand|ask)"
    r"|do you (?:happen to )?know(?= )|i (?:was|am|'m) wondering|i'm wondering|i do ?n[o']?t (?:know|understand)(?= (?:what|how|why))"
    r"|tell me(?= (?:what|how|why|which|if|whether)\b)|my question is)?[\s,.:-]*(?:if |whether )?"
)
FRAME_END = re.compile(r"[\s,.!]+(?:please|thanks|thank you|thanks in advance|thank you so much)[\s.!]*$")


def without_frame(text: str) -> str:
    """`text` (spelled out) without what people say around a question; as it is when less than two words would stay."""
    short = FRAME_END.sub("", FRAME.sub("", text, count=1))
    return short if len(short.split()) >= 2 else text


def spell_out(text: str, speller: Speller | None = None) -> str:
    """`text` cleaned, in small letters, with shorthand spelled out and typos corrected; punctuation stays."""

    def replace(found: re.Match[str]) -> str:
        word = found.group().lower()
        word = SHORTHAND.get(word, word)
        return speller.correct(word) if speller and " " not in word else word

    return TOKEN.sub(replace, clean(text).lower())
