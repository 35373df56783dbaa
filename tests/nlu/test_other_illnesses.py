"""Questions of a perfect shape about something else, made by rule: none is answered from our article.

The shapes are those of public medical question sets (MedQuAD's "What are the treatments for …?", "Who should get … and
why is it prescribed?") and of patients. The names are illnesses, tests and medicines that the articles do not answer on,
many of them with words that the articles use.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

import pytest

from bot.answering import ask
from bot.nlu.head import other_head

ILLNESSES = [
    "leukocyte adhesion deficiency type 1",
    "severe congenital neutropenia autosomal recessive 3",
    "cyclic neutropenia",
    "Chediak-Higashi syndrome",
    "WHIM syndrome",
    "lymphocytosis",
    "hairy cell leukemia",
    "myelodysplastic syndromes",
    "systemic lupus erythematosus",
    "tuberculosis",
    "copper deficiency",
    "neutrophilia",
    "high white blood cell count",
    "white blood cell disorders",
    "primary myelofibrosis",
    "febrile neutropenia",
    "low platelets",
    "low hemoglobin",
    "low T cells",
    "malnutrition",
    "alcoholism",
    "multiple sclerosis",
    "COVID-19",
    "iron deficiency",
]
ABOUT_ILLNESS = [
    "What is (are) {} ?",
    "What are the symptoms of {} ?",
    "What causes {} ?",
    "What are the treatments for {} ?",
    "How to diagnose {} ?",
    "What are the complications of {} ?",
    "How to prevent {} ?",
    "Is {} inherited ?",
    "What is the outlook for {} ?",
    "How many people are affected by {} ?",
    "why do people get {}",
    "what happens if {} is not treated",
    "can i catch {}",
    "can you die from {}",
    "which medicines cause {}",
    "what tests are there for {}",
]
MEDICINES = ["Filgrastim", "Pegfilgrastim Injection", "Clozapine", "Methimazole", "Prednisone", "Valproic Acid"]
ABOUT_MEDICINE = [
    "Who should get {} and why is it prescribed ?",
    "How should {} be used and what is the dosage ?",
    "What are the side effects or risks of {} ?",
    "What should I do if I forget a dose of {} ?",
    "What special dietary instructions should I follow with {} ?",
    "What should I know about storage and disposal of {} ?",
]
QUESTIONS = [shape.format(name) for name in ILLNESSES for shape in ABOUT_ILLNESS] + [
    shape.format(name) for name in MEDICINES for shape in ABOUT_MEDICINE
]


@pytest.mark.timeout(600)
def test_none_is_answered_from_our_article(turns: Any) -> None:
    async def all_asked() -> list[tuple[str, str]]:
        records = [await ask(turns, question, uuid.uuid4().hex) for question in QUESTIONS]
        return [(record["kind"], record["text"]) for record in records]

    answered = [question for kind, question in asyncio.run(all_asked()) if kind in ("answer", "clarify")]
    assert answered == []


@pytest.mark.parametrize(
    ("masked", "head"),
    [
        ("what happens if malnutrition is not treated", "malnutrition"),
        ("what tests are there for low t cells", "low t cells"),
        ("malnutrition causes", "malnutrition"),
        ("what are the causes of a low count", None),
        ("how is the number of white cells found", None),
        ("can it be the first sign of lupus", None),
        ("what are the symptoms of this condition", None),
        ("what causes it", None),
        ("name some causes", None),
    ],
)
def test_the_head_of_a_question(masked: str, head: str | None) -> None:
    assert other_head(masked) == head


def test_long_words_do_not_hold_up_the_search() -> None:
    started = time.process_time()
    other_head("what causes " + "a" * 4_000 + " what happens if " + "b'-" * 1_000)
    # Not a figure of speed: a search that tries every split of a word would need years.
    assert time.process_time() - started < 30
