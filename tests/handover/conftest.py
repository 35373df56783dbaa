"""A staff's system, and a bot in this process whose clock the tests set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.content.reply import Reply
from bot.settings import Settings
from tests.handover.staff import SECRET, StaffSystem

ZONE = ZoneInfo("America/New_York")
#: A Monday on which the demo clinic answers until five.
MONDAY_TEN = datetime(2026, 11, 23, 10, tzinfo=ZONE).timestamp()


@pytest.fixture
def staff() -> Iterator[StaffSystem]:
    """The staff's system."""
    made = StaffSystem()
    yield made
    made.close()


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    now: float = MONDAY_TEN

    def __call__(self) -> float:
        return self.now


@dataclass
class Talker:
    """A patient of the bot in this process."""

    turns: Any
    sender_id: str
    channel: str = "web"
    heard: list[Reply] = field(default_factory=list)
    handed_over: bool = False

    async def says(self, text: str = "", **more: Any) -> list[Reply]:
        """Types a message; all replies to it, none while the bot is silent."""
        turn = await self.turns.turn(self.sender_id, text or None, channel=self.channel, with_notice=False, **more)
        assert not turn.failed
        self.heard += turn.replies
        self.handed_over = turn.handed_over
        return list(turn.replies)

    async def taps(self, title: str) -> list[Reply]:
        """Taps the newest button with this title."""
        buttons = [button for reply in self.heard for button in reply.buttons if button.title == title]
        return await self.says(payload=buttons[-1].payload)

    async def hears(self) -> list[str]:
        """All that the conversation holds of the bot's and the staff's words."""
        from rasa.shared.core.events import BotUttered

        tracker = await self.turns.agent.tracker_store.retrieve_full_tracker(self.sender_id)
        return [event.text for event in tracker.events if isinstance(event, BotUttered)] if tracker else []


@pytest.fixture
def clock() -> Clock:
    """The clinic's clock."""
    return Clock()


@pytest.fixture
def desk(turns: Any, settings: Settings, staff: StaffSystem, clock: Clock) -> Iterator[Any]:
    """The bot, its staff set up; gives the handover."""
    from bot.handover.channel import StaffChannel
    from bot.handover.settings import StaffSettings

    StaffChannel(settings, StaffSettings(staff.url, SECRET), clock=clock).attach(turns)
    yield turns.handover
    turns.handover = turns.agent.processor.handover = None


@pytest.fixture
def talker(turns: Any, desk: Any, request: pytest.FixtureRequest) -> Talker:
    """A new patient on the web."""
    import uuid

    return Talker(turns, uuid.uuid4().hex)
