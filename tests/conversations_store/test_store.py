"""The conversation store as Rasa uses it."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore, check_if_tracker_store_async
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, AllSlotsReset, ConversationPaused, Restarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.conversations.keeping import KeepingStore
from bot.conversations.seen import Overtaken
from bot.conversations.store import SECONDS_A_DAY, ConversationStore, ConversationStoreError
from tests.conversations_store.conftest import session_start, turn


async def talk(store: ConversationStore, sender: str, *texts: str, **slots: Any) -> DialogueStateTracker:
    """Some turns, each retrieved and saved as Rasa does; gives the last tracker."""
    for text in texts:
        tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
        if not tracker.events:
            tracker.update_with_events(session_start(), None)
        tracker.update_with_events(turn(text, **slots), None)
        await store.save(tracker)
    return tracker


def texts_of(tracker: DialogueStateTracker | None) -> list[str | None]:
    assert tracker is not None
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


async def test_what_is_saved_comes_back_equal(store: ConversationStore) -> None:
    saved = await talk(store, "one", "what causes it", condition="leukopenia")
    found = await store.retrieve("one")
    assert found == saved
    assert found is not None
    assert found.current_slot_values()["condition"] == "leukopenia"
    assert [event.timestamp for event in found.events] == [event.timestamp for event in saved.events]


async def test_an_unknown_conversation_is_none(store: ConversationStore) -> None:
    assert await store.retrieve("nobody") is None
    assert await store.retrieve_full_tracker("nobody") is None
    assert not await store.exists("nobody")
    assert await store.export("nobody") == []
    assert list(await store.keys()) == []


async def test_a_tracker_without_events_leaves_no_trace(store: ConversationStore) -> None:
    await store.get_or_create_tracker("one", append_action_listen=False)
    assert list(await store.keys()) == []


async def test_only_new_events_are_added(store: ConversationStore) -> None:
    tracker = await talk(store, "one", "a", "b")
    await store.save(tracker)
    tracker.update_with_events(turn("c"), None)
    await store.save(tracker)
    await store.save(tracker)
    full = await store.retrieve_full_tracker("one")
    assert texts_of(full) == ["a", "b", "c"]
    assert len(await store.export("one")) == 3 + 3 * 4


async def test_a_tracker_made_elsewhere_of_known_events_adds_nothing(store: ConversationStore, domain: Domain) -> None:
    await talk(store, "one", "a")
    again = DialogueStateTracker.from_dict("one", await store.export("one"), domain.slots)
    again.update_with_events(turn("b"), None)
    await store.save(again)
    assert texts_of(await store.retrieve_full_tracker("one")) == ["a", "b"]


async def test_a_session_begins_anew_and_the_full_tracker_has_all(store: ConversationStore) -> None:
    tracker = await talk(store, "one", "a")
    tracker.update_with_events([*session_start(), *turn("b")], None)
    await store.save(tracker)
    assert texts_of(await store.retrieve("one")) == ["b"]
    assert texts_of(await store.retrieve_full_tracker("one")) == ["a", "b"]


async def test_only_the_last_turns_are_loaded_with_the_slots_before_them(store: ConversationStore) -> None:
    await talk(store, "one", "first", condition="leukopenia", shown=[{"answer_id": "x"}])
    await talk(store, "one", *(f"turn {number}" for number in range(30)))
    tracker = await store.retrieve("one")
    assert texts_of(tracker) == [f"turn {number}" for number in range(20, 30)]
    assert tracker is not None
    assert tracker.current_slot_values()["condition"] == "leukopenia"
    assert tracker.current_slot_values()["shown"] == [{"answer_id": "x"}]
    dialogue = [event for event in tracker.events if not isinstance(event, SlotSet)]
    assert isinstance(dialogue[0], ActionExecuted) and dialogue[0].action_name == "action_listen"
    tracker.update_with_events(turn("turn 30"), None)
    await store.save(tracker)
    assert len(texts_of(await store.retrieve_full_tracker("one"))) == 32


@pytest.mark.parametrize("reset", [Restarted(), AllSlotsReset()])
async def test_a_slot_from_before_a_reset_is_forgotten(store: ConversationStore, reset: Any) -> None:
    tracker = await talk(store, "one", "first", condition="leukopenia")
    tracker.update_with_events([type(reset)()], None)
    await store.save(tracker)
    await talk(store, "one", *(f"turn {number}" for number in range(12)))
    tracker = await store.retrieve("one")  # type: ignore[assignment]
    assert tracker.current_slot_values()["condition"] is None


async def test_a_pause_before_the_loaded_turns_holds(store: ConversationStore) -> None:
    tracker = await talk(store, "one", "first")
    tracker.update_with_events([ConversationPaused()], None)
    await store.save(tracker)
    await talk(store, "one", *(f"turn {number}" for number in range(12)))
    found = await store.retrieve("one")
    assert found is not None and found.is_paused()


async def test_a_turn_of_a_long_conversation_loads_no_more_than_one_of_a_short_one(store: ConversationStore) -> None:
    await talk(store, "one", *(f"turn {number}" for number in range(50)), condition="leukopenia")
    events = len((await store.retrieve("one")).events)  # type: ignore[union-attr]
    await talk(store, "one", *(f"turn {number}" for number in range(450)), condition="leukopenia")
    assert len((await store.retrieve("one")).events) == events  # type: ignore[union-attr]


async def test_identifiers_are_not_stored_and_the_live_tracker_keeps_the_words(store: ConversationStore) -> None:
    words = "my name is John Smith, call 555-123-4567"
    live = await talk(store, "one", words)
    assert texts_of(live) == [words]
    assert texts_of(await store.retrieve("one")) == ["my name is <NAME>, call <PHONE>"]
    kept = store.database.path.read_bytes() + Path(f"{store.database.path}-wal").read_bytes()
    assert b"Smith" not in kept and b"4567" not in kept


class Broker(EventBroker):
    """Keeps what it hears, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.heard: list[dict[str, Any]] = []
        self.error = error

    def publish(self, event: dict[str, Any]) -> None:
        if self.error:
            raise self.error
        self.heard.append(event)


