"""`bot privacy erase` beside a real server that is answering the very conversation."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest
from click.testing import CliRunner

from bot.cli.privacy import privacy
from bot.settings import Settings
from tests.channels.web.client import WebClient
from tests.faults.processes import LONG, FaultyServer, behind_a_gate
from tests.gate import Gate
from tests.serving import SECRET

EARLIER, NOW = "pelicans fold letters", "meerkats tune harps"


@pytest.fixture
def gate_and_server(settings: Settings, tmp_path: Path) -> Iterator[tuple[Gate, FaultyServer]]:
    """A server whose actions run in a process of their own, behind a gate."""
    with behind_a_gate(settings, tmp_path) as both:
        yield both


def run(command: str, server: FaultyServer, *more: str) -> str:
    result = CliRunner().invoke(privacy, [command, "--store", str(server.conversations), *more])
    assert result.exit_code == 0, result.output
    return result.output


def kept(server: FaultyServer) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(server.state.glob("conversations*")))


@pytest.mark.timeout(600)
def test_a_turn_that_is_going_on_does_not_bring_the_conversation_back(
    gate_and_server: tuple[Gate, FaultyServer],
) -> None:
    gate, server = gate_and_server
    client = WebClient(server.web)
    conversation = jwt.decode(client.token, SECRET, ["HS256"], audience="web")["sub"]
    client.says(f"What is leukopenia? {EARLIER}")
    assert EARLIER.encode() in kept(server)
    with ThreadPoolExecutor(1) as pool:
        with gate.shut():
            answering = pool.submit(client.send, f"How is leukopenia treated? {NOW}")
            assert gate.arrived.wait(LONG)
            assert run("erase", server, "--conversation", conversation) == f"Erased conversation {conversation}.\n"
        assert answering.result(LONG).json()["replies"]
    # The patient has the answer, and nothing of the turn is kept.
    assert run("list", server) == ""
    assert EARLIER.encode() not in kept(server) and NOW.encode() not in kept(server)
    assert client.history() == []
    # What is said from now on is a new conversation.
    assert client.says("How is leukopenia treated?")["kind"] == "answer"
    assert [item["author"] for item in client.history()] == ["patient", "bot"]
