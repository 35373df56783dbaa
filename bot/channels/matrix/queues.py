"""One queue for each room: its events are dealt with in order, and rooms do not wait for each other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from prometheus_client import Gauge

from bot.channels.matrix.events import Event
from bot.channels.matrix.inbox import Arrival

WAITING = Gauge("bot_matrix_waiting", "Matrix events that have arrived and are not dealt with yet")

#: Deals with one event; the event is None when it must be fetched first. Must not raise.
Deal = Callable[[Arrival, Event | None], Awaitable[None]]


class RoomQueues:
    """The queues. Nothing is dealt with before `start`."""

    def __init__(self, deal: Deal) -> None:
        self._deal = deal
        self._rooms: dict[str, deque[tuple[Arrival, Event | None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._started = False

    def put(self, arrival: Arrival, event: Event | None, early: bool = False) -> None:
        """Queues an event behind those of its room, or (`early`) right behind the one that is being dealt with."""
        WAITING.inc()
        waiting = self._rooms.setdefault(arrival.room, deque())
        waiting.insert(1 if early else len(waiting), (arrival, event))
        if self._started and len(waiting) == 1:
            self._work_on(arrival.room)

    def take_back(self, room: str, event_id: str) -> None:
        """Forgets the words of an event that waits: its sender took it back."""
        waiting = self._rooms.get(room, deque())
        for place, (arrival, event) in enumerate(waiting):
            if arrival.event_id == event_id and event is not None:
                waiting[place] = (arrival, {**event, "content": {}})

    def start(self) -> None:
        """Begins to deal with what waits."""
        self._started = True
        for room in self._rooms:
            self._work_on(room)

    async def close(self) -> None:
        """Stops. What is not dealt with stays in the inbox."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        WAITING.dec(sum(map(len, self._rooms.values())))
        self._rooms.clear()

    def _work_on(self, room: str) -> None:
        task = asyncio.get_running_loop().create_task(self._work(room))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, room: str) -> None:
        waiting = self._rooms[room]
        while waiting:
            await self._deal(*waiting[0])
            waiting.popleft()
            WAITING.dec()
        del self._rooms[room]
