"""The event stream: tells RabbitMQ what was saved, through Rasa's own event broker. Only when a clinic sets it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import Any
from urllib.parse import unquote, urlsplit

import aio_pika
from rasa.core.brokers.pika import PikaEventBroker

from bot.conversations.publishing import ERASED_EVENT
from bot.metrics import STREAM_FAILURES

logger = logging.getLogger(__name__)

EXCHANGE = "bot-events"
QUEUE = "bot_events"
#: Events kept while RabbitMQ is away; of more, the oldest are left out of the stream (never out of the store).
MAX_WAITING = 10_000
#: Seconds until RabbitMQ must have taken one event, and between two tries.
PUBLISH_SECONDS = 10.0
RETRY_SECONDS = 2.0
#: Seconds that the end of the process waits for events to go out.
CLOSE_SECONDS = 5.0


class RabbitEvents(PikaEventBroker):
    """Publishes each event to the fanout exchange `bot-events`, whose durable queue `bot_events` keeps it.

    Events go out in the order of their saves, one confirmed after the other. While RabbitMQ is away they wait here,
    and nobody else waits: no start, no save, no patient.

    Args:
        url: `amqp://user:password@host/vhost`, or `amqps://…`.
        event_loop: The running loop.
    """

    def __init__(self, url: str, event_loop: asyncio.AbstractEventLoop) -> None:
        parsed = urlsplit(url)
        super().__init__(
            host=parsed.hostname or "",
            username=unquote(parsed.username or ""),
            password=unquote(parsed.password or ""),
            port=parsed.port or (5671 if parsed.scheme == "amqps" else 5672),
            queues=[QUEUE],
            exchange_name=EXCHANGE,
            event_loop=event_loop,
        )
        self._url = url
        self._connection: Any = None
        self._connecting: asyncio.Future[Any] | None = None
        self._lost = asyncio.Event()
        self._waiting: deque[dict[str, Any]] = deque()
        self._news = asyncio.Event()
        self._all_out = asyncio.Event()
        self._all_out.set()
        self._sending = event_loop.create_task(self._send())

    def publish(self, event: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        """Queues the event; returns at once and never raises."""
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.popleft()
            STREAM_FAILURES.labels("left out").inc()
        self._waiting.append(event)
        self._all_out.clear()
        self._news.set()

    async def drain(self, seconds: float) -> bool:
        """Waits until every event is out; tells whether they are."""
        try:
            await asyncio.wait_for(self._all_out.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Sends what waits, for some seconds, and closes the connection."""
        if not await self.drain(CLOSE_SECONDS):
            logger.error("%d events are left out of the stream", len(self._waiting))
            STREAM_FAILURES.labels("left out").inc(len(self._waiting))
        self._sending.cancel()
        if self._connecting is not None:
            self._connecting.cancel()
        await self._hang_up()

    async def connect(self) -> None:
        """Connects once; an error tells that it failed.

        Rasa would take aio_pika's robust connection. That one hides a loss while it comes back by itself, which it also
        does after it was left, so each loss would leave one more connection behind.
        """
        lost = self._lost
        # One that is cancelled would leave its socket open, so each try waits for the same one.
        connecting = self._connecting = self._connecting or asyncio.ensure_future(aio_pika.connect(self._url))
        await asyncio.wait({connecting})
        self._connecting = None
        self._connection = connection = connecting.result()
        connection.close_callbacks.add(lambda *_: lost.set())
        channel: Any = await connection.channel(on_return_raises=True)  # an event that no queue takes is an error
        self._exchange = await self._set_up_exchange(channel)

    async def _send(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                event = self._waiting[0]
                failure = await self._try(event)
                if failure:
                    # The type alone: a broker's error may hold the event.
                    logger.error("the event broker failed: %s", failure)
                    STREAM_FAILURES.labels(failure).inc()
                    await self._hang_up()
                    await asyncio.sleep(RETRY_SECONDS)
                elif self._waiting and self._waiting[0] is event:
                    self._waiting.popleft()
            self._all_out.set()

    async def _try(self, event: dict[str, Any]) -> str:
        """Sends one event; gives the name of what failed, "" when RabbitMQ has taken the event.

        The sending has a task of its own, which a connection that breaks may cancel, or leave waiting for an answer
        that never comes. Neither must end the one who sends, or hold it up.
        """
        sending = asyncio.ensure_future(self._send_one(event))
        lost = asyncio.ensure_future(self._lost.wait())
        try:
            await asyncio.wait({sending, lost}, timeout=PUBLISH_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                return "ConnectionError" if lost.done() else "TimeoutError"
            if sending.cancelled():
                return "CancelledError"
            error = sending.exception()
            return type(error).__name__ if error else ""
        finally:
            sending.cancel()
            lost.cancel()

    async def _send_one(self, event: dict[str, Any]) -> None:
        if self._exchange is None:
            await self.connect()
        assert self._exchange is not None
        await self._exchange.publish(self._message(event, None), "")

    async def _hang_up(self) -> None:
        """Leaves the connection, so that the next event makes a new one."""
        connection, self._exchange, self._connection, self._lost = self._connection, None, None, asyncio.Event()
        if connection is not None:
            try:
                await asyncio.wait_for(connection.close(), CLOSE_SECONDS)
            except Exception as error:
                logger.info("the connection to the event broker was lost: %s", type(error).__name__)


async def tell_erased(url: str, conversation: str) -> bool:
    """Says on the stream at `url` that a conversation is erased; tells whether RabbitMQ took it in time."""
    broker = RabbitEvents(url, asyncio.get_running_loop())
    broker.publish({"sender_id": conversation, "event": ERASED_EVENT, "timestamp": time.time()})
    taken = await broker.drain(PUBLISH_SECONDS)
    await broker.close()
    return taken
