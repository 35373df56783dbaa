"""Danger that staff must hear of: noted before they are told, so that it outlives the server and a desk that is down.

What is owed for a case has an entry of its own in the conversation store. It holds no words: those stand in the
conversation. It goes when staff have heard, with the conversation, and after `GIVE_UP_SECONDS`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from rasa.core.agent import Agent
from rasa.shared.core.events import ConversationPaused, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.conversations.erasing import erase_conversation
from bot.handover.case import OWED, Case
from bot.handover.desk import StaffMessage
from bot.handover.talk import Talk
from bot.logs import describe

logger = logging.getLogger(__name__)

#: Seconds before the next try when staff could not be told: doubled up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 600.0
#: Seconds after which nobody is told any more.
GIVE_UP_SECONDS = 24 * 3600.0
#: Seconds between two searches for what another server owes.
SEARCH_SECONDS = 3600.0


@dataclass(frozen=True)
class Danger:
    """One message of danger that staff have not heard of yet.

    Attributes:
        conversation: In which it was said.
        case: The case's name.
        level: Which danger.
        channel: Where the patient writes.
        shared: Whether staff may read what was said.
        at: When it was heard, in seconds since 1970.
        said_at: When the conversation has it: by it the words are found.
    """

    conversation: str
    case: str
    level: str
    channel: str
    shared: bool
    at: float
    said_at: float

    @classmethod
    def of(cls, noted: Mapping[str, Any]) -> Danger:
        """The danger in an event's metadata."""
        return cls(**{item.name: noted[item.name] for item in fields(cls)})

    @property
    def key(self) -> str:
        """The same each time that staff are told of it."""
        return f"{self.case}-{int(self.said_at * 1_000_000)}"


class Owed:
    """Tells staff of danger until they have heard.

    Args:
        agent: Whose conversations.
        tell: Tells staff; gives whether they have heard.
        seen: A patient's text as staff see it.
        begin: Runs work beside the turn.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        agent: Agent,
        tell: Callable[[StaffMessage], Awaitable[bool]],
        seen: Callable[[str], str],
        begin: Callable[[Coroutine[Any, Any, None]], None],
        clock: Callable[[], float],
    ) -> None:
        self._agent = agent
        self._tell = tell
        self._seen = seen
        self._begin = begin
        self._clock = clock
        self._searched = float("-inf")
        #: Cases of which something is owed: when to try next, and how long to pause after that.
        self._due: dict[str, tuple[float, float]] = {}
        self._telling: set[str] = set()
        #: The words of what was heard here: the conversation has them only after the turn.
        self._words: dict[str, str] = {}

    async def add(self, talk: Talk, case: Case, level: str) -> None:
        """Notes danger in the turn in which it is heard, and begins to tell staff. Never raises."""
        danger = Danger(talk.sender_id, case.case, level, talk.channel, case.shared, self._clock(), talk.heard_at)
        self._words[danger.key] = talk.text
        try:
            async with self._agent.lock_store.lock(OWED + case.case):
                await self._note(danger)
        except Exception as error:
            logger.error("danger that staff must hear of could not be noted: %s", describe(error))
            self._begin(self._tell_unnoted(danger))
            return
        self._start(case.case)

    async def look_after(self) -> None:
        """Tells what could not be told before, here or before a restart. To be called regularly."""
        now = self._clock()
        if now >= self._searched + SEARCH_SECONDS:
            for key in await self._agent.tracker_store.keys():
                if key.startswith(OWED):
                    self._due.setdefault(key.removeprefix(OWED), (now, FIRST_PAUSE))
            self._searched = now
        for case, (due, _) in list(self._due.items()):
            if due <= now:
                self._start(case)

    def _start(self, case: str) -> None:
        if case in self._telling:
            self._due[case] = (self._clock(), FIRST_PAUSE)  # again as soon as it is done
            return
        self._telling.add(case)
        _, pause = self._due.pop(case, (0.0, FIRST_PAUSE))
        self._begin(self._pay(case, pause))

    async def _pay(self, case: str, pause: float) -> None:
        """Tells staff all that is owed for a case, the oldest first."""
        try:
            done = await self._told_all(case)
        except Exception as error:
            logger.error("staff could not be told of danger: %s", describe(error))
            done = False
        finally:
            self._telling.discard(case)
        if not done:
            self._due[case] = (self._clock() + pause, min(2 * pause, LONGEST_PAUSE))

    async def _told_all(self, case: str) -> bool:
        told: set[str] = set()
        while True:
            for danger in await self._all(case):
                if danger.key not in told and not await self._told(danger):
                    return False
                told.add(danger.key)
            async with self._agent.lock_store.lock(OWED + case):  # a turn may just be noting more
                if all(danger.key in told for danger in await self._all(case)):
                    await erase_conversation(self._agent.tracker_store, OWED + case)
                    return True

    async def _told(self, danger: Danger) -> bool:
        if danger.at + GIVE_UP_SECONDS < self._clock():
            logger.error("staff could not be told of danger in %d hours; it is given up", GIVE_UP_SECONDS // 3600)
            return True
        message = StaffMessage(
            "case.danger", danger.case, danger.channel, danger.at, danger.shared,
            text=self._seen(await self._said(danger)) if danger.shared else "", level=danger.level, key=danger.key,
        )  # fmt: skip
        told = await self._tell(message)
        if told:
            self._words.pop(danger.key, None)
        return told

    async def _tell_unnoted(self, danger: Danger) -> None:
        await self._told(danger)
        self._words.pop(danger.key, None)

    async def _said(self, danger: Danger) -> str:
        """The words of danger; "" when they are not kept (any more)."""
        if danger.key in self._words:
            return self._words[danger.key]
        tracker = await self._agent.tracker_store.retrieve_full_tracker(danger.conversation)
        said = (event for event in (tracker.events if tracker else ()) if isinstance(event, UserUttered))
        return next((str(event.text or "") for event in said if event.timestamp == danger.said_at), "")

    async def _all(self, case: str) -> list[Danger]:
        tracker = await self._agent.tracker_store.retrieve(OWED + case)
        return [Danger.of(event.metadata) for event in (tracker.events if tracker else ())]

    async def _note(self, danger: Danger) -> None:
        """Adds to the case's entry. The conversation's own turn is not over yet, and does not wait for staff."""
        store: Any = self._agent.tracker_store
        before = await store.retrieve(OWED + danger.case)
        events = [*(before.events if before else ()), ConversationPaused(metadata=asdict(danger))]
        entry = DialogueStateTracker.from_events(OWED + danger.case, events, store.domain.slots, domain=store.domain)
        await store.save(entry)
