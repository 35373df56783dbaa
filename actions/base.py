"""What all actions share: open the store, make one reply, never end in silence."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.ask import Ask, read_ask
from bot.content.fixed import technical_problem
from bot.content.reply import Reply
from bot.content.store import ContentStore
from bot.settings import Settings

logger = logging.getLogger(__name__)

#: How many answers "go back" can go back.
SHOWN_LIMIT = 10


@dataclass(frozen=True)
class Said:
    """One reply and what the conversation remembers of it.

    `shown` are the answers now on the patient's screen, newest last; None leaves them as they were.
    `effect` asks the channel to do something after the reply is delivered (`erase`, `handover_offer` …).
    """

    reply: Reply
    shown: tuple[Mapping[str, str], ...] | None = None
    offered: str | None = None
    clarified: bool = False
    condition: str | None = None
    forget_condition: bool = False
    effect: str = ""

    @classmethod
    def leading_on(cls, reply: Reply, **kept: Any) -> Said:
        """As `Said`, and "yes" then accepts what the reply's first button says."""
        return cls(reply, offered=reply.buttons[0].payload if reply.buttons else None, **kept)

    def events(self) -> list[dict[str, Any]]:
        """Slot events for the tracker."""
        events = [SlotSet("offered", self.offered), SlotSet("clarified", self.clarified)]
        if self.shown is not None:
            events.append(SlotSet("shown", [dict(item) for item in self.shown[-SHOWN_LIMIT:]]))
        if self.condition or self.forget_condition:
            events.append(SlotSet("condition", self.condition))
        return events


@lru_cache(maxsize=1)
def content_store() -> ContentStore:
    """The store of this process. It reopens by itself when a new release of content is moved into place."""
    return ContentStore.open(Settings.read().content_db)


class StoreAction(Action, ABC):
    """An action that answers from the store.

    Whatever fails, the patient reads a fixed sentence with the clinic's number. The error is logged by its
    type alone: its text could hold a patient's words.
    """

    @abstractmethod
    def say(self, ask: Ask, store: ContentStore) -> Said:
        """The reply to `ask`."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        try:
            said = self.say(read_ask(tracker), content_store())
        except Exception as error:
            logger.error("action %s failed: %s", self.name(), type(error).__name__)
            reply = technical_problem(Settings.read().content)
            failed = {"effect": "failed", "reason": type(error).__name__}
            dispatcher.utter_message(text=reply.plain(), json_message=reply.to_dict() | failed)
            return []
        dispatcher.utter_message(
            text=said.reply.plain(),
            buttons=[{"title": button.title, "payload": button.payload} for button in said.reply.buttons],
            json_message=said.reply.to_dict() | ({"effect": said.effect} if said.effect else {}),
        )
        return said.events()
