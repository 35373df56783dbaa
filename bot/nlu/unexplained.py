"""Words of a question that carry a meaning and that neither the store nor the training examples explain."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.nlu.knowledge import Knowledge
from bot.nlu.name_index import fold
from bot.nlu.unit import Unit
from bot.nlu.words import TOKEN, asset_words, medical_terms, zipf

#: Everyday words need no explanation by the store: this common on wordfreq's Zipf scale. A word that looks medical
#: must be more common than that to pass as everyday.
EVERYDAY_ZIPF = 3.0

MEDICAL_ZIPF = 4.0

#: Endings of medical words (illnesses, procedures, medicines); the store must know such a word.
MEDICAL_ENDING = re.compile(
    r".{3,}(?:itis|osis|emia|aemia|penia|paenia|philia|pathy|plasia|oma|omas|ectomy|scopy|gram|cytosis|blast|megaly|algia|"
    r"mab|nib|cillin|mycin|micin|azole|statin|pril|sartan|olol|prazole|cycline|oxacin|vir|tidine|afil|setron|triptan|"
    r"grastim|platin|taxel|rubicin|ine)$"
)

NOT_MEDICAL = asset_words("not_medical.txt")

#: Words that only say how a fact and the condition hang together.
RELATION_WORDS = asset_words("relation_words.txt")


def looks_medical(word: str) -> bool:
    """Whether a word is the name of an illness, a test or a medicine, by list or by its ending."""
    if word in medical_terms() or fold(word) in medical_terms():
        return True
    return word not in NOT_MEDICAL and zipf(word) < MEDICAL_ZIPF and MEDICAL_ENDING.fullmatch(word) is not None


def unknown_words(unit: Unit, known: Knowledge, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """Words with a meaning that nothing explains: no name, no word of the store, of training, or of everyday life."""
    covered = [(item.start, item.end) for item in unit.mentions]
    found = []
    for item in TOKEN.finditer(unit.text):
        word = item.group().lower().removesuffix("'s")
        if any(start <= item.start() < end for start, end in covered):
            continue
        if (len(word) < 3 and word not in medical_terms()) or any(char.isdigit() for char in word):
            continue
        if looks_medical(word):
            if fold(word) not in known.words and word not in known.words:
                found.append(word)
        elif zipf(word) < EVERYDAY_ZIPF and not forms(word, unit) & (known.words | vocabulary):
            found.append(word)
    return tuple(dict.fromkeys(found))


def forms(word: str, unit: Unit) -> set[str]:
    """A word, its plain form, and the verb in "avoidable" and "treatable"."""
    stem = re.sub(r"(?:ab|ib)(?:le|ility)$", "", word)
    return {word, fold(word), unit.lemmas.get(word, word), stem, stem + "e"}


def things_asked(unit: Unit) -> tuple[str, ...]:
    """The things a question about one fact asks about, when no name of the store is among them."""
    return tuple(noun for noun in unit.nouns if noun not in RELATION_WORDS and fold(noun) not in RELATION_WORDS)


YES_NO = re.compile(r"^\W*(?:and |but |so )?(?:is|are|can|could|do|does|did|will|would|may|might)\b")

#: Nouns more common than this are too general to be what a question is about ("can it be a problem at night?").
GENERAL_ZIPF = 4.6


def unexplained_things(unit: Unit, known: Knowledge, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """Things in a yes-or-no question that neither store nor training knows: "can it affect my eyesight?"."""
    return _unexplained(things_asked(unit), unit, known, vocabulary) if YES_NO.search(unit.text) else ()


#: "Can it make people depressed?", "does it stop you sleeping?": a word that is no noun, but a thing all the same.
DOES_TO_PEOPLE = re.compile(
    r"\b(?:makes?|making|leaves?|stops?|keeps?)\s+(?:you|people|someone|somebody|a person|me|us|one|patients|them) (?:feel |from |get |go )?(?P<what>\w+)"
)


def done_to_people(unit: Unit, known: Knowledge, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """What the condition is asked to make of people, when neither store nor training knows it."""
    found = DOES_TO_PEOPLE.search(unit.text) if unit.condition is not None or unit.has_pronoun else None
    if found is None or any(item.start <= found.start("what") < item.end for item in unit.mentions):
        return ()
    word = found["what"]
    return () if forms(word, unit) & (known.words | vocabulary | RELATION_WORDS) else (word,)


def unexplained_rest(unit: Unit, known: Knowledge, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """As `unexplained_things`, whatever kind of word: for a question about one fact that names none."""
    words = tuple(item.group().lower() for item in TOKEN.finditer(unit.masked))
    return _unexplained(words, unit, known, vocabulary)


def _unexplained(words: Sequence[str], unit: Unit, known: Knowledge, vocabulary: frozenset[str]) -> tuple[str, ...]:
    explained = known.words | vocabulary | RELATION_WORDS
    named = {word for item in unit.mentions for word in unit.text[item.start : item.end].split()}
    return tuple(
        word
        for word in words
        if word.isalpha() and word not in named and zipf(word) < GENERAL_ZIPF and not forms(word, unit) & explained
    )
