"""Ends cases when no patient has just written: staff give the conversation back, or its time is over.

That it is being ended is noted first, and the case's entry is closed when the patient was told. So a server that dies in
between tells them after its restart, and where they can be reached is not kept longer than that.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from rasa.core.agent import Agent
from rasa.shared.core.events import ConversationResumed

from bot.content.reply import Reply
from bot.fixed_replies import FixedReplies
from bot.handover.case import ENTRY, Case
from bot.handover.cases import Cases, Entry, case_of
from bot.handover.desk import Reason
from bot.handover.reach import NotReached
from bot.handover.talk import Talk
from bot.logs import describe

logger = logging.getLogger(__name__)

#: Seconds after which it is given up to tell a patient that their case is over.
GIVE_UP_SECONDS = 3600.0
#: Seconds between two searches for cases that another server opened.
SEARCH_SECONDS = 3600.0

#: Fixed texts with which a case ends, and why it does then; "" when staff ended it.
TEXTS: dict[str, Reason] = {"handover_back": "", "handover_over": "time"}


class Endings:
    """Ends cases.

    Args:
        agent: Whose conversations.
        fixed: The fixed texts.
        cases: The open cases.
        bring: Brings a reply to the patient of a case, under a key. Raises: NotReached.
        ended: Tells staff that a case is over, and why.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        agent: Agent,
        fixed: FixedReplies,
        cases: Cases,
        bring: Callable[[Talk, Entry, Reply, str], Awaitable[None]],
        ended: Callable[[Talk, Case, Reason], None],
        clock: Callable[[], float],
    ) -> None:
        self._agent = agent
        self._fixed = fixed
        self._cases = cases
        self._bring = bring
        self._ended = ended
        self._clock = clock
        self._watched: set[str] = set()
        self._searched = float("-inf")

    def watch(self, name: str) -> None:
        """From now on `look_after` looks after this case."""
        self._watched.add(name)

    async def end(self, name: str, text: str) -> bool:
        """Ends a case and tells the patient with a fixed text (one of `TEXTS`), now or in a later `look_after`.

        Returns:
            False when there is no such case (any more).
        """
        async with self._agent.lock_store.lock(ENTRY + name):
            entry = await self._cases.find(name)
            if entry is None:
                return False
            if not entry.ending:
                talk = await self._talk(entry)
                case = case_of(talk.tracker) if talk else None
                # Its time decides: staff may have written, or it may have run out, while the lock was waited for.
                if case is None or case.case != name or (case.until <= self._clock()) != (TEXTS[text] == "time"):
                    return False
                await self._cases.end(name, text, self._clock())
                self.watch(name)
            await self._finish(name)
        return True

    async def look_after(self) -> None:
        """Ends the cases whose time is over, and finishes what was begun before a restart. To be called regularly."""
        now = self._clock()
        if now >= self._searched + SEARCH_SECONDS:
            self._watched.update(await self._cases.names())
            self._searched = now
        for name in sorted(self._watched):
            try:
                await self._look_at(name)
            except Exception as error:
                logger.error("a case could not be looked after: %s", describe(error))

    async def _look_at(self, name: str) -> None:
        entry = await self._cases.find(name)
        if entry is None:
            self._watched.discard(name)
            return
        talk = await self._talk(entry)
        case = case_of(talk.tracker) if talk else None
        if entry.ending or (case is not None and case.case == name and case.until <= self._clock()):
            await self.end(name, "handover_over")
        elif case is None or case.case != name:
            await self._close_unless_open(entry)

    async def _close_unless_open(self, entry: Entry) -> None:
        """Forgets a case that never came to be, or ended in a turn, because the server died in the middle."""
        async with self._agent.lock_store.lock(entry.conversation):  # a turn may just be opening it
            talk = await self._talk(entry)
            case = case_of(talk.tracker) if talk else None
            if case is None or case.case != entry.name:
                await self._cases.close(entry.name)

    async def _finish(self, name: str) -> None:
        """Gives back the conversation of a case that is being ended, tells the patient, and closes the entry."""
        entry = await self._cases.find(name)
        if entry is None:
            return
        reply = self._fixed.reply(entry.ending)
        async with self._agent.lock_store.lock(entry.conversation):
            talk = await self._talk(entry)
            case = case_of(talk.tracker) if talk else None
            if talk is not None and case is not None and case.case == name:
                talk.note(ConversationResumed())
                talk.push(reply)
                await self._agent.tracker_store.save(talk.tracker)
                self._ended(talk, case, TEXTS[entry.ending])
        if talk is not None and (case is None or case.case == name):  # else a person has it again
            try:
                await self._bring(talk, entry, reply, "end")
            except NotReached as error:
                logger.warning("a patient could not be told that the bot answers again: %s", error)
                if error.again and self._clock() < entry.ending_since + GIVE_UP_SECONDS:
                    return  # `look_after` tries again
        await self._cases.close(name)

    async def _talk(self, entry: Entry) -> Talk | None:
        tracker = await self._agent.tracker_store.retrieve(entry.conversation)
        return Talk(tracker, self._agent.domain) if tracker else None
