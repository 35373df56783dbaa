"""The server starts although a part is broken, says the fixed sentence, and gets well by itself; slow callers are cut off."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from rasa.core.lock_store import LOCK_LIFETIME
from sanic.config import DEFAULT_CONFIG

from bot.action_server import ACTION_SECONDS, KEPT_SECONDS, SERVER_KEEPS_SECONDS, build_action_app
from bot.conversations.connection import BUSY_SECONDS
from bot.conversations.patience import ANSWER_SECONDS
from bot.conversations.sql_engine import STATEMENT_SECONDS
from bot.health import LIMIT_SECONDS
from bot.in_time import GRACE_SECONDS
from bot.runtime import HASH_FILE, MODEL_FILE
from bot.server import REQUEST_SECONDS
from bot.settings import Settings
from bot.turn import TURN_TIMEOUT
from tests.channels.web.client import WebClient
from tests.editing import change
from tests.faults.processes import QUESTION, FaultyServer, gets_answers, is_warned, reads_sorry, wait_until
from tests.services import Redis
from tests.serving import SERVE, Server, free_port


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
    assert broken.serving() == (200, ""), "the file may be another machine's"
    client = WebClient(broken.web)
    assert [reply["plain"] for reply in client.send(QUESTION).json()["replies"]] == [broken.sorry.plain()]
    is_warned(client)
    assert client.history() == []
    assert "conversations.db can't be used" in broken.log.read_text()
    os.rename(broken.conversations, broken.state / "damaged.db")
    broken.wait_until_ready()
    gets_answers(client)
    assert len(client.history()) == 2


@pytest.fixture
def unbuilt(settings: Settings, tmp_path: Path) -> Iterator[FaultyServer]:
    """A server with a folder of models of its own, into which nothing was copied yet."""
    made = FaultyServer(settings, tmp_path, BOT_MODELS=str(tmp_path / "models"))
    (tmp_path / "models").mkdir()
    yield made
    made.kill()


def is_not_silent(server: FaultyServer) -> None:
    """Patients read the fixed sentence, danger is caught, and both checks say that the server can't answer."""
    client = WebClient(server.web)
    assert [reply["plain"] for reply in client.send(QUESTION).json()["replies"]] == [server.sorry.plain()]
    is_warned(client)
    assert server.ready() == server.serving() == (503, "model: not loaded")


def test_a_model_that_is_still_being_copied_is_taken_up_when_it_is_there(
    settings: Settings, unbuilt: FaultyServer
) -> None:
    models = unbuilt.state / "models"
    shutil.copyfile(settings.models / MODEL_FILE, models / MODEL_FILE)
    unbuilt.start(well=False)
    is_not_silent(unbuilt)
    log = unbuilt.log.read_text()
    assert f"Not ready: There is no trained model in {models}. Run `bot train`" in log
    assert "the bot could not be loaded, patients read the fixed sentence: There is no trained model" in log
    assert "Ready" not in log and "Traceback" not in log
    (models / HASH_FILE).write_text("of another model")
    wait_until(lambda: "its hash differs" in unbuilt.log.read_text(), "the next try")
    is_not_silent(unbuilt)
    shutil.copyfile(settings.models / HASH_FILE, models / HASH_FILE)
    unbuilt.wait_until_ready()
    gets_answers(WebClient(unbuilt.web))
    unbuilt.wait_until_serving()


@pytest.mark.parametrize("damage", [b"", b"no database"], ids=["missing", "damaged"])
def test_content_that_is_not_there_at_the_start(damage: bytes, settings: Settings, tmp_path: Path) -> None:
    server = FaultyServer(settings, tmp_path)
    server.content.unlink()
    if damage:
        server.content.write_bytes(damage)
    try:
        server.start(well=False)
        client = WebClient(server.web)
        assert [reply["plain"] for reply in client.send(QUESTION).json()["replies"]] == [server.sorry.plain()]
        is_warned(client)
        reason = "answer: StoreError" if damage else "model: not loaded"
        assert server.serving() == (503, reason)
        assert f"store at {server.content}" in server.log.read_text()
        server.mend_content()
        server.wait_until_ready()
        gets_answers(client)
        server.wait_until_serving()
    finally:
        server.kill()


def test_the_check_of_this_server_alone_does_not_ask_what_servers_share(settings: Settings, tmp_path: Path) -> None:
    """Else all servers would be taken out together, and nobody would say even the fixed sentence."""
    redis = Redis(tmp_path / "redis")
    redis.start()
    server = FaultyServer(settings, tmp_path, BOT_REDIS_URL=redis.url)
    try:
        server.start()
        assert server.serving() == server.ready() == (200, "")
        client = WebClient(server.web)
        gets_answers(client)
        redis.kill()
        reads_sorry(client, server)
        server.wait_until_not_ready("locks: LockError")
        assert server.serving() == (200, "")
        redis.start()
        server.wait_until_ready()
        gets_answers(client)
    finally:
        server.kill()
        redis.kill()


def test_a_database_that_is_away_at_the_start(settings: Settings, tmp_path: Path) -> None:
    url = f"postgresql://bot:hunter2@127.0.0.1:{free_port()}/bot"
    server = FaultyServer(settings, tmp_path, BOT_DATABASE_URL=url)
    try:
        server.start(well=False)
        reads_sorry(WebClient(server.web), server)
        assert server.ready() == (503, "model: not loaded")
        assert server.serving() == (200, "")
        assert "Does the database run" in server.log.read_text() and "hunter2" not in server.log.read_text()
    finally:
        server.kill()


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("clinic.yml", "fever_c: 38.0", "fever_c: warm", r"clinic\.yml:\d+: error: `fever_c` must be a number"),
        (
            "messages.yml",
            "technical_problem:\n  text:",
            "technical_problem:\n  txt:",
            r"messages\.yml:\d+: error: .technical_",
        ),
        ("messages.yml", "technical_problem:", "technical_trouble:", r"the text `technical_problem` is missing"),
        ("messages.yml", "too_long:", "too_long: [", r"messages\.yml:\d+: error: this is no valid YAML"),
        (
            "messages.yml",
            "feel very sick, call {emergency_number}",
            "feel sick, call {number}",
            r"placeholder \{number\}",
        ),
        ("red_flags.yml", "rules:", "rulez:", r"red_flags\.yml"),
        ("red_flags.yml", "level: emergency", "level: emergent", r"red_flags\.yml:\d+: error"),
    ],
)
def test_a_mistake_in_a_text_that_danger_needs_stops_the_start(
    file: str, old: str, new: str, said: str, settings: Settings, tmp_path: Path
) -> None:
    content = tmp_path / "content"
    shutil.copytree(settings.content, content)
    change(content / file, old, new)
    done = subprocess.run(
        [*SERVE, "--demo"],
        env={**os.environ, "BOT_CONTENT": str(content)},
        capture_output=True,
        text=True,
        timeout=120,
        cwd=settings.root,
    )
    assert done.returncode == 1
    assert re.search(said, done.stderr) and "Traceback" not in done.stderr, done.stderr


def test_the_bot_lets_a_resting_connection_go_before_the_action_server_does() -> None:
    """Otherwise a call could meet the end of its connection."""
    assert DEFAULT_CONFIG["KEEP_ALIVE_TIMEOUT"] > KEPT_SECONDS, "what the stock server has"
    assert build_action_app("x" * 32).config.KEEP_ALIVE_TIMEOUT == SERVER_KEEPS_SECONDS > 2 * KEPT_SECONDS


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
