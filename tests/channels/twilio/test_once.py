"""A message is worked on once: at the same time in two processes, after one of them died, with a broken memory."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rasa.shared.core.events import UserUttered

from bot.channels import shared_limits
from bot.channels.once import OtherMessage
from bot.channels.shared_limits import SharedCounts
from bot.channels.twilio import say
from bot.channels.twilio.answer import Answerer
from bot.channels.twilio.incoming import sender_id
from bot.channels.twilio.memory import (
    LOST_SECONDS,
    REMEMBERED_DAYS,
    SECONDS_A_DAY,
    Handled,
    Memory,
    MemoryUnusable,
)
from bot.channels.twilio.say import MESSAGES_A_MINUTE, limit_of_senders
from bot.channels.twilio.settings import TwilioSettings
from bot.turn import Turns
from tests.channels.twilio.client import SENDER_KEY, TOKEN, sid
from tests.channels.twilio.line import EMPTY, Line
from tests.services import Redis

QUESTION = "is leukopenia contagious"


@pytest.fixture
def process(turns: Turns, tmp_path: Path) -> Callable[..., Line]:
    """Makes what one server process has: an answerer with a memory of its own on the one file."""

    def make(deadline: float = 14.0) -> Line:
        return Line(
            Answerer(turns, Memory(tmp_path / "twilio.db"), TwilioSettings(TOKEN, SENDER_KEY, deadline=deadline))
        )

    return make


async def messages_kept(turns: Turns, line: Line) -> int:
    """How many messages of this patient were worked on."""
    assert turns.agent is not None
    tracker = await turns.agent.tracker_store.retrieve_full_tracker(sender_id(line.address, SENDER_KEY))
    return sum(isinstance(event, UserUttered) for event in (tracker.events if tracker else ()))


async def test_two_processes_that_get_a_message_at_once(turns: Turns, process: Callable[..., Line]) -> None:
    one, other = process(), process()
    other.address = one.address
    for _ in range(3):
        message = sid()
        said = await asyncio.gather(*(line.sends(QUESTION, message) for line in (one, other, one, other)))
        assert len(set(said)) == 1 and "<Message>No," in said[0]
    assert await messages_kept(turns, one) == 3


async def test_the_same_id_with_other_words(process: Callable[..., Line]) -> None:
    line, message = process(), sid()
    await line.sends(QUESTION, message)
    with pytest.raises(OtherMessage):
        await line.sends("STOP", message)
    assert "<Message>No," in await line.sends(QUESTION, message)


async def test_a_message_that_another_process_never_finishes(process: Callable[..., Line]) -> None:
    line = process(deadline=0.0)
    for text, said in ((QUESTION, "something went wrong on my side"), ("i can't breathe", "911 now")):
        message = sid()
        key, fingerprint = line.key(message), line.incoming(text, message).fingerprint
        assert await line.answerer.memory.begin(key, fingerprint) is None
        assert said in await line.sends(text, message)
        assert await line.answerer.memory.handled(key) == Handled(fingerprint, None), "another's claim was dropped"


async def test_a_lost_message_is_taken_over(tmp_path: Path) -> None:
    now = 1_000_000.0
    first, second = (Memory(tmp_path / "m.db", clock=lambda: now) for _ in range(2))
    assert await first.begin("m", "f") is None
    now += LOST_SECONDS - 1
    assert await second.begin("m", "f") == Handled("f", None)
    now += 2
    assert await second.begin("m", "other") == Handled("f", None)
    assert await second.begin("m", "f") is None
    assert await first.begin("m", "f") == Handled("f", None)
    await second.finish("m", ["turn"])
    now += 10 * LOST_SECONDS
    assert await first.begin("m", "f") == Handled("f", ("turn",))
    await first.forget("m")
    assert await first.handled("m") == Handled("f", ("turn",))


async def test_old_messages_leave_the_file_and_stops_stay(tmp_path: Path) -> None:
    now = 1_000_000_000.0
    memory = Memory(tmp_path / "m.db", clock=lambda: now)
    await memory.begin("m", "f")
    await memory.stop("patient")
    now += REMEMBERED_DAYS * SECONDS_A_DAY + 1
    later = Memory(tmp_path / "m.db", clock=lambda: now)
    assert await later.handled("m") is None
    assert await later.has_stopped("patient")


async def test_a_memory_that_breaks_silences_nobody(
    process: Callable[..., Line], caplog: pytest.LogCaptureFixture
) -> None:
    line = process()
    line.answerer.memory.close()
    assert "<Message>No," in await line.sends(QUESTION)
    assert "911 now" in await line.sends("i can't breathe")
    stop = await line.sends("STOP")
    assert "something went wrong" in stop, "nobody may believe that a STOP was kept"
    assert "memory of the Twilio channel can't be written: ProgrammingError" in caplog.text


async def test_a_machine_that_answers_every_answer_is_not_answered_for_ever(process: Callable[..., Line]) -> None:
    line = process()
    now = 0.0
    line.answerer.speaker.limit = limit_of_senders(SharedCounts(None, SENDER_KEY, clock=lambda: now))
    other = Line(line.answerer)
    said = [await line.sends("", NumMedia="1") for _ in range(MESSAGES_A_MINUTE + 2)]
    assert [text == EMPTY for text in said] == [False] * MESSAGES_A_MINUTE + [True] * 2
    assert "911 now" in await line.sends("i can't breathe")
    assert await other.sends("", NumMedia="1") != EMPTY
    now = 60.0
    assert await line.sends("", NumMedia="1") != EMPTY


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with Redis(tmp_path / "redis") as running:
        yield running


async def test_two_processes_count_a_sender_s_messages_together(
    turns: Turns, tmp_path: Path, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_limits, "REDIS_SECONDS", 60.0)
    monkeypatch.setattr(say, "MESSAGES_A_MINUTE", 2)
    counts = [SharedCounts(redis.url, SENDER_KEY) for _ in range(2)]
    twilio, memory = TwilioSettings(TOKEN, SENDER_KEY), Memory(tmp_path / "twilio.db")
    one, other = (Line(Answerer(turns, memory, twilio, limit_of_senders(each))) for each in counts)
    other.address = one.address
    said = [await line.sends("", NumMedia="1") for line in (one, other) * 5]
    # Two at once; whoever comes half a minute later may have a third.
    assert [text == EMPTY for text in said[:2]] == [False, False]
    assert said.count(EMPTY) >= 7
    assert "911 now" in await other.sends("i can't breathe")
    for each in counts:
        await each.close()
    memory.close()


def test_a_file_that_is_no_memory(tmp_path: Path) -> None:
    (tmp_path / "m.db").write_bytes(b"no database" * 100)
    with pytest.raises(MemoryUnusable, match=r"m.db can't be used \(DatabaseError\)"):
        Memory(tmp_path / "m.db")
    with pytest.raises(MemoryUnusable, match="Does its folder exist"):
        Memory(tmp_path / "none" / "m.db")
    with sqlite3.connect(tmp_path / "newer.db") as newer:
        newer.execute("PRAGMA user_version=99")
    newer.close()
    with pytest.raises(MemoryUnusable, match="written by a newer release"):
        Memory(tmp_path / "newer.db")


async def test_a_store_that_breaks_ends_in_a_fixed_text(turns: Turns, process: Callable[..., Line]) -> None:
    """The second delivery reads the conversation store; when that fails the patient still gets words."""
    line, message = process(), sid()
    await line.sends(QUESTION, message)
    broken = Turns(turns.agent, turns.fixed, turns.danger.detector, turns.provenance)
    broken.agent = type("Broken", (), {"tracker_store": None})()
    line.answerer.turns = broken
    assert "something went wrong" in await line.sends(QUESTION, message)
