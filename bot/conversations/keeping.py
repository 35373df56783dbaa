"""What both conversation stores share: which events are new, what is taken out of them, and who else hears of them."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, TypeVar

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.conversations.database import EventRow
from bot.conversations.holding import confirm
from bot.conversations.publishing import ERASED_EVENT, Publisher
from bot.conversations.redaction import MESSAGE_ERASED_EVENT
from bot.conversations.scrub import Scrubber
from bot.conversations.seen import Erased, Overtaken, Seen

logger = logging.getLogger(__name__)

#: How many of the patient's messages the dialogue looks back on. The policies look at 4 states, the safety rules at
#: some messages; the rest is room.
HISTORY_TURNS = 10
#: How many of a conversation's messages are known when they come again. More than a patient may send in the time that
#: a server stands still before it is given up.
KNOWN_MESSAGES = 50
#: How many intents of a message's ranking are kept.
KEPT_RANKING = 3
#: How many events that were read are kept at hand: those of some 40 conversations, 15 MB at most.
KEPT_EVENTS = 4_000
#: Threads that read and scrub.
THREADS = 4
#: A conversation that never is.
NOBODY = "health-check"
#: Set on an event object that is in the store; its value names the store.
MARK = "_kept_in"
#: Set on a tracker that was read: the `Seen` of its conversation by then.
SEEN = "_seen"

Result = TypeVar("Result")


class KeepingStore(TrackerStore):
    """A tracker store that appends what is new, without identifiers, off the event loop.

    An event is new when it does not bear this store's mark; loading and saving set it. So it does not matter how much
    of a conversation a tracker holds. Of two turns that read the same, the second to save is refused.

    Args:
        domain: Slots of the trackers.
        event_broker: Hears of every event after it is saved. Its errors never reach the patient.
        scrubber: Takes identifiers out of events.
        history_turns: How many of the patient's messages `retrieve` goes back.
        place: Names the store in marks.
    """

    def __init__(
        self,
        domain: Domain | None,
        event_broker: EventBroker | None,
        scrubber: Scrubber,
        history_turns: int,
        place: str,
    ) -> None:
        super().__init__(domain, event_broker)
        if history_turns < 1:
            raise ValueError(f"history_turns is {history_turns}; it must be 1 or more")
        self.scrubber = scrubber
        self._history_turns = history_turns
        self._place = place
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="conversations")
        self._publisher = Publisher()
        # What is kept never changes, and each turn reads the turns before it once more.
        self._event = lru_cache(maxsize=KEPT_EVENTS)(self._read_event)
        threading.Thread(target=scrubber.warm, name="scrubber-warm-up", daemon=True).start()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Appends the tracker's new events; when this returns they are safe.

        Nothing is kept when the conversation was erased since the tracker was read.

        Raises:
            ConversationStoreError: they could not be saved. Nothing of them is kept then.
            LostLock: another turn holds the conversation by now; nothing of them is kept.
            Overtaken: another turn has saved since the tracker was read; nothing of them is kept.
        """
        new = [event for event in tracker.events if getattr(event, MARK, None) != self._place]
        if not new:
            return
        unless_known = len(new) == len(tracker.events)  # a tracker we never saw may hold what is here already
        dicts = await self._in_thread(lambda: self.scrubber.events([_lean(event.as_dict()) for event in new]))
        await confirm(tracker.sender_id)
        rows = [_row(item) for item in dicts]
        try:
            saved = await _to_the_end(self._append(tracker.sender_id, rows, unless_known, getattr(tracker, SEEN, None)))
        except Erased:
            logger.warning("a turn is not kept: its conversation was erased meanwhile")
            return
        if hasattr(tracker, SEEN):
            setattr(tracker, SEEN, saved)
        for event in new:
            setattr(event, MARK, self._place)
        self._publish(tracker.sender_id, dicts)

    async def create_tracker(self, sender_id: str, append_action_listen: bool = True) -> DialogueStateTracker:
        """As Rasa's, for a conversation of which nothing is kept. Raises: Overtaken, when something is by now."""
        seen = await self._in_thread(lambda: self._seen(sender_id))
        if await self.exists(sender_id):
            raise Overtaken("another turn has begun this conversation meanwhile")
        tracker = await super().create_tracker(sender_id, append_action_listen)
        setattr(tracker, SEEN, seen)
        return tracker

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of the running session with the last turns and the slots' values, None when there is none.

        Raises:
            ConversationStoreError: it could not be read.
        """
        slots = [slot.name for slot in self.domain.slots]
        return await self._in_thread(
            lambda: self._tracker(sender_id, lambda: self._recent(sender_id, slots), self._event)
        )

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """The tracker with all kept events of all sessions, None when there is none."""
        return await self._in_thread(
            lambda: self._tracker(conversation_id, lambda: self._everything(conversation_id), self._read_event)
        )

    async def may_hold_earlier(self, tracker: DialogueStateTracker, message_id: str) -> bool:
        """Whether a message seems to be among the last `KNOWN_MESSAGES`, before those that the tracker goes back to.

        A request can come that late: it lay in a server that stood still, and the patient, whom another server
        answered, went on to talk.
        """
        if sum(isinstance(event, UserUttered) for event in tracker.events) < self._history_turns:
            return False
        return await self._in_thread(lambda: self._may_hold_message(tracker.sender_id, message_id, KNOWN_MESSAGES))

    async def exists(self, conversation_id: str) -> bool:
        """Whether anything of the conversation is kept."""
        return await self.retrieve(conversation_id) is not None

    async def stream_events(self, tracker: DialogueStateTracker) -> None:
        """Does nothing: `save` publishes what it saved, after it is saved."""

    async def erase(self, sender_id: str) -> bool:
        """Erases a conversation for good and says so on the event stream.

        Returns:
            Whether there was one.
        """
        found = await self._erase(sender_id)
        self._forget_events()
        self._publish(sender_id, [{"event": ERASED_EVENT, "timestamp": time.time()}])
        return found

    async def erase_message(self, sender_id: str, message_id: str) -> bool:
        """Erases one message with all that belongs to it, for good, and says so on the event stream.

        Returns:
            Whether it was there.
        """
        found = await self._erase_message(sender_id, message_id)
        self._forget_events()
        self._publish(sender_id, [{"event": MESSAGE_ERASED_EVENT, "message_id": message_id, "timestamp": time.time()}])
        return found

    async def check(self) -> None:
        """Reads and writes without keeping anything. Raises: ConversationStoreError when patients' words can't be kept."""
        await self._erase(NOBODY)

    async def export(self, sender_id: str) -> list[dict[str, Any]]:
        """All that is kept of a conversation, as Rasa's events, oldest first."""
        kept = await self._in_thread(lambda: self._everything(sender_id))
        return [json.loads(data) for data in kept]

    @abstractmethod
    async def expire(self, now: float, days: float) -> int:
        """Removes every event older than `days` days before `now` (seconds since 1970), and what is empty then.

        Returns:
            How many conversations are gone.
        """

    @abstractmethod
    async def _append(
        self,
        sender_id: str,
        rows: Sequence[EventRow],
        unless_known: bool,
        seen: Seen | None = None,
    ) -> Seen:
        """Keeps the rows, whole or not at all; what is seen then. Raises: see `require_same`."""

    @abstractmethod
    async def _erase(self, sender_id: str) -> bool:
        """Erases all rows of a conversation."""

    @abstractmethod
    async def _erase_message(self, sender_id: str, message_id: str) -> bool:
        """Erases the rows of one message, see `rows_of_message`."""

    @abstractmethod
    def _seen(self, sender_id: str) -> Seen:
        """What there is to see of the conversation now; called in a thread."""

    @abstractmethod
    def _recent(self, sender_id: str, slots: Iterable[str]) -> list[str]:
        """Data of what the dialogue needs; called in a thread."""

    @abstractmethod
    def _may_hold_message(self, sender_id: str, message_id: str, turns: int) -> bool:
        """See `Window.may_hold_message`; called in a thread."""

    @abstractmethod
    def _everything(self, sender_id: str) -> list[str]:
        """Data of all events; called in a thread."""

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _tracker(
        self, sender_id: str, read: Callable[[], Sequence[str]], event_in: Callable[[str], Event | None]
    ) -> DialogueStateTracker | None:
        seen = self._seen(sender_id)  # first: what happens while the rest is read counts as not seen
        kept = read()
        if not kept:
            return None
        events = [event for event in map(event_in, kept) if event is not None]
        tracker = DialogueStateTracker.from_events(sender_id, events, self.domain.slots, self.max_event_history)
        setattr(tracker, SEEN, seen)
        return tracker

    def _forget_events(self) -> None:
        """Leaves no erased word at hand. What another server erased goes with the next expiry here."""
        self._event.cache_clear()

    def _read_event(self, data: str) -> Event | None:
        """The event in its JSON form; None for a kind that this release of Rasa does not know."""
        item = json.loads(data)
        event_class = _event_class(item.get("event", ""))
        event = event_class._from_parameters(item) if event_class is not None else None
        if event is not None:
            setattr(event, MARK, self._place)
        return event

    def _publish(self, sender_id: str, dicts: Iterable[Mapping[str, Any]]) -> None:
        if self.event_broker is not None:
            self._publisher.publish(self.event_broker, [{"sender_id": sender_id, **item} for item in dicts])

    def _end_threads(self) -> None:
        self._threads.shutdown(wait=True)
        self._publisher.close()


