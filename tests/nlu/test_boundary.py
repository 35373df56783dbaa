"""Each mechanism of the boundary by itself, through the real pipeline: why a question is outside."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

OUTSIDE = {
    "special_kind": ["what are the symptoms of cyclic neutropenia", "treatment of congenital leukopenia"],
    "another_direction": ["symptoms of a high white blood cell count", "how do i lower my white blood cells", "causes of low platelets"],
    "identity": ["is leukopenia a form of leukemia"],
    "about_a_term": ["how is neutropenia treated", "symptoms of pancytopenia"],
    "about_a_fact": ["how is lupus treated", "how is lupus diagnosed", "what causes lupus"],
    "missing_detail": ["how common is leukopenia", "is leukopenia hereditary"],
    "unknown_words": ["what is thrombophlebitis", "what causes sarcoidosis"],
}  # fmt: skip


def understanding(turns: Any, text: str) -> dict[str, Any]:
    parsed = asyncio.run(turns.agent.parse_message(text))
    return dict(parsed["understanding"]) | {"intent": parsed["intent"]["name"]}


@pytest.mark.parametrize(("reason", "text"), [(reason, text) for reason, texts in OUTSIDE.items() for text in texts])
def test_why_a_question_is_outside(turns: Any, reason: str, text: str) -> None:
    found = understanding(turns, text)
    assert found["scope"] == "out" and found["intent"] == "out_of_scope"
    assert found["reason"] == reason


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("is leukemia a reason for low white cells", "ask_specific_cause"),
        ("could lupus be behind my low white count", "ask_specific_cause"),
        ("can it lead to sepsis", "ask_specific_complication"),
        ("can it affect my eyesight", "ask_specific_complication"),
        ("does zinc raise white blood cells", "ask_specific_treatment"),
        ("how much of a danger is leukopenia", "ask_seriousness"),
        ("should people be worried about leukopenia", "ask_seriousness"),
        ("what are my treatment options for low white blood cells", "ask_treatment"),
        ("how do doctors count white blood cells", "ask_diagnosis"),
        ("what is neutropenia", "ask_comparison"),
    ],
)
def test_near_the_boundary_and_inside(turns: Any, text: str, intent: str) -> None:
    assert understanding(turns, text)["intent"] == intent


@pytest.mark.parametrize("text", ["can it affect my eyesight", "does leukopenia hurt my hearing"])
def test_a_thing_that_nothing_explains_is_named(turns: Any, text: str) -> None:
    (part,) = understanding(turns, text)["parts"]
    assert part["unknown_terms"], part


@pytest.mark.parametrize(
    "text",
    ["should i stop my methimazole", "is 2.9 bad", "why is mine low", "what does my result mean for me", "should i be worried",
     "do i need treatment", "is it my seroquel"],
)  # fmt: skip
def test_personal_questions(turns: Any, text: str) -> None:
    assert understanding(turns, text)["intent"] == "personal_advice"


def test_what_follows_a_question_about_something_else_is_about_that(turns: Any) -> None:
    found = understanding(turns, "what causes low platelets, and how is it treated?")
    assert found["intent"] == "out_of_scope"


@pytest.mark.parametrize("text", ["", " ", "?!", "🤒🤒", "0[", "]]((", "a" * 4000, "\u202egnp.exe", "x" * 50 + "penia"])
def test_odd_text_is_understood_as_nothing_and_breaks_nothing(turns: Any, text: str) -> None:
    assert understanding(turns, text)["scope"] in ("out", "in")
