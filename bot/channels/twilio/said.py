"""What was said to a message, by names: kept instead of words, and turned into the same replies again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.content.reply import Reply
from bot.fixed_replies import FixedReplies

#: Stands for the replies that the conversation store has to the message.
TURN = "turn"
#: Fixed texts that a turn may come to without the conversation store, or that outlive the conversation.
FIXED = (
    "opening_notice", "data_deleted", "empty_message", "too_long", "technical_problem", "emergency_unknown",
    "utter_emergency", "utter_call_today", "utter_crisis",
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """Replies with the names by which they can be found again."""

    names: tuple[str, ...] = ()
    replies: tuple[Reply, ...] = ()

    @classmethod
    def fixed(cls, texts: FixedReplies, *names: str) -> Said:
        """Fixed texts."""
        return cls(names, tuple(texts.reply(name) for name in names))

    @classmethod
    def of_turn(cls, texts: FixedReplies, replies: Sequence[Reply]) -> Said:
        """What a turn said, in order."""
        known = {texts.reply(name).plain(): name for name in FIXED}
        names = [TURN if reply.blocks or reply.buttons else known.get(reply.plain(), TURN) for reply in replies]
        once = [name for number, name in enumerate(names) if name != TURN or TURN not in names[:number]]
        return cls(tuple(once), tuple(replies))

    def and_then(self, other: Said) -> Said:
        """This and what follows it."""
        return Said(self.names + other.names, self.replies + other.replies)


def again(texts: FixedReplies, names: Iterable[str], of_turn: Sequence[Reply]) -> Said:
    """What has these names.

    Args:
        texts: The fixed texts.
        names: As `Said.names` had them.
        of_turn: The replies that the conversation store has to the message; those that are fixed texts go by name.
    """
    known = {texts.reply(name).plain() for name in FIXED}
    stored = [reply for reply in of_turn if reply.blocks or reply.buttons or reply.plain() not in known]
    replies = [reply for name in names for reply in (stored if name == TURN else [texts.reply(name)])]
    return Said(tuple(names), tuple(replies))
