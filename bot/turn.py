"""One turn, guarded: a message goes in, and a reply always comes out.

Every channel calls `Turns.say`. Whatever fails behind it, the patient reads a fixed sentence with the clinic's
number, and red flags are still caught.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.collector import ReplyCollector, as_reply
from bot.choices import chosen, looks_like_choice
from bot.content.reply import Button, Reply
from bot.conversations.erasing import ERASE, erase_conversation
from bot.conversations.redaction import erase_message
from bot.danger import MAX_AT_ONCE, MAX_SEARCHED, DangerCheck
from bot.delivery import MESSAGE_ID, AlreadyAnswered
from bot.fixed_replies import FixedReplies
from bot.in_time import in_time, sooner
from bot.logs import describe
from bot.metrics import RUNNING, count_turn
from bot.provenance import Provenance
from bot.safety import Detector
from bot.safety.pieces import HEARD

if TYPE_CHECKING:
    from bot.handover.handover import Handover

logger = logging.getLogger(__name__)

#: Longest message that is understood, in characters. Longer ones are still searched for danger.
MAX_TEXT = MAX_AT_ONCE
#: Seconds that a turn may take; shorter than the 60 s that Rasa's conversation lock lives.
TURN_TIMEOUT = 25.0
#: Seconds that a person in danger waits for a slow turn.
URGENT_SECONDS = 3.0
#: Seconds more that a turn which failed waits for the search of a long message.
SEARCH_TIMEOUT = 5.0
#: Rasa's own intents that would change the conversation behind the patient's back.
FORBIDDEN_INTENTS = frozenset({"restart", "session_start", "back"})
#: Marks beyond the fortieth in a row say nothing more, and spaCy's time grows with their square.
MARKS = re.compile(r"([^\w\s]{40})[^\w\s]+")
PAYLOAD = re.compile(r"/(?P<intent>[a-z_]+)(?P<data>\{.*\})?", re.DOTALL)


@dataclass(frozen=True)
class Turn:
    """What one turn came to: the replies, and how the message was understood.

    There is at least one reply, except while a person has the conversation (`handed_over`).
    """

    replies: tuple[Reply, ...]
    intent: str | None = None
    confidence: float = 0.0
    notice: Reply | None = None
    erased: bool = False
    seconds: float = 0.0
    failed: str = ""
    handed_over: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def spoken(self) -> list[Reply]:
        """All that is said, in order: the opening notice stands after an urgent reply and before any other."""
        if self.notice is None:
            return list(self.replies)
        if any(reply.urgency for reply in self.replies):
            return [*self.replies, self.notice]
        return [self.notice, *self.replies]


def clean(text: str | None) -> str:
    """A patient's text without control characters and leading slashes: typed text is never a command."""
    kept = "".join(
        char for char in text or "" if char in "\n\t" or unicodedata.category(char)[0] != "C" or char == "\u200d"
    )
    return MARKS.sub(r"\1", kept).strip().lstrip("/").strip()


def _cleaned(text: str) -> str:
    """As `clean`, and no more of a text than is searched is worked on."""
    return clean(text[:MAX_SEARCHED]) + text[MAX_SEARCHED:]


