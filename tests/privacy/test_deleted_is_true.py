""" "Deleted" is said when it is so: the store fails at erasing, or the server is killed in the midst of it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from tests.channels.web.client import WebClient
from tests.faults.processes import FaultyServer, wait_until

SAID = "what is leukopenia quillfeather"
#: What erasing does to a row, and saving does not, fails, or takes for ever.
FAILS = "CREATE TRIGGER hindered BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'hindered'); END"
HANGS = """
    CREATE TRIGGER hindered BEFORE UPDATE ON event BEGIN
        SELECT count(*) FROM (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n);
    END"""


@pytest.fixture
def server(settings: Settings, tmp_path: Path) -> Iterator[FaultyServer]:
    made = FaultyServer(settings, tmp_path)
    made.start()
    yield made
    made.kill()


def on_file(server: FaultyServer, statement: str) -> None:
    """Runs a statement on the file of conversations, as another process."""
    with contextlib.closing(sqlite3.connect(server.conversations, timeout=60)) as other:
        other.execute(statement)


def is_being_written(server: FaultyServer) -> bool:
    """Whether somebody holds the file's write lock."""
    with contextlib.closing(sqlite3.connect(server.conversations, timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False


def about_to_delete(server: FaultyServer) -> tuple[WebClient, str]:
    """A patient who was asked whether to delete all, and the button that says yes."""
    client = WebClient(server.web)
    client.says(SAID)
    asked = client.says("delete my data")
    return client, next(button["id"] for button in asked["buttons"] if button["title"] == "Yes, delete it")


def told(client: WebClient) -> list[Any]:
    """What the history shows, without what changes from one look to the next."""
    return [(item["author"], item.get("text") or item["reply"]["plain"]) for item in client.history()]


def test_a_store_that_fails_at_erasing(server: FaultyServer) -> None:
    client, yes = about_to_delete(server)
    before = told(client)
    on_file(server, FAILS)
    answer = client.send(button=yes, message_id="delete-0001").json()
    assert [reply["plain"] for reply in answer["replies"]] == [server.sorry.plain()]
    assert answer["erased"] is False
    assert told(client) == before, "nothing says that it is deleted"
    on_file(server, "DROP TRIGGER hindered")
    assert client.send(button=yes, message_id="delete-0002").json()["erased"] is True
    assert told(client) == []


def test_a_kill_in_the_midst_of_erasing_and_the_same_message_again(server: FaultyServer) -> None:
    client, yes = about_to_delete(server)
    before = told(client)
    on_file(server, HANGS)
    with ThreadPoolExecutor(1) as pool:
        answering = pool.submit(client.send, button=yes, message_id="delete-0001")
        wait_until(lambda: all(is_being_written(server) for _ in range(20)), "the erasing")
        server.kill()
        assert answering.exception(60) is not None
    on_file(server, "DROP TRIGGER hindered")
    server.start()
    assert told(client) == before, "nothing says that it is deleted"
    answer = client.send(button=yes, message_id="delete-0001").json()
    assert answer["erased"] is True and "is deleted" in answer["replies"][0]["plain"]
    assert told(client) == []
    assert b"quillfeather" not in b"".join(path.read_bytes() for path in server.state.glob("conversations*"))
