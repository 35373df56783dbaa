"""Starts the real server (`bot serve --demo`) on 127.0.0.1, kills it, starts it again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bot.settings import Settings
from tests.ports import free_port

SECRET = "a-secret-of-the-tests-alone-0123456789"
SERVE = (sys.executable, "-c", "from bot.cli import main; main()", "serve")
#: Seconds that a start may take on a busy machine.
START_SECONDS = 180.0


class Server:
    """One server process.

    Args:
        settings: Whose content and model it serves.
        state: Its own folder for conversations and the log.
        environment: Set on top of ours.
    """

    #: More options of `bot serve`.
    options: tuple[str, ...] = ()

    def __init__(self, settings: Settings, state: Path, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.web = self.url + "web/"
        #: Port of a page of another origin that may use the API.
        self.site_port = free_port()
        self.state = state
        self.log = state / "server.log"
        self._environment = {
            **os.environ,
            "BOT_STATE": str(state),
            "BOT_CONTENT_DB": str(settings.content_db),
            "BOT_WEB_SECRET": SECRET,
            "BOT_WEB_ORIGINS": f"http://127.0.0.1:{self.site_port}",
            # All tests come from one address.
            "BOT_WEB_ADDRESS_RATE": "100000",
            "BOT_WEB_NEW_SESSION_RATE": "100000",
            "BOT_WEB_SESSION_RATE": "120",
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, well: bool = True) -> Server:
        """Starts it and waits until it answers; until it is ready, unless `well` is False."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*SERVE, "--demo", "--port", str(self.port), *self.options],
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                if httpx.get(self.url + "health/ready", timeout=30).status_code == 200 or not well:
                    return self
            except httpx.TransportError:
                time.sleep(0.2)
        self.kill()
        raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-3000:]}")

    def kill(self) -> None:
        """Ends it at once, as `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Inside, the process stands still: what is sent to it waits."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def resume(self) -> None:
        """Starts it unless it runs."""
        if self._process is None or self._process.poll() is not None:
            self.start()


@pytest.fixture(scope="session")
def server(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running server for all tests that leave it as it was."""
    running = Server(settings, tmp_path_factory.mktemp("server")).start()
    yield running
    running.kill()


@pytest.fixture
def own_server(settings: Settings, tmp_path: Path) -> Iterator[Server]:
    """A server, not started, for a test that kills it."""
    made = Server(settings, tmp_path)
    yield made
    made.kill()
