"""The event stream to a real RabbitMQ: whatever happens to it, nobody waits, and nothing that was saved is lost."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import aio_pika
import pytest
from click.testing import CliRunner
from prometheus_client import REGISTRY
from rasa.shared.core.domain import Domain

from bot.cli.privacy import privacy
from bot.conversations import events as module
from bot.conversations.database import Database, EventRow
from bot.conversations.events import QUEUE, RabbitEvents
from bot.conversations.store import ConversationStore
from bot.handover.cases import Cases
from tests.conversations_store.test_store import talk, texts_of
from tests.ports import free_port
from tests.services import RabbitMQ

#: For waits; nothing takes so long.
LONG = 60.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    with RabbitMQ(tmp_path_factory.mktemp("rabbitmq")) as running:
        yield running


@pytest.fixture(scope="module")
def doomed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """One that is killed and frozen. It hands out again what was taken, and takes some events twice."""
    with RabbitMQ(tmp_path_factory.mktemp("doomed")) as running:
        yield running


async def heard(url: str, number: int = 0, last: str = "") -> list[dict[str, object]]:
    """Takes events out of the queue, in order: `number` of them, or up to the first of the kind `last`."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(QUEUE, durable=True)
        found: list[dict[str, object]] = []
        while not found or (found[-1]["event"] != last if last else len(found) < number):
            message = await queue.get(fail=False)
            if message is None:
                await asyncio.sleep(0.05)
                continue
            await message.ack()
            found.append(json.loads(message.body))
        return found


