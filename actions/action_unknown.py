"""A question that the articles do not answer."""

from __future__ import annotations

from actions.ask import Ask
from actions.base import Said, StoreAction
from actions.unknown import unknown_said
from bot.content.store import ContentStore


class ActionUnknown(StoreAction):
    """Says "I don't have that" instead of a near miss."""

    def name(self) -> str:
        return "action_unknown"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        return unknown_said(ask, store)
