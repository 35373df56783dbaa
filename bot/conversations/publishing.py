"""Tells an event broker what was saved. Whatever the broker does, no save and no patient waits for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rasa.core.brokers.broker import EventBroker

from bot.metrics import STREAM_FAILURES

logger = logging.getLogger(__name__)

#: What the event stream says when a conversation is erased, so that whoever keeps the stream erases it there, too.
ERASED_EVENT = "conversation_erased"
#: An event whose metadata has this key stays out of the stream: it tells where a patient can be reached.
ADDRESS = "address"
#: Events that wait for a slow broker at most; later ones are dropped from the stream (never from the store).
MAX_WAITING = 10_000


class Publisher:
    """Hands events to a broker in order.

    Rasa's RabbitMQ broker only starts a task on the event loop and is called there. The others (Kafka, SQL, file)
    may block for minutes, so a thread of their own calls them.
    """

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        self._waiting = 0
        self._counting = threading.Lock()

    def publish(self, broker: EventBroker, events: Sequence[Mapping[str, Any]]) -> None:
        """Publishes the events but those with an `ADDRESS`, now or soon; never raises."""
        events = [event for event in events if ADDRESS not in (event.get("metadata") or {})]
        if hasattr(broker, "_loop"):
            _publish_all(broker, events)
            return
        with self._counting:
            if self._waiting + len(events) > MAX_WAITING:
                logger.error("the event broker is too slow; %d events are left out of the stream", len(events))
                STREAM_FAILURES.labels("too slow").inc(len(events))
                return
            self._waiting += len(events)
            if self._thread is None:
                self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="event-stream")
        self._thread.submit(self._publish_later, broker, events)

    def close(self) -> None:
        """Publishes what waits and ends the thread."""
        if self._thread is not None:
            self._thread.shutdown(wait=True)

    def _publish_later(self, broker: EventBroker, events: Sequence[Mapping[str, Any]]) -> None:
        try:
            _publish_all(broker, events)
        finally:
            with self._counting:
                self._waiting -= len(events)


def _publish_all(broker: EventBroker, events: Sequence[Mapping[str, Any]]) -> None:
    for event in events:
        try:
            broker.publish(dict(event))
        except Exception as error:
            # The type alone: a broker's error may hold the event.
            logger.error("the event broker failed: %s", type(error).__name__)
            STREAM_FAILURES.labels(type(error).__name__).inc()
