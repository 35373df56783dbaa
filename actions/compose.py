"""From rows of the store to one `Reply`. Every word comes from the store; nothing is put together from parts of sentences."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from actions.ask import Ask
from bot.content.models import Answer, Fact
from bot.content.reply import AnswerBlock, Button, Kind, Reply
from bot.content.store import ContentStore

#: Next questions offered after an answer.
MAX_BUTTONS = 3

#: A patient's own word is said back only in this shape: a few plain words, nothing that could be markup or a link.
ECHO = re.compile(r"[^\W\d_][\w'-]*( [\w'-]+){0,3}")
ECHO_LIMIT = 40
ECHO_WORDS = 3


def payload(intent: str, condition: str | None = None, **entities: str) -> str:
    """The payload of a button, in Rasa's form `/intent{"entity": "value"}`."""
    data = ({"condition": condition} if condition else {}) | entities
    return f"/{intent}{json.dumps(data, ensure_ascii=False)}" if data else f"/{intent}"


def parse_payload(text: str) -> tuple[str, dict[str, str]]:
    """Intent and entities of a payload that `payload` wrote."""
    intent, _, data = text.lstrip("/").partition("{")
    return intent, json.loads("{" + data) if data else {}


def echo(terms: Iterable[str]) -> str:
    """The patient's words as far as they may be said back, joined, three at most; "" when none may."""
    said = dict.fromkeys(term for term in terms if len(term) <= ECHO_LIMIT and ECHO.fullmatch(term))
    return ", ".join(list(said)[:ECHO_WORDS])


def answer_button(answer: Answer, store: ContentStore) -> Button:
    """A button that asks this answer's approved question."""
    return Button(answer.questions[0], payload(store.topic(answer.topic).intent, answer.condition))


def next_buttons(answers: Sequence[Answer], store: ContentStore, seen: Iterable[str] = ()) -> tuple[Button, ...]:
    """Fitting next questions after `answers`: the topics that each names as next, those not yet seen first."""
    shown = {answer.id for answer in answers}
    following = [
        candidate
        for answer in answers
        for topic in store.topic(answer.topic).next
        if (candidate := store.answer(answer.condition, topic)) and candidate.id not in shown
    ]
    unique = list({candidate.id: candidate for candidate in following}.values())
    unique.sort(key=lambda candidate: candidate.id in set(seen))
    return tuple(answer_button(candidate, store) for candidate in unique[:MAX_BUTTONS])


def answer_block(answer: Answer, store: ContentStore, text: str = "", form: str = "text") -> AnswerBlock:
    """An answer as shown; `text` is another approved form of it (simpler, more)."""
    return AnswerBlock(
        answer_id=answer.id if form == "text" else f"{answer.id}.{form}",
        topic=answer.topic,
        condition=answer.condition,
        question=answer.questions[0],
        text=text or answer.text,
        source=answer.source,
        short_text=answer.short if form == "text" else "",
        notice=store.message("review_overdue") if answer.review_state == "grace" else "",
    )


def fact_block(fact: Fact, store: ContentStore) -> AnswerBlock:
    """What the article says of one fact."""
    return AnswerBlock(
        answer_id=f"{fact.condition}.{fact.relation}.{fact.key}",
        topic=fact.relation,
        condition=fact.condition,
        question=fact.name,
        text=fact.note,
        source=fact.source,
        short_text=fact.note,
    )


def shown_after(ask: Ask, blocks: Sequence[AnswerBlock]) -> tuple[Mapping[str, str], ...]:
    """The trail of shown answers with these added; one entry for each turn."""
    if not blocks:
        return ask.shown
    first = blocks[0]
    return (*ask.shown, {"condition": first.condition, "topic": first.topic, "answer_id": first.answer_id})


def urgent_line(ask: Ask, store: ContentStore) -> str:
    """The line that stands before the answer to a question that only sounds like danger."""
    if not ask.lookalike:
        return ""
    return store.message("crisis_line" if ask.crisis_words else "urgent_line")


def fixed(
    store: ContentStore, key: str, kind: Kind = "conversation", buttons: Sequence[Button] = (), **values: str
) -> Reply:
    """A fixed text of ours as a reply."""
    return Reply(kind=kind, text=store.message(key, **values), buttons=tuple(buttons), content_version=store.version)
