"""Patients talk to two servers while each of them, and all that they share, is killed or stands still, at random.

In the gate each trouble comes once, in an order that the seed fixes. `make chaos` runs it for longer.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.conversations.keeping import HISTORY_TURNS
from bot.settings import Settings
from tests.channels.web.client import WebClient
from tests.faults.chaos import SECONDS, SEED, Chaos, Trouble, history, nothing_went_wrong
from tests.faults.processes import QUESTION
from tests.services import Service
from tests.serving import Server
from tests.system.cluster import Cluster

pytestmark = pytest.mark.timeout(SECONDS + 900)


@pytest.fixture(scope="module")
def cluster(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two servers whose actions run in a process of their own."""
    folder = tmp_path_factory.mktemp("chaos")
    started = Cluster(settings, folder, actions_apart=True, BOT_WEB_SESSION_RATE="100000")
    try:
        started.start()
        yield started
    finally:
        started.stop()


class Troubles:
    """What goes wrong with two servers, each for as long as chance has it."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._chance = random.Random(SEED)

    def all(self) -> list[Trouble]:
        """A server, the proxy, the event stream and new content may cost nobody an answer."""
        return [
            Trouble(self.kill_server, costs_answers=False),
            Trouble(self.freeze_server, costs_answers=False),
            Trouble(self.kill_nginx, costs_answers=False),
            Trouble(self.kill_rabbitmq, costs_answers=False),
            Trouble(self.release_content, costs_answers=False),
            Trouble(self.kill_redis),
            Trouble(self.kill_postgres),
            Trouble(self.shut_postgres_down),
            Trouble(self.freeze_postgres),
            Trouble(self.kill_actions),
        ]

    def last(self) -> Trouble:
        """Both servers die."""
        return Trouble(self.kill_servers, costs_answers=False)

    def kill_server(self) -> None:
        server = self._chance.choice(self._cluster.servers)
        server.kill()
        server.start()

    def kill_servers(self) -> None:
        for server in self._cluster.servers:
            server.kill()
        with ThreadPoolExecutor() as threads:
            list(threads.map(Server.start, self._cluster.servers))

    def freeze_server(self) -> None:
        with self._chance.choice(self._cluster.servers).frozen():
            self._wait(3)

    def kill_nginx(self) -> None:
        self._kill(self._cluster.nginx)

    def kill_rabbitmq(self) -> None:
        self._kill(self._cluster.rabbitmq)

    def release_content(self) -> None:
        self._cluster.content.release()

    def kill_redis(self) -> None:
        self._kill(self._cluster.redis)

    def kill_postgres(self) -> None:
        self._kill(self._cluster.postgres)

    def shut_postgres_down(self) -> None:
        self._cluster.postgres.shut_down()
        self._wait(2)
        self._cluster.postgres.start()

    def freeze_postgres(self) -> None:
        with self._cluster.postgres.frozen():
            self._wait(15)

    def kill_actions(self) -> None:
        assert self._cluster.actions is not None
        self._cluster.actions.kill()
        self._wait(2)
        self._cluster.actions.start()

    def _kill(self, service: Service) -> None:
        service.kill()
        self._wait(2)
        service.start()

    def _wait(self, seconds: float) -> None:
        time.sleep(self._chance.uniform(0.0, seconds))


def test_a_message_that_lay_in_a_server_that_stood_still_is_answered_once(cluster: Cluster) -> None:
    """The patient sends it again, another server answers it and more than the dialogue looks back on."""
    frozen, other = (WebClient(server.url + "web/") for server in cluster.servers)
    frozen.token = other.token
    with ThreadPoolExecutor() as threads:
        with cluster.servers[0].frozen():
            late = threads.submit(frozen.send, QUESTION, message_id="sent-twice")
            first = other.send(QUESTION, message_id="sent-twice").json()
            for number in range(HISTORY_TURNS + 2):
                other.send(QUESTION, message_id=f"after-{number:04}")
            assert not late.done()
        assert late.result().json()["replies"] == first["replies"]
    assert len(history(other)) == HISTORY_TURNS + 3, "no message is kept twice"


def test_no_reply_is_missing_doubled_mixed_up_or_lost(cluster: Cluster) -> None:
    troubles = Troubles(cluster)
    chaos = Chaos(cluster.web, cluster.sorry, troubles.all(), troubles.last(), cluster.wait_until_ready, SEED)
    counts = chaos.run(SECONDS)
    assert counts["messages"] > counts["sorry"]
    assert nothing_went_wrong(counts), counts
