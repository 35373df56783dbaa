"""Buttons by an id of their own, so that no payload ever leaves the server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from rasa.shared.core.events import BotUttered, Event

from bot.channels.collector import as_reply
from bot.content.reply import Button


def button_id(payload: str) -> str:
    """What is sent when a button is tapped, in place of its payload."""
    return hashlib.sha256(payload.encode()).hexdigest()[:24]


def issued(events: Iterable[Event]) -> Iterator[Button]:
    """The buttons of all replies, oldest first."""
    for event in events:
        if isinstance(event, BotUttered):
            reply = as_reply(event.message())
            yield from reply.buttons if reply else ()


def find_button(wanted: str, candidates: Iterable[Button]) -> Button | None:
    """The button with this id."""
    return next((button for button in candidates if button_id(button.payload) == wanted), None)
