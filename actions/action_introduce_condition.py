"""The name of a condition and nothing else."""

from __future__ import annotations

from dataclasses import replace

from actions.action_answer import ActionAnswer
from actions.action_capabilities import ActionCapabilities
from actions.ask import Ask, Part
from actions.base import Said, StoreAction
from bot.content.store import ContentStore


class ActionIntroduceCondition(StoreAction):
    """Says what the named condition is; the buttons lead on from there."""

    def name(self) -> str:
        return "action_introduce_condition"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        if ask.named_condition not in {item.id for item in store.conditions()}:
            return ActionCapabilities().say(ask, store)
        asked = replace(ask, intent="ask_definition", parts=(Part("ask_definition", ask.named_condition),))
        return ActionAnswer().say(asked, store)
