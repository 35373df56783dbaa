"""A staff's system, and a bot in this process whose clock the tests set."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.content.reply import Reply
from bot.handover.case import OWED
from bot.settings import Settings
from tests.channels.web.client import WebClient
from tests.handover.staff import SECRET, StaffSystem
from tests.serving import Server

ZONE = ZoneInfo("America/New_York")
#: A Monday on which the demo clinic answers until five.
MONDAY_TEN = datetime(2026, 11, 23, 10, tzinfo=ZONE).timestamp()


ALWAYS = "staff_hours:\n  zone: UTC\n" + "".join(
    f'  {day}: "00:00-24:00"\n'
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
)


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
    channel: str = "web"
    sender_id: str = field(default_factory=lambda: uuid.uuid4().hex)
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
    kept = turns.agent.tracker_store.store  # every test's: what one leaves owed would be told in the next
    for key in [key for key in kept if key.startswith(OWED)]:
        del kept[key]


@pytest.fixture
def talker(turns: Any, desk: Any) -> Talker:
    """A new patient on the web."""
    return Talker(turns)


@pytest.fixture(scope="session")
def content(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's content, in a clinic where a person always answers."""
    folder = tmp_path_factory.mktemp("clinic") / "content"
    shutil.copytree(settings.content, folder)
    clinic = folder / "clinic.yml"
    clinic.write_text(clinic.read_text("utf-8").split("staff_hours:")[0] + ALWAYS, "utf-8")
    return folder


@pytest.fixture(scope="session")
def office() -> Iterator[StaffSystem]:
    """The staff's system of the server `staffed`."""
    made = StaffSystem()
    yield made
    made.close()


@pytest.fixture(scope="session")
def new_staffed(
    settings: Settings, content: Path, office: StaffSystem, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Server]]:
    """Starts servers with the staff's webhook and more settings."""
    running: list[Server] = []

    def start(**more: str) -> Server:
        webhook = {"BOT_STAFF_WEBHOOK": office.url, "BOT_STAFF_SECRET": SECRET}
        state = tmp_path_factory.mktemp("staffed")
        running.append(Server(settings, state, BOT_CONTENT=str(content), **webhook, **more).start())
        return running[-1]

    yield start
    for server in running:
        server.kill()


@pytest.fixture(scope="session")
def staffed(new_staffed: Callable[..., Server]) -> Server:
    """The server with the staff's webhook set."""
    return new_staffed()


def waits(client: WebClient) -> bool:
    """Whether a person has the conversation, as the page is told."""
    answer = client.http.get("messages", headers=client.headers)
    assert answer.status_code == 200
    return bool(answer.json()["handed_over"])
