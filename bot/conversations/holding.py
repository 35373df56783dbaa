"""Who holds a conversation right now. A save asks it, so that a turn that lost its lock writes nothing."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol

#: Fences are times in microseconds. A turn that froze for longer than this, in seconds, is not reckoned with.
FENCE_SECONDS = 86_400


class LostLock(Exception):
    """The conversation's lock went to another turn meanwhile; what this turn did must not be kept."""


class Hold(Protocol):
    """A lock that is held by the running turn."""

    conversation: str

    async def confirm(self) -> int | None:
        """Makes sure that the lock is still ours, for long enough to save.

        Returns:
            The lock's fence: a number that is higher than that of every holder before. None when no other process
            takes this lock.

        Raises:
            LostLock, or the lock store's error.
        """


#: The lock of the running turn; None where it holds none of ours.
HOLD: ContextVar[Hold | None] = ContextVar("conversation_hold", default=None)


async def confirm(conversation: str) -> int | None:
    """The fence of the running turn's lock on this conversation; None where there is none.

    Raises:
        LostLock: the turn holds the lock no more.
    """
    hold = HOLD.get()
    if hold is None or hold.conversation != conversation:
        return None
    return await hold.confirm()
