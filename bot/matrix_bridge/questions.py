"""What a Matrix event asks, read from its decrypted source: words, something without words, or nothing for us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

#: What quotes the answered message at the head of older clients' replies.
QUOTE = re.compile(r"^(?:> .*\n)+\n?")
#: Message types that are machinery between clients, or a bot talking.
NOT_FOR_US = frozenset({"m.notice", "m.key.verification.request"})
WORDS = frozenset({"m.text", "m.emote"})
MARKS = {"👍": "up", "👎": "down"}

Json = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """One message of a patient.

    Attributes:
        kind: `words`; `media` for pictures, sound, files, places and whatever else has no words; `mark` for 👍 and 👎.
        text: The words; of a mark `up` or `down`.
        marked: The message that a mark is for.
        relation: Puts the answer into the thread of the question; empty outside threads.
        replaces: The message that this one is an edit of.
    """

    event_id: str
    sender: str
    kind: Literal["words", "media", "mark"]
    text: str = ""
    relation: Json = field(default_factory=dict)
    marked: str = ""
    replaces: str = ""


def redacted(source: Mapping[str, Any]) -> str:
    """The event that an event takes back; "" when it is no redaction."""
    if source.get("type") != "m.room.redaction":
        return ""
    # Rooms of version 11 and later name it in the content.
    found = source.get("redacts") or _mapping(source.get("content")).get("redacts")
    return found if isinstance(found, str) else ""


def read(source: Mapping[str, Any], sender: str, event_id: str) -> Question | None:
    """The question in an event, or None when nobody waits for an answer to it.

    Args:
        source: `type` and `content` of the event, decrypted.
        sender: Who sent it, as the homeserver says.
        event_id: Its id.
    """
    content = source.get("content")
    if source.get("type") == "m.reaction":
        return _mark(_mapping(_mapping(content).get("m.relates_to")), sender, event_id)
    if not isinstance(content, Mapping) or source.get("type") not in ("m.room.message", "m.sticker"):
        return None
    if not content or content.get("msgtype") in NOT_FOR_US:  # no content at all: redacted
        return None
    relation = _mapping(content.get("m.relates_to"))
    replaces = ""
    if relation.get("rel_type") == "m.replace":
        content = _mapping(content.get("m.new_content"))
        replaces = str(relation.get("event_id") or "")
    text = _words(content, replying="m.in_reply_to" in relation)
    kind: Literal["words", "media"] = "media" if text is None else "words"
    return Question(event_id, sender, kind, text or "", _thread(relation, event_id), replaces=replaces)


def answered_to(event_id: str) -> Json:
    """The relation of an answer that stands apart from its question: late, or among others' messages."""
    return {"m.in_reply_to": {"event_id": event_id}}


def addressed(source: Mapping[str, Any], user_id: str, name: str) -> bool:
    """Whether a message in a group speaks to the bot: it mentions it, or has its name or id in its words."""
    content = _mapping(source.get("content"))
    mentioned = _mapping(content.get("m.mentions")).get("user_ids")
    if isinstance(mentioned, list) and user_id in mentioned:
        return True
    words = f"{content.get('body', '')} {content.get('formatted_body', '')}".lower()
    return user_id.lower() in words or name.lower() in words


def without_address(text: str, user_id: str, name: str) -> str:
    """The words without the bot's name at their head."""
    head = rf"^\s*@?(?:{re.escape(user_id)}|{re.escape(name)})\s*[:,]?\s+"
    return re.sub(head, "", text, flags=re.IGNORECASE)


def _mark(relation: Mapping[str, Any], sender: str, event_id: str) -> Question | None:
    """A thumb up or down, in any skin tone."""
    key, marked = relation.get("key"), relation.get("event_id")
    if not isinstance(key, str) or not isinstance(marked, str) or key[:1] not in MARKS:
        return None
    return Question(event_id, sender, "mark", MARKS[key[:1]], marked=marked)


def _words(content: Mapping[str, Any], replying: bool) -> str | None:
    """The words of a message; of a picture or file those beside it, None when there are none."""
    body = content.get("body")
    if not isinstance(body, str):
        return None
    if content.get("msgtype") not in WORDS:
        named = content.get("filename")
        return body if isinstance(named, str) and named != body else None
    return QUOTE.sub("", body) if replying else body


def _thread(relation: Mapping[str, Any], event_id: str) -> Json:
    root = relation.get("event_id")
    if relation.get("rel_type") != "m.thread" or not isinstance(root, str):
        return {}
    return {"rel_type": "m.thread", "event_id": root, "is_falling_back": True, **answered_to(event_id)}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
