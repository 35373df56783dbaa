"""PostgreSQL stands still in the midst of a save: the patient reads the fixed sentence, others too, danger is caught."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.channels.web.client import WebClient
from tests.faults.processes import (
    LONG,
    QUESTION,
    FaultyServer,
    behind_a_gate,
    gets_answers,
    is_warned,
    reads_sorry,
    wait_until,
)
from tests.gate import Gate
from tests.services import Postgres


def unread(port: int) -> int:
    """How many bytes wait for whoever serves this port to read them."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(line[4].split(":")[1], 16) for line in lines if int(line[1].split(":")[1], 16) == port)


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with Postgres() as running:
        yield running


@pytest.fixture
def gate_and_server(settings: Settings, tmp_path: Path, postgres: Postgres) -> Iterator[tuple[Gate, FaultyServer]]:
    """A server on this database, whose actions run in a process of their own, behind a gate."""
    with behind_a_gate(settings, tmp_path, BOT_DATABASE_URL=postgres.url) as both:
        yield both


@pytest.mark.timeout(600)
def test_turns_end_in_words_and_go_on_afterwards(
    gate_and_server: tuple[Gate, FaultyServer], postgres: Postgres
) -> None:
    gate, server = gate_and_server
    client, others = WebClient(server.web), [WebClient(server.web) for _ in range(6)]
    gets_answers(client)
    before = client.history()
    with ExitStack() as frozen, ThreadPoolExecutor() as pool:
        with gate.shut():
            answering = pool.submit(client.send, QUESTION, message_id="frozen-0001")
            assert gate.arrived.wait(LONG)
            frozen.enter_context(postgres.frozen())
        wait_until(lambda: unread(postgres.port) > 0, "the save")
        for warned in [pool.submit(is_warned, other) for other in others]:
            warned.result(LONG)
        assert not answering.done(), "who is in danger reads it while others still wait"
        answer = answering.result(LONG).json()
        assert [reply["plain"] for reply in answer["replies"]] == [server.sorry.plain()]
        reads_sorry(others[0], server)
        assert server.ready()[0] == 503
    server.wait_until_ready()
    assert client.history() == before, "nothing of it is kept, as the patient has read"
    assert client.send(QUESTION, message_id="frozen-0001").json()["replies"] == answer["replies"], (
        "one reply to one message"
    )
    for patient in (client, *others):
        gets_answers(patient)
    assert len(client.history()) == len(before) + 2
