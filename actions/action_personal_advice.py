"""A question about one person's own result, medicine or decision: a kind refusal, and what holds in general."""

from __future__ import annotations

from actions.ask import Ask
from actions.base import Said, StoreAction
from actions.compose import answer_block, next_buttons, shown_after, urgent_line
from actions.conditions import the_one_in_question
from actions.unknown import nearest_answers
from bot.content.models import Answer
from bot.content.reply import Reply
from bot.content.store import ContentStore

#: Below this the classifier's second thought is no ground to show a general answer.
GENERAL_CONFIDENCE = 0.10


class ActionPersonalAdvice(StoreAction):
    """Names who can answer, then what the articles say about the general question, marked as general."""

    def name(self) -> str:
        return "action_personal_advice"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        answer = self._general(ask, store)
        blocks = (answer_block(answer, store),) if answer else ()
        lead = store.message("personal_advice")
        reply = Reply(
            kind="personal_advice",
            text=f"{lead}\n{store.message('general_lead')}" if answer else lead,
            blocks=blocks,
            disclaimer=answer.disclaimer if answer else None,
            urgent_line=urgent_line(ask, store),
            buttons=next_buttons([answer], store) if answer else (),
            topic=answer.topic if answer else None,
            condition=answer.condition if answer else None,
            content_version=store.version,
        )
        return Said.leading_on(reply, shown=shown_after(ask, blocks))

    @staticmethod
    def _general(ask: Ask, store: ContentStore) -> Answer | None:
        """The general answer behind the question: an approved question that is near, else the next best topic."""
        near = nearest_answers(ask, store)
        if near:
            return near[0]
        condition = the_one_in_question(store, ask.condition)
        by_intent = {topic.intent: topic.id for topic in store.topics()}
        for intent, confidence in ask.ranking:
            if condition and intent in by_intent and confidence >= GENERAL_CONFIDENCE:
                return store.answer(condition, by_intent[intent])
        return None
