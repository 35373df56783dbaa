"""A patient's question in its room."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from nio import MatrixRoom

from bot.matrix_bridge.questions import Question, answered_to

#: An answer that comes later than this many seconds after its question names the question.
LATE_SECONDS = 30.0
#: A question that is older than this many seconds gets no answer any more, but a fixed text.
TOO_OLD_SECONDS = 24 * 3600.0
#: Members, invited ones too, from which on a room is a group: there the bot answers only when addressed.
GROUP = 3


@dataclass(frozen=True)
class Asked:
    """A question in its room.

    Attributes:
        encrypted: Whether it came encrypted.
        noted_at: When the bridge saw it first, in seconds since 1970 by our own clock.
        sent_at: The same by the homeserver's clock, when it was sent.
        apart: Whether other messages stand between it and its answer.
    """

    room: MatrixRoom
    question: Question
    encrypted: bool
    noted_at: float
    sent_at: float
    apart: bool = False

    @property
    def relation(self) -> dict[str, Any]:
        """What relates an answer to its question; empty where it follows it at once."""
        apart = self.apart or time.time() - self.sent_at > LATE_SECONDS
        return self.question.relation or (answered_to(self.question.event_id) if apart else {})

    @property
    def too_old(self) -> bool:
        """Whether an answer would come too late to be of use."""
        return time.time() - self.noted_at > TOO_OLD_SECONDS


def is_group(room: MatrixRoom) -> bool:
    """Whether more than two are in the room, invited ones too."""
    return len(room.users) + len(room.invited_users) >= GROUP
