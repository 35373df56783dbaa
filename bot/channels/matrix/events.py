"""Matrix events as what they mean to us. What has an unexpected shape means nothing, and never an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Message types that carry words.
TEXTS = frozenset({"m.text", "m.emote"})
#: Message types that carry something else; their words, if any, are a caption or a file's name.
MEDIA = frozenset({"m.image", "m.audio", "m.video", "m.file", "m.location"})
#: Kinds of event that we deal with; all others are ignored. `m.notice` is how bots talk, so it is ignored, too.
KINDS = frozenset(
    {"m.room.message", "m.sticker", "m.room.encrypted", "m.reaction", "m.room.redaction", "m.room.member"}
)
#: Longest id that Matrix allows, in bytes.
MAX_ID = 255
VARIATIONS = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
VALUES = {"\U0001f44d": "up", "\U0001f44e": "down"}

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Message:
    """What somebody said.

    Attributes:
        room: Id of the room.
        event_id: Id of the event.
        sender: Who said it.
        text: The words, without the quotation of what is replied to; the caption of media.
        media: Whether there is a picture, a sound, a file or a place.
        mentions: The users whom the sender's program says are meant, None when it says nothing.
        thread: The event that a thread began with; "" outside threads.
        reply_to: The event that this one replies to; "" for none.
        in_passing: The reply is only a thread's way of pointing to its last message.
        replaces: The event that this one is an edit of; "" for none.
    """

    room: str
    event_id: str
    sender: str
    text: str
    media: bool = False
    mentions: frozenset[str] | None = None
    thread: str = ""
    reply_to: str = ""
    in_passing: bool = False
    replaces: str = ""


@dataclass(frozen=True)
class Encrypted:
    """A message that we can't read."""

    room: str
    event_id: str
    sender: str


@dataclass(frozen=True)
class Reaction:
    """A mark, `up` or `down`, on a message."""

    room: str
    sender: str
    event_id: str
    value: str


@dataclass(frozen=True)
class Redaction:
    """Somebody took a message back."""

    room: str
    event_id: str


@dataclass(frozen=True)
class Membership:
    """Somebody was invited, came or went."""

    room: str
    sender: str
    user_id: str
    membership: str


Meaning = Message | Encrypted | Reaction | Redaction | Membership


def is_event(event: Any) -> bool:
    """Whether this is an event of a room with ids that make sense."""
    return isinstance(event, Mapping) and all(
        isinstance(value, str) and 0 < len(value.encode("utf-8", "surrogatepass")) <= MAX_ID
        for value in (event.get("event_id"), event.get("room_id"), event.get("sender"), event.get("type"))
    )


def meaning(event: Event) -> Meaning | None:
    """What an event (see `is_event`) means to us, None for nothing."""
    content = _mapping(event.get("content"))
    room, event_id, sender = event["room_id"], event["event_id"], event["sender"]
    kind = event["type"]
    if kind in ("m.room.message", "m.sticker"):
        return _message(event, content)
    if kind == "m.room.encrypted":
        return Encrypted(room, event_id, sender) if content else None
    if kind == "m.reaction":
        return _reaction(room, sender, _mapping(content.get("m.relates_to")))
    if kind == "m.room.redaction":
        redacted = _text(event.get("redacts")) or _text(content.get("redacts"))
        return Redaction(room, redacted) if redacted else None
    if kind == "m.room.member":
        return Membership(room, sender, _text(event.get("state_key")), _text(content.get("membership")))
    return None


def _reaction(room: str, sender: str, relation: Event) -> Reaction | None:
    value = VALUES.get(VARIATIONS.sub("", _text(relation.get("key"))))
    target = _text(relation.get("event_id"))
    if relation.get("rel_type") != "m.annotation" or not value or not target:
        return None
    return Reaction(room, sender, target, value)


def _message(event: Event, content: Event) -> Message | None:
    relation = _mapping(content.get("m.relates_to"))
    replaces = _text(relation.get("event_id")) if relation.get("rel_type") == "m.replace" else ""
    if replaces:
        content = _mapping(content.get("m.new_content"))
    kind = "m.image" if event["type"] == "m.sticker" else content.get("msgtype")
    body = content.get("body")
    if not isinstance(body, str) or not isinstance(kind, str) or kind not in TEXTS | MEDIA:
        return None
    reply_to = _text(_mapping(relation.get("m.in_reply_to")).get("event_id"))
    in_thread = relation.get("rel_type") == "m.thread"
    return Message(
        room=event["room_id"],
        event_id=event["event_id"],
        sender=event["sender"],
        text=(without_quotation(body) if reply_to else body) if kind in TEXTS else _caption(event, content, body),
        media=kind in MEDIA,
        mentions=_mentions(content),
        thread=_text(relation.get("event_id")) if in_thread else "",
        reply_to=reply_to,
        in_passing=in_thread and bool(relation.get("is_falling_back")),
        replaces=replaces,
    )


def _caption(event: Event, content: Event, body: str) -> str:
    """The words under a picture: the body, where the file's name stands apart from it."""
    filename = content.get("filename")
    return body if isinstance(filename, str) and filename != body and event["type"] != "m.sticker" else ""


def _mentions(content: Event) -> frozenset[str] | None:
    mentions = content.get("m.mentions")
    if not isinstance(mentions, Mapping):
        return None
    users = mentions.get("user_ids")
    return frozenset(user for user in users if isinstance(user, str)) if isinstance(users, list) else frozenset()


def without_quotation(body: str) -> str:
    """A reply's own words: older programs put the message that is replied to before them, in lines with "> "."""
    lines = body.split("\n")
    own = next((number for number, line in enumerate(lines) if not line.startswith(">")), len(lines))
    rest = "\n".join(lines[own:]).strip()
    return rest if own and rest else body


def _mapping(value: Any) -> Event:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
