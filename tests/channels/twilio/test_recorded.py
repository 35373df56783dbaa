"""Each recorded shape of a request, signed and sent to the real server, comes to what its file says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.channels.twilio import settings as module
from bot.content.clinic import load_clinic
from bot.fixed_replies import FixedReplies
from tests.channels.twilio.client import Phone, sid, texts
from tests.serving import Server

ROOT = Path(__file__).resolve().parents[3]
SHAPES: dict[str, dict[str, Any]] = yaml.safe_load(Path(module.__file__).with_name("payloads.yml").read_text("utf-8"))
NO_MEDIA = (
    FixedReplies.load(ROOT / "domain.yml", ROOT / "content", load_clinic(ROOT / "content" / "clinic.yml"))
    .reply("no_media")
    .plain()
)


def test_the_shapes_are_what_they_should_be() -> None:
    assert len(SHAPES) > 20
    for name, shape in SHAPES.items():
        assert set(shape) == {"comes_to", "fields"}, name
        assert all(isinstance(value, str) for value in shape["fields"].values()), name


@pytest.mark.parametrize("name", SHAPES)
def test_a_recorded_shape(twilio_server: Server, name: str) -> None:
    fields, comes_to = SHAPES[name]["fields"], SHAPES[name]["comes_to"]
    response = Phone(twilio_server.url + "twilio/webhook").post(fields)
    if comes_to == "refused":
        assert response.status_code == 400
        assert "15550001" not in response.text
        return
    said = texts(response)
    if comes_to == "turn":
        assert said and NO_MEDIA not in said
    else:
        assert [text == NO_MEDIA for text in said[-1:]] == [True] * (comes_to != "silence")
        assert (len(said) > 1) == (comes_to == "both")


def test_fields_that_nobody_knows_are_passed_over(phone: Phone) -> None:
    assert phone.sends("hi", NewField="x", Zzz="", **{"Ünï cödé": "✓"})


@pytest.mark.parametrize("media", ["", "x", "-1", "1.5", "9" * 400])
def test_a_number_of_media_that_is_none(phone: Phone, media: str) -> None:
    assert phone.sends("hi", NumMedia=media)


@pytest.mark.parametrize("sender", ["Bank", "+1555x", "whatsapp:", "messenger:123456789", "+1555\n0001111", "<b>"])
def test_addresses_that_are_none_of_a_patient(phone: Phone, sender: str) -> None:
    refused = phone.post(phone.fields("hi", From=sender))
    assert (refused.status_code, refused.text) == (400, "From is missing, or no phone number or WhatsApp address")


@pytest.mark.parametrize("text", ["", " ", "\n\t", "‎", "/", "///"])
def test_a_message_without_words(phone: Phone, text: str) -> None:
    assert phone.sends(text)[0].startswith("I didn't get any words.")


def test_65_kilobytes(phone: Phone) -> None:
    assert phone.sends("x" * 65_000)[-1].startswith("That is too long for me to read.")
    assert "911 now" in phone.sends("x" * 65_000 + ". I have chest pain and can't breathe.")[0]


@pytest.mark.parametrize(
    "text", ["🩸🩸🩸", "\u202ehello\u202c", "a\x00b", "\ufffd" * 100, "<script>alert(1)</script>", "]]>"]
)
def test_odd_characters(phone: Phone, text: str) -> None:
    assert phone.sends(text, MessageSid=sid())
