"""Takes events in: what means something to us is kept on the disk, then queued."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

from bot.channels.matrix.client import Homeserver
from bot.channels.matrix.events import KINDS, Event, Membership, Redaction, is_event, meaning
from bot.channels.matrix.inbox import Arrival, Inbox
from bot.channels.matrix.queues import RoomQueues
from bot.channels.matrix.rooms import Rooms


class Intake:
    """Where events from the homeserver go first."""

    def __init__(self, homeserver: Homeserver, inbox: Inbox, rooms: Rooms, queues: RoomQueues) -> None:
        self._homeserver = homeserver
        self._inbox = inbox
        self._rooms = rooms
        self._queues = queues
        self._receiving: set[asyncio.Task[None]] = set()

    async def receive(self, events: Iterable[Any], early: bool = False) -> None:
        """Keeps and queues those that are new; when this returns they are safe.

        What was kept is queued also when the caller is cancelled meanwhile, as by a homeserver that hangs up.

        Args:
            events: Events of any shape, in order; those of no meaning to us are left out.
            early: They came before what waits in their room.
        """
        task = asyncio.ensure_future(self._receive(events, early))
        self._receiving.add(task)
        task.add_done_callback(self._receiving.discard)
        await asyncio.shield(task)

    async def _receive(self, events: Iterable[Any], early: bool) -> None:
        by_id = {event["event_id"]: event for event in self._wanted(events)}
        new = await self._inbox.accept(_arrival(event) for event in by_id.values())
        for arrival in reversed(new) if early else new:
            event = by_id[arrival.event_id]
            what = meaning(event)
            if isinstance(what, Redaction):
                self._queues.take_back(what.room, what.event_id)
            self._queues.put(arrival, event, early)

    async def resume(self) -> None:
        """Queues what waits from before a restart."""
        for arrival in await self._inbox.waiting():
            self._queues.put(arrival, None)

    def _wanted(self, events: Iterable[Any]) -> Iterator[Event]:
        for event in events:
            if not is_event(event) or event["type"] not in KINDS:
                continue
            what = meaning(event)
            if isinstance(what, Membership):
                self._rooms.changed(what.room)
                if what.membership == "join":
                    continue
            if what is not None and event["sender"] != self._homeserver.user_id:
                yield event


def _arrival(event: Event) -> Arrival:
    what = meaning(event)
    invites = what.user_id if isinstance(what, Membership) and what.membership == "invite" else ""
    return Arrival(event["room_id"], event["event_id"], event["sender"], invites)
