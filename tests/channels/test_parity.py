"""The same conversations on every surface: the same sentences in the same order; only the presentation differs.

The yardstick is the `Reply` values of the guard. `bot chat` is talked to in a terminal; the web API, SMS and WhatsApp are
asked over HTTP at the real server, as a browser and as Twilio do it; Matrix is in `matrix/test_parity.py`, with a real
homeserver. One difference is not presentation alone and is written down here: SMS says the short form of an answer, and
MORE then says it whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.channels.sms import PLAIN, is_shortened
from bot.content.reply import Reply
from bot.settings import Settings
from bot.turn import Turns
from tests.channels.shown import as_words, words_of
from tests.channels.test_surfaces import FRAME
from tests.channels.twilio.client import Phone
from tests.channels.web.client import WebClient
from tests.kit import Patient
from tests.serving import Server
from tests.terminal import Terminal

CONVERSATIONS: dict[str, list[str]] = {
    item["name"]: [text.replace("{long}", "I wonder about it. " * 270) for text in item["says"]]
    for item in yaml.safe_load(Path(__file__).with_name("conversations.yml").read_text("utf-8"))
}
NOTICE = "Hello. I'm a computer program from Demo Clinic."


@pytest.fixture(scope="module")
def reference(turns: Turns) -> Any:
    """What the guard says to each message of a conversation."""

    @cache
    def said(name: str) -> list[tuple[Reply, ...]]:
        patient = Patient(turns)
        heard = []
        for text in CONVERSATIONS[name]:
            patient.says(text)
            assert patient.last is not None
            assert not patient.last.failed, patient.last.failed
            heard.append(patient.last.replies)
        return heard

    return said


def test_there_are_thirty_conversations_of_every_kind(reference: Any) -> None:
    assert len(CONVERSATIONS) >= 30
    assert all(2 <= len(said) <= 6 for said in CONVERSATIONS.values())
    heard = [reply for name in CONVERSATIONS for replies in reference(name) for reply in replies]
    kinds = {"answer", "unknown", "red_flag", "crisis", "personal_advice", "conversation"}
    assert {reply.kind for reply in heard} >= kinds
    assert {reply.urgency for reply in heard} == {None, "emergency", "call_today", "crisis"}
    assert any(reply.urgent_line for reply in heard) and any(len(reply.blocks) > 1 for reply in heard)


@pytest.fixture(scope="module")
def chat(settings: Settings) -> Iterator[Terminal]:
    """One talk with `bot chat`, for all conversations one after the other: a start takes seconds."""
    with Terminal(settings) as made:
        assert NOTICE in words_of(made.opening)
        yield made


@pytest.fixture
def terminal(chat: Terminal) -> Terminal:
    """The same, with nothing left of the conversation before."""
    chat.says("delete my data")
    assert "deleted" in words_of(chat.says("1"))
    return chat


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_in_the_terminal(terminal: Terminal, reference: Any, name: str) -> None:
    for text, replies in zip(CONVERSATIONS[name], reference(name), strict=True):
        shown = [FRAME.sub(" ", line) for line in terminal.says(text)]
        assert words_of(shown) == " ".join(map(as_words, replies)), text


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_on_the_web(twilio_server: Server, reference: Any, name: str) -> None:
    client = WebClient(twilio_server.web)
    for text, replies in zip(CONVERSATIONS[name], reference(name), strict=True):
        answer = client.send(text)
        if not text:
            assert answer.status_code == 400  # the page sends no empty message
            continue
        shown = [list(web_lines(reply)) for reply in answer.json()["replies"]]
        assert [words_of(lines) for lines in shown] == [as_words(reply) for reply in replies], text


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_on_whatsapp(twilio_server: Server, reference: Any, name: str) -> None:
    phone = Phone(twilio_server.url + "twilio/webhook", whatsapp=True)
    for text, replies in zip(CONVERSATIONS[name], reference(name), strict=True):
        assert words_of(without_notice(phone.sends(text))) == " ".join(map(as_words, replies)), text


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_on_sms(twilio_server: Server, reference: Any, name: str) -> None:
    phone = Phone(twilio_server.url + "twilio/webhook")
    before: tuple[Reply, ...] = ()
    for text, replies in zip(CONVERSATIONS[name], reference(name), strict=True):
        expected = " ".join(as_words(reply, short=True) for reply in sms_instead(replies, before))
        assert words_of(without_notice(phone.sends(text))) == expected.translate(PLAIN), text
        before = replies


def sms_instead(replies: tuple[Reply, ...], before: tuple[Reply, ...]) -> tuple[Reply, ...]:
    """What SMS says instead: to "more", first the whole of what it had shortened."""
    asked_for_more = any(answer_id.endswith(".more") for reply in replies for answer_id in reply.answer_ids)
    if not asked_for_more or not any(map(is_shortened, before)):
        return replies
    return tuple(
        replace(reply, blocks=tuple(replace(block, short_text="") for block in reply.blocks)) for reply in before
    )


def without_notice(texts: list[str]) -> list[str]:
    """Without the opening notice, which the web page shows before the first message."""
    return [text for text in texts if not text.startswith(NOTICE)]


def web_lines(reply: dict[str, Any]) -> Iterator[str]:
    """What the widget shows of a reply of the API, line by line; see bot/widget and openapi.yml."""
    yield from rich(reply["urgent_line"])
    yield from rich(reply["text"])
    for block in reply["blocks"]:
        yield block["notice"]
        yield from rich(block["text"])
        yield block["source"]["line"]
    yield from rich(reply["closing"])
    yield reply["disclaimer"]["short"] if reply["disclaimer"] else ""
    for number, button in enumerate(reply["buttons"], 1):
        yield f"{number}. {button['title']}"


def rich(parts: list[dict[str, Any]]) -> Iterator[str]:
    """Paragraphs and lists."""
    for part in parts:
        if part["type"] == "paragraph":
            yield "".join(run["text"] for run in part["runs"])
        else:
            yield from ("- " + "".join(run["text"] for run in item) for item in part["items"])
