"""The file of conversations: what is promised of it when processes die and patients want to be forgotten."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from bot.conversations import blanking, tidying
from bot.conversations.connection import APPLICATION_ID, TABLES, ConversationStoreError
from bot.conversations.database import Database, EventRow
from bot.conversations.seen import SEEN_SECONDS, Overtaken
from bot.conversations.writer import Writer

HERE = Path(__file__).parent


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "conversations.db", busy_seconds=0.3)
    yield made
    made.close()


def rows(*texts: str, at: float | None = None) -> list[EventRow]:
    return [EventRow("user", "", at or time.time(), text) for text in texts]


def bytes_on_disk(database: Database) -> bytes:
    """Every byte of the file and its log."""
    found = sorted(database.path.parent.glob(database.path.name + "*"))
    return b"".join(path.read_bytes() for path in found)


@pytest.mark.parametrize("round_", range(3))
def test_what_was_confirmed_survives_kill_9(tmp_path: Path, round_: int) -> None:
    path = tmp_path / "conversations.db"
    confirmed = -1
    for seconds in (0.4, 0.7 + round_ / 10):
        process = subprocess.Popen(
            [sys.executable, str(HERE / "save_until_killed.py"), str(path)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first == "0\n"
        time.sleep(seconds)
        process.kill()
        confirmed = int([first, *process.stdout.read().splitlines(keepends=True)][-1])
        process.wait()
        database = Database(path)
        kept = [text for number in range(7) for text in database.everything(f"patient {number}")]
        database.close()
        whole = {text.strip('"').split("-")[0] for text in kept}
        assert {str(number) for number in range(confirmed + 1)} <= whole
        assert len(kept) % 5 == 0, "a save is whole or not there at all"
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    assert confirmed > 20


@pytest.mark.parametrize("seed", range(4))
def test_no_byte_of_an_erased_conversation_is_left(tmp_path: Path, seed: int) -> None:
    """Random talks, erasures and expiries; each text carries its conversation's mark many times over."""
    dice = random.Random(seed)
    database = Database(tmp_path / "conversations.db")
    living: set[int] = set()
    gone = []
    for step in range(400):
        number = dice.randrange(60)
        text = f"[MARK{number:04d}]" * dice.choice([1, 3, 10, 30, 80, 200, 600])
        database.append(f"SENDER{number:04d}X", rows(*[text] * dice.randint(1, 6))).result()
        living.add(number)
        if step % 8 == 7:
            number = dice.choice(sorted(living))
            living.discard(number)
            assert database.erase(f"SENDER{number:04d}X").result()
            kept = bytes_on_disk(database)
            assert b"MARK%04d" % number not in kept
            assert b"SENDER%04d" % number not in kept
            gone.append(number)
        if step % 100 == 99:
            database.expire(time.time() - 0.1)
            living = {int(found.id[6:10]) for found in database.conversations()}
            kept = bytes_on_disk(database)
            assert [number for number in range(60) if number not in living and b"[MARK%04d]" % number in kept] == []
    assert len(gone) == 50
    database.close()


def test_an_erased_conversation_is_unknown_and_can_begin_anew(database: Database) -> None:
    database.append("one", rows("a")).result()
    database.append("two", rows("b")).result()
    assert database.erase("one").result() is True
    assert database.erase("one").result() is False
    assert database.everything("one") == []
    assert [found.id for found in database.conversations()] == ["two"]
    database.append("one", rows("c")).result()
    assert database.everything("one") == ["c"]
    assert database.everything("two") == ["b"]


def test_expiry_goes_by_message_and_takes_empty_conversations_along(database: Database) -> None:
    now = 1_000_000.0
    database.append("old", rows("a", "b", at=now - 100)).result()
    database.append("both", rows("c", at=now - 100)).result()
    database.append("both", rows("d", at=now - 10)).result()
    database.append("new", rows("e", at=now - 10)).result()
    assert database.expire(now - 50) == 1
    assert [found.id for found in database.conversations()] == ["both", "new"]
    assert database.everything("both") == ["d"]
    assert database.expire(now - 50) == 0


def test_expiry_of_many_rows_leaves_room_for_patients(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blanking, "BATCH", 10)
    database.append("old", rows(*["x"] * 95, at=10.0)).result()
    assert database.expire(20.0) == 1
    assert database.conversations() == []