class Turns:
    """The one guard around Rasa's agent; `bot.runtime.guard_around` makes it.

    Messages of one sender are handled one after the other; different senders do not wait for each other.

    Args:
        agent: None without a model: then every message is searched for danger and answered with a fixed text.
        fixed: The fixed texts.
        detector: Finds danger.
        provenance: Holds every reply to the store and the fixed texts.
        timeout: Seconds that a turn may take.
    """

    def __init__(
        self,
        agent: Agent | None,
        fixed: FixedReplies,
        detector: Detector,
        provenance: Provenance,
        timeout: float = TURN_TIMEOUT,
    ) -> None:
        self.agent = agent
        self.fixed = fixed
        self.danger = DangerCheck(detector, fixed)
        self.provenance = provenance
        self.timeout = timeout
        #: Hands conversations over to the clinic's staff; None where none are set up.
        self.handover: Handover | None = None
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def say(
        self,
        sender_id: str,
        text: str | None = None,
        payload: str | None = None,
        channel: str = "web",
        metadata: Mapping[str, Any] | None = None,
        with_notice: bool = True,
        address: str | None = None,
    ) -> list[Reply]:
        """What the bot says to one message: at least one reply, whatever happens, unless a person has taken over.

        Args:
            sender_id: The conversation; the channel vouches for it.
            text: What the patient typed. It is never obeyed as a command.
            payload: The payload of a button that we issued.
            channel: Name of the surface, kept with the message.
            metadata: Kept with the message. With the client's own id of it (`bot.delivery.MESSAGE_ID`) a message
                that arrives twice is answered once: the second time gives the same replies.
            with_notice: Whether a new conversation starts with the opening notice.
            address: Where staff's words can be brought later, sealed, as the channel's `push` understands it; "" when
                nowhere. It is kept only while a person has the conversation. None for a channel that needs none.
        """
        return (await self.turn(sender_id, text, payload, channel, metadata, with_notice, address)).spoken

    async def turn(
        self,
        sender_id: str,
        text: str | None = None,
        payload: str | None = None,
        channel: str = "web",
        metadata: Mapping[str, Any] | None = None,
        with_notice: bool = True,
        address: str | None = None,
    ) -> Turn:
        """As `say`, with how the message was understood. Never raises, except when the caller cancels it."""
        started = time.perf_counter()
        metadata = dict(metadata or {})
        message_id = str(metadata.get(MESSAGE_ID) or uuid.uuid4().hex)
        where = ""
        try:
            with RUNNING.labels(channel).track_inprogress():
                work = self._in_order(sender_id, message_id, text, payload, channel, metadata, with_notice, address)
                turn = await sooner(
                    in_time(work, self.timeout), URGENT_SECONDS, lambda: self._urgent(sender_id, message_id, text)
                )
        except asyncio.TimeoutError:
            turn = await self._failed(sender_id, message_id, text, "timeout")
        except Exception as error:
            turn = await self._failed(sender_id, message_id, text, type(error).__name__)
            where = f" [{describe(error)}]"
        if turn.failed:
            # Types and places alone: an error's text could hold the patient's words.
            logger.error("a turn on channel %s ended in the fixed reply: %s%s", channel, turn.failed, where)
        seconds = time.perf_counter() - started
        count_turn(channel, [reply.kind for reply in turn.replies], seconds, turn.failed)
        return replace(turn, seconds=seconds)

    async def forget(self, sender_id: str) -> None:
        """Erases the conversation: nothing of it is left in the conversation store.

        It waits for a turn of this conversation that is running here or on another server, which would save it anew.
        """
        if self.agent is None:
            raise RuntimeError("there is no model and no conversation store; nothing can be erased")
        self.danger.forget(sender_id)
        async with self.agent.lock_store.lock(sender_id):
            if self.handover is not None:
                await self.handover.forget(sender_id)
            await erase_conversation(self.agent.tracker_store, sender_id)

    async def forget_message(self, sender_id: str, message_id: str) -> None:
        """Erases one message (see `bot.delivery.MESSAGE_ID`) and what was said to it; one that is not there is no error.

        It waits for a turn of this conversation as `forget` does.
        """
        if self.agent is None:
            raise RuntimeError("there is no model and no conversation store; nothing can be erased")
        self.danger.forget(sender_id)
        await erase_message(self.agent, sender_id, message_id)

    async def _in_order(self, sender_id: str, *said: Any) -> Turn:
        """One message of a sender after the other; the wait for the one before counts as time of the turn."""
        async with self._locks.setdefault(sender_id, asyncio.Lock()):
            return await self._turn(sender_id, *said)

    async def _turn(
        self,
        sender_id: str,
        message_id: str,
        text: str | None,
        payload: str | None,
        channel: str,
        metadata: dict[str, Any],
        with_notice: bool,
        address: str | None,
    ) -> Turn:
        words = _cleaned(text or "") if payload is None else ""
        if payload is None and not words:
            return Turn((self.fixed.reply("empty_message"),))
        if len(words) > MAX_TEXT:
            urgent = await self.danger.find(words, sender_id, message_id)
            return Turn((urgent or self.fixed.reply("too_long"),))
        if self.agent is None or not self.agent.is_ready():
            return await self._failed(sender_id, message_id, text, "no model")
        collector = ReplyCollector(channel, address=address)
        message = await self._as_obeyed(sender_id, words, payload)
        if heard := self.danger.unkept(sender_id, message_id):
            metadata = {**metadata, HEARD: heard}
        return await self._ask_rasa(sender_id, message_id, message, collector, metadata, with_notice)

    async def _ask_rasa(
        self,
        sender_id: str,
        message_id: str,
        message: str,
        collector: ReplyCollector,
        metadata: dict[str, Any],
        with_notice: bool,
    ) -> Turn:
        assert self.agent is not None
        words = "" if message.startswith("/") else message  # a tap says nothing of danger
        collector.if_silent = lambda: (
            self.danger.find_now(words, sender_id, message_id) or self.fixed.reply("technical_problem")
        )
        try:
            await self.agent.handle_message(
                UserMessage(message, collector, sender_id, input_channel=collector.channel, metadata=metadata)
            )
        except AlreadyAnswered as answered:
            notice = self._notice(collector, with_notice)
            return Turn(tuple(answered.replies), notice=notice, handed_over=answered.handed_over)
        if not collector.replies and not collector.handed_over:
            return await self._failed(sender_id, message_id, words, "no reply")
        if words:
            self.danger.note(sender_id, message_id, words, collector.concepts)
        strays = [part for reply in collector.replies for part in self.provenance.strays(reply)]
        if strays:
            logger.error("a reply was held back; not approved: %s", ", ".join(strays))
            return await self._failed(sender_id, message_id, words, "not approved")
        erased = ERASE in collector.effects
        if erased and getattr(self.agent.processor, "erases", False):
            self.danger.forget(sender_id)
        elif erased:
            await self.forget(sender_id)
        return Turn(
            tuple(collector.replies),
            collector.intent,
            collector.confidence,
            self._notice(collector, with_notice),
            erased,
            failed=collector.failed,
            handed_over=collector.handed_over and not erased,
        )

    def _notice(self, collector: ReplyCollector, wanted: bool) -> Reply | None:
        return self.fixed.reply("opening_notice") if wanted and collector.first_message else None

    async def _as_obeyed(self, sender_id: str, words: str, payload: str | None) -> str:
        """What Rasa gets: the payload of a button, be it tapped or picked by its number, else the typed text."""
        if payload is not None:
            return self._checked_payload(payload)
        if looks_like_choice(words):
            button = chosen(words, await self.last_buttons(sender_id))
            if button:
                return self._checked_payload(button.payload)
        return words

    def _checked_payload(self, payload: str) -> str:
        """The payload, when it is one of ours. Raises: ValueError otherwise."""
        found = PAYLOAD.fullmatch(payload)
        intents = set(self.agent.domain.intents) - FORBIDDEN_INTENTS if self.agent and self.agent.domain else set()
        if not found or found["intent"] not in intents:
            raise ValueError("not a payload of ours")
        if found["data"]:
            json.loads(found["data"])
        return payload

    async def last_buttons(self, sender_id: str) -> tuple[Button, ...]:
        """The buttons of the bot's last reply in this conversation."""
        assert self.agent is not None
        tracker: DialogueStateTracker | None = await self.agent.tracker_store.retrieve(sender_id)
        for event in reversed(tracker.events if tracker else ()):
            if isinstance(event, BotUttered):
                reply = as_reply(event.message())
                return reply.buttons if reply else ()
        return ()

    async def _urgent(self, sender_id: str, message_id: str, text: str | None) -> Turn | None:
        """What a person in danger reads while their turn takes too long; the turn goes on, and says the same."""
        urgent = await self._danger_in(text, sender_id, message_id) if text else None
        return Turn((urgent,), failed="slow") if urgent else None

    async def _failed(self, sender_id: str, message_id: str, text: str | None, reason: str) -> Turn:
        urgent = await self._danger_in(text, sender_id, message_id)
        return Turn((urgent or self.fixed.reply("technical_problem"),), failed=reason)

    async def _danger_in(self, text: str | None, sender_id: str, message_id: str) -> Reply | None:
        return await self.danger.find(_cleaned(text or ""), sender_id, message_id, SEARCH_TIMEOUT)
