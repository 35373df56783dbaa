""" "Delete my data": asked once for confirmation, then the conversation is erased."""

from __future__ import annotations

from actions.ask import Ask
from actions.base import Said, StoreAction
from actions.compose import fixed, payload
from bot.content.reply import Button
from bot.content.store import ContentStore


class ActionDeleteData(StoreAction):
    """Erasing itself is done by the channel guard when this turn is over (`effect`)."""

    def name(self) -> str:
        return "action_delete_data"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        if ask.confirmed:
            return Said(fixed(store, "data_deleted"), shown=(), forget_condition=True, effect="erase")
        confirm = payload("delete_data", confirmed="yes")
        buttons = (
            Button(store.message("button_delete"), confirm),
            Button(store.message("button_keep"), payload("deny")),
        )
        return Said(fixed(store, "confirm_delete", buttons=buttons), offered=confirm)
