"""The conversation store is locked, full, broken or gone: patients read one fixed sentence and nothing is lost."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.channels.web.client import WebClient
from tests.faults.processes import QUESTION, FaultyServer, gets_answers, is_warned, reads_sorry

NOT_KEPT = "conversations: ConversationStoreError"
ENDINGS = ("", "-wal", "-shm")


@contextmanager
def held_lock(server: FaultyServer) -> Iterator[None]:
    """Another process holds SQLite's write lock."""
    other = sqlite3.connect(server.conversations, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


@contextmanager
def full_disk(server: FaultyServer) -> Iterator[None]:
    """No file of the server can grow."""
    server.starve(1)
    try:
        yield
    finally:
        server.feed()


@contextmanager
def no_file(server: FaultyServer) -> Iterator[None]:
    """A folder stands where the file was, so that no new one can be made."""
    away = server.state / "away.db"
    os.rename(server.conversations, away)
    server.conversations.mkdir()
    try:
        yield
    finally:
        server.conversations.rmdir()
        os.rename(away, server.conversations)


@contextmanager
def damaged(server: FaultyServer) -> Iterator[None]:
    """Another file, which is no database, stands in its place."""
    away = server.state / "away"
    away.mkdir()
    files = [path for end in ENDINGS if (path := Path(f"{server.conversations}{end}")).exists()]
    for path in files:
        os.rename(path, away / path.name)
    server.conversations.write_bytes(b"\xa5" * 20_000)
    try:
        yield
    finally:
        for path in files:
            os.rename(away / path.name, path)
        away.rmdir()


@pytest.mark.parametrize("fault", [held_lock, full_disk, no_file, damaged])
def test_a_store_that_cannot_be_written_gives_the_fixed_sentence_until_it_can(
    fault: Callable[[FaultyServer], Iterator[None]], faulty: FaultyServer, client: WebClient
) -> None:
    gets_answers(client)
    before = client.history()
    with fault(faulty):  # type: ignore[attr-defined]  # made by contextmanager
        reads_sorry(client, faulty)
        faulty.wait_until_not_ready(NOT_KEPT)
    faulty.wait_until_ready()
    assert client.history() == before, "what was kept before is there, and nothing half kept"
    gets_answers(client)
    assert len(client.history()) == len(before) + 2


def test_danger_is_found_as_ever_while_the_store_is_away(faulty: FaultyServer, client: WebClient) -> None:
    """In words that no rule has, and in pieces: said before, said meanwhile, and said afterwards."""
    client.says("I'm on chemo")
    with no_file(faulty):
        assert client.says("I have a fever")["urgency"] == "emergency"
        assert client.says("everything turned dark and then i was on the floor")["urgency"] == "emergency"
        for words in ("What causes it?", "my neutrophils are 0.3"):
            assert client.says(words)["urgency"] is None
    faulty.wait_until_ready()
    assert client.says("I have chills")["urgency"] == "emergency"
    assert client.says("I have chills")["urgency"] == "call_today", "that piece is too many messages ago by then"


def test_a_lock_of_a_moment_is_waited_for(faulty: FaultyServer, client: WebClient) -> None:
    with held_lock(faulty):
        assert client.http.get("config").status_code == 200, "nobody else waits"
    gets_answers(client)


def test_another_program_that_closes_the_file_takes_nothing_away(faulty: FaultyServer, client: WebClient) -> None:
    """Whoever closes a SQLite file last deletes its log; the server's locks must say that it is not the last."""
    for _ in range(3):
        gets_answers(client)
        client.history()
        other = sqlite3.connect(faulty.conversations)
        other.execute("SELECT count(*) FROM event").fetchone()
        other.close()
    assert len(client.history()) == 6
    other = sqlite3.connect(faulty.conversations)
    assert other.execute("SELECT count(*) FROM event WHERE kind = 'user'").fetchone()[0] >= 3
    other.close()


def test_a_file_that_was_deleted_is_made_anew(faulty: FaultyServer, client: WebClient) -> None:
    gets_answers(client)
    for end in ENDINGS:
        Path(f"{faulty.conversations}{end}").unlink(missing_ok=True)
    gets_answers(client)
    is_warned(client)
    assert faulty.ready() == (200, "")
    assert len(client.history()) == 4


def test_history_and_erasing_say_that_they_failed(faulty: FaultyServer, client: WebClient) -> None:
    """Neither an empty history nor a "deleted" that is not true."""
    gets_answers(client)
    with damaged(faulty):  # type: ignore[arg-type]
        for answer in (client.http.get("messages", headers=client.headers), client.erase()):
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "failed")
            assert answer.json()["replies"][0]["phones"]
    faulty.wait_until_ready()
    assert client.erase().json()["deleted"] is True


def test_the_same_message_again_after_the_trouble_has_one_answer(faulty: FaultyServer, client: WebClient) -> None:
    with full_disk(faulty):
        first = client.send(QUESTION, message_id="again-0001").json()
    assert first["replies"][0]["plain"] == faulty.sorry.plain()
    faulty.wait_until_ready()
    assert client.send(QUESTION, message_id="again-0001").json() == first, "a patient reads one reply to one message"
    gets_answers(client)
