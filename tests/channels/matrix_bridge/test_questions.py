"""What Matrix events ask."""

from __future__ import annotations

from typing import Any

import pytest

from bot.matrix_bridge.questions import addressed, read, redacted, without_address

BOT = "@education-bot:clinic.test"
NAME = "Demo Clinic (Chatbot)"


def message(**content: Any) -> dict[str, Any]:
    return {"type": "m.room.message", "content": {"msgtype": "m.text", "body": "hello", **content}}


def test_a_redaction_names_what_it_takes_back() -> None:
    assert redacted({"type": "m.room.redaction", "redacts": "$1", "content": {}}) == "$1"
    assert redacted({"type": "m.room.redaction", "content": {"redacts": "$1"}}) == "$1"
    for nothing in (
        {},
        message(redacts="$1"),
        {"type": "m.room.redaction"},
        {"type": "m.room.redaction", "redacts": 7},
    ):
        assert redacted(nothing) == ""


def test_an_edit_names_what_it_replaces() -> None:
    relation = {"rel_type": "m.replace", "event_id": "$1"}
    edit = read(
        message(**{"m.relates_to": relation, "m.new_content": {"msgtype": "m.text", "body": "new"}}), "@a:b", "$2"
    )
    assert edit is not None and (edit.replaces, edit.text) == ("$1", "new")
    plain = read(message(), "@a:b", "$2")
    assert plain is not None and plain.replaces == ""


@pytest.mark.parametrize(
    ("source", "kind", "text"),
    [
        (message(), "words", "hello"),
        (message(msgtype="m.emote"), "words", "hello"),
        (message(body=""), "words", ""),
        (message(body=7), "media", ""),
        (message(msgtype="m.image"), "media", ""),
        (message(msgtype="m.image", filename="hello"), "media", ""),
        (message(msgtype="m.image", filename="rash.jpg"), "words", "hello"),
        (message(msgtype="m.location"), "media", ""),
        (message(msgtype="org.example.new"), "media", ""),
        ({"type": "m.sticker", "content": {"body": "a cat"}}, "media", ""),
        (message(**{"m.relates_to": {"m.in_reply_to": {"event_id": "$1"}}, "body": "> <@a:b> x\n> y\n\nhello"}), "words", "hello"),
        (message(body="> quoted by hand"), "words", "> quoted by hand"),
        (message(**{"m.relates_to": {"rel_type": "m.replace"}, "m.new_content": {"msgtype": "m.text", "body": "new"}}), "words", "new"),
        (message(**{"m.relates_to": {"rel_type": "m.replace"}, "m.new_content": 1}), "media", ""),
        (message(**{"m.relates_to": "odd"}), "words", "hello"),
        ({"type": "m.reaction", "content": {"m.relates_to": {"key": "👍🏿", "event_id": "$1"}}}, "mark", "up"),
    ],
)  # fmt: skip
def test_what_is_asked(source: dict[str, Any], kind: str, text: str) -> None:
    question = read(source, "@eva:clinic.test", "$event")
    assert question is not None
    assert (question.kind, question.text) == (kind, text)


@pytest.mark.parametrize(
    "source",
    [
        message(msgtype="m.notice"),
        message(msgtype="m.key.verification.request"),
        {"type": "m.room.message", "content": {}},
        {"type": "m.room.message", "content": "odd"},
        {"type": "m.room.message"},
        {"type": "m.call.invite", "content": {"body": "hello"}},
        {"type": "m.reaction", "content": {"m.relates_to": {"key": "❤️", "event_id": "$1"}}},
        {"type": "m.reaction", "content": {"m.relates_to": {"key": "👍"}}},
        {"type": "m.reaction", "content": None},
        {},
    ],
)
def test_what_nobody_waits_for(source: dict[str, Any]) -> None:
    assert read(source, "@eva:clinic.test", "$event") is None


def test_an_answer_stays_in_its_thread() -> None:
    question = read(
        message(**{"m.relates_to": {"rel_type": "m.thread", "event_id": "$root"}}), "@eva:clinic.test", "$1"
    )
    assert question is not None
    assert question.relation == {
        "rel_type": "m.thread",
        "event_id": "$root",
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": "$1"},
    }


@pytest.mark.parametrize(
    ("content", "speaks_to_it"),
    [
        ({}, False),
        ({"m.mentions": {"user_ids": [BOT]}}, True),
        ({"m.mentions": {"user_ids": BOT}}, False),
        ({"body": f"{BOT} hello"}, True),
        ({"body": "demo clinic (chatbot): hello"}, True),
        ({"formatted_body": f'<a href="https://matrix.to/#/{BOT}">it</a>'}, True),
    ],
)
def test_who_speaks_to_it_in_a_group(content: dict[str, Any], speaks_to_it: bool) -> None:
    assert addressed(message(**content), BOT, NAME) is speaks_to_it


@pytest.mark.parametrize("head", [f"{NAME}: ", f"@{NAME}, ", f"{BOT} ", ""])
def test_the_address_is_no_part_of_the_question(head: str) -> None:
    assert without_address(f"{head}what is it?", BOT, NAME) == "what is it?"
