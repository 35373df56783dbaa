"""One handed-over conversation, as it is written into Rasa's own event that pauses a conversation."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

#: No vowels, so that no name is a word; no letter that looks like another; no digits, which are taken for identifiers.
LETTERS = "BCDFGHJKMNPQRSTVWXZ"
LENGTH = 6
#: How the entry of a case in the conversation store is called, before its name.
ENTRY = "case-"
#: The same for what staff must still hear of it (`bot.handover.owed`).
OWED = "owed-"


def new_name() -> str:
    """A random name (25 bits): staff call the case by it, and it says nothing of the patient."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def is_name(text: str) -> bool:
    """Whether `text` has the form of a case's name."""
    return len(text) == LENGTH and set(text) <= set(LETTERS)


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        case: Its name.
        shared: Whether the patient agreed that staff read what they write.
        until: When the bot speaks again unless staff write before, in seconds since 1970.
        reminded: When the patient was last told that the bot is silent; 0 for never.
    """

    case: str
    shared: bool
    until: float
    reminded: float = 0.0

    def metadata(self) -> dict[str, Any]:
        """The case as metadata of an event."""
        return asdict(self)

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, Any] | None) -> Case | None:
        """The case that `metadata` wrote; None when another program paused the conversation."""
        found = metadata or {}
        if not is_name(str(found.get("case") or "")):
            return None
        return cls(
            str(found["case"]), bool(found.get("shared")), float(found["until"]), float(found.get("reminded") or 0.0)
        )


def entries(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """Ids of the entries of all cases among a conversation's events (as JSON): erased with it, they name it no more."""
    cases = (Case.from_metadata(event.get("metadata")) for event in events if event.get("event") == "pause")
    return sorted({entry + case.case for case in cases if case for entry in (ENTRY, OWED)})
