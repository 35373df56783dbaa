"""Words of a message: cleaned, spelled out, and corrected where the correction is safe."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.nlu.spelling import Speller

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
    "gona": "going to", "cum": "come", "sed": "said", "cud": "could", "dose'nt": "doesn't", "dosnt": "doesn't", "dosent": "doesn't", "doesent": "doesn't", "dnt": "don't", "couldnt": "couldn't",
    "shouldnt": "shouldn't", "wouldnt": "wouldn't", "wasnt": "wasn't", "arent": "aren't", "hasnt": "hasn't", "aint": "isn't", "sez": "says", "enuff": "enough", "enuf": "enough", "cach": "catch", "alot": "a lot", "nite": "night",
    "gimme": "give me", "lemme": "let me", "dont": "don't", "doesnt": "doesn't", "cant": "can't", "wont": "won't",
    "isnt": "isn't", "didnt": "didn't", "havent": "haven't", "im": "i'm", "ive": "i've", "idk": "i don't know",
    "dr": "doctor", "doc": "doctor", "docs": "doctors", "meds": "medicines", "med": "medicine", "tx": "treatment",
    "dx": "diagnosis", "sx": "symptoms", "rx": "medicine", "abt": "about", "w": "with", "hav": "have", "n": "and", "nd": "and",
    "ppl": "people", "smth": "something", "rn": "right now", "tmrw": "tomorrow", "somethin": "something", "sumthin": "something", "tho": "though",
    "blud": "blood", "blod": "blood", "bludd": "blood", "tht": "that", "ther": "there", "tis": "this", "thru": "through", "whys": "why is", "cos": "because", "wk": "week", "wks": "weeks", "temp": "temperature",
    "appt": "appointment", "jus": "just", "bin": "been", "els": "else", "sumthing": "something", "sumone": "someone", "bout": "about",
    "k": "ok", "ya": "yes", "yea": "yes", "yep": "yes", "yup": "yes", "nope": "no", "nah": "no", "da": "the", "dat": "that",
    "teh": "the", "hte": "the", "waht": "what", "wath": "what", "hwat": "what", "whta": "what", "taht": "that", "adn": "and",
    "hwo": "how", "cna": "can", "yuo": "you", "dis": "this", "wht": "what", "wen": "when", "wich": "which", "hw": "how", "cn": "can", "shud": "should", "wud": "would",
    "wot": "what", "dos": "does", "duz": "does", "wif": "with", "fings": "things", "skool": "school", "ketch": "catch",
    "sels": "cells", "wite": "white", "coses": "causes", "kemo": "chemo", "kansa": "cancer", "simtums": "symptoms", "simtoms": "symptoms",
}  # fmt: skip
#: Words of doctors and students, in those of patients.
PROFESSIONAL: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), plain)
    for pattern, plain in (
        (r"(?:a?etiolog(?:y|ies)|causative factors?)", "causes"),
        (r"sequelae?", "complications"),
        (r"clinical (?:features?|manifestations?|presentations?|signs?|picture)|manifestations?", "symptoms"),
        (r"prophylaxis", "prevention"),
        (
            r"therap(?:y|ies)(?= (?:of|for)\b)|therapeutic options|(?<=\bclinical )management|management(?= of\b)",
            "treatment",
        ),
        (r"communicable|transmissible|transmittable", "contagious"),
        (r"etymology", "word origin"),
        (r"corpuscles", "cells"),
        (r"corpuscle", "cell"),
    )
)
#: Words that are real and stand for another one in what patients write: (where, what was meant).
MIXED_UP: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), meant)
    for pattern, meant in (
        (r"(?<=\bblood )sel(?=\b)", "cell"),
        (r"(?<=\bblood )sells?\b", "cells"),
        (r"(?<=\bwhite )sells?\b", "cells"),
        (r"(?:(?<=^)|(?<=[.?!,] )|(?<=\b(?:what|when|like) )|(?<=\b(?:how|why) )|(?<=\bwhere ))dose(?= (?!of\b|is\b|for\b|should\b|do\b|to\b|\d))", "does"),
        (r"(?<=\bi )no(?= (?:if|what|how|why|whether|that|when)\b)", "know"),
        (r"\bherd(?= of\b)", "heard"),
        (r"\bsines(?= (?:of|that)\b)", "signs"),
        (r"(?<=\bthe )sines\b", "signs"),
        (r"(?<=\breasons )4(?= [a-z])|(?<=\breason )4(?= [a-z])|(?<=s )4(?= (?:low|this|it|that|leu)\b)|(?<=\bgood )4(?= [a-z])", "for"),
        (r"(?<=\b(?:need|want) )2(?= [a-z])|(?<=\bhow )2(?= [a-z])|(?<=\bgoing )2(?= [a-z])", "to"),
        (r"\bis is\b", "is it"),
        (r"(?<=\b(?:is|so|be) )lo\b", "low"),
        (r"(?<=\b(?:are|too|was) )lo\b", "low"),
        (r"(?<=\b(?:very|were) )lo\b", "low"),
        (r"(?<=\b(?:count|cells) )lo\b", "low"),
        (r"\bcel(?=s?\b)", "cell"),
        (r"(?<=\bhow )bout\b", "about"),
        (r"\bwether(?= (?:or|it|i|my|this|the)\b)", "whether"),
    )
)  # fmt: skip


def clean(text: str | None) -> str:
    """Text without control characters, in NFC, with plain quotes, single spaces and no endless letters."""
    kept = unicodedata.normalize("NFC", str(text or ""))[:MAX_LENGTH].translate(QUOTES)
    kept = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in kept)
    kept = re.sub(r"(\w)\1{3,}", r"\1\1", kept)
    return re.sub(r"\s+", " ", kept).strip()


def tokens(text: str) -> list[str]:
    """Words of `text` in small letters."""
    return [found.group().lower() for found in TOKEN.finditer(text)]


def asset_words(name: str) -> frozenset[str]:
    """The words of `assets/<name>`: any number on a line, `#` begins a comment."""
    lines = (ASSETS / name).read_text("utf-8").splitlines()
    return frozenset(word for line in lines for word in line.partition("#")[0].split())


@lru_cache(maxsize=1)
def medical_terms() -> frozenset[str]:
    """Illnesses, tests and medicines beyond any article, from `assets/medical_terms.txt`: never corrected into others."""
    return asset_words("medical_terms.txt")


@lru_cache(maxsize=20_000)
def zipf(word: str) -> float:
    """How common a word is in English: 0 unseen, 3 once in a million words, 6 once in a thousand (wordfreq)."""
    from wordfreq import zipf_frequency

    return float(zipf_frequency(word, "en"))


def spell_out(text: str, speller: Speller | None = None) -> str:
    """`text` cleaned, in small letters, with shorthand spelled out and typos corrected; punctuation stays."""

    spelled = _mixed_up(TOKEN.sub(lambda found: _spelled_out(found.group()), clean(text).lower()))
    if speller is None:
        return spelled
    joined = speller.join(spelled)
    return _mixed_up(TOKEN.sub(lambda found: speller.correct(found.group()), joined))


def _spelled_out(word: str) -> str:
    return SHORTHAND.get(word, word)


def _mixed_up(text: str) -> str:
    for pattern, meant in MIXED_UP + PROFESSIONAL:
        text = pattern.sub(meant, text)
    return text
