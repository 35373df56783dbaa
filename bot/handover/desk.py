"""What staff are told, and what a way to them must offer."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

#: Longest text that staff may send, in characters.
MAX_TEXT = 1_600
Kind = Literal["case.opened", "case.message", "case.danger", "case.ended"]
#: Why a case ended: the patient typed BOT, the time was over, or the patient had everything deleted.
Reason = Literal["", "patient", "time", "deleted"]


@dataclass(frozen=True)
class StaffMessage:
    """One thing that staff are told.

    Attributes:
        type: What happened.
        case: Name of the case.
        channel: Where the patient writes.
        at: When, in seconds since 1970.
        shared: Whether the patient agreed that staff read what they write.
        messages: The patient's last messages, oldest first; only where shared.
        text: What the patient has just written; only where shared.
        level: The danger that was heard: emergency, call_today or crisis. The bot has said its urgent text.
        reason: Why the case ended.
        key: The same for the same message when it is told again; "" where that does not happen. Staff don't read it.
    """

    type: Kind
    case: str
    channel: str = ""
    at: float = field(default_factory=time.time)
    shared: bool = False
    messages: tuple[str, ...] = ()
    text: str = ""
    level: str = ""
    reason: Reason = ""
    key: str = ""

    def as_json(self) -> dict[str, Any]:
        """The message as data, without what it does not use."""
        always = ("type", "case", "at")
        return {name: value for name, value in asdict(self).items() if (value or name in always) and name != "key"}


class DeskUnreachable(Exception):
    """Staff could not be told."""


class StaffDesk(Protocol):
    """A way to the staff."""

    async def tell(self, message: StaffMessage, patience: float) -> None:
        """Returns when staff's side has the message.

        Args:
            message: What they are told.
            patience: Seconds in which it is tried again.

        Raises:
            DeskUnreachable: it did not work out in that time.
        """
