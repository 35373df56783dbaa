"""Answers topics and questions about one fact: one part of the message after the other, in the order asked."""

from __future__ import annotations

from dataclasses import dataclass

from actions.ask import Ask, Part
from actions.base import Said, StoreAction
from actions.compose import answer_block, fixed, next_buttons, payload, shown_after, urgent_line
from actions.conditions import conditions_for
from actions.facts import FactLookup, look_up_facts
from actions.unknown import unknown_said
from bot.content.models import Answer
from bot.content.reply import AnswerBlock, Button, Reply
from bot.content.store import ContentStore

SPECIFIC = "ask_specific_"
#: The topic that holds the whole list behind a question about one fact.
LIST_TOPIC = {
    "cause": "causes",
    "symptom": "symptoms",
    "treatment": "treatment",
    "complication": "complications",
    "prevention": "prevention",
    "test": "diagnosis",
}


@dataclass(frozen=True)
class Outcome:
    """What one part of the message came to."""

    blocks: tuple[AnswerBlock, ...] = ()
    lead: str = ""
    closing: str = ""
    answer: Answer | None = None
    choose_condition: tuple[str, ...] = ()
    withdrawn: bool = False


class ActionAnswer(StoreAction):
    """The main path: intent and condition in, the approved answer out."""

    def name(self) -> str:
        return "action_answer"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        outcomes = [self._outcome(part, ask, store) for part in ask.parts]
        asking = next((outcome for outcome in outcomes if outcome.choose_condition), None)
        if asking:
            return self._which_condition(ask, asking.choose_condition, store)
        blocks = tuple(block for outcome in outcomes for block in outcome.blocks)
        leads = [outcome.lead for outcome in outcomes if outcome.lead]
        if not blocks and not leads:
            withdrawn = any(outcome.withdrawn for outcome in outcomes)
            return unknown_said(ask, store, key="withdrawn" if withdrawn else "unknown")
        return self._said(ask, store, outcomes, blocks, leads)

    def _said(
        self, ask: Ask, store: ContentStore, outcomes: list[Outcome], blocks: tuple[AnswerBlock, ...], leads: list[str]
    ) -> Said:
        answers = [outcome.answer for outcome in outcomes if outcome.answer]
        condition = blocks[0].condition if blocks else None
        if any(not outcome.blocks and not outcome.lead for outcome in outcomes):
            leads.append(store.message("part_unknown"))
        reply = Reply(
            kind="answer" if blocks else "unknown",
            text="\n".join(leads),
            blocks=blocks,
            closing="\n".join(outcome.closing for outcome in outcomes if outcome.closing),
            disclaimer=store.disclaimer_for(condition) if condition else None,
            urgent_line=urgent_line(ask, store),
            buttons=next_buttons(answers, store, seen=[str(item["answer_id"]) for item in ask.shown]),
            topic=LIST_TOPIC.get(blocks[0].topic, blocks[0].topic) if blocks else answers[0].topic if answers else None,
            condition=condition or (answers[0].condition if answers else None),
            content_version=store.version,
        )
        return Said.leading_on(reply, shown=shown_after(ask, blocks), condition=condition)

    def _outcome(self, part: Part, ask: Ask, store: ContentStore) -> Outcome:
        relation = part.intent.removeprefix(SPECIFIC) if part.intent.startswith(SPECIFIC) else ""
        topic_id = LIST_TOPIC.get(relation) or part.intent.removeprefix("ask_")
        if topic_id not in {topic.id for topic in store.topics()}:
            return Outcome()
        conditions = conditions_for(part, ask, store, topic_id)
        if len(conditions) != 1:
            return Outcome(choose_condition=conditions)
        answer = store.answer(conditions[0], topic_id)
        if relation and (part.facts or part.unknown_terms):
            return self._fact_outcome(look_up_facts(part, relation, conditions[0], store), answer)
        if answer is None:
            return Outcome(withdrawn=store.is_withdrawn(conditions[0]))
        return Outcome(blocks=(answer_block(answer, store),), answer=answer)

    @staticmethod
    def _fact_outcome(found: FactLookup, answer: Answer | None) -> Outcome:
        return Outcome(blocks=found.blocks, lead="\n".join(found.leads), answer=answer)

    @staticmethod
    def _which_condition(ask: Ask, conditions: tuple[str, ...], store: ContentStore) -> Said:
        """Asks which condition is meant, with one button for each."""
        buttons = tuple(
            Button(store.condition(condition).common_name, payload(ask.intent, condition)) for condition in conditions
        )
        return Said(fixed(store, "which_condition", kind="clarify", buttons=buttons[:10]), clarified=True)