async def test_the_broker_hears_what_was_saved_in_order_and_without_identifiers(domain: Domain, tmp_path: Path) -> None:
    broker = Broker()
    store = ConversationStore(domain, broker, path=tmp_path / "c.db")
    await talk(store, "one", "i am John Smith", "b")
    await store.erase("one")
    await store.close()
    kinds = [event["event"] for event in broker.heard]
    start = ["action", "session_started", "action"]
    assert kinds == [*start, *["user", "action", "bot", "action"] * 2, "conversation_erased"]
    assert [event["text"] for event in broker.heard if event["event"] == "user"] == ["i am <NAME>", "b"]
    assert {event["sender_id"] for event in broker.heard} == {"one"}


async def test_an_error_of_the_broker_costs_no_save(
    domain: Domain, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = ConversationStore(domain, Broker(OSError("secret words")), path=tmp_path / "c.db")
    with caplog.at_level(logging.ERROR):
        await talk(store, "one", "a")
        assert texts_of(await store.retrieve("one")) == ["a"]
        await store.close()
    assert {record.getMessage() for record in caplog.records} == {"the event broker failed: OSError"}


async def test_a_locked_file_is_an_error_to_the_caller_and_the_next_save_works(store: ConversationStore) -> None:
    tracker = await talk(store, "one", "a")
    tracker.update_with_events(turn("b"), None)
    with sqlite3.connect(store.database.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConversationStoreError, match="database is locked"):
            await store.save(tracker)
        other.execute("ROLLBACK")
    other.close()
    assert texts_of(await store.retrieve("one")) == ["a"]
    await store.save(tracker)
    assert texts_of(await store.retrieve("one")) == ["a", "b"]


async def test_the_event_loop_runs_on_while_the_file_is_locked(store: ConversationStore) -> None:
    tracker = await talk(store, "one", "a")
    tracker.update_with_events(turn("b"), None)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.get_running_loop().create_task(tick())
    other = sqlite3.connect(store.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ConversationStoreError):
        await store.save(tracker)
    other.close()
    ticking.cancel()
    assert ticks >= 15  # of 30 in the 0.3 s that the store waits


async def test_a_damaged_file_is_an_error_that_says_what_to_do(domain: Domain, tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    path.write_bytes(b"no database at all, but longer than a header" * 100)
    with pytest.raises(ConversationStoreError, match=r"c\.db can.t be used .* move it away"):
        ConversationStore(domain, path=path)


async def test_another_programs_database_is_refused(domain: Domain, tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE mine (x)")
    other.close()
    with pytest.raises(ConversationStoreError, match="another program"):
        ConversationStore(domain, path=path)


async def test_a_missing_folder_is_an_error(domain: Domain, tmp_path: Path) -> None:
    with pytest.raises(ConversationStoreError, match="Does its folder exist"):
        ConversationStore(domain, path=tmp_path / "missing" / "c.db")


async def test_a_file_that_is_replaced_under_the_store_is_taken_up(store: ConversationStore) -> None:
    """Nothing is written to a file that no one can see any more."""
    await talk(store, "one", "a")
    store.database.path.unlink()
    await talk(store, "two", "b")
    assert list(await store.keys()) == ["two"]
    with sqlite3.connect(store.database.path) as other:
        assert other.execute("SELECT sender FROM conversation").fetchall() == [("two",)]
    other.close()


async def test_only_the_owner_may_read_the_files(store: ConversationStore) -> None:
    await talk(store, "one", "a")
    files = sorted(store.database.path.parent.glob("conversations.db*"))
    assert [file.name for file in files] == ["conversations.db", "conversations.db-shm", "conversations.db-wal"]
    assert {oct(os.stat(file).st_mode & 0o777) for file in files} == {"0o600"}


async def test_many_patients_at_once(store: ConversationStore) -> None:
    await asyncio.gather(*(talk(store, f"patient {n}", "a", "b", "c", condition=f"c{n}") for n in range(32)))
    assert len(list(await store.keys())) == 32
    for number in range(32):
        tracker = await store.retrieve(f"patient {number}")
        assert texts_of(tracker) == ["a", "b", "c"]
        assert tracker is not None and tracker.current_slot_values()["condition"] == f"c{number}"


def test_endpoints_can_name_it(domain: Domain, tmp_path: Path) -> None:
    config = EndpointConfig(type="bot.conversations.store.ConversationStore", path=str(tmp_path / "c.db"))
    made = TrackerStore.create(config, domain)
    assert type(made) is ConversationStore
    assert made.database.path == tmp_path / "c.db"
    assert check_if_tracker_store_async(made)


def test_a_history_of_no_turns_is_refused(domain: Domain, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="history_turns is 0"):
        ConversationStore(domain, path=tmp_path / "c.db", history_turns=0)


async def test_a_closed_store_says_so(domain: Domain, tmp_path: Path) -> None:
    store = ConversationStore(domain, path=tmp_path / "c.db")
    await store.close()
    with pytest.raises(ConversationStoreError, match="is closed"):
        store.database.append("one", [])


async def test_what_was_read_before_an_erasure_is_not_kept_after_it(store: ConversationStore) -> None:
    await stays_erased(store)


async def stays_erased(store: KeepingStore) -> None:
    """Holds that trackers from before an erasure write nothing, and later ones do."""
    await talk(store, "one", "a")
    read = [await store.retrieve("one"), await store.retrieve_full_tracker("one")]
    new = await store.get_or_create_tracker("two", append_action_listen=False)
    await talk(store, "three", "a")
    for sender in ("one", "two", "three"):
        await store.erase(sender)
    again = await talk(store, "three", "b")
    for tracker in (*read, new):
        assert tracker is not None
        tracker.update_with_events(turn("said before"), None)
        await store.save(tracker)
        tracker.update_with_events(turn("said by the same turn"), None)
        await store.save(tracker)
    assert list(await store.keys()) == ["three"]
    again.update_with_events(turn("c"), None)
    await store.save(again)
    assert texts_of(await store.retrieve("three")) == ["b", "c"]
    assert texts_of(await talk(store, "one", "d")) == ["d"]
    await store.expire(time.time() + 10 * SECONDS_A_DAY, days=30)
    assert texts_of(await store.retrieve("one")) == ["d"]


async def test_events_that_were_read_before_are_read_anew_after_an_erasure(store: ConversationStore) -> None:
    await talk(store, "one", "a", "b")
    first, second = await store.retrieve("one"), await store.retrieve("one")
    assert first is not None and second is not None and first is not second
    assert all(one is other for one, other in zip(first.events, second.events, strict=True))
    assert await store.erase("one")
    assert store._event.cache_info().currsize == 0
    assert await store.retrieve("one") is None


async def test_what_a_turn_does_to_a_tracker_is_not_seen_by_the_next_unless_it_is_saved(
    store: ConversationStore,
) -> None:
    await talk(store, "one", "a")
    tracker = await store.retrieve("one")
    assert tracker is not None
    tracker.update_with_events(turn("b", condition="leukopenia"), None)
    again = await store.retrieve("one")
    assert again is not None
    assert texts_of(again) == ["a"]
    assert again.get_slot("condition") is None
    await store.save(tracker)
    assert texts_of(await store.retrieve("one")) == ["a", "b"]


async def test_of_two_turns_that_read_the_same_one_is_kept(store: ConversationStore, domain: Domain) -> None:
    other = ConversationStore(domain, path=store.database.path)
    await keeps_one_of_two(store, other)
    await other.close()


async def keeps_one_of_two(store: KeepingStore, other: KeepingStore) -> None:
    """Holds that of two servers in the midst of one conversation the second to save keeps nothing, whoever it is.

    Locks would not let that happen; a lock store that dies forgets them.
    """
    with pytest.raises(Overtaken):
        await _both(store, other, "new")
    assert texts_of(await store.retrieve("new")) == ["first"]
    await talk(store, "one", "a")
    for first, second in ((store, other), (other, store)):
        with pytest.raises(Overtaken):
            await _both(first, second, "one")
    assert texts_of(await other.retrieve("one")) == ["a", "first", "first"]

    late, early = await store.retrieve("one"), await other.retrieve("one")
    assert late is not None and early is not None
    for text in ("b", "c"):  # one turn may save several times
        early.update_with_events(turn(text), None)
        await other.save(early)
    between = await store.retrieve("one")
    assert between is not None
    early.update_with_events(turn("d"), None)
    await other.save(early)
    for tracker in (late, between):
        tracker.update_with_events(turn("late"), None)
        with pytest.raises(Overtaken):
            await store.save(tracker)
    assert texts_of(await store.retrieve("one"))[-3:] == ["b", "c", "d"]

    await store.expire(time.time() + 2 * SECONDS_A_DAY, 30)
    await store.save(late)
    assert texts_of(await store.retrieve("one"))[-1] == "late", "what stops a turn is forgotten after a day"


async def test_a_conversation_that_began_meanwhile_is_not_begun_anew(store: ConversationStore) -> None:
    await talk(store, "one", "a")
    with pytest.raises(Overtaken):
        await store.create_tracker("one")
    await store.erase("one")
    await store.create_tracker("one")


async def _both(first: KeepingStore, second: KeepingStore, sender: str) -> None:
    """Two servers read a conversation; then they save."""
    trackers = [await one.get_or_create_tracker(sender, append_action_listen=False) for one in (first, second)]
    for store, tracker, text in zip((first, second), trackers, ("first", "second"), strict=True):
        tracker.update_with_events(turn(text), None)
        await store.save(tracker)
