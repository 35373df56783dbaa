"""`bot privacy erase` beside a real server that is answering the very conversation."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest
from click.testing import CliRunner

from bot.cli.privacy import privacy
from bot.settings import Settings
from tests.channels.web.client import WebClient
from tests.faults.processes import TOKEN, ActionServer, FaultyServer
from tests.serving import SECRET

#: Seconds to wait for what must come.
LONG = 60.0
EARLIER, NOW = "pelicans fold letters", "meerkats tune harps"


class Gate:
    """Stands before a port: while it is shut, what comes waits in it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.arrived = threading.Event()
        self._open = threading.Event()
        self._open.set()
        threading.Thread(target=self._accept, daemon=True).start()

    @contextlib.contextmanager
    def shut(self) -> Iterator[None]:
        """Shut inside; open again afterwards."""
        self.arrived.clear()
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def close(self) -> None:
        """Lets nobody new in."""
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._port))
            threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, held: bool) -> None:
        with contextlib.suppress(OSError):
            while part := source.recv(65_536):
                if held:
                    self.arrived.set()
                    self._open.wait()
                target.sendall(part)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def gate_and_server(settings: Settings, tmp_path: Path) -> Iterator[tuple[Gate, FaultyServer]]:
    """A server whose actions run in a process of their own, behind a gate."""
    actions = ActionServer(tmp_path / "content.db", tmp_path)
    gate = Gate(actions.port)
    address = {"BOT_ACTION_SERVER": f"http://127.0.0.1:{gate.port}", "BOT_ACTION_TOKEN": TOKEN}
    server = FaultyServer(settings, tmp_path, **address)
    try:
        actions.start()
        server.start()
        yield gate, server
    finally:
        server.kill()
        actions.kill()
        gate.close()


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
