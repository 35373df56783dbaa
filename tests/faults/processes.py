"""Real processes that a test stops, freezes, starves and kills: the server, and a separate action server."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from bot.content.clinic import load_clinic
from bot.fixed_replies import FixedReplies
from bot.settings import Settings
from tests.channels.web.client import WebClient
from tests.gate import Gate
from tests.ports import free_port
from tests.serving import START_SECONDS, Server

TOKEN = "a-token-of-the-tests-alone-0123456789"
#: Seconds to wait for what must come.
LONG = 60.0
QUESTION = "What is leukopenia?"
DANGER = "I have chest pain and can't breathe"


def wait_until(true: Callable[[], bool], what: str, seconds: float = LONG) -> None:
    """Waits for a condition. Raises: AssertionError when it never holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain for: {what}"
        time.sleep(0.05)


class FaultyServer(Server):
    """A server with its own copy of the content, so that a test may break it."""

    def __init__(self, settings: Settings, state: Path, **environment: str) -> None:
        self.content = state / "content.db"
        self.good = settings.content_db
        self.mend_content()
        self.conversations = state / "conversations.db"
        super().__init__(settings, state, BOT_CONTENT_DB=str(self.content), **environment)
        clinic = load_clinic(settings.content / "clinic.yml")
        self.sorry = FixedReplies.load(settings.root / "domain.yml", settings.content, clinic).reply(
            "technical_problem"
        )

    def mend_content(self) -> None:
        """Moves a good release into place, as `bot content build` does."""
        fresh = self.content.with_suffix(".new")
        shutil.copyfile(self.good, fresh)
        os.replace(fresh, self.content)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def send(self, number: signal.Signals) -> None:
        """Sends a signal, such as SIGSTOP."""
        os.kill(self.pid, number)

    def ended(self) -> int:
        """Waits for the process to end by itself; its exit code."""
        assert self._process is not None
        code = self._process.wait(LONG)
        self._process = None
        return code

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def starve(self, file_bytes: int) -> None:
        """No file may grow beyond so many bytes, as on a full disk."""
        hard = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (file_bytes, hard))

    def feed(self) -> None:
        """Takes the limit of `starve` away."""
        self.starve(resource.RLIM_INFINITY)

    def ready(self) -> tuple[int, str]:
        """Status and reason of the readiness check."""
        answer = httpx.get(self.url + "health/ready", timeout=LONG)
        return answer.status_code, answer.json()["reason"]

    def serving(self) -> tuple[int, str]:
        """Status and reason of the check of this server alone."""
        answer = httpx.get(self.url + "health/serving", timeout=LONG)
        return answer.status_code, answer.json()["reason"]

    def wait_until_serving(self) -> None:
        """Waits until the server by itself is well; what a look found stands for a second."""
        wait_until(lambda: self.serving() == (200, ""), f"serving; it is {self.serving()}")

    def wait_until_ready(self) -> None:
        wait_until(lambda: self.ready() == (200, ""), "readiness")

    def wait_until_not_ready(self, reason: str) -> None:
        """Waits for 503 with this reason."""
        wait_until(lambda: self.ready() == (503, reason), f"503 {reason}; it is {self.ready()}")

    def metric(self, line: str) -> float:
        """The value of a line of /metrics, 0 when it is not there."""
        lines = httpx.get(self.url + "metrics", timeout=LONG).text.splitlines()
        return next((float(item.rsplit(" ", 1)[1]) for item in lines if item.startswith(line + " ")), 0.0)

    def failures(self) -> float:
        """How many turns of the web channel ended in the fixed sentence."""
        lines = httpx.get(self.url + "metrics", timeout=LONG).text.splitlines()
        prefix = 'bot_failed_turns_total{channel="web"'
        return sum(float(item.rsplit(" ", 1)[1]) for item in lines if item.startswith(prefix))


class ActionServer:
    """`bot actions` on a port of its own."""

    def __init__(self, server_content: Path, state: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = state / "actions.log"
        self._environment = {**os.environ, "BOT_CONTENT_DB": str(server_content), "BOT_ACTION_TOKEN": TOKEN}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What the bot needs to find it."""
        return {"BOT_ACTION_SERVER": self.url, "BOT_ACTION_TOKEN": TOKEN}

    def start(self) -> ActionServer:
        """Starts it and waits until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from bot.cli import main; main()", "actions", "--port", str(self.port)],
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers, f"the action server; {self.log}", START_SECONDS)
        return self

    def _answers(self) -> bool:
        assert self._process is not None and self._process.poll() is None, self.log.read_text()[-3000:]
        try:
            return httpx.get(self.url + "/health", timeout=LONG).status_code == 200
        except httpx.TransportError:
            return False

    def send(self, number: signal.Signals) -> None:
        """Sends a signal, such as SIGSTOP."""
        assert self._process is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        """Ends it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def behind_a_gate(settings: Settings, state: Path, **environment: str) -> Iterator[tuple[Gate, FaultyServer]]:
    """A server whose actions run in a process of their own, and the gate between the two."""
    actions = ActionServer(state / "content.db", state)
    gate = Gate(actions.port)
    address = {"BOT_ACTION_SERVER": f"http://127.0.0.1:{gate.port}", "BOT_ACTION_TOKEN": TOKEN}
    server = FaultyServer(settings, state, **environment, **address)
    try:
        actions.start()
        server.start()
        yield gate, server
    finally:
        server.kill()
        actions.kill()
        gate.close()


def reads_sorry(client: WebClient, server: FaultyServer, question: str = QUESTION) -> None:
    """Asks, and holds that the patient reads exactly the fixed sentence with the clinic's number, and danger is caught."""
    before = server.failures()
    answer = client.send(question)
    assert answer.status_code == 200, answer.text
    assert [reply["plain"] for reply in answer.json()["replies"]] == [server.sorry.plain()]
    assert server.failures() == before + 1
    is_warned(client)


def is_warned(client: WebClient) -> None:
    """Says a danger, and holds that exactly the emergency text comes back."""
    answer = client.send(DANGER)
    assert [reply["urgency"] for reply in answer.json()["replies"]] == ["emergency"], answer.text


def gets_answers(client: WebClient) -> None:
    """Asks, and holds that the answer comes back, once."""
    answer = client.send(QUESTION)
    assert answer.status_code == 200, answer.text
    shown = [block["answer_id"] for reply in answer.json()["replies"] for block in reply["blocks"]]
    assert shown == ["leukopenia.definition"], answer.text
