"""More than one machine: what patients read is what one server alone would have said, also when a server dies."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import aio_pika
import pytest

from bot.conversations.events import QUEUE
from bot.settings import Settings
from tests.channels.web.client import WebClient
from tests.faults.processes import DANGER, QUESTION
from tests.services import Postgres
from tests.serving import Server
from tests.system.cluster import PATIENTS, ROUNDS, Cluster, Content, made, saying, talk_in_rounds

pytestmark = pytest.mark.timeout(900)  # starts seven servers

#: In this round a server dies; before this one a new release of the content comes.
DEATH, RELEASE = 2, 4
#: For waits, in seconds; nothing takes so long.
LONG = 90.0


@pytest.fixture(scope="module")
def alone_content(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Content:
    return Content(settings, tmp_path_factory.mktemp("alone") / "content")


@pytest.fixture(scope="module")
def alone(settings: Settings, alone_content: Content, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """One server with nothing but itself, to compare with."""
    return Server(settings, made(tmp_path_factory.mktemp("server") / "alone"), BOT_CONTENT_DB=str(alone_content.db))


@pytest.fixture(scope="module")
def cluster(settings: Settings, alone: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    started = Cluster(settings, tmp_path_factory.mktemp("cluster"))
    try:
        started.start(alone)
        yield started
    finally:
        alone.kill()
        started.stop()


def test_fifty_patients_read_what_one_server_would_say(cluster: Cluster, alone: Server, alone_content: Content) -> None:
    killed = cluster.servers[0]
    died: list[float] = []

    def kill(turn: int, patient: int) -> None:
        if (turn, patient) == (DEATH, PATIENTS // 2):
            killed.kill()
            died.append(time.time())

    with ThreadPoolExecutor(2) as threads:
        together = threads.submit(talk_in_rounds, cluster.web, release_of(cluster.content), kill)
        by_itself = threads.submit(talk_in_rounds, alone.web, release_of(alone_content), lambda *_: None)
        patients, heard = together.result()
        others, expected = by_itself.result()
    assert [len(turns) for turns in heard] == [ROUNDS] * PATIENTS, "no reply is missing"
    for patient in range(PATIENTS):
        for turn in range(ROUNDS):
            assert heard[patient][turn] == expected[patient][turn], f"patient {patient} said {saying(patient, turn)!r}"
    versions = {reply["content_version"] for turns in heard for reply in turns[-1] if reply.get("content_version")}
    assert versions == {cluster.content.version}, "the new release is read without a restart"
    for here, there in zip(patients, others, strict=True):
        assert told(here) == told(there), "what is kept is what was said: nothing doubled, lost or mixed up"
    check_stream(cluster, since=died[0])


def release_of(content: Content) -> Callable[[int], None]:
    """Releases new content before its round."""
    return lambda turn: content.release() if turn == RELEASE else None


def told(client: WebClient) -> list[tuple[object, ...]]:
    """The conversation as it is kept, without times."""
    return [(item["author"], item.get("text"), str(item.get("reply", ""))) for item in client.history()]


def check_stream(cluster: Cluster, since: float) -> None:
    """The stream heard of each message once, and of all that were saved after the death, at the latest."""
    saved = cluster.messages()
    wanted = {message for message in saved if message[1] > since}
    assert len(wanted) >= PATIENTS
    events = asyncio.run(asyncio.wait_for(heard_until(cluster.rabbitmq.url, wanted), LONG))
    assert len(events) == len(set(events)), "none is heard twice"
    assert set(events) <= saved, "nothing is heard that was not saved"


async def heard_until(url: str, wanted: set[tuple[str, float]]) -> list[tuple[str, float]]:
    """The messages (conversation and time) on the stream, read until all that are wanted were among them."""
    found: list[tuple[str, float]] = []
    connection = await aio_pika.connect(url)
    async with connection:
        queue = await (await connection.channel()).declare_queue(QUEUE, durable=True)
        async with queue.iterator() as messages:
            async for message in messages:
                await message.ack()
                event = json.loads(message.body)
                if event["event"] == "user":
                    found.append((event["sender_id"], event["timestamp"]))
                    if wanted <= set(found):
                        return found
    return found


def test_without_redis_no_turn_begins_and_danger_is_still_caught(cluster: Cluster) -> None:
    patient = WebClient(cluster.web)
    assert patient.says(QUESTION)["kind"] == "answer"
    cluster.redis.kill()
    assert patient.says(QUESTION)["plain"] == cluster.sorry, "the fixed sentence with the clinic's number"
    assert patient.says(DANGER)["urgency"] == "emergency"
    cluster.redis.start()
    assert patient.says(QUESTION)["kind"] == "answer"
    assert [item["author"] for item in patient.history()] == ["patient", "bot"] * 2


@pytest.mark.parametrize("end", [Postgres.shut_down, Postgres.kill])
def test_without_postgresql_nothing_is_kept_and_danger_is_still_caught(
    end: Callable[[Postgres], None], cluster: Cluster
) -> None:
    patient = WebClient(cluster.web)
    assert patient.says(QUESTION)["kind"] == "answer"
    end(cluster.postgres)
    assert patient.says(QUESTION)["plain"] == cluster.sorry, "the fixed sentence with the clinic's number"
    assert patient.says(DANGER)["urgency"] == "emergency"
    cluster.postgres.start()
    assert patient.says(QUESTION)["kind"] == "answer", "connections that broke are replaced"
    assert [item["author"] for item in patient.history()] == ["patient", "bot"] * 2
