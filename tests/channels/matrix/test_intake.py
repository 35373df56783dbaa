"""What is taken in is dealt with."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.channels.matrix.client import Homeserver
from bot.channels.matrix.events import Event
from bot.channels.matrix.inbox import Arrival, Inbox
from bot.channels.matrix.intake import Intake
from bot.channels.matrix.queues import RoomQueues
from bot.channels.matrix.rooms import Rooms
from tests.channels.matrix.kit import event_of


async def test_a_caller_that_hangs_up_loses_nothing(tmp_path: Path) -> None:
    """What is on the disk is dealt with now, not at the next start."""
    inbox = Inbox(tmp_path / "matrix.db")
    homeserver = Homeserver("http://127.0.0.1:1", "token")
    dealt: list[str] = []
    all_dealt = asyncio.Event()

    async def deal(arrival: Arrival, _: Event | None) -> None:
        dealt.append(arrival.event_id)
        await inbox.finish(arrival)
        if len(dealt) == len(events):
            all_dealt.set()

    queues = RoomQueues(deal)
    queues.start()
    intake = Intake(homeserver, inbox, Rooms(homeserver, inbox, "Bot"), queues)
    events = [event_of(f"!{number}", "@eva:x", {"msgtype": "m.text", "body": "hello"}) for number in range(20)]
    for event in events:
        call = asyncio.ensure_future(intake.receive([event]))
        await asyncio.sleep(0)  # it has begun
        call.cancel()
    await asyncio.wait_for(all_dealt.wait(), 60)
    assert sorted(dealt) == sorted(event["event_id"] for event in events)
    assert await inbox.waiting() == []
    await queues.close()
    inbox.close()
