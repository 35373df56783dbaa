"""Yes and no to what was offered."""

from __future__ import annotations

from dataclasses import replace

from actions.action_answer import ActionAnswer
from actions.action_capabilities import ActionCapabilities
from actions.action_conversation import ActionContact
from actions.action_delete_data import ActionDeleteData
from actions.ask import Ask, Part
from actions.base import Said, StoreAction
from actions.compose import fixed, parse_payload
from actions.unknown import unknown_said
from bot.content.store import ContentStore


class ActionAcceptOffer(StoreAction):
    """ "Yes": does what the first button of the last reply would have done."""

    def name(self) -> str:
        return "action_accept_offer"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        if not ask.offered:
            key = "which_one" if ask.clarified else "nothing_offered"
            return Said(fixed(store, key), clarified=ask.clarified)
        intent, entities = parse_payload(ask.offered)
        condition = entities.get("condition") or ask.condition
        accepted = replace(
            ask,
            intent=intent,
            parts=(Part(intent, condition),),
            condition=condition,
            named_condition=condition,
            confirmed=entities.get("confirmed") == "yes",
        )
        if intent == "delete_data":
            return ActionDeleteData().say(accepted, store)
        if intent == "capabilities":
            return ActionCapabilities().say(accepted, store)
        if intent == "human_handoff":
            return ActionContact().say(accepted, store)
        return ActionAnswer().say(accepted, store)


class ActionDeclineOffer(StoreAction):
    """ "No": after "did you mean" it is an honest "I don't have that", else we wait for the next question."""

    def name(self) -> str:
        return "action_decline_offer"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        if ask.clarified:
            return unknown_said(ask, store)
        return Said(fixed(store, "declined"))
