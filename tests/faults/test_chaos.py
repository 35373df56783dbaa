"""Patients talk while the server is killed, frozen, locked out and given new content, at random.

In the gate each trouble comes once, in an order that the seed fixes. `make chaos` runs it for longer.
"""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.faults.chaos import SECONDS, SEED, Chaos, Trouble, nothing_went_wrong
from tests.faults.processes import FaultyServer

pytestmark = pytest.mark.timeout(SECONDS + 600)


@pytest.fixture
def server(settings: Settings, tmp_path: Path) -> Iterator[FaultyServer]:
    made = FaultyServer(settings, tmp_path, BOT_WEB_SESSION_RATE="100000")
    made.start()
    yield made
    made.kill()


class Troubles:
    """What goes wrong with one server, each for as long as chance has it."""

    def __init__(self, server: FaultyServer) -> None:
        self._server = server
        self._chance = random.Random(SEED)

    def all(self) -> list[Trouble]:
        """Who is killed or stands still, and new content, may cost nobody an answer."""
        return [
            Trouble(self.kill, costs_answers=False),
            Trouble(self.freeze, costs_answers=False),
            Trouble(self.replace, costs_answers=False),
            Trouble(self.lock_out_for_a_moment, costs_answers=False),
            Trouble(self.lock_out),
            Trouble(self.break_content, hides_names=True),
            Trouble(self.fill_disk),
        ]

    def last(self) -> Trouble:
        """The server dies."""
        return Trouble(self.kill, costs_answers=False)

    def kill(self) -> None:
        self._server.kill()
        self._server.start()

    def freeze(self) -> None:
        self._server.send(signal.SIGSTOP)
        time.sleep(self._chance.uniform(0.1, 2.0))
        self._server.send(signal.SIGCONT)

    def replace(self) -> None:
        for _ in range(5):
            self._server.mend_content()
            time.sleep(self._chance.uniform(0.0, 0.1))

    def lock_out_for_a_moment(self) -> None:
        self._lock(self._chance.uniform(0.1, 2.0))

    def lock_out(self) -> None:
        self._lock(6.0)  # SQLite waits 5 s, then gives up

    def _lock(self, seconds: float) -> None:
        other = sqlite3.connect(self._server.conversations, isolation_level=None, timeout=60)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        other.close()

    def break_content(self) -> None:
        self._server.content.unlink()
        time.sleep(self._chance.uniform(0.0, 0.5))
        self._server.mend_content()

    def fill_disk(self) -> None:
        self._server.starve(1)
        time.sleep(self._chance.uniform(0.1, 1.0))
        self._server.feed()


def test_no_reply_is_missing_doubled_mixed_up_or_lost(server: FaultyServer) -> None:
    troubles = Troubles(server)
    chaos = Chaos(server.web, server.sorry.plain(), troubles.all(), troubles.last(), server.wait_until_ready, SEED)
    counts = chaos.run(SECONDS)
    assert counts["messages"] > counts["sorry"]
    assert nothing_went_wrong(counts), counts