def connections_to(port: int) -> int:
    """How many connections are open to `port` of 127.0.0.1."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(
        1 for _, _, remote, state, *_ in map(str.split, lines) if remote.endswith(f":{port:04X}") and state == "01"
    )


def failures() -> float:
    """All failures of the stream that were counted so far."""
    return sum(
        sample.value
        for metric in REGISTRY.collect()
        if metric.name == "bot_event_stream_failures"
        for sample in metric.samples
        if sample.name.endswith("_total")
    )


async def failed_since(counted: float) -> None:
    """Waits until the stream has failed again."""
    while failures() <= counted:
        await asyncio.sleep(0.01)


# A killed broker forgets that events were just taken, and in its first seconds also the queue with confirmed events.
async def test_a_broker_that_dies_costs_no_save_and_hears_all_in_order_when_it_is_back(
    doomed: RabbitMQ, domain: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.2)
    broker = RabbitEvents(doomed.url, asyncio.get_running_loop())
    store = ConversationStore(domain, broker, path=tmp_path / "c.db")
    await talk(store, "one", "before i am John Smith")
    before = await asyncio.wait_for(heard(doomed.url, 7), LONG)
    assert [event["text"] for event in before if event["event"] == "user"] == ["before i am <NAME>"]
    doomed.kill()
    counted = failures()
    with caplog.at_level(logging.ERROR, logger="bot"):
        await talk(store, "one", "while it is away")
        await asyncio.wait_for(failed_since(counted), LONG)
    assert texts_of(await store.retrieve("one")) == ["before i am <NAME>", "while it is away"]
    assert "while it is away" not in caplog.text
    assert "the event broker failed" in caplog.text
    doomed.start()
    await store.erase("one")
    assert await broker.drain(LONG)
    events = await asyncio.wait_for(heard(doomed.url, last="conversation_erased"), LONG)
    kinds = ["user", "action", "bot", "action", "conversation_erased"]
    assert [event["event"] for event in events[-5:]] == kinds
    assert events[-5]["text"] == "while it is away"
    assert {event["sender_id"] for event in events[-5:]} == {"one"}
    await store.close()
    await broker.close()


async def test_an_event_on_its_way_when_the_broker_dies_goes_out_again(
    doomed: RabbitMQ, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.2)
    monkeypatch.setattr(module, "PUBLISH_SECONDS", LONG)
    broker = RabbitEvents(doomed.url, asyncio.get_running_loop())
    broker.publish({"event": "before"})
    assert await broker.drain(LONG)
    with doomed.frozen():
        broker.publish({"event": "on its way"})
        broker.publish({"event": "behind"})
        assert not await broker.drain(0.1)
        counted = failures()
        doomed.kill()
    await asyncio.wait_for(failed_since(counted), LONG / 2)  # not as late as the end of its time
    doomed.start()
    assert await broker.drain(LONG)
    events = await asyncio.wait_for(heard(doomed.url, last="behind"), LONG)
    assert [event["event"] for event in events[-2:]] == ["on its way", "behind"]
    await broker.close()


async def test_a_broker_that_hangs_gathers_no_connections(doomed: RabbitMQ, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(module, "PUBLISH_SECONDS", 0.1)
    monkeypatch.setattr(module, "CLOSE_SECONDS", 0.1)
    broker = RabbitEvents(doomed.url, asyncio.get_running_loop())
    counted = failures()
    with doomed.frozen():
        broker.publish({"event": "while it hangs"})
        for _ in range(10):
            await asyncio.wait_for(failed_since(counted), LONG)
            counted = failures()
        assert connections_to(doomed.port) == 1
        monkeypatch.setattr(module, "PUBLISH_SECONDS", LONG)
    assert await broker.drain(LONG)
    await asyncio.wait_for(heard(doomed.url, last="while it hangs"), LONG)
    await broker.close()


async def test_an_event_that_no_queue_takes_is_no_event_sent(server: RabbitMQ, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.2)
    broker = RabbitEvents(server.url, asyncio.get_running_loop())
    broker.publish({"event": "before"})
    assert await broker.drain(LONG)
    async with await aio_pika.connect(server.url) as connection:
        await (await connection.channel()).queue_delete(QUEUE)
    counted = failures()
    broker.publish({"event": "after"})
    assert await broker.drain(LONG)
    assert failures() == counted + 1
    assert await asyncio.wait_for(heard(server.url, 1), LONG) == [{"event": "after"}]
    await broker.close()


async def test_without_a_broker_a_server_starts_saves_and_ends(
    domain: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOSE_SECONDS", 0.1)
    broker = RabbitEvents(f"amqp://bot:wrong@127.0.0.1:{free_port()}/", asyncio.get_running_loop())
    store = ConversationStore(domain, broker, path=tmp_path / "c.db")
    counted = failures()
    await talk(store, "one", "a", "b")
    assert texts_of(await store.retrieve("one")) == ["a", "b"]
    await store.close()
    await asyncio.wait_for(broker.close(), LONG)
    assert failures() >= counted + 11, "each event that was left out is counted"


def kept_file(folder: Path) -> Path:
    """A file with one conversation."""
    database = Database(folder / "c.db")
    database.append("one", [EventRow("user", "", 1.0, "{}")]).result()
    database.close()
    return database.path


def test_an_erasure_by_the_operator_is_heard(server: RabbitMQ, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_EVENTS_URL", server.url)
    command = ["erase", "--store", str(kept_file(tmp_path)), "--conversation", "one"]
    assert CliRunner().invoke(privacy, command).output == "Erased conversation one.\n"
    (event,) = asyncio.run(asyncio.wait_for(heard(server.url, 1), LONG))
    assert (event["event"], event["sender_id"]) == ("conversation_erased", "one")


async def test_where_a_patient_can_be_reached_stays_out_of_the_stream(
    server: RabbitMQ, domain: Domain, tmp_path: Path
) -> None:
    broker = RabbitEvents(server.url, asyncio.get_running_loop())
    store = ConversationStore(domain, broker, path=tmp_path / "c.db")
    name = await Cases(store).open("one", "sealed-0123456789")
    await store.erase("one")
    assert await broker.drain(LONG)
    (first,) = await heard(server.url, 1)
    assert first["event"] == "conversation_erased"
    entry = await Cases(store).find(name)
    assert entry is not None and entry.address == "sealed-0123456789", "kept whole, though it looks like a number"
    await store.close()
    await broker.close()


def test_an_erasure_that_cannot_be_told_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PUBLISH_SECONDS", 0.5)
    monkeypatch.setattr(module, "CLOSE_SECONDS", 0.1)
    monkeypatch.setenv("BOT_EVENTS_URL", f"amqp://bot:wrong@127.0.0.1:{free_port()}/")
    command = ["erase", "--store", str(kept_file(tmp_path)), "--conversation", "one"]
    done = CliRunner().invoke(privacy, command)
    assert done.exit_code == 1
    assert "Conversation one is erased here, but the event stream could not be told" in done.output


async def test_of_too_many_waiting_events_the_oldest_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    monkeypatch.setattr(module, "CLOSE_SECONDS", 0.1)
    broker = RabbitEvents(f"amqp://bot:wrong@127.0.0.1:{free_port()}/", asyncio.get_running_loop())
    for number in range(5):
        broker.publish({"number": number})
    assert [event["number"] for event in broker._waiting] == [2, 3, 4]
    await broker.close()
