"""Talking to a person, starting over, and "I don't have that illness"."""

from __future__ import annotations

from actions.action_capabilities import first_questions
from actions.ask import Ask
from actions.base import Said, StoreAction
from actions.compose import fixed
from bot.content.store import ContentStore


class ActionContact(StoreAction):
    """Names the clinic's phone and hours.

    Where the clinic has staff who take over, the channel guard goes on from here (`effect`): it offers to call a
    person, and calls one when the patient says yes, with or without leave to read what was written.
    """

    def name(self) -> str:
        return "action_contact"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        effect = "handover_share" if ask.confirmed else "handover_private" if ask.declined else "handover_offer"
        return Said(fixed(store, "contact"), effect=effect)


class ActionStartOver(StoreAction):
    """Forgets the condition and what was shown, and starts afresh."""

    def name(self) -> str:
        return "action_start_over"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        reply = fixed(store, "start_over", buttons=first_questions(store, None))
        return Said.leading_on(reply, shown=(), forget_condition=True)


class ActionDenyCondition(StoreAction):
    """ "I don't have leukopenia": said back kindly; it is no question about the condition."""

    def name(self) -> str:
        return "action_deny_condition"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        buttons = first_questions(store, ask.condition)
        return Said(fixed(store, "deny_condition", buttons=buttons))
