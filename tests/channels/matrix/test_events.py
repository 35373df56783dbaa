"""What events mean to us."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.matrix.events import KINDS, Message, Reaction, Redaction, is_event, meaning, without_quotation


def event(content: Any, kind: str = "m.room.message", **more: Any) -> dict[str, Any]:
    ids = {"event_id": "$event", "room_id": "!room:x", "sender": "@anna:x"}
    return {"type": kind, "content": content, **ids, **more}


def said(content: Any, kind: str = "m.room.message") -> Message:
    found = meaning(event(content, kind))
    assert isinstance(found, Message)
    return found


@pytest.mark.parametrize(
    ("body", "own"),
    [
        ("> <@bot:x> first\n> second\n\nmy answer", "my answer"),
        ("> <@bot:x> first\n\nmy\nanswer", "my\nanswer"),
        ("> <@bot:x> first\nmy answer", "my answer"),
        ("> <@bot:x> first\n\n> a quotation of mine\nand more", "> a quotation of mine\nand more"),
        ("no quotation", "no quotation"),
        ("my answer\n> and a quotation", "my answer\n> and a quotation"),
        ("> nothing of my own", "> nothing of my own"),
    ],
)
def test_a_reply_without_its_quotation(body: str, own: str) -> None:
    assert without_quotation(body) == own
    reply = said({"msgtype": "m.text", "body": body, "m.relates_to": {"m.in_reply_to": {"event_id": "$first"}}})
    assert (reply.text, reply.reply_to) == (own, "$first")
    assert said({"msgtype": "m.text", "body": body}).text == body


def test_relations() -> None:
    thread = {"rel_type": "m.thread", "event_id": "$root", "is_falling_back": True, "m.in_reply_to": {"event_id": "$1"}}
    found = said({"msgtype": "m.text", "body": "x", "m.relates_to": thread})
    assert (found.thread, found.reply_to, found.in_passing) == ("$root", "$1", True)
    edit = {
        "msgtype": "m.text",
        "body": "* new",
        "m.new_content": {"msgtype": "m.text", "body": "new", "m.mentions": {"user_ids": ["@bot:x", 7]}},
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$old"},
    }
    found = said(edit)
    assert (found.text, found.replaces, found.mentions) == ("new", "$old", frozenset({"@bot:x"}))
    assert meaning(event({**edit, "m.new_content": {}})) is None


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        ({"msgtype": "m.image", "body": "IMG.jpg"}, "m.room.message", ""),
        ({"msgtype": "m.image", "body": "IMG.jpg", "filename": "IMG.jpg"}, "m.room.message", ""),
        ({"msgtype": "m.image", "body": "my rash", "filename": "IMG.jpg"}, "m.room.message", "my rash"),
        ({"body": "a cat", "filename": "cat.png"}, "m.sticker", ""),
    ],
)
def test_media_and_their_captions(content: Any, kind: str, text: str) -> None:
    found = said(content, kind)
    assert (found.media, found.text) == (True, text)


@pytest.mark.parametrize(
    ("key", "value"),
    [("👍", "up"), ("👍️", "up"), ("👍🏿", "up"), ("👎", "down"), ("👎🏻", "down"), ("🎉", None), ("", None)],
)
def test_thumbs(key: str, value: str | None) -> None:
    relation = {"rel_type": "m.annotation", "event_id": "$answer", "key": key}
    found = meaning(event({"m.relates_to": relation}, "m.reaction"))
    assert found == (Reaction("!room:x", "@anna:x", "$answer", value) if value else None)


def test_redactions_of_old_and_new_rooms() -> None:
    expected = Redaction("!room:x", "$gone")
    assert meaning(event({}, "m.room.redaction", redacts="$gone")) == expected
    assert meaning(event({"redacts": "$gone"}, "m.room.redaction")) == expected
    assert meaning(event({}, "m.room.redaction")) is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["msgtype", "body", "m.relates_to", "m.new_content", "rel_type", "event_id", "key", "m.mentions"])
        | st.text(max_size=5),
        inner,
        max_size=6,
    ),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(ANYTHING, st.sampled_from(sorted(KINDS)), ANYTHING)
def test_no_event_of_any_shape_is_an_error(content: Any, kind: str, other: Any) -> None:
    assert is_event(other) in (True, False)
    found = event(content, kind, state_key=other, redacts=other)
    assert is_event(found)
    meaning(found)
