"""The one value that describes a reply."""

from __future__ import annotations

import json

import pytest

from bot.content.reply import AnswerBlock, Button, DisclaimerText, Phone, Reply, SourceRef

SOURCE = SourceRef("Low white count", "Causes", "Encyclopedia", "2026-11-21", "2025-10-18")
BLOCK = AnswerBlock(
    "leukopenia.causes", "causes", "leukopenia", "What causes it?", "Many things.\n\n- one\n- two", SOURCE
)
DISCLAIMER = DisclaimerText("general", "This is general information.", "This is general information. Ask your doctor.")


def reply(**changes: object) -> Reply:
    values: dict[str, object] = {
        "kind": "answer",
        "blocks": (BLOCK,),
        "disclaimer": DISCLAIMER,
        "buttons": (Button("More", "/more"),),
        "phones": (Phone("Clinic", "555-0100"),),
        "urgent_line": "Call now.",
        "topic": "causes",
    }
    return Reply(**(values | changes))  # type: ignore[arg-type]


def test_it_survives_json() -> None:
    made = reply()
    assert Reply.from_dict(json.loads(json.dumps(made.to_dict()))) == made


def test_plain_text_keeps_the_order_and_has_no_blank_line() -> None:
    """Rasa's stock channels split at blank lines; the disclaimer must not be torn off."""
    assert reply().plain() == (
        "Call now.\nMany things.\n- one\n- two\n"
        'Source: "Low white count", section "Causes" (from Encyclopedia, last updated 2025-10-18). Reviewed 2026-11-21.\n'
        "This is general information."
    )


def test_an_answer_without_disclaimer_can_not_be_made() -> None:
    with pytest.raises(ValueError, match="disclaimer"):
        reply(disclaimer=None)


def test_an_answer_without_source_can_not_be_made() -> None:
    with pytest.raises(ValueError, match="source"):
        AnswerBlock("x", "causes", "leukopenia", "q", "text", SourceRef("", "", "", ""))


def test_an_empty_reply_can_not_be_made() -> None:
    with pytest.raises(ValueError, match="say something"):
        Reply(kind="conversation", text="  ")


def test_an_unknown_kind_can_not_be_made() -> None:
    with pytest.raises(ValueError, match="kind"):
        Reply(kind="guess", text="hello")  # type: ignore[arg-type]
