"""Gathers what Rasa says in one turn as `Reply` values, whole: text, structure and buttons together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rasa.core.channels.channel import OutputChannel
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.content.reply import KINDS, Button, Reply

#: The effect of an action that could not answer and said the fixed sentence instead; `reason` beside it is the error's
#: type.
FAILED = "failed"


def as_reply(message: Mapping[str, Any]) -> Reply | None:
    """The `Reply` in a Rasa bot message, or None when the message says nothing."""
    custom = message.get("custom")
    if isinstance(custom, Mapping) and custom.get("kind") in KINDS:
        return Reply.from_dict(custom)
    text = str(message.get("text") or "")
    if not text.strip():
        return None
    buttons = tuple(Button(str(item["title"]), str(item["payload"])) for item in message.get("buttons") or ())
    return Reply(kind="conversation", text=text, buttons=buttons)


class ReplyCollector(OutputChannel):
    """An output channel that keeps each message whole instead of sending it in pieces."""

    def __init__(self, channel: str, if_silent: Callable[[], Reply] | None = None, address: str | None = None) -> None:
        self.channel = channel
        #: Where the patient can be reached later; see `Turns.turn`.
        self.address = address
        #: Gives what is said when the dialogue says nothing.
        self.if_silent = if_silent
        self.replies: list[Reply] = []
        self.effects: list[str] = []
        #: The type of the error that an action ended in, "" when none did.
        self.failed = ""
        self.intent: str | None = None
        self.confidence: float = 0.0
        self.first_message = False
        #: What the detector found in the message (`Finding.concepts`); None when it was not understood here.
        self.concepts: tuple[str, ...] | None = None
        #: Whether a person has the conversation after this turn; then the dialogue may say nothing.
        self.handed_over = False

    def name(self) -> str:  # type: ignore[override]  # Rasa asks an instance, and one collector serves any channel
        return self.channel

    def understood(self, tracker: DialogueStateTracker) -> None:
        """Notes what the latest message was taken for, and whether it is the conversation's first."""
        message = tracker.latest_message
        if message is None:
            return
        self.intent = message.intent.get("name")
        self.confidence = float(message.intent.get("confidence") or 0.0)
        self.concepts = tuple(((message.parse_data or {}).get("safety") or {}).get("concepts") or ())
        self.first_message = sum(isinstance(event, UserUttered) for event in tracker.events) == 1

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keeps one bot message."""
        reply = as_reply(message)
        if reply:
            self.replies.append(reply)
        custom = message.get("custom")
        if isinstance(custom, Mapping) and custom.get("effect"):
            self.effects.append(str(custom["effect"]))
            if custom["effect"] == FAILED:
                self.failed = str(custom.get("reason") or FAILED)
