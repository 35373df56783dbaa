"""Is the bot able to answer? Asks it, without leaving a trace in any conversation."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasa.core.channels.channel import UserMessage

from bot.channels.collector import ReplyCollector
from bot.embedded import BotProcessor, EmbeddedActions
from bot.metrics import READY

if TYPE_CHECKING:
    from bot.embedded import BotAgent
    from bot.turn import Turns

logger = logging.getLogger(__name__)

#: What is asked. Understanding, actions and the content store are needed to answer it.
QUESTION = "What can I ask you?"
#: Seconds that the check may take; longer is as bad as no answer.
LIMIT_SECONDS = 8.0
#: Seconds for which a result stands, so that whoever asks for it can't load the server.
STANDS_SECONDS = 1.0


@dataclass(frozen=True)
class Health:
    """What a look found: `reason` is "" when all is well, else the part that failed and the error's type."""

    reason: str
    seconds: float

    @property
    def ready(self) -> bool:
        """Whether patients get answers."""
        return not self.reason


class Check:
    """Looks at the bot when somebody asks, at most every `STANDS_SECONDS` seconds, one look at a time.

    Args:
        name: What the log calls it.
        examine: Looks; never raises.
        clock: Seconds, never going back.
    """

    def __init__(
        self, name: str, examine: Callable[[], Awaitable[Health]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._examine = examine
        self._clock = clock
        self._lock = asyncio.Lock()
        self._last: tuple[float, Health] | None = None

    @property
    def known_unwell(self) -> bool:
        """Whether the last look found something wrong."""
        return self._last is not None and not self._last[1].ready

    async def check(self) -> Health:
        """The state now, or some seconds ago. Never raises."""
        async with self._lock:
            if self._last is None or self._clock() - self._last[0] > STANDS_SECONDS:
                health = await self._examine()
                if self._last is None or self._last[1].reason != health.reason:
                    level = logging.INFO if health.ready else logging.ERROR
                    logger.log(level, "%s: %s", self._name, health.reason or "yes")
                self._last = self._clock(), health
            return self._last[1]


async def examine(turns: Turns) -> Health:
    """Asks the question now: understanding, dialogue, actions, content, lock store, and a write to the conversations."""
    health = await _timed(lambda at: _examine(turns, at))
    READY.set(health.ready)
    return health


async def examine_here(agent: BotAgent | None) -> Health:
    """As `examine`, without what lies outside of this server: locks, conversations, and a separate action server.

    A server for which this fails is broken by itself; another one may be well.
    """
    return await _timed(lambda at: _examine_here(agent, at))


async def _timed(look: Callable[[list[str]], Awaitable[None]]) -> Health:
    started = time.perf_counter()
    at: list[str] = ["model"]
    try:
        await asyncio.wait_for(look(at), LIMIT_SECONDS)
        reason = ""
    except asyncio.TimeoutError:
        reason = f"{at[-1]}: timeout"
    except Exception as error:
        reason = f"{at[-1]}: {error.reason if isinstance(error, Unwell) else type(error).__name__}"
    return Health(reason, time.perf_counter() - started)


class Unwell(Exception):
    """A part answered, and not well."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def _examine(turns: Turns, at: list[str]) -> None:
    agent = turns.agent
    if agent is None or not isinstance(agent.processor, BotProcessor):
        raise Unwell("not loaded")
    sender = f"health-{uuid.uuid4().hex}"
    at.append("locks")
    async with agent.lock_store.lock(sender):
        at.append("answer")
        await _ask(agent.processor, sender)
    at.append("conversations")
    check = getattr(agent.tracker_store, "check", None)  # Rasa's in-memory store has nothing that can fail
    if check is not None:
        await check()


async def _examine_here(agent: BotAgent | None, at: list[str]) -> None:
    if agent is None or not isinstance(agent.processor, BotProcessor):
        raise Unwell("not loaded")
    at.append("answer")
    sender = f"health-{uuid.uuid4().hex}"
    if isinstance(agent.action_endpoint, EmbeddedActions):
        await _ask(agent.processor, sender)
    else:
        await agent.processor.parse_message(UserMessage(QUESTION, ReplyCollector("health"), sender))


async def _ask(processor: BotProcessor, sender: str) -> None:
    collector = ReplyCollector("health")
    await processor.rehearse(UserMessage(QUESTION, collector, sender, input_channel="health"))
    if collector.failed or not collector.replies:
        raise Unwell(collector.failed or "no reply")
