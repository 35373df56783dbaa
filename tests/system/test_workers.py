"""`bot serve --workers 2`: one port, two processes; they die and are replaced while patients talk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.settings import Settings
from bot.supervisor import reserve, supervise
from tests.channels.web.client import WebClient
from tests.services import Redis, alive, wait_for
from tests.serving import SERVE, Server

pytestmark = pytest.mark.timeout(900)  # loads the model five times

#: New chats a minute; the tests begin fewer.
NEW_SESSIONS = 120
#: For waits, in seconds; nothing takes so long.
LONG = 180.0


class Crew(Server):
    """A supervisor with two workers."""

    options = ("--workers", "2")

    @property
    def supervisor(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def pids(self) -> set[int]:
        """The workers that run."""
        listed = subprocess.run(
            ["ps", "--no-headers", "-o", "pid", "--ppid", str(self.supervisor.pid)], capture_output=True, text=True
        )
        return {int(pid) for pid in listed.stdout.split()}

    def said(self, words: str) -> bool:
        """Whether the log has these words."""
        return words in self.log.read_text("utf-8")


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture(scope="module")
def crew(settings: Settings, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    rates = {"BOT_WEB_SESSION_RATE": "100000", "BOT_WEB_NEW_SESSION_RATE": str(NEW_SESSIONS)}
    made = Crew(settings, tmp_path_factory.mktemp("crew"), BOT_REDIS_URL=redis.url, **rates)
    made.start()
    wait_for(lambda: made.said("Ready:"), "both workers", LONG)
    yield made
    made.kill()


def send(client: WebClient, text: str) -> list[dict[str, Any]]:
    """Says it as the widget does: when the connection breaks, the same message goes out again."""
    message_id = uuid.uuid4().hex
    while True:
        try:
            answer = client.send(text, message_id=message_id)
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        assert answer.status_code == 200, answer.text
        replies: list[dict[str, Any]] = answer.json()["replies"]
        return replies


def test_workers_die_and_are_replaced_while_patients_talk(crew: Crew) -> None:
    first = crew.pids()
    assert len(first) == 2
    done = threading.Event()
    patients = [WebClient(crew.web) for _ in range(4)]

    def talk(patient: WebClient) -> int:
        turns = 0
        while not done.is_set() or turns < 5:
            (reply,) = send(patient, "what is leukopenia?")
            assert reply["kind"] == "answer"
            turns += 1
            done.wait(0.5)
        return turns

    with ThreadPoolExecutor(len(patients)) as threads:
        talks = [threads.submit(talk, patient) for patient in patients]
        try:
            os.kill(min(first), signal.SIGKILL)
            wait_for(lambda: crew.said("starting another") and len(crew.pids()) == 2, "another worker", LONG)
            crew.supervisor.send_signal(signal.SIGHUP)
            wait_for(lambda: crew.said("all workers were replaced"), "new workers", LONG)
        finally:
            done.set()
        turns = [talk.result() for talk in talks]
    assert len(crew.pids()) == 2 and not crew.pids() & first
    for patient, count in zip(patients, turns, strict=True):
        assert [item["author"] for item in patient.history()] == ["patient", "bot"] * count
    assert answers(crew) >= sum(turns), "the numbers of all workers are added up, those of the dead included"


def answers(crew: Crew) -> float:
    lines = httpx.get(crew.url + "metrics", timeout=60).text.splitlines()
    return float(
        next(line for line in lines if line.startswith('bot_turns_total{channel="web",kind="answer"}')).split()[-1]
    )


def test_workers_count_rates_together(crew: Crew) -> None:
    """Afterwards nobody may begin a chat for a while."""
    began = time.monotonic()
    answers = []
    for _ in range(2 * NEW_SESSIONS):  # each on a connection of its own, so that both workers are asked
        answers.append(httpx.post(crew.web + "session", json={"notice_accepted": True}, timeout=LONG))
    statuses = [answer.status_code for answer in answers]
    came_back = (time.monotonic() - began) * NEW_SESSIONS / 60 + 1
    assert set(statuses) == {201, 429}
    assert statuses.count(201) <= NEW_SESSIONS + came_back


def test_workers_end_with_their_supervisor(crew: Crew) -> None:
    workers = crew.pids()
    crew.supervisor.kill()
    crew.supervisor.wait()
    wait_for(lambda: not any(map(alive, workers)), "their end", LONG)


def test_the_numbers_of_workers_are_in_memory_and_leave_nothing_behind(tmp_path: Path) -> None:
    """A worker that gives up at once, and folders of one supervisor that was killed and of one that runs."""
    nobody = 99_999_999  # Linux gives no such id to a process
    left, used = (Path(f"/dev/shm/bot-metrics-{pid}-{uuid.uuid4().hex}") for pid in (nobody, os.getpid()))
    left.mkdir()
    used.mkdir()
    note = tmp_path / "folder"
    code = f"import os, sys; open({str(note)!r}, 'w').write(os.environ['PROMETHEUS_MULTIPROC_DIR']); sys.exit(3)"
    try:
        with reserve("127.0.0.1", 0) as listener:
            status = supervise([sys.executable, "-c", code], 1, listener, dict(os.environ), lambda: None)
        assert status == 1
        folder = Path(note.read_text())
        assert folder.parent == Path("/dev/shm")
        assert not folder.exists() and not left.exists() and used.exists()
    finally:
        used.rmdir()


def test_a_worker_that_is_killed_before_any_was_ready_is_replaced(tmp_path: Path) -> None:
    """Only one that gives up by itself ends the server: workers without a model serve the fixed sentence meanwhile."""
    note = tmp_path / "pids"
    note.touch()
    worker = f"import os, time; print(os.getpid(), file=open({str(note)!r}, 'a')); time.sleep(600)"
    code = (
        "import os, sys; from bot.supervisor import reserve, supervise; "
        f"sys.exit(supervise([sys.executable, '-c', {worker!r}], 1, reserve('127.0.0.1', 0), os.environ, print))"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", code])
    try:
        wait_for(lambda: len(note.read_text().split()) == 1, "a worker", LONG)
        os.kill(int(note.read_text()), signal.SIGKILL)
        wait_for(lambda: len(note.read_text().split()) == 2, "another worker", LONG)
        supervisor.terminate()
        assert supervisor.wait(LONG) == 0
    finally:
        supervisor.kill()
        supervisor.wait()


def test_more_than_one_worker_without_redis_is_refused() -> None:
    command = [*SERVE, "--demo", "--workers", "2"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BOT_REDIS")}
    refused = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LONG)
    assert refused.returncode == 1
    assert refused.stderr.strip().endswith("One worker needs none.")
    assert "--workers 2 needs Redis" in refused.stderr and "BOT_REDIS_URL" in refused.stderr


def test_more_than_one_worker_beside_matrix_is_refused(redis: Redis) -> None:
    refused = subprocess.run(
        [*SERVE, "--demo", "--workers", "2"],
        env={**os.environ, "BOT_REDIS_URL": redis.url, "BOT_MATRIX_REGISTRATION": "registration.yml"},
        capture_output=True,
        text=True,
        timeout=LONG,
    )
    assert refused.returncode == 1
    assert "BOT_MATRIX_REGISTRATION is set" in refused.stderr


def test_a_port_that_is_taken_is_named(redis: Redis) -> None:
    command = [*SERVE, "--demo", "--workers", "2"]
    refused = subprocess.run(
        [*command, "--port", str(redis.port)],
        env={**os.environ, "BOT_REDIS_URL": redis.url},
        capture_output=True,
        text=True,
        timeout=LONG,
    )
    assert refused.returncode == 1
    assert f"127.0.0.1:{redis.port} can't be listened on" in refused.stderr
