"""Did you mean …? Asked at most once in a row."""

from __future__ import annotations

from actions.ask import Ask
from actions.base import Said, StoreAction
from actions.compose import MAX_BUTTONS, answer_button, urgent_line
from actions.conditions import in_question
from actions.unknown import unknown_said
from bot.content.models import Answer
from bot.content.reply import Reply
from bot.content.store import ContentStore


class ActionClarify(StoreAction):
    """Two or three close topics, offered in patients' words."""

    def name(self) -> str:
        return "action_clarify"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        answers = self._answers(ask, store)
        if ask.clarified or len(answers) < 2:
            return unknown_said(ask, store)
        buttons = tuple(answer_button(answer, store) for answer in answers[:MAX_BUTTONS])
        reply = Reply(
            kind="clarify",
            text=store.message("did_you_mean"),
            urgent_line=urgent_line(ask, store),
            buttons=buttons,
            content_version=store.version,
        )
        return Said(reply, clarified=True)

    @staticmethod
    def _answers(ask: Ask, store: ContentStore) -> list[Answer]:
        """The candidates that have an answer, for each condition that may be meant."""
        conditions = in_question(store, ask.condition)
        by_intent = {topic.intent: topic.id for topic in store.topics()}
        topics = [by_intent[intent] for intent in ask.candidates if intent in by_intent]
        found = [store.answer(condition, topic) for topic in topics for condition in conditions]
        return list({answer.id: answer for answer in found if answer}.values())
