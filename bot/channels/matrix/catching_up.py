"""Looks through the rooms for what the homeserver forgot to hand over.

Synapse notes that an event is handed over when it has it in mind to, not when the bot has it: when it is killed, what it
had in mind is lost. So the bot looks by itself after each time that the homeserver was away. What it has already is
left out by the inbox. (Asking with `/sync` would be simpler; Synapse does not let application services do it.)
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from bot.channels.matrix.client import Homeserver, HomeserverRefused
from bot.channels.matrix.events import KINDS, Event
from bot.channels.matrix.inbox import Inbox
from bot.channels.matrix.intake import Intake
from bot.conversations.expiry import SECONDS_A_DAY
from bot.logs import describe

logger = logging.getLogger(__name__)

#: Seconds between two looks whether the homeserver is there; it takes longer to come back.
KNOCK_SECONDS = 2.0
#: Seconds between two looks through the rooms when nothing is known to have happened.
EVERY_SECONDS = 3600.0
#: Seconds before the next try when a look failed: doubled up to the longest.
LONGEST_PAUSE = 300.0
#: Seconds that the clocks of bot and homeserver may be apart.
CLOCKS_SECONDS = 600.0
#: Events in a page, and pages of a room at most.
PAGE, MAX_PAGES = 50, 40
TYPES = sorted(KINDS)


class CatchingUp:
    """Looks when it must.

    Args:
        homeserver: Its `user_id` must be known.
        inbox: Keeps when it looked last.
        intake: Where events go.
        keep_days: How long the inbox knows an event; the bot looks back half as far at most.
    """

    def __init__(self, homeserver: Homeserver, inbox: Inbox, intake: Intake, keep_days: float) -> None:
        self._homeserver = homeserver
        self._inbox = inbox
        self._intake = intake
        self._longest = keep_days * SECONDS_A_DAY / 2

    async def run(self) -> None:
        """Looks at once, after each time that the homeserver was away, and now and then; never raises."""
        due, pause = 0.0, KNOCK_SECONDS
        while True:
            if not await self._homeserver.is_there():
                due, pause = 0.0, KNOCK_SECONDS
            elif time.monotonic() >= due:
                try:
                    await self.look()
                    due, pause = time.monotonic() + EVERY_SECONDS, KNOCK_SECONDS
                except Exception as error:
                    logger.error("the rooms could not be looked through: %s", describe(error))
                    due, pause = time.monotonic() + pause, min(2 * pause, LONGEST_PAUSE)
            await asyncio.sleep(KNOCK_SECONDS)

    async def look(self) -> None:
        """Takes in what happened since the last look and never arrived. The first look only notes that it was.

        Raises:
            HomeserverAway: it went away meanwhile; look again.
        """
        began = time.time()
        looked = await self._inbox.looked()
        if looked:
            since = max(looked, began - self._longest) - CLOCKS_SECONDS
            for room in await self._homeserver.joined():
                await self._intake.receive(await self._since(room, since))
        await self._inbox.look(began)

    async def _since(self, room: str, since: float) -> list[Event]:
        """What happened in a room since then and since the bot came, oldest first."""
        found: list[Event] = []
        start = ""
        for _ in range(MAX_PAGES):
            try:
                page = await self._homeserver.before(room, start, TYPES, PAGE)
            except HomeserverRefused:  # the bot is there no more
                break
            start = page.get("end") or ""
            for event in page.get("chunk") or ():
                if self._is_coming(event) or _at(event) < since:
                    return found[::-1]
                found.append(event)
            if not start:
                break
        return found[::-1]

    def _is_coming(self, event: Event) -> bool:
        """Whether the bot came into the room with this event; a new name of it is such an event, too."""
        before = (event.get("unsigned") or {}).get("prev_content") or {}
        ours = event.get("type") == "m.room.member" and event.get("state_key") == self._homeserver.user_id
        return ours and before.get("membership") != "join"


def _at(event: Event) -> float:
    """When it was sent, in seconds since 1970 by the homeserver's clock; now when nobody can tell."""
    at: Any = event.get("origin_server_ts")
    return at / 1000 if isinstance(at, int) else time.time()
