"""More, simpler, where from, go back: all about the answer that was shown last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from actions.ask import Ask
from actions.base import Said, StoreAction
from actions.compose import answer_block, answer_button, fact_block, fixed, next_buttons, shown_after, urgent_line
from bot.content.models import Answer
from bot.content.reply import AnswerBlock, Reply
from bot.content.store import ContentStore


def last_answer(ask: Ask, store: ContentStore, back: int = 0) -> Answer | None:
    """The topic answer shown last (`back` steps earlier), if it may still be shown."""
    trail = [item for item in ask.shown if store.answer(str(item["condition"]), str(item["topic"]))]
    if len(trail) <= back:
        return None
    item = trail[-1 - back]
    return store.answer(str(item["condition"]), str(item["topic"]))


def last_block(ask: Ask, store: ContentStore) -> AnswerBlock | None:
    """What was shown last, be it a topic's answer or one fact."""
    if not ask.shown:
        return None
    return block_again(ask.shown[-1], store)


def block_again(item: Mapping[str, Any], store: ContentStore) -> AnswerBlock | None:
    """What was shown with this condition, topic and answer id, as the store has it now; None when it has it no more."""
    condition, topic, answer_id = str(item["condition"]), str(item["topic"]), str(item["answer_id"])
    answer = store.answer(condition, topic)
    if answer:
        return answer_block(answer, store)
    key = answer_id.rpartition(".")[2]
    return next((fact_block(row, store) for row in store.facts_by_key(key, condition) if row.relation == topic), None)


def nothing_shown(store: ContentStore) -> Said:
    """There is no earlier answer to speak of: say so and offer where to start."""
    starts = [store.answer(condition.id, "definition") for condition in store.conditions()]
    buttons = tuple(answer_button(answer, store) for answer in starts if answer)[:3]
    return Said.leading_on(fixed(store, "nothing_shown", buttons=buttons))


def another_form(ask: Ask, store: ContentStore, answer: Answer, form: str, text: str) -> Said:
    """The same answer in another approved form, with all that an answer carries."""
    block = answer_block(answer, store, text=text, form=form)
    buttons = next_buttons([answer], store, seen=[str(item["answer_id"]) for item in ask.shown])
    reply = Reply(
        kind="answer",
        blocks=(block,),
        disclaimer=answer.disclaimer,
        urgent_line=urgent_line(ask, store),
        buttons=buttons,
        topic=answer.topic,
        condition=answer.condition,
        content_version=store.version,
    )
    return Said.leading_on(reply, condition=answer.condition)


def no_other_form(ask: Ask, store: ContentStore, answer: Answer, key: str) -> Said:
    """A fixed sentence that there is no such form, with the next questions."""
    buttons = next_buttons([answer], store, seen=[str(item["answer_id"]) for item in ask.shown])
    return Said.leading_on(fixed(store, key, buttons=buttons))


def whole(ask: Ask, store: ContentStore) -> Reply | None:
    """The last reply with the whole of each answer, when the surface shortened one; None when it did not."""
    blocks = [block_again(item, store) for item in ask.shortened["blocks"]] if ask.shortened else []
    if not ask.shortened or None in blocks:
        return None
    return replace(
        Reply.from_dict(ask.shortened),
        blocks=tuple(replace(block, short_text="") for block in blocks if block),
        content_version=store.version,
    )


class ActionMore(StoreAction):
    """Tells more of what was asked last: the whole where it was shortened, else what the article has beyond it."""

    def name(self) -> str:
        return "action_more"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        answer = last_answer(ask, store)
        if answer is None:
            return nothing_shown(store)
        shortened = whole(ask, store)
        if shortened:
            return Said(shortened, offered=ask.offered, condition=shortened.condition)
        if not answer.more:
            return no_other_form(ask, store, answer, "no_more")
        return another_form(ask, store, answer, "more", answer.more)


class ActionSimpler(StoreAction):
    """Says the last answer in fewer and plainer words, where a reviewer approved such a form."""

    def name(self) -> str:
        return "action_simpler"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        answer = last_answer(ask, store)
        if answer is None:
            return nothing_shown(store)
        if not answer.simpler:
            return no_other_form(ask, store, answer, "no_simpler")
        return another_form(ask, store, answer, "simpler", answer.simpler)


class ActionGoBack(StoreAction):
    """Shows the answer before the last one again."""

    def name(self) -> str:
        return "action_go_back"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        answer = last_answer(ask, store, back=1)
        if answer is None:
            return nothing_shown(store)
        return replace(another_form(ask, store, answer, "text", answer.text), shown=ask.shown[:-1])


class ActionSource(StoreAction):
    """Says where the last answer is from and who reviewed it."""

    def name(self) -> str:
        return "action_source"

    def say(self, ask: Ask, store: ContentStore) -> Said:
        block = last_block(ask, store)
        if block is None:
            return nothing_shown(store)
        article = store.article(block.condition)
        text = store.message(
            "source_details",
            source=block.source.line(),
            reviewer=article.reviewed_by,
            review_due=article.review_due,
            version=store.version[:12],
        )
        answer = last_answer(ask, store)
        buttons = next_buttons([answer], store) if answer else ()
        reply = Reply(kind="conversation", text=text, buttons=buttons, content_version=store.version)
        return Said.leading_on(reply, shown=shown_after(ask, ()))
