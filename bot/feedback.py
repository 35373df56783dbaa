"""A patient's mark on one answer: kept as an event of the conversation, so that it is erased and expires with it.

It is a `SlotSet` of a slot that no policy looks at and no action reads: every tracker store, event broker and tool of
Rasa understands it, and it changes nothing that the bot says. A conversation's later sessions repeat slot values,
therefore the mark carries its own time, and the last mark of a patient on an answer in one version counts.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from rasa.core.agent import Agent
    from rasa.shared.core.events import Event

FEEDBACK_SLOT = "feedback"
Value = Literal["up", "down"]
Reason = Literal["not_what_i_asked", "hard_to_understand", "out_of_date", "other", ""]
VALUES: tuple[str, ...] = get_args(Value)
REASONS: tuple[str, ...] = get_args(Reason)


class NotShown(Exception):
    """The answer was never shown in this conversation, so it can't be marked in it."""


@dataclass(frozen=True)
class Feedback:
    """One mark.

    Attributes:
        answer_id: The answer that was shown.
        content_version: The release of the content that it was shown from.
        value: Whether it helped.
        reason: Why not; "" for none.
        at: When, in seconds since 1970 (a number: a written date would be taken out as an identifier).
    """

    answer_id: str
    content_version: str
    value: str
    reason: str = ""
    at: float = 0.0

    def __post_init__(self) -> None:
        if self.value not in VALUES or self.reason not in REASONS:
            raise ValueError(f"feedback is {' or '.join(VALUES)}, with a reason of {', '.join(filter(None, REASONS))}")

    @property
    def condition(self) -> str:
        """The condition that the answer is about."""
        return self.answer_id.split(".")[0]

    @property
    def topic(self) -> str:
        """The topic of the answer; for a single fact its relation, such as `cause`."""
        return [*self.answer_id.split("."), ""][1]


async def record(agent: Agent, sender_id: str, feedback: Feedback) -> None:
    """Adds a mark to a conversation.

    Raises:
        NotShown: the answer was not shown in it, in this version.
    """
    from rasa.shared.core.events import SlotSet

    async with agent.lock_store.lock(sender_id):
        whole = await agent.tracker_store.retrieve_full_tracker(sender_id)
        if whole is None or (feedback.answer_id, feedback.content_version) not in _shown(whole.events):
            raise NotShown(feedback.answer_id)
        tracker = await agent.tracker_store.retrieve(sender_id)
        assert tracker is not None
        tracker.update(SlotSet(FEEDBACK_SLOT, {**asdict(feedback), "at": time.time()}))
        await agent.tracker_store.save(tracker)


def _shown(events: Iterable[Event]) -> set[tuple[str, str]]:
    """Ids and content versions of all answers shown."""
    from rasa.shared.core.events import BotUttered

    customs = [event.data.get("custom") for event in events if isinstance(event, BotUttered)]
    replies = [custom for custom in customs if isinstance(custom, Mapping)]
    return {
        (str(block["answer_id"]), str(reply.get("content_version") or ""))
        for reply in replies
        for block in reply.get("blocks") or ()
    }


def marks(events: Iterable[Mapping[str, Any]]) -> list[Feedback]:
    """The marks that count among a conversation's events (as JSON): one for each answer and version, by time."""
    found: dict[tuple[str, str], Feedback] = {}
    for event in events:
        value = event.get("value")
        if event.get("event") == "slot" and event.get("name") == FEEDBACK_SLOT and isinstance(value, Mapping):
            mark = _read(value)
            kept = found.get((mark.answer_id, mark.content_version))
            if kept is None or kept.at <= mark.at:
                found[(mark.answer_id, mark.content_version)] = mark
    return sorted(found.values(), key=lambda mark: mark.at)


def _read(value: Mapping[str, Any]) -> Feedback:
    texts = {key: str(value.get(key) or "") for key in ("answer_id", "content_version", "value", "reason")}
    return Feedback(**texts, at=float(value.get("at") or 0.0))
