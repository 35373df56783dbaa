"""The word lists that tell names from other words; read on first use, some milliseconds."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "words"
#: How many of the English words count as everyday ones.
_EVERYDAY = 5_000
# Endings of medical words that no list has: "-penia", "-itis", "-mab" …
_MEDICAL_ENDING = re.compile(
    r"(?:penia|a?emia|itis|osis|oma|pathy|cyt(?:e|es|osis|ic|ed)|phil(?:s|ia|ic)?|mab|nib|[aeiou]zole|cillin|mycin|floxacin"
    r"|sartan|statin|vir|azine|apine|idone|olol|idine|virus|cocc(?:us|i)|bacter|grastim|platin|rubicin|globulin|gram|scopy"
    r"|logist|ology|ectomy|otomy|static|blast|therapy|genic|trophy|plasia|algia|pril|tinib|limus|azepam|setron|parin)s?$"
)


def plain(word: str) -> str:
    """`word` in lower case and without accents."""
    return "".join(char for char in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(char))


@lru_cache(maxsize=8)
def words(name: str) -> frozenset[str]:
    """The words of one list."""
    return frozenset(_lines(name))


@lru_cache(maxsize=1)
def everyday_words() -> frozenset[str]:
    """The most frequent English words."""
    return frozenset(_lines("english_words")[:_EVERYDAY])


def is_first_name(word: str) -> bool:
    """Whether the word is a first name and no English word."""
    return word in words("first_names") or word.split("-")[0] in words("first_names")


def is_surname(word: str) -> bool:
    """Whether the word is a frequent surname."""
    return word in words("surnames") or word.split("-")[-1] in words("surnames")


def is_any_name(word: str) -> bool:
    """Whether the word is on any of the lists of names."""
    return any(
        is_first_name(part) or is_surname(part) or part in words("word_names") for part in re.split(r"[-'’]", word)
    )


def is_medical(word: str) -> bool:
    """Whether the word is a medical one, by the list or by its ending."""
    return word in words("medical_words") or bool(_MEDICAL_ENDING.search(word))


def is_unknown(word: str) -> bool:
    """Whether the word is neither English nor medical; what is left are names, typing errors and other languages."""
    base = re.sub(r"['’]s$", "", word)
    forms = {base, base.removesuffix("s"), base.removesuffix("es"), base.removesuffix("ed"), base.removesuffix("ing")}
    forms |= {base.removesuffix("d"), base.removesuffix("ly")}
    return len(base) > 2 and not forms & words("english_words") and not is_medical(base)


def _lines(name: str) -> list[str]:
    lines = (_FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
