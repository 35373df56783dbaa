"""Who holds a conversation right now. A save asks it, so that a turn that lost its lock writes nothing."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol


class LostLock(Exception):
    """The conversation's lock went to another turn meanwhile; what this turn did must not be kept."""


class Hold(Protocol):
    """A lock that is held by the running turn."""

    conversation: str

    async def confirm(self) -> None:
        """Makes sure that the lock is still ours, for long enough to save.

        Raises:
            LostLock, or the lock store's error.
        """


#: The lock of the running turn; None where it holds none of ours.
HOLD: ContextVar[Hold | None] = ContextVar("conversation_hold", default=None)


async def confirm(conversation: str) -> None:
    """Makes sure that the running turn still holds this conversation, where it ever did.

    Raises:
        LostLock: it does no more.
    """
    hold = HOLD.get()
    if hold is not None and hold.conversation == conversation:
        await hold.confirm()
