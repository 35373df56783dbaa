"""The server starts although a part is broken, says the fixed sentence, and gets well by itself; slow callers are cut off."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from rasa.core.lock_store import LOCK_LIFETIME

from bot.action_server import ACTION_SECONDS
from bot.conversations.connection import BUSY_SECONDS
from bot.conversations.patience import ANSWER_SECONDS
from bot.conversations.sql_engine import STATEMENT_SECONDS
from bot.health import LIMIT_SECONDS
from bot.in_time import GRACE_SECONDS
from bot.server import REQUEST_SECONDS
from bot.settings import Settings
from bot.turn import TURN_TIMEOUT
from tests.channels.web.client import WebClient
from tests.faults.processes import QUESTION, FaultyServer, gets_answers, is_warned
from tests.serving import Server


@pytest.fixture
def broken(settings: Settings, tmp_path: Path) -> Iterator[FaultyServer]:
    """A server whose conversation store is no database."""
    made = FaultyServer(settings, tmp_path)
    made.conversations.write_bytes(b"\xa5" * 20_000)
    yield made
    made.kill()


def test_it_starts_with_a_broken_store_and_gets_well_by_itself(broken: FaultyServer) -> None:
    broken.start(well=False)
    assert broken.ready() == (503, "model: not loaded")
    client = WebClient(broken.web)
    assert [reply["plain"] for reply in client.send(QUESTION).json()["replies"]] == [broken.sorry.plain()]
    is_warned(client)
    assert client.history() == []
    assert "conversations.db can't be used" in broken.log.read_text()
    os.rename(broken.conversations, broken.state / "damaged.db")
    broken.wait_until_ready()
    gets_answers(client)
    assert len(client.history()) == 2


@pytest.mark.parametrize(("variable", "said"), [("BOT_CONTENT_DB", "bot content build"), ("BOT_MODELS", "bot train")])
def test_what_was_never_built_is_said_at_the_start(
    settings: Settings, tmp_path: Path, variable: str, said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", "serve", "--demo"],
        env={**os.environ, variable: str(tmp_path / "nothing")},
        capture_output=True,
        text=True,
        timeout=120,
        cwd=settings.root,
    )
    assert done.returncode == 1
    assert said in done.stderr and "Traceback" not in done.stderr


def test_each_time_limit_leaves_the_one_around_it_time_to_speak() -> None:
    assert BUSY_SECONDS < LIMIT_SECONDS < ACTION_SECONDS < TURN_TIMEOUT < LOCK_LIFETIME
    assert BUSY_SECONDS + ACTION_SECONDS < TURN_TIMEOUT
    assert STATEMENT_SECONDS < ANSWER_SECONDS < TURN_TIMEOUT < TURN_TIMEOUT + GRACE_SECONDS < LOCK_LIFETIME
    assert REQUEST_SECONDS < TURN_TIMEOUT


def test_callers_that_dribble_stop_nobody_and_are_cut_off(server: Server) -> None:
    """Many connections send half a request and no more (slowloris)."""
    slow = [socket.create_connection(("127.0.0.1", server.port), timeout=120) for _ in range(200)]
    try:
        for connection in slow[:100]:
            connection.sendall(b"POST /web/messages HTTP/1.1\r\nHost: x\r\nContent-Le")
        for connection in slow[100:]:
            connection.sendall(
                b"POST /web/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"
            )
        gets_answers(WebClient(server.web))
        for connection in (slow[0], slow[-1]):
            answer = connection.recv(65_536)
            assert answer == b"" or answer.split()[1] in (b"408", b"401")
    finally:
        for connection in slow:
            connection.close()
    assert httpx.get(server.url + "health/ready", timeout=60).status_code == 200
