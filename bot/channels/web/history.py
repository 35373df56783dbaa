"""Reads a conversation back from its events: what was said, and which message it answered.

Nothing is kept twice: the conversation store is the one place that holds patients' words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered

from bot.channels.collector import as_reply
from bot.channels.render import Renderer
from bot.content.reply import Button
from bot.delivery import MESSAGE_ID, PUSHED, RESTART
from bot.feedback import FEEDBACK_SLOT


def messages(events: Iterable[Event], renderer: Renderer, first_buttons: Iterable[Button] = ()) -> list[dict[str, Any]]:
    """The conversation since it was last started over, oldest first; see `HistoryItem` in openapi.yml.

    Args:
        events: All events of the conversation.
        renderer: Renders the bot's replies.
        first_buttons: Buttons that were offered before the first message.
    """
    titles = {button.payload: button.title for button in first_buttons}
    items: list[dict[str, Any]] = []
    number = 0
    for event in events:
        # The time in microseconds: unlike a count, it stays the same when a message before it is taken back.
        number = max(int(event.timestamp * 1_000_000), number + 1)
        common = {"number": number, "at": event.timestamp}
        if isinstance(event, UserUttered):
            if (event.metadata or {}).get(RESTART):
                items.clear()
            elif words := _said(event, titles):
                items.append(
                    {**common, "author": "patient", "text": words, "id": (event.metadata or {}).get(MESSAGE_ID)}
                )
        elif isinstance(event, BotUttered):
            reply = as_reply(event.message())
            if reply:
                titles.update((button.payload, button.title) for button in reply.buttons)
                author = "person" if reply.kind == "person" else "bot"
                pushed = bool((event.metadata or {}).get(PUSHED))
                said = {"author": author, "reply": renderer.reply(reply), "feedback": {}, "pushed": pushed}
                items.append({**common, **said})
        elif isinstance(event, SlotSet) and event.key == FEEDBACK_SLOT and isinstance(event.value, Mapping):
            _mark(items, event.value)
    return items


def _said(event: UserUttered, titles: Mapping[str, str]) -> str:
    """What the patient typed, or the words of the button that was tapped; "" when there is nothing to show."""
    text = event.text or ""
    return titles.get(text, "") if text.startswith("/") else text


def _mark(items: list[dict[str, Any]], value: Mapping[str, Any]) -> None:
    for item in items:
        blocks = item["reply"]["blocks"] if "reply" in item else ()
        if any(block["answer_id"] == value.get("answer_id") for block in blocks):
            item["feedback"][value.get("answer_id")] = value.get("value")
