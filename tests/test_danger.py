"""The guard's own look for danger is the pipeline's: its second reader, its pieces, its failures."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from bot.nlu import danger_sense
from bot.runtime import fixed_turns
from bot.settings import Settings
from bot.turn import Turns
from tests.kit import Patient

#: In words that no rule has.
UNHEARD_OF = "everything turned dark and then i was on the floor"


@pytest.fixture
def alone(settings: Settings, turns: Turns) -> Turns:
    """A guard without a model, in a process that has loaded one before."""
    return fixed_turns(settings)


def failing(*_: Any, **__: Any) -> Any:
    raise MemoryError("i'm on chemo")


@pytest.mark.parametrize("text", [UNHEARD_OF, "i can't breathe", "i want to die", "what causes it?", "no fever", "2"])
def test_it_finds_what_the_pipeline_finds(alone: Turns, turns: Turns, text: str) -> None:
    assert Patient(alone).says(text).urgency == Patient(turns).says(text).urgency


def test_pieces_are_put_together_without_a_model(alone: Turns) -> None:
    patient = Patient(alone)
    assert patient.says("I'm on chemo").urgency is None
    assert patient.says("hello").urgency is None
    assert patient.says("I have a fever").urgency == "emergency"
    assert Patient(alone).says("I have a fever").urgency == "call_today"


def test_pieces_are_put_together_across_a_failure(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    assert turns.agent is not None and turns.agent.processor is not None
    before, after = Patient(turns), Patient(turns)
    before.says("I'm on chemo")
    with monkeypatch.context() as patch:
        patch.setattr(turns.agent.processor, "parse_message", failing)
        assert before.says("I have a fever").urgency == "emergency"
        assert after.says("I'm on chemo").kind == "unknown"
    assert after.says("I have a fever").urgency == "emergency"
    assert after.last is not None and not after.last.failed


def test_a_message_that_comes_again_gets_the_same_urgent_reply(alone: Turns) -> None:
    patient = Patient(alone)
    patient.says("I'm on chemo")
    for _ in range(3):
        patient._turn(text="I have a fever", metadata={"message_id": "the-same-message"})  # type: ignore[arg-type]
    assert [reply.urgency for reply in patient.heard] == [None, *["emergency"] * 3]


def test_pieces_are_erased_with_the_conversation(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    assert turns.agent is not None and turns.agent.processor is not None
    patient = Patient(turns)
    patient.says("I'm on chemo")
    assert turns.danger._heard.before(patient.sender_id, "next") == [{"chemo"}]
    patient.says("delete my data")
    patient.says("yes")
    assert patient.last is not None and patient.last.erased
    assert turns.danger._heard.before(patient.sender_id, "next") == []
    with monkeypatch.context() as patch:
        patch.setattr(turns.agent.processor, "parse_message", failing)
        assert patient.says("I have a fever").urgency == "call_today"


def test_a_detector_that_fails_is_no_word_that_all_is_well(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipeline and the guard have the same detector."""
    monkeypatch.setattr(turns.danger.detector, "check", failing)
    patient = Patient(turns)
    reply = patient.says("What is leukopenia?")
    assert reply == turns.fixed.reply("emergency_unknown")
    assert patient.last is not None and patient.last.failed == "NotSearched"


@pytest.mark.parametrize("without_model", [True, False])
def test_a_second_reader_that_fails_leaves_what_the_rules_found(
    alone: Turns, turns: Turns, monkeypatch: pytest.MonkeyPatch, without_model: bool
) -> None:
    monkeypatch.setattr(danger_sense, "embed_one", failing)
    patient = Patient(alone if without_model else turns)
    assert patient.says("I'm on chemo").urgency is None
    assert patient.says(UNHEARD_OF).urgency is None
    assert patient.says("I have a fever").urgency == "emergency"


def test_nothing_is_loaded_for_the_guard() -> None:
    """It must not wait for a model while everything else has failed."""
    code = """
from bot.nlu.danger_sense import danger_sense, loaded_sense
from bot.nlu.embedding_model import embedding_model
found = [loaded_sense()]
danger_sense()
found.append(loaded_sense())
embedding_model()
print(found, loaded_sense() is danger_sense())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[None, None] True"
