"""Texts that are too long to be understood: all of them is searched for danger, and nobody else waits meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.channels.twilio.answer import Answerer
from bot.channels.twilio.memory import Memory
from bot.channels.twilio.settings import TwilioSettings
from bot.content.reply import Reply
from bot.danger import MAX_SEARCHED
from bot.safety import Finding
from bot.searching import MAX_WAITING, Searching
from bot.settings import Settings
from bot.turn import MAX_TEXT, Turns
from tests.channels.twilio.client import SENDER_KEY, TOKEN
from tests.channels.twilio.line import Line
from tests.channels.web.client import WebClient
from tests.kit import Patient
from tests.serving import Server

DANGER = "I have crushing chest pain and can't breathe. "
FILLER = "What does my doctor think about this? "


def long_text(danger_at: float, length: int = MAX_SEARCHED - 1) -> str:
    """A text of this length with danger at this part of it, 0 the beginning, 1 the end."""
    before = FILLER * int((length - len(DANGER)) * danger_at / len(FILLER))
    return (before + DANGER + FILLER * (length // len(FILLER)))[: max(length, len(before + DANGER))]


@pytest.mark.parametrize("danger_at", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("length", [MAX_TEXT - 100, MAX_TEXT + 500, MAX_SEARCHED - 1])
def test_danger_is_found_wherever_it_stands(patient: Patient, danger_at: float, length: int) -> None:
    assert patient.says(long_text(danger_at, length)).urgency == "emergency"


def test_danger_is_put_together_from_far_apart(patient: Patient) -> None:
    assert patient.says("I am on chemotherapy. " + FILLER * 2_000 + "I have a fever.").urgency
    assert patient.says("My brother is tall. " + FILLER * 2_000).kind == "conversation"


def test_a_text_of_which_not_all_is_searched_says_so(patient: Patient, turns: Turns) -> None:
    unknown = turns.fixed.reply("emergency_unknown").plain()
    for text in (FILLER * 3_000 + DANGER, "\0" * 2 * MAX_SEARCHED + FILLER * 3_000, "a" * 3_000_000):
        assert patient.says(text).plain() == unknown
    assert patient.says(DANGER + FILLER * 3_000).urgency == "emergency"
    assert patient.says("\0" * MAX_SEARCHED + DANGER).urgency == "emergency"


class Held:
    """A detector's search that lasts until it is let go."""

    def __init__(self, search: Callable[[str], Finding | None]) -> None:
        self.begun = threading.Event()
        self.let_go = threading.Event()
        self.count = 0
        self._search = search

    def __call__(self, words: str) -> Finding | None:
        self.count += 1
        self.begun.set()
        assert self.let_go.wait(60)
        return self._search(words)


@pytest.fixture
def held(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    made = Held(turns.danger._search)
    monkeypatch.setattr(turns.danger, "_searching", Searching(made))
    yield made
    made.let_go.set()


async def begun(held: Held) -> None:
    await asyncio.get_running_loop().run_in_executor(None, held.begun.wait, 60)


async def test_nobody_waits_while_a_long_text_is_searched(turns: Turns, held: Held) -> None:
    searched = asyncio.ensure_future(turns.say("long", long_text(1.0), with_notice=False))
    await begun(held)
    (answer,) = await turns.say("short", "What is leukopenia?", with_notice=False)
    assert answer.kind == "answer" and not searched.done()
    held.let_go.set()
    assert [reply.urgency for reply in await searched] == ["emergency"]


async def test_a_turn_whose_time_is_over_waits_for_its_search_and_not_for_another(
    turns: Turns, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "timeout", 0.01)
    monkeypatch.setattr("bot.turn.SEARCH_TIMEOUT", 60.0)
    asked: list[str] = []
    find = turns.danger.find

    async def noted(words: str, *more: Any) -> Reply | None:
        asked.append(words)
        return await find(words, *more)

    monkeypatch.setattr(turns.danger, "find", noted)
    searched = asyncio.ensure_future(turns.turn("long", long_text(1.0), with_notice=False))
    await begun(held)
    while len(asked) < 2:  # the second time because its time is over
        await asyncio.sleep(0.01)
    held.let_go.set()
    turn = await searched
    assert (turn.failed, [reply.urgency for reply in turn.replies], held.count) == ("timeout", ["emergency"], 1)


async def test_a_turn_whose_time_is_over_does_not_wait_for_ever(
    turns: Turns, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "timeout", 0.01)
    monkeypatch.setattr("bot.turn.SEARCH_TIMEOUT", 0.01)
    turn = await turns.turn("long", long_text(1.0), with_notice=False)  # the search goes on all the time
    assert turn.failed == "timeout"
    assert turn.replies == (turns.fixed.reply("emergency_unknown"),)


async def test_who_goes_away_does_not_stop_the_search_of_another(turns: Turns, held: Held) -> None:
    text = long_text(1.0)
    first, second = (asyncio.ensure_future(turns.danger.find(text)) for _ in range(2))
    await begun(held)
    first.cancel()
    held.let_go.set()
    found: Any = await second
    assert found.urgency == "emergency" and held.count == 1
    held.begun.clear()
    assert (await turns.danger.find(text)) == found and held.count == 2  # nothing is remembered


async def test_many_long_texts_at_once_leave_nobody_without_words(turns: Turns, held: Held) -> None:
    texts = [f"{number} {long_text(1.0)}" for number in range(3 * MAX_WAITING)]
    turned = [asyncio.ensure_future(turns.say(f"long-{text[:3]}", text, with_notice=False)) for text in texts]
    unknown = turns.fixed.reply("emergency_unknown")
    for searched in turned[MAX_WAITING:]:  # at once, while the first ones wait
        assert await searched == [unknown]
    assert not any(searched.done() for searched in turned[:MAX_WAITING])
    (answer,) = await turns.say("honest", "What is leukopenia?", with_notice=False)
    (urgent,) = await turns.say("honest", DANGER, with_notice=False)
    assert (answer.kind, urgent.urgency) == ("answer", "emergency")
    held.let_go.set()
    for searched in turned[:MAX_WAITING]:
        assert [reply.urgency for reply in await searched] == ["emergency"]
    assert held.count == MAX_WAITING


async def test_over_sms_it_is_found_too(turns: Turns, tmp_path: Path) -> None:
    line = Line(Answerer(turns, Memory(tmp_path / "twilio.db"), TwilioSettings(TOKEN, SENDER_KEY)))
    assert "911 now" in await line.sends(long_text(1.0))
    assert "too long" in await line.sends(FILLER * 2_000)
    await line.sends("STOP")
    assert "911 now" in await line.sends(long_text(0.5))


def test_a_real_server_finds_it_too(server: Server, settings: Settings) -> None:
    client = WebClient(server.web)
    assert client.says(long_text(1.0, MAX_SEARCHED - 200))["urgency"] == "emergency"
    assert client.says(FILLER * 2_000)["urgency"] is None
