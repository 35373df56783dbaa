"""What the inbox keeps, and what it does not."""

from __future__ import annotations

import sqlite3
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.channels.matrix.inbox import Answer, Arrival, Inbox, InboxError

ROOM, ANNA = "!room:clinic.test", "@anna:clinic.test"


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    made = Inbox(tmp_path / "matrix.db")
    yield made
    made.close()


def again(inbox: Inbox) -> Inbox:
    """The same file after a restart."""
    inbox.close()
    return Inbox(inbox.path)


async def test_what_is_accepted_waits_in_order_until_it_is_finished(inbox: Inbox) -> None:
    arrivals = [Arrival(ROOM, f"${number}", ANNA) for number in range(5)]
    new = await inbox.accept([*arrivals, arrivals[0]])
    assert [found.event_id for found in new] == ["$0", "$1", "$2", "$3", "$4"]
    assert await inbox.accept(arrivals) == []
    await inbox.finish(new[1])
    reopened = again(inbox)
    assert [found.event_id for found in await reopened.waiting()] == ["$0", "$2", "$3", "$4"]
    assert await reopened.accept([arrivals[1]]) == []
    reopened.close()


async def test_of_what_is_finished_hashes_are_left(inbox: Inbox) -> None:
    invited = Arrival(ROOM, "$invitation", ANNA, "@bot:clinic.test")
    (arrival, invitation) = await inbox.accept([Arrival(ROOM, "$question", ANNA), invited])
    await inbox.begin(arrival, inbox.conversation(ROOM, ANNA), "$original")
    await inbox.finish(arrival, [Answer("$answer", inbox.conversation(ROOM, ANNA), (("a.b", "v1"),))])
    await inbox.finish(invitation)
    await inbox.tell(ROOM)
    await inbox.expire(1)
    assert (await inbox.messages("$original")) == (await inbox.messages("$question"))
    assert len(await inbox.messages("$question")) == 1
    kept = b"".join(path.read_bytes() for path in inbox.path.parent.glob("matrix.db*"))
    for word in (ROOM, ANNA, "$question", "$original", "$answer", "$invitation", "@bot", "clinic.test"):
        assert word.encode() not in kept


async def test_answers_and_rooms_are_known_again(inbox: Inbox) -> None:
    (arrival,) = await inbox.accept([Arrival(ROOM, "$question", ANNA)])
    answer = Answer("$answer", inbox.conversation(ROOM, ANNA), (("a.b", "v1"), ("c", "v1")))
    await inbox.finish(arrival, [answer])
    await inbox.tell(ROOM)
    reopened = again(inbox)
    assert await reopened.answer("$answer") == answer
    assert await reopened.answer("$question") is None
    assert await reopened.told(ROOM) and not await reopened.told("!other:clinic.test")
    reopened.close()


async def test_old_entries_go(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    (arrival,) = await inbox.accept([Arrival(ROOM, "$question", ANNA)])
    await inbox.begin(arrival, "mx-1")
    await inbox.finish(arrival, [Answer("$answer", "mx-1", ())])
    await inbox.expire(30)
    assert await inbox.messages("$question") and await inbox.answer("$answer")
    later = time.time() + 31 * 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    await inbox.expire(30)
    assert await inbox.messages("$question") == [] and await inbox.answer("$answer") is None


def test_people_and_rooms_do_not_mix(inbox: Inbox) -> None:
    pairs = [(ROOM, ANNA), (ROOM, "@ben:clinic.test"), ("!other:clinic.test", ANNA), (ROOM + "\0" + ANNA, "")]
    conversations = {inbox.conversation(*pair) for pair in pairs}
    assert len(conversations) == 4
    assert inbox.conversation(ROOM, ANNA) == inbox.conversation(ROOM, ANNA)


def test_each_installation_has_its_own_hashes(inbox: Inbox, tmp_path: Path) -> None:
    other = Inbox(tmp_path / "other.db")
    assert other.event_key("$question") != inbox.event_key("$question")
    other.close()
    reopened = again(inbox)
    assert reopened.event_key("$question") == inbox.event_key("$question")
    reopened.close()


def test_the_file_is_for_its_owner(inbox: Inbox) -> None:
    assert stat.S_IMODE(inbox.path.stat().st_mode) == 0o600


def test_a_file_that_can_not_be_used_is_named(tmp_path: Path) -> None:
    damaged = tmp_path / "matrix.db"
    damaged.write_bytes(b"no database" * 1000)
    with pytest.raises(InboxError, match=str(damaged)):
        Inbox(damaged)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE event (x)")
    connection.close()
    with pytest.raises(InboxError, match=str(other)):
        Inbox(other)
