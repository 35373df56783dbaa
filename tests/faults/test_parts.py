"""Parts inside the process fail: understanding, the lock, the model, the detector itself, the fixed texts' neighbours."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa.core.lock_store import LockError

from bot.health import examine
from bot.runtime import fixed_turns
from bot.settings import Settings
from bot.turn import Turn, Turns
from tests.faults.processes import DANGER, QUESTION
from tests.kit import Patient


def says(turns: Turns, text: str) -> Turn:
    patient = Patient(turns)
    patient.says(text)
    assert patient.last is not None
    return patient.last


def is_sorry_and_warns(turns: Turns, reason: str) -> None:
    """Each message gets one fixed text: the sorry one with the clinic's number, or the one for danger."""
    turn = says(turns, QUESTION)
    assert ([reply.plain() for reply in turn.replies], turn.failed) == (
        [turns.fixed.reply("technical_problem").plain()],
        reason,
    )
    assert [reply.urgency for reply in says(turns, DANGER).replies] == ["emergency"]


def health(turns: Turns) -> str:
    return asyncio.run(examine(turns)).reason


def test_without_a_model_danger_is_caught_and_all_else_gets_the_fixed_sentence(settings: Settings) -> None:
    turns = fixed_turns(settings)
    is_sorry_and_warns(turns, "no model")
    assert health(turns) == "model: not loaded"


def test_understanding_that_fails(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: Any, **__: Any) -> Any:
        raise MemoryError(QUESTION)

    assert turns.agent is not None and turns.agent.processor is not None
    with monkeypatch.context() as patch:
        patch.setattr(turns.agent.processor, "parse_message", fails)
        is_sorry_and_warns(turns, "MemoryError")
        assert health(turns) == "answer: MemoryError"
    assert says(turns, QUESTION).failed == health(turns) == ""


def test_a_lock_that_ran_out(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise LockError("the lock is gone")

    assert turns.agent is not None
    with monkeypatch.context() as patch:
        patch.setattr(turns.agent.lock_store, "lock", fails)
        is_sorry_and_warns(turns, "LockError")
        assert health(turns) == "locks: LockError"
    assert says(turns, QUESTION).failed == health(turns) == ""


def test_a_detector_that_fails_where_all_else_has_failed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: str) -> Any:
        raise RecursionError

    turns = fixed_turns(settings)
    monkeypatch.setattr(turns.danger.detector, "check", fails)
    reply = says(turns, DANGER).replies[0]
    assert reply.plain() == turns.fixed.reply("emergency_unknown").plain()
    assert "911" in reply.plain()


def test_a_turn_that_hangs_ends_in_time_and_so_does_who_waits_behind_it(settings: Settings) -> None:
    turns = fixed_turns(settings)
    turns.timeout = 0.2

    async def hangs(*_: Any) -> Turn:
        await asyncio.Event().wait()
        raise AssertionError

    turns._turn = hangs  # type: ignore[method-assign]

    async def talk() -> list[Turn]:
        return await asyncio.gather(*(turns.turn("one", text) for text in (QUESTION, QUESTION, DANGER)))

    first, second, third = asyncio.run(talk())
    sorry = turns.fixed.reply("technical_problem")
    assert [first.replies, second.replies] == [(sorry,), (sorry,)]
    assert [first.failed, second.failed, third.failed] == ["timeout"] * 3
    assert third.replies[0].urgency == "emergency"
