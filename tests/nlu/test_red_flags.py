"""The component as Rasa runs it: last, and overruling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.danger_sense import DangerSense
from bot.nlu.red_flags import NotSearched, RedFlagDetector, is_payload
from bot.safety import Detector, RuleBook
from bot.settings import Settings


@pytest.fixture(scope="module")
def component(tmp_path_factory: pytest.TempPathFactory) -> RedFlagDetector:
    storage = LocalModelStorage.create(Path(tmp_path_factory.mktemp("storage")))
    return RedFlagDetector.create({}, storage, Resource("red_flags"), ExecutionContext(GraphSchema({})))


def understood(text: Any) -> Message:
    """A message as the components before it leave it, sure of another intent."""
    ranking = [{"name": "ask_causes", "confidence": 0.99}, {"name": "emergency", "confidence": 0.01}]
    return Message({"text": text, "intent": ranking[0], "intent_ranking": ranking})


@pytest.mark.parametrize(
    ("text", "level"), [("i can't breathe", "emergency"), ("i have a fever", "call_today"), ("i want to die", "crisis")]
)
def test_danger_sets_intent_and_ranking(component: RedFlagDetector, text: str, level: str) -> None:
    [message] = component.process([understood(text)])
    assert message.get("intent") == {"name": level, "confidence": 1.0}
    assert message.get("intent_ranking")[0] == {"name": level, "confidence": 1.0}
    assert [item["name"] for item in message.get("intent_ranking")].count(level) == 1
    assert message.get("safety")["level"] == level
    assert {"intent", "intent_ranking", "safety"} <= message.output_properties | set(
        message.as_dict(only_output_properties=True)
    )


def test_ordinary_questions_keep_their_intent(component: RedFlagDetector) -> None:
    [message] = component.process([understood("what causes it?")])
    assert message.get("intent")["name"] == "ask_causes"
    assert message.get("safety") == {
        "level": None,
        "rules": [],
        "concepts": [],
        "lookalike": False,
        "lookalike_concepts": [],
    }


def test_lookalikes_keep_their_intent_and_are_marked(component: RedFlagDetector) -> None:
    [message] = component.process([understood("what temperature is a fever?")])
    assert message.get("intent")["name"] == "ask_causes"
    assert message.get("safety")["lookalike"] is True


@pytest.mark.parametrize(
    "text", [None, "", "   ", 42, "?" * 5000, "my chest hurts " * 10_000, "\x00\ud800", "🙂" * 1000]
)
def test_it_never_raises(component: RedFlagDetector, text: Any) -> None:
    [message] = component.process([Message({"text": text})])
    assert set(message.get("safety")) == {"level", "rules", "concepts", "lookalike", "lookalike_concepts"}


def test_a_broken_detector_is_no_word_that_all_is_well() -> None:
    class Broken(Detector):
        def check(self, text: str | None) -> Any:
            raise RuntimeError(text)

    component = RedFlagDetector(Broken(RuleBook.parse(MINIMAL), 38.0, 100.4))
    with pytest.raises(NotSearched) as raised:
        component.process([Message({"text": "i can't breathe"})])
    assert str(raised.value) == "the red-flag detector failed: RuntimeError"
    assert raised.value.__cause__ is None and raised.value.__suppress_context__


def test_a_broken_second_reader_leaves_what_the_rules_found(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(DangerSense):
        def level(self, text: str, lookalike: bool = False) -> Any:
            raise RuntimeError(text)

    component = RedFlagDetector(Detector.from_files(Settings.read().content), Broken())
    [message] = component.process([understood("i'm on chemo")])
    assert message.get("safety")["concepts"] == ["chemo"]
    assert "RuntimeError" in caplog.text and "chemo" not in caplog.text


@pytest.mark.parametrize(
    "text", ["/ask_causes", '/ask_causes{"condition":"leukopenia"}', '/ask_specific_cause{"fact":"fever"}']
)
def test_payloads_of_buttons_are_not_read(component: RedFlagDetector, text: str) -> None:
    assert is_payload(text)
    [message] = component.process([Message({"text": text})])
    assert message.get("safety")["lookalike"] is False


@pytest.mark.parametrize(
    "text", ["/ i can't breathe", "/i have chest pain", "//chest pain", "i can't breathe /ask_causes"]
)
def test_typed_text_with_a_slash_is_read(component: RedFlagDetector, text: str) -> None:
    assert not is_payload(text)
    [message] = component.process([Message({"text": text})])
    assert message.get("safety")["level"] == "emergency"


MINIMAL = """
sources: {a: A}
concepts: {breathing: {label: B, says: [can't breathe]}}
rules: [{id: r, level: emergency, signs: [breathing], sources: [a], why: W}]
"""
