"""Says hello and what can be asked."""

from __future__ import annotations

from actions.ask import Ask
from actions.base import Said, StoreAction
from actions.compose import MAX_BUTTONS, answer_button, fixed, payload
from actions.conditions import in_question, the_one_in_question
from bot.content.models import FIRST_TOPICS
from bot.content.reply import Button
from bot.content.store import ContentStore


def first_questions(store: ContentStore, condition: str | None) -> tuple[Button, ...]:
    """Up to three first questions: of the condition in question, of the only one, or one for each condition."""
    conditions = in_question(store, condition)
    topics = FIRST_TOPICS if len(conditions) == 1 else FIRST_TOPICS[:1]
    found = (store.answer(item, topic) for item in conditions for topic in topics)
    return tuple(answer_button(answer, store) for answer in found if answer)[:MAX_BUTTONS]


class ActionGreet(StoreAction):
    """A short hello that leads to a first question."""

    def name(self) -> str:
        return "action_greet"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        buttons = first_questions(store, ask.condition)
        return Said.leading_on(fixed(store, "greeting", buttons=buttons))


class ActionCapabilities(StoreAction):
    """What the bot knows: the conditions, and the approved questions of the one in question."""

    def name(self) -> str:
        return "action_capabilities"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        chosen = the_one_in_question(store, ask.condition)
        if chosen is None:
            buttons = tuple(Button(item.common_name, payload("capabilities", item.id)) for item in store.conditions())
            return Said(fixed(store, "capabilities_conditions", kind="conversation", buttons=buttons[:10]))
        questions = "\n".join(f"- {answer.questions[0]}" for answer in store.answers(chosen))
        common_name = store.condition(chosen).common_name
        buttons = first_questions(store, chosen)
        reply = fixed(store, "capabilities", buttons=buttons, condition=common_name, questions=questions)
        return Said.leading_on(reply, condition=chosen)
