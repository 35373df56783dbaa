"""A reply as the web API gives it."""

from __future__ import annotations

import json

import pytest

from bot.channels.buttons import button_id
from bot.channels.render import Renderer, tel
from bot.content.clinic import Clinic, CrisisLine
from bot.content.reply import AnswerBlock, Button, DisclaimerText, Phone, Reply, SourceRef

CLINIC = Clinic("Clinic", "+1 555-0100", "always", "911", CrisisLine("Line", "988"), "US", 38.0)
RENDERER = Renderer(CLINIC)
SOURCE = SourceRef("Article", "Section", "a book", "2026-01-31")
SCRIPT = "<script>alert(1)</script>"


def words(parts: list[dict[str, object]]) -> str:
    return json.dumps(parts)


def test_lines_become_paragraphs_and_lists() -> None:
    assert RENDERER.text("One.\n\n- a\n• b\nTwo.\n1. x\n2) y") == [
        {"type": "paragraph", "runs": [{"text": "One."}]},
        {"type": "bullets", "items": [[{"text": "a"}], [{"text": "b"}]]},
        {"type": "paragraph", "runs": [{"text": "Two."}]},
        {"type": "steps", "items": [[{"text": "x"}], [{"text": "y"}]]},
    ]


def test_the_clinics_numbers_can_be_tapped_and_nothing_else_can() -> None:
    runs = RENDERER.text("Call 911 or +1 555-0100. Not 9110, 1911, 911-5, 3.911 or 555-9999. See https://x.example")[0][
        "runs"
    ]
    assert [run for run in runs if "href" in run] == [
        {"text": "911", "href": "tel:911"},
        {"text": "+1 555-0100", "href": "tel:+15550100"},
    ]
    assert "".join(run["text"] for run in runs).endswith("See https://x.example")


@pytest.mark.parametrize(
    ("number", "href"),
    [("911", "tel:911"), ("+44 (0)20 7946-0958", "tel:+4402079460958"), ("none", ""), ("javascript:1", "tel:1")],
)
def test_a_number_becomes_a_tel_address(number: str, href: str) -> None:
    assert tel(number) == href


def test_a_reply_keeps_every_word_and_no_payload() -> None:
    reply = Reply(
        kind="answer",
        text="Lead.",
        blocks=(AnswerBlock("c.t", "t", "c", "Question?", "Text 988.", SOURCE, notice="Old."),),
        disclaimer=DisclaimerText("d", "Short.", "Full."),
        closing="Closing.",
        urgent_line="Urgent.",
        phones=(Phone("Clinic", "+1 555-0100"),),
        buttons=(Button("Next?", '/ask_causes{"condition": "c"}'),),
        content_version="v1",
    )
    rendered = RENDERER.reply(reply)
    text = json.dumps(rendered)
    for word in (
        "Lead.",
        "Question?",
        "Text ",
        "Old.",
        "Short.",
        "Full.",
        "Closing.",
        "Urgent.",
        "Section",
        "2026-01-31",
    ):
        assert word in text
    assert "/ask_causes" not in text and '"ask_causes"' not in text
    assert rendered["buttons"] == [{"id": button_id('/ask_causes{"condition": "c"}'), "title": "Next?"}]
    assert rendered["phones"] == [{"label": "Clinic", "number": "+1 555-0100", "href": "tel:+15550100"}]
    assert rendered["plain"] == reply.plain()


def test_markup_stays_text() -> None:
    rendered = RENDERER.reply(Reply(kind="conversation", text=SCRIPT, buttons=(Button(SCRIPT, "/x"),)))
    assert rendered["text"] == [{"type": "paragraph", "runs": [{"text": SCRIPT}]}]
    assert rendered["buttons"][0]["title"] == SCRIPT
