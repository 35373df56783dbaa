"""What happens when: a person is called, the bot is silent, staff write, and the bot gets the conversation back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from rasa.core.agent import Agent
from rasa.shared.core.events import ConversationPaused, ConversationResumed

from bot.content.clinic import Clinic
from bot.content.reply import Button, Reply
from bot.delivery import was_pushed
from bot.fixed_replies import FixedReplies
from bot.handover.case import ENTRY, Case
from bot.handover.cases import Cases, Entry, case_of
from bot.handover.desk import DeskUnreachable, Reason, StaffDesk, StaffMessage
from bot.handover.ending import Endings
from bot.handover.owed import Owed
from bot.handover.reach import Letter, NotReached, Push
from bot.handover.talk import Talk
from bot.logs import describe

logger = logging.getLogger(__name__)

#: What `action_contact` asks for: to offer a person, or to call one who may or may not read the patient's words.
OFFER, SHARE, PRIVATE = "handover_offer", "handover_share", "handover_private"
#: What the buttons of the offer stand for.
PAYLOADS = {SHARE: '/human_handoff{"confirmed": "yes"}', PRIVATE: '/human_handoff{"confirmed": "no"}', "": "/deny"}
#: The patient types this to have the bot back.
BACK = "bot"
#: How many of the patient's last messages staff see.
SHARED_MESSAGES = 5
#: Seconds between two reminders that the bot is silent.
REMIND_SECONDS = 3600.0
#: Seconds that a patient waits for staff to be told, and that is tried for where no patient waits.
PATIENCE, LONG_PATIENCE = 12.0, 120.0


class Handover:
    """Hands conversations over to the staff behind `desk`, and takes them back.

    Args:
        agent: Whose conversations.
        fixed: The fixed texts.
        clinic: Its hours; `staff_hours` must be there.
        desk: The way to the staff.
        scrub: Takes identifiers out of what staff see; None leaves them in.
        clock: Seconds since 1970.

    Attributes:
        channels: Where staff can answer, and how a reply is brought there; None for a channel that asks for itself,
            as the web page does. In other channels no person is offered.
        endings: Ends cases from outside of a turn.
        owed: Danger that staff have not heard of yet.
    """

    def __init__(
        self,
        agent: Agent,
        fixed: FixedReplies,
        clinic: Clinic,
        desk: StaffDesk,
        scrub: Callable[[str], str] | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if clinic.staff_hours is None:
            raise ValueError("a person can take over only where `staff_hours` are set")
        self.channels: dict[str, Push | None] = {"web": None}
        self._agent = agent
        self._fixed = fixed
        self._hours = clinic.staff_hours
        self._silence = clinic.staff_silence_minutes * 60.0
        self._desk = desk
        self._scrub = scrub
        self._clock = clock
        self._cases = Cases(agent.tracker_store)
        self._telling: set[asyncio.Task[None]] = set()
        self.owed = Owed(agent, self._told_in_the_end, self._seen, self._begin, clock)
        self.endings = Endings(agent, fixed, self._cases, self._bring, self._ended, clock)

    # --- in a turn; the conversation is locked, and saved when the turn is over ---

    async def current(self, talk: Talk) -> Case | None:
        """The case that the conversation is handed over by. One whose time is over is ended, and the patient told."""
        case = case_of(talk.tracker)
        if case is not None and case.until <= self._clock():
            await self._end(talk, case, "time")
            await talk.say(self._fixed.reply("handover_over"))
            return None
        return case

    async def after_turn(self, talk: Talk, wishes: list[str]) -> None:
        """Offers a person, or calls one, when the turn asked for it (see `OFFER`, `SHARE`, `PRIVATE`)."""
        wish = next((wish for wish in (SHARE, PRIVATE, OFFER) if wish in wishes), None)
        if wish is None or talk.channel not in self.channels or talk.address == "":
            return
        now = self._clock()
        closes = self._hours.closes(now)
        if closes is None:
            opens = self._hours.opens(now)
            if opens is not None:
                await talk.say(self._fixed.reply("handover_closed", opens=self._hours.say(opens)))
        elif wish == OFFER:
            await talk.offer(self._offer(), PAYLOADS[SHARE])
        else:
            await self._call(talk, wish == SHARE, closes)

    async def heard(self, talk: Talk, case: Case) -> None:
        """A message while the bot is silent, which holds no danger."""
        talk.offer_nothing()
        if talk.text.strip(" .!\"'").lower() == BACK:
            await self._end(talk, case, "patient")
            await talk.say(self._fixed.reply("handover_back"))
        elif talk.is_tap or not case.shared:
            await talk.say(self._fixed.reply("handover_silent" if case.shared else "handover_unread"))
        elif not await self._told(self._message("case.message", talk, case, text=self._seen(talk.text)), PATIENCE):
            await talk.say(self._fixed.reply("handover_not_passed"))
        elif case.reminded + REMIND_SECONDS <= self._clock():
            await talk.say(self._fixed.reply("handover_silent"))
            talk.note(ConversationPaused(metadata=replace(case, reminded=self._clock()).metadata()))

    async def danger(self, talk: Talk, case: Case, level: str) -> None:
        """Danger was heard while the bot is silent, and the urgent text is said: staff are told as well."""
        await self.owed.add(talk, case, level)

    # --- from outside of a turn ---

    async def say(self, name: str, text: str, message_id: str) -> bool:
        """Gives the words of a person to the patient, marked as such. The same id is said once.

        What is brought to a patient is brought first and noted then: when the server dies in between, it is brought
        again as soon as staff, who heard of no success, send it again.

        Returns:
            False when there is no such case (any more).

        Raises:
            NotReached: the patient did not get it, as far as is known.
        """
        async with self._agent.lock_store.lock(ENTRY + name):
            entry, talk, case = await self._in_case(name)
            if entry is None or talk is None or case is None or case.until <= self._clock():
                return False
            if await self._was_pushed(entry.conversation, message_id):
                return True
            reply = self._fixed.reply("handover_person")
            reply = replace(reply, kind="person", text=f"{reply.text}\n{text}")
            await self._bring(talk, entry, reply, message_id)
            return await self._note_said(entry, reply, message_id)

    async def resume(self, name: str) -> bool:
        """Gives a conversation back to the bot; the patient is told. False when there is no such case (any more)."""
        return await self.endings.end(name, "handover_back")

    async def settle(self, sender_id: str) -> bool:
        """Whether the conversation is handed over now. One whose time is over is ended first."""
        async with self._agent.lock_store.lock(sender_id):
            talk = await self._talk(sender_id)
            case = case_of(talk.tracker) if talk else None
            if talk is None or case is None:
                return False
            if case.until > self._clock():
                return True
            await self._end(talk, case, "time")
            talk.push(self._fixed.reply("handover_over"))
            await self._agent.tracker_store.save(talk.tracker)
        return False

    async def forget(self, sender_id: str) -> None:
        """Ends the case of a conversation that is about to be erased, and tells staff to do the same.

        Of earlier cases, too, nothing is left: of one may still be kept where the patient must be told of its end.
        """
        talk = await self._talk(sender_id)
        case = case_of(talk.tracker) if talk else None
        if talk is not None and case is not None:
            await self._end(talk, case, "deleted")
        await self._cases.close_all(sender_id)

    async def finish_telling(self, patience: float = LONG_PATIENCE) -> None:
        """Waits until staff know everything, at most `patience` seconds."""
        if self._telling:
            await asyncio.wait(set(self._telling), timeout=patience)

    # --- parts ---

    def _offer(self) -> Reply:
        reply = self._fixed.reply("handover_offer", count=str(SHARED_MESSAGES))
        closing = self._fixed.reply("handover_scrubbed").text if self._scrub else ""
        buttons = (
            Button(self._fixed.reply("handover_button_share").text, PAYLOADS[SHARE]),
            Button(self._fixed.reply("handover_button_private").text, PAYLOADS[PRIVATE]),
            Button(self._fixed.reply("handover_button_no").text, PAYLOADS[""]),
        )
        return replace(reply, closing=closing, buttons=buttons)

    async def _call(self, talk: Talk, shared: bool, closes: float) -> None:
        until = min(self._clock() + self._silence, closes)
        case = Case(await self._cases.open(talk.sender_id, talk.address or ""), shared, until)
        messages = tuple(self._seen(text) for text in talk.typed(SHARED_MESSAGES)) if shared else ()
        if not await self._told(self._message("case.opened", talk, case, messages=messages), PATIENCE):
            await self._cases.close(case.case)
            await talk.say(self._fixed.reply("handover_failed"))
            return
        self.endings.watch(case.case)
        name = "handover_called" if shared else "handover_called_private"
        await talk.say(self._fixed.reply(name, until=self._hours.say(closes)))
        talk.note(ConversationPaused(metadata=case.metadata()))

    async def _end(self, talk: Talk, case: Case, reason: Reason) -> None:
        talk.note(ConversationResumed())
        await self._cases.close(case.case)
        self._ended(talk, case, reason)

    def _ended(self, talk: Talk, case: Case, reason: Reason) -> None:
        """Tells staff that a case is over, unless it was they who ended it (no reason)."""
        if reason:
            self._tell_soon(self._message("case.ended", talk, case, reason=reason))

    async def _in_case(self, name: str) -> tuple[Entry | None, Talk | None, Case | None]:
        """The open case of this name and its conversation, as far as they are there."""
        entry = await self._cases.find(name)
        talk = await self._talk(entry.conversation) if entry else None
        case = case_of(talk.tracker) if talk else None
        return entry, talk, case if case and case.case == name else None

    async def _bring(self, talk: Talk, entry: Entry, reply: Reply, key: str) -> None:
        """Brings a reply to the patient of a case. Raises: NotReached."""
        push = self.channels.get(talk.channel, _nowhere)
        if push is None:
            return
        try:
            await push(Letter(talk.sender_id, reply, f"{entry.name} {key}", entry.address, talk.heard_at))
        except NotReached:
            raise
        except Exception as error:
            logger.error("what staff wrote could not be brought on channel %s: %s", talk.channel, describe(error))
            raise NotReached("the bot failed at it", again=True) from None

    async def _note_said(self, entry: Entry, reply: Reply, message_id: str) -> bool:
        """Keeps what a person said, and goes on waiting for them. False when nobody has read it."""
        async with self._agent.lock_store.lock(entry.conversation):
            _, talk, case = await self._in_case(entry.name)
            if case is not None and talk is not None:
                until = self._clock() + self._silence
                talk.push(reply, message_id)
                talk.note(ConversationPaused(metadata=replace(case, until=until).metadata()))
                await self._agent.tracker_store.save(talk.tracker)
                return True
            # The case ended meanwhile. What was brought was read; a page would not show it any more.
            return talk is None or self.channels.get(talk.channel) is not None

    async def _was_pushed(self, sender_id: str, message_id: str) -> bool:
        """Whether a person's words with this id were brought before, however much was said since."""
        tracker = await self._agent.tracker_store.retrieve_full_tracker(sender_id)
        return was_pushed(tracker.events if tracker else (), message_id)

    async def _talk(self, sender_id: str) -> Talk | None:
        tracker = await self._agent.tracker_store.retrieve(sender_id)
        return Talk(tracker, self._agent.domain) if tracker else None

    def _message(self, type_: str, talk: Talk, case: Case, **more: object) -> StaffMessage:
        return StaffMessage(type_, case.case, talk.channel, self._clock(), case.shared, **more)  # type: ignore[arg-type]

    def _seen(self, text: str) -> str:
        """A patient's text as staff see it."""
        return self._scrub(text) if self._scrub else text

    async def _told(self, message: StaffMessage, patience: float) -> bool:
        try:
            await self._desk.tell(message, patience)
        except DeskUnreachable as error:
            logger.error("staff could not be told (%s): %s", message.type, error)
            return False
        return True

    def _tell_soon(self, message: StaffMessage) -> None:
        """Tells staff while the patient reads on."""
        self._begin(self._tell_later(message))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell_later(self, message: StaffMessage) -> None:
        await self._told_in_the_end(message)

    async def _told_in_the_end(self, message: StaffMessage) -> bool:
        return await self._told(message, LONG_PATIENCE)


async def _nowhere(letter: Letter) -> None:
    raise NotReached("the server that was called does not serve the channel that they write in")