def numbered(database: Database, count: int, first: int, at: float, length: int) -> None:
    """Conversations of ten rows each, with the mark of each in every row."""
    for number in range(first, first + count):
        waiting = database.append(f"SENDER{number:06d}X", rows(*[f"[MARK{number:06d}]" * length] * 10, at=at))
    waiting.result()


def marks_on_disk(database: Database) -> set[int]:
    """Numbers of the conversations of which anything is in the file or its log."""
    found = re.findall(rb"(?:MARK|SENDER)(\d{6})", bytes_on_disk(database))
    return {int(number) for number in found}


def counted(database: Database, what: str) -> int:
    """What another program finds in the file."""
    with sqlite3.connect(database.path) as connection:
        found = int(connection.execute(what).fetchone()[0])
    connection.close()
    return found


def mixed(database: Database, dice: random.Random, old: range, staying: range, count: int) -> None:
    """So many rows of all lengths, of old conversations and of such that stay, in any order."""
    for _ in range(count // 10):
        number = dice.choice(staying) if staying and dice.random() < 0.3 else dice.choice(old)
        texts = [f"[MARK{number:06d}]" * dice.choice([1, 3, 10, 30, 80]) for _ in range(dice.randint(1, 19))]
        at = 1000.0 if number in staying else 10.0
        waiting = database.append(f"SENDER{number:06d}X", rows(*texts, at=at))
    waiting.result()


@pytest.mark.parametrize("seed", range(2))
def test_tidying_leaves_no_copies_of_those_that_stay(tmp_path: Path, seed: int) -> None:
    """What is deleted lies between conversations that stay: when these are erased later, no byte of them is left."""
    dice = random.Random(seed)
    database = Database(tmp_path / "conversations.db")
    mixed(database, dice, range(100), range(1000, 1050), 1500)
    mixed(database, dice, range(100, 200), range(0), 3 * tidying.MARGIN)
    mixed(database, dice, range(200, 300), range(2000, 2050), 1500)
    before = counted(database, "SELECT count(*) FROM event")
    database.expire(500.0)
    assert before - counted(database, "SELECT count(*) FROM event") > tidying.MARGIN / 2, "rows are deleted"
    living = {int(found.id[6:12]) for found in database.conversations()}
    assert len(living) > 50
    assert marks_on_disk(database) == living
    for number in dice.sample(sorted(living), len(living)):
        assert database.erase(f"SENDER{number:06d}X").result()
        living.discard(number)
        assert marks_on_disk(database) == living
    database.expire(500.0)
    left = counted(database, "SELECT count(*) FROM event")
    assert left == tidying.MARGIN, "what is next to messages to come stays"
    database.append("one", rows("a")).result()
    assert database.everything("one") == ["a"]
    assert counted(database, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") == 0
    database.close()


def test_a_file_grows_shorter_and_an_older_one_uses_its_room_again(tmp_path: Path) -> None:
    new = Database(tmp_path / "new.db")
    older_file = sqlite3.connect(tmp_path / "older.db")
    older_file.executescript("PRAGMA journal_mode=WAL;" + TABLES)
    older_file.execute(f"PRAGMA application_id={APPLICATION_ID}")
    older_file.execute("PRAGMA user_version=1")
    older_file.close()
    older = Database(tmp_path / "older.db")
    for database in (new, older):
        numbered(database, 500, 0, 10.0, 60)
        numbered(database, 20, 1000, 1000.0, 60)
        full = counted(database, "PRAGMA page_count")
        database.expire(500.0)
        after = counted(database, "PRAGMA page_count")
        assert after < full if database is new else after == full
        numbered(database, 150, 2000, 1000.0, 60)
        assert counted(database, "PRAGMA page_count") <= full
        assert len(database.conversations()) == 170
        database.close()


def test_saves_go_on_while_a_reader_hinders_an_erasure(database: Database) -> None:
    for name in ("one", "two"):
        database.append(name, rows("a")).result()
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM event").fetchone()
    erasing = database.erase("one")
    for number in range(5):
        database.append("two", rows(str(number))).result()
    assert len(database.everything("two")) == 6
    other.execute("COMMIT")
    other.close()
    erasing.exception(60)
    assert database.everything("one") == []


def test_of_two_that_saw_the_same_the_first_one_is_kept(database: Database) -> None:
    """Two processes on one file."""
    other = Database(database.path)
    new = other.seen("one")
    first = database.append("one", rows("a"), seen=database.seen("one")).result()
    assert first == other.seen("one") != new
    with pytest.raises(Overtaken):
        other.append("one", rows("late"), seen=new).result()
    second = other.append("one", rows("b"), seen=first).result()
    with pytest.raises(Overtaken):
        database.append("one", rows("late"), seen=first).result()
    assert (second.version or 0) > (first.version or 0)
    database.append("two", rows("c"), seen=new).result()
    database.append("one", rows("whoever only adds")).result()
    assert database.everything("one") == ["a", "b", "whoever only adds"]
    other.close()


def test_versions_grow_also_when_the_clock_goes_back_and_are_forgotten_after_a_day(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = database.append("one", rows("a")).result()
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    second = database.append("one", rows("b"), seen=first).result()
    assert second.version == (first.version or 0) + 1
    database.append("two", rows("c")).result()
    assert counted(database, "SELECT count(*) FROM version") == 2
    database.expire(0.0, 1_000_000.0 + SEEN_SECONDS + 1)
    assert counted(database, "SELECT count(*) FROM version") == 1
    assert database.seen("two").version is None


def test_packing_that_was_cut_short_is_done_again(database: Database) -> None:
    database.append("one", rows("a" * 5000)).result()
    with sqlite3.connect(database.path) as connection:
        connection.execute("INSERT INTO tidying VALUES (1.0)")
    connection.close()
    database.append("two", rows("b" * 50_000)).result()
    database.erase("two").result()
    before = database.path.stat().st_size
    database.expire(0.0)
    assert database.path.stat().st_size < before
    with sqlite3.connect(database.path) as connection:
        assert connection.execute("SELECT count(*) FROM tidying").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM event WHERE conversation IS NULL").fetchone() == (0,)
    connection.close()
    assert database.everything("one") == ["a" * 5000]


def test_erasing_waits_for_a_reader_and_says_when_it_waits_too_long(database: Database) -> None:
    database.append("one", rows("a")).result()
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM event").fetchone()
    with pytest.raises(ConversationStoreError, match="could not be emptied"):
        database.erase("one").result()
    assert database.everything("one") == []
    other.execute("COMMIT")
    other.close()
    assert database.erase("one").result() is False
    assert Path(f"{database.path}-wal").stat().st_size == 0


def test_a_full_disk_is_an_error_that_says_so_and_costs_nothing_that_was_saved(database: Database) -> None:
    def room(pages: int) -> None:
        database._submit(lambda connection: connection.execute(f"PRAGMA max_page_count={pages}").fetchall()).result()

    room(30)
    saved = 0
    with pytest.raises(ConversationStoreError, match="disk is full"):
        while saved < 100:
            database.append("one", rows("x" * 3000)).result()
            saved += 1
    assert len(database.everything("one")) == saved > 5
    room(3000)
    database.append("one", rows("y")).result()
    assert len(database.everything("one")) == saved + 1


def test_the_list_tells_dates_and_counts(database: Database) -> None:
    database.append("one", [EventRow("user", "", 10.0, "a"), EventRow("bot", "", 11.0, "b")]).result()
    database.append("one", [EventRow("user", "", 20.0, "c")]).result()
    (found,) = database.conversations()
    assert (found.id, found.started, found.last, found.messages) == ("one", 10.0, 20.0, 2)


def test_a_job_that_fails_does_not_touch_the_others_of_its_commit(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.db", isolation_level=None, check_same_thread=False)
    connection.execute("CREATE TABLE t (x)")
    gate = threading.Event()
    commits: list[str] = []
    connection.set_trace_callback(lambda statement: commits.append(statement) if statement == "COMMIT" else None)
    writer = Writer(lambda: connection, lambda: None, lambda error: error)

    def job(value: int) -> Future[None]:
        def insert(opened: sqlite3.Connection) -> None:
            opened.execute("INSERT INTO t VALUES (?)", (value,))
            if value == 3:
                raise ValueError("no three")

        return writer.submit(insert)

    blocked = writer.submit(lambda _: gate.wait(5), alone=True)
    waiting = [job(value) for value in range(6)]
    gate.set()
    assert blocked.result()
    errors = [future.exception() for future in waiting]
    writer.close()
    assert [str(error) for error in errors if error] == ["no three"]
    assert connection.execute("SELECT x FROM t").fetchall() == [(0,), (1,), (2,), (4,), (5,)]
    assert len(commits) == 1, "patients who wait at the same time share one commit"
    connection.close()
