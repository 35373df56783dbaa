"""How staff's words come to a patient who did not just write: what a channel is given for it, and what can go wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.content.reply import Reply


@dataclass(frozen=True)
class Letter:
    """What is to be brought to a patient.

    Attributes:
        conversation: Whose.
        reply: What is said.
        key: The same for the same letter, when it is brought again after something broke off.
        address: What the channel gave with the turn in which the person was called (see `Turns.turn`); "" for none.
        heard_at: When the patient last wrote, in seconds since 1970.
    """

    conversation: str
    reply: Reply
    key: str
    address: str = field(default="", repr=False)
    heard_at: float = 0.0


class NotReached(Exception):
    """The patient could not be reached, or it is not known that they were.

    Args:
        reason: Why, for staff; never the patient's address or words.
        again: Whether it may work out later; it may also have worked out without our hearing of it.
    """

    def __init__(self, reason: str, again: bool = False) -> None:
        super().__init__(reason)
        self.again = again

    def told(self) -> str:
        """What staff read."""
        known = "it is not known that the patient got this" if self.again else "the patient did not get this"
        return f"{known}: {self}"


#: Brings a letter to a patient. Raises: NotReached.
Push = Callable[[Letter], Awaitable[None]]
