"""Says hello and what can be asked."""

from __future__ import annotations

from actions.ask import Ask
from actions.base import Said, StoreAction
from actions.compose import MAX_BUTTONS, answer_button, fixed, payload
from bot.content.models import Answer
from bot.content.reply import Button
from bot.content.store import ContentStore

#: Topics that most people ask first.
FIRST_TOPICS = ("definition", "causes", "symptoms", "treatment")


def first_questions(store: ContentStore, condition: str | None) -> tuple[Button, ...]:
    """Up to three first questions: of the condition in question, of the only one, or one for each condition."""
    conditions = [item.id for item in store.conditions()]
    if condition in conditions:
        conditions = [str(condition)]
    if len(conditions) == 1:
        found = [store.answer(conditions[0], topic) for topic in FIRST_TOPICS]
    else:
        found = [store.answer(item, "definition") for item in conditions]
    return tuple(answer_button(answer, store) for answer in found if answer)[:MAX_BUTTONS]


class ActionGreet(StoreAction):
    """A short hello that leads to a first question."""

    def name(self) -> str:
        return "action_greet"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        buttons = first_questions(store, ask.condition)
        return Said(fixed(store, "greeting", buttons=buttons), offered=buttons[0].payload if buttons else None)


class ActionCapabilities(StoreAction):
    """What the bot knows: the conditions, and the approved questions of the one in question."""

    def name(self) -> str:
        return "action_capabilities"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        conditions = {item.id: item for item in store.conditions()}
        chosen = (
            ask.condition if ask.condition in conditions else next(iter(conditions)) if len(conditions) == 1 else None
        )
        if chosen is None:
            buttons = tuple(Button(item.common_name, payload("capabilities", item.id)) for item in conditions.values())
            return Said(fixed(store, "capabilities_conditions", kind="conversation", buttons=buttons[:10]))
        answers: list[Answer] = list(store.answers(chosen))
        questions = "\n".join(f"- {answer.questions[0]}" for answer in answers)
        buttons = first_questions(store, chosen)
        common_name = conditions[chosen].common_name
        reply = fixed(store, "capabilities", buttons=buttons, condition=common_name, questions=questions)
        return Said(reply, offered=buttons[0].payload if buttons else None, condition=chosen)
