"""Danger that is said in pieces: "i have a fever" … "i'm on chemo". One way to put it together, whoever asks."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from itertools import islice

from bot.safety.model import LEVELS, Level, most_urgent
from bot.safety.rulebook import RuleBook

#: How many messages of a patient are read together, and how old they may be, in seconds.
MESSAGES = 3
WINDOW = 30 * 60.0
#: Key in a message's metadata under which the guard gives what it heard of danger (concepts, no words) in messages before
#: it that are not kept, newest first, because something had failed.
HEARD = "heard"
#: Senders remembered at most; the one who wrote longest ago is forgotten first.
MAX_SENDERS = 10_000


def together(
    book: RuleBook, own: str | None, concepts: Collection[str], earlier: Iterable[Collection[str]]
) -> Level | None:
    """What a message comes to: its own level, or what it makes of the messages before it, whichever is more urgent.

    Args:
        book: The rules.
        own: The level of the message alone.
        concepts: Its concepts (`Finding.concepts`).
        earlier: Those of the sender's messages before it, newest first; no more than `MESSAGES` count in all. What they
            came to without it was answered then.
    """
    before = frozenset(concept for said in islice(earlier, MESSAGES - 1) for concept in said)
    already = {rule.id for rule in book.fired(before)}
    combined = [rule.level for rule in book.fired(before | frozenset(concepts)) if rule.id not in already]
    return most_urgent([own if own in LEVELS else None, *combined])


@dataclass(frozen=True)
class _Said:
    """One message: its id, when it came, its concepts and no word of it; whether the conversation store has it, too."""

    message: str
    at: float
    concepts: frozenset[str]
    kept: bool


class Heard:
    """The concepts of each sender's last messages, in memory and for `WINDOW` seconds.

    They are there for the time when the conversation store is not. A sender who said nothing of danger is not kept.

    Args:
        clock: Seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._senders: OrderedDict[str, list[_Said]] = OrderedDict()

    def __len__(self) -> int:
        """How many senders are remembered."""
        return len(self._senders)

    def note(self, sender_id: str, message_id: str, concepts: Iterable[str], kept: bool) -> None:
        """Remembers a message. One that is noted again, because it was delivered again, counts once.

        Args:
            sender_id: The conversation.
            message_id: The message.
            concepts: What it says of danger.
            kept: Whether the conversation store has it, and with it what was heard before.
        """
        said = self._senders.pop(sender_id, [])
        if kept:
            said = [replace(old, kept=True) for old in said]
        new = _Said(message_id, self._clock(), frozenset(concepts), kept)
        if any(old.message == message_id for old in said):
            said = [new if old.message == message_id else old for old in said]
        else:
            said = [*said, new][-MESSAGES:]
        if any(one.concepts for one in said):
            self._senders[sender_id] = said
        self._forget_old()

    def before(self, sender_id: str, message_id: str, but_kept: bool = False) -> list[frozenset[str]]:
        """The concepts of the messages that came before this one within `WINDOW`, newest first.

        Args:
            sender_id: The conversation.
            message_id: The message.
            but_kept: Leaves out those that the conversation store has.
        """
        since = self._clock() - WINDOW
        said = self._senders.get(sender_id, [])
        place = next((number for number, one in enumerate(said) if one.message == message_id), len(said))
        return [one.concepts for one in reversed(said[:place]) if one.at >= since and not (but_kept and one.kept)]

    def forget(self, sender_id: str) -> None:
        """Forgets all that this sender said."""
        self._senders.pop(sender_id, None)

    def _forget_old(self) -> None:
        since = self._clock() - WINDOW
        while self._senders:
            sender_id, said = next(iter(self._senders.items()))
            if len(self._senders) <= MAX_SENDERS and said[-1].at >= since:
                return
            del self._senders[sender_id]
