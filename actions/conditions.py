"""Which condition a question is about: the one it names, else the one remembered, else the only one there is."""

from __future__ import annotations

from actions.ask import Ask, Part
from bot.content.store import ContentStore


def conditions_for(part: Part, ask: Ask, store: ContentStore, topic: str) -> tuple[str, ...]:
    """Ids of the conditions the question may mean; more than one means that we have to ask.

    A condition that has no answer on the topic is not offered, unless the patient named it.
    """
    known = {condition.id for condition in store.conditions()}
    for named in (part.condition, ask.named_condition, ask.condition):
        if named in known:
            return (str(named),)
    return tuple(sorted(condition for condition in known if store.answer(condition, topic)))
