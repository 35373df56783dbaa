"""Which condition a question is about: the one it names, else the one remembered, else the only one there is."""

from __future__ import annotations

from actions.ask import Ask, Part
from bot.content.store import ContentStore


def _known(store: ContentStore, *named: str | None) -> str | None:
    """The first of `named` that the store has."""
    known = {condition.id for condition in store.conditions()}
    return next((condition for condition in named if condition in known), None)


def in_question(store: ContentStore, *named: str | None) -> tuple[str, ...]:
    """The first of `named` that the store has, else all that it has, in its order."""
    found = _known(store, *named)
    return (found,) if found else tuple(condition.id for condition in store.conditions())


def the_one_in_question(store: ContentStore, *named: str | None) -> str | None:
    """The first of `named` that the store has, else the only one there is; None when there are several."""
    found = in_question(store, *named)
    return found[0] if len(found) == 1 else None


def conditions_for(part: Part, ask: Ask, store: ContentStore, topic: str) -> tuple[str, ...]:
    """Ids of the conditions the question may mean; more than one means that we have to ask.

    A condition that has no answer on the topic is not offered, unless the patient named it.
    """
    found = _known(store, part.condition, ask.named_condition, ask.condition)
    if found:
        return (found,)
    return tuple(condition.id for condition in store.conditions() if store.answer(condition.id, topic))