async def _to_the_end(write: Coroutine[Any, Any, Result]) -> Result:
    """Waits for a write to end, also when the turn's time runs out meanwhile; what it gives.

    It ends soon by itself: the stores have time limits of their own. Until then the turn holds its conversation, even if
    the patient has read the fixed sentence meanwhile (`bot.in_time`), so that the next turn sees what became of it.
    """
    task = asyncio.ensure_future(write)
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
    return task.result()


@lru_cache(maxsize=64)
def _event_class(kind: str) -> type[Event] | None:
    """Rasa's class for a kind of event; looked up once, because Rasa walks through all its classes each time."""
    return Event.resolve_by_type(kind)


def _lean(item: dict[str, Any]) -> dict[str, Any]:
    """An event without what only the turn itself needed: the places of tokens and the far end of the ranking."""
    parse_data = item.get("parse_data")
    if not isinstance(parse_data, Mapping):
        return item
    kept = {key: value for key, value in parse_data.items() if key != "text_tokens"}
    if "intent_ranking" in kept:
        kept["intent_ranking"] = kept["intent_ranking"][:KEPT_RANKING]
    return {**item, "parse_data": kept}


def _row(item: Mapping[str, Any]) -> EventRow:
    """A scrubbed event as a row. The name is kept for actions and slots, which are looked up by it."""
    kind = str(item["event"])
    name = str(item.get("name") or "") if kind in ("action", "slot") else ""
    return EventRow(kind, name, float(item["timestamp"]), json.dumps(item, ensure_ascii=False))
