"""Is the bot able to answer? Asks it, without leaving a trace in any conversation."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasa.core.channels.channel import UserMessage

from bot.channels.collector import ReplyCollector
from bot.metrics import READY

if TYPE_CHECKING:
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
    """What a check found: `reason` is "" when all is well, else the part that failed and the error's type."""

    reason: str
    seconds: float

    @property
    def ready(self) -> bool:
        """Whether patients get answers."""
        return not self.reason


class Readiness:
    """Checks the bot when somebody asks, at most every `STANDS_SECONDS` seconds, one check at a time.

    Args:
        turns: Gives the guard that serves patients now.
        clock: Seconds, never going back.
    """

    def __init__(self, turns: Callable[[], Turns], clock: Callable[[], float] = time.monotonic) -> None:
        self._turns = turns
        self._clock = clock
        self._lock = asyncio.Lock()
        self._last: tuple[float, Health] | None = None

    async def check(self) -> Health:
        """The state now, or some seconds ago. Never raises."""
        async with self._lock:
            if self._last is None or self._clock() - self._last[0] > STANDS_SECONDS:
                health = await examine(self._turns())
                if self._last is None or self._last[1].reason != health.reason:
                    logger.log(logging.INFO if health.ready else logging.ERROR, "ready: %s", health.reason or "yes")
                self._last = self._clock(), health
                READY.set(health.ready)
            return self._last[1]


async def examine(turns: Turns) -> Health:
    """Asks the question now: understanding, dialogue, actions, content, lock store, and a write to the conversations."""
    started = time.perf_counter()
    at: list[str] = ["model"]
    try:
        await asyncio.wait_for(_examine(turns, at), LIMIT_SECONDS)
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
    if agent is None or agent.processor is None:
        raise Unwell("not loaded")
    sender = f"health-{uuid.uuid4().hex}"
    at.append("locks")
    async with agent.lock_store.lock(sender):
        at.append("answer")
        collector = ReplyCollector("health")
        await agent.processor.rehearse(UserMessage(QUESTION, collector, sender, input_channel="health"))
    if collector.failed or not collector.replies:
        raise Unwell(collector.failed or "no reply")
    at.append("conversations")
    check = getattr(agent.tracker_store, "check", None)  # Rasa's in-memory store has nothing that can fail
    if check is not None:
        await check()
