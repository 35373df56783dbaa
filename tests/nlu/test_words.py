"""Typing as people type: shorthand, typos, words run together; and what must never be "corrected"."""

from __future__ import annotations

import random
from collections import Counter

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.spelling import Speller, allowed_distance
from bot.nlu.words import MAX_LENGTH, clean, medical_terms, spell_out, zipf
from bot.settings import Settings
from tests.test_questions import FILES

SEED = 20261121


@pytest.fixture(scope="module")
def speller(settings: Settings) -> Speller:
    from bot.nlu.knowledge import knowledge
    from bot.nlu.words import tokens

    words: Counter[str] = Counter()
    for path in (settings.root / "data" / "nlu").glob("*.yml"):
        for item in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
            words.update(word for line in item["examples"].splitlines() for word in tokens(line))
    return Speller(words, knowledge().name_words)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wbc low y??", "wbc low why??"),
        ("WHATS leucopenia", "what is leucopenia"),
        ("waht are teh sympotms", "what are the symptoms"),
        ("is it contageous", "is it contagious"),
        ("lukopenia", "leukopenia"),
        ("leukopenai treatmnt", "leukopenia treatment"),
        ("whatisleukopenia", "what is leukopenia"),
        ("lowwbc", "low wbc"),
        ("lowwhitebloodcells", "low white blood cells"),
        ("isit serious", "is it serious"),
        ("how isthe count mesured", "how is the count measured"),
        ("can tacrolimos cause it", "can tacrolimus cause it"),
        ("how bad is it realy", "how bad is it really"),
        ("im scard", "i'm scared"),
        ("what does it meen", "what does it mean"),
        ("can i cach it from my roomate", "can i catch it from my roommate"),
        ("can covid couse it", "can covid cause it"),
        ("wich infecshuns and complicashuns", "which infections and complications"),
        ("can sumone explane it", "can someone explain it"),
        ("wite blod sells", "white blood cells"),
        ("dose it hurt", "does it hurt"),
        ("what is a low dose of it", "what is a low dose of it"),
        ("how wud i no if i hav it", "how would i know if i have it"),
        ("is ther a hiden desease", "is there a hidden disease"),
        ("anemea lukemia diabetis platlets", "anemia leukemia diabetes platelets"),
    ],
)
def test_what_was_meant(speller: Speller, typed: str, meant: str) -> None:
    assert spell_out(typed, speller) == meant


@pytest.mark.parametrize(
    "word",
    ["leukemia", "leukocytosis", "neutrophilia", "lymphopenia", "zyprexa", "clonazepam", "olanzapine", "anemia", "zinc",
     "hypoxia", "lipid", "losartan", "thrombocytopenia", "monocytopenia", "lyrica", "motrin", "aleve", "xarelto", "keppra"],
)  # fmt: skip
def test_another_medical_word_is_never_made_into_one_of_ours(speller: Speller, word: str) -> None:
    assert spell_out(word, speller) == word


def test_no_medical_term_becomes_another(speller: Speller) -> None:
    """The whole list: the bound that keeps "leukemia" from being read as "leukopenia"."""
    changed = {word: spell_out(word, speller) for word in medical_terms() if " " not in word and "-" not in word}
    assert {word: new for word, new in changed.items() if new != word and word.isalpha()} == {}


def test_common_words_stay(speller: Speller) -> None:
    common = [
        word
        for word in ("count", "cold", "could", "drags", "sings", "caused", "clauses", "courage")
        if zipf(word) > 2.5
    ]
    assert [spell_out(word, speller) for word in common] == common


@pytest.mark.parametrize(("word", "edits"), [("fever", 1), ("symptom", 1), ("symptoms", 2), ("leukopenia", 2)])
def test_the_bound_of_edits(word: str, edits: int) -> None:
    assert allowed_distance(word) == edits


def slips(word: str, chance: random.Random) -> str:
    """One typing mistake in the middle of a word: a letter lost, doubled, or swapped with the next."""
    place = chance.randrange(2, len(word) - 1)
    return chance.choice(
        [
            word[:place] + word[place + 1 :],
            word[:place] + word[place] + word[place:],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        ]
    )


def test_typos_by_rule_keep_most_questions_whole(speller: Speller) -> None:
    """A typing mistake in the longest word of each question is put right, or left alone, in nine of ten."""
    chance, right, tried = random.Random(SEED), 0, 0
    for path in FILES:
        for question in yaml.safe_load(path.read_text("utf-8"))["dev"]:
            text = spell_out(question, speller)
            word = max(text.replace("?", " ").split(), key=len)
            if len(word) < 7 or not word.isalpha() or word not in speller.vocabulary:
                continue
            tried += 1
            right += spell_out(text.replace(word, slips(word, chance), 1), speller) == text
    assert tried >= 150
    assert right / tried >= 0.9, f"{right} of {tried}"


@given(st.text(max_size=300))
def test_cleaning_never_fails_and_is_done_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert len(once) <= MAX_LENGTH
    assert "\n" not in once and "\x00" not in once


@pytest.mark.parametrize("text", [None, "", "   ", "\x00\x07"])
def test_nothing_is_nothing(text: str | None) -> None:
    assert clean(text) == ""
