"""Every topic and every fact of the content can be asked for, in the running bot."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.content.models import Fact
from bot.content.store import ContentStore
from bot.settings import Settings
from tests.kit import Patient

ASKED = {
    "cause": "can {} cause leukopenia?",
    "symptom": "is {} a symptom of leukopenia?",
    "treatment": "is {} used to treat leukopenia?",
    "complication": "can leukopenia lead to {}?",
    "prevention": "does {} help prevent leukopenia?",
    "test": "what is a {}?",
    "term": "what is {}?",
}


@pytest.fixture
def store(settings: Settings) -> ContentStore:
    return ContentStore.open(settings.content_db)


def test_every_approved_question_gets_its_answer(store: ContentStore, new_patient: Callable[[], Patient]) -> None:
    wrong = []
    for answer in store.answers():
        for question in answer.questions:
            reply = new_patient().says(question)
            if answer.id not in reply.answer_ids:
                wrong.append((question, reply.kind, reply.answer_ids))
    assert wrong == []


def test_every_topic_can_be_tapped(store: ContentStore, new_patient: Callable[[], Patient]) -> None:
    """Starting from the definition and tapping only buttons, every answer is reached."""
    seen: set[str] = set()
    waiting = ["what is leukopenia?"]
    asked: set[str] = set()
    while waiting:
        question = waiting.pop()
        asked.add(question)
        reply = new_patient().says(question)
        seen.update(reply.answer_ids)
        waiting += [
            button.title for button in reply.buttons if button.title not in asked and button.title not in waiting
        ]
    listed = new_patient().says("what can i ask").text
    for answer in store.answers():
        assert answer.id in seen or answer.questions[0] in listed, answer.id


def test_every_fact_is_found(store: ContentStore, new_patient: Callable[[], Patient]) -> None:
    def shown(fact: Fact) -> bool:
        reply = new_patient().says(ASKED[fact.relation].format(fact.name.lower()))
        if fact.relation in ("test", "term"):
            return reply.kind == "answer"
        return f"{fact.condition}.{fact.relation}.{fact.key}" in reply.answer_ids

    missing = [f"{fact.relation}: {fact.name}" for fact in store.facts("leukopenia") if not shown(fact)]
    assert missing == []
