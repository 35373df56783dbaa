"""The store for more than one machine, on SQLAlchemy's SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
import sqlalchemy as sa
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from bot.conversations import patience, sql_engine
from bot.conversations import sql_store as module
from bot.conversations.database import EventRow
from bot.conversations.seen import Overtaken
from bot.conversations.sql_store import ConversationSqlStore
from bot.conversations.store import ConversationStoreError
from tests.conversations_store.conftest import turn
from tests.conversations_store.test_store import keeps_one_of_two, stays_erased, talk, texts_of
from tests.gate import Gate
from tests.services import Postgres, wait_for

DIALECTS = ["sqlite", "postgresql"]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server of these tests' own."""
    with Postgres() as running:
        yield running.url


@pytest_asyncio.fixture(params=DIALECTS)
async def store(request: pytest.FixtureRequest, domain: Domain, tmp_path: Path) -> AsyncIterator[ConversationSqlStore]:
    url = f"sqlite:///{tmp_path}/sql.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("server")
    made = ConversationSqlStore(domain, host=url)
    yield made
    for sender in await made.keys():
        await made.erase(sender)
    await made.close()


async def test_a_talk_comes_back_without_identifiers(store: ConversationSqlStore) -> None:
    await talk(store, "one", "my name is John Smith", "b", condition="leukopenia")
    found = await store.retrieve("one")
    assert texts_of(found) == ["my name is <NAME>", "b"]
    assert found is not None and found.current_slot_values()["condition"] == "leukopenia"
    assert await store.retrieve("nobody") is None


async def test_only_the_last_turns_are_loaded(store: ConversationSqlStore) -> None:
    await talk(store, "one", "first", condition="leukopenia")
    await talk(store, "one", *(f"turn {number}" for number in range(15)))
    found = await store.retrieve("one")
    assert texts_of(found) == [f"turn {number}" for number in range(5, 15)]
    assert found is not None and found.current_slot_values()["condition"] == "leukopenia"
    assert len(texts_of(await store.retrieve_full_tracker("one"))) == 16


async def test_erase_expire_and_list(store: ConversationSqlStore) -> None:
    await talk(store, "one", "a")
    await talk(store, "two", "b")
    assert [(found.id, found.messages) for found in await store.conversations()] == [("one", 1), ("two", 1)]
    assert await store.erase("one") is True
    assert await store.erase("one") is False
    (left,) = await store.conversations()
    assert await store.expire(left.last + 2 * 86_400, 1) == 1
    assert await store.keys() == []


async def test_expiry_goes_by_message_and_in_steps(
    store: ConversationSqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EXPIRE_BATCH", 7)
    now = 1_000_000_000.0
    for number in range(10):
        ages = [40.0, 35.0, 31.0] if number % 2 else [40.0, 31.0, 1.0]
        rows = [EventRow("user", "", now - age * 86_400, json.dumps({"event": "user", "age": age})) for age in ages]
        await store._append(f"patient {number}", rows, unless_known=False)
    assert await store.expire(now, 30) == 5
    assert sorted(await store.keys()) == [f"patient {number}" for number in range(0, 10, 2)]
    assert [event["age"] for event in await store.export("patient 0")] == [1.0]
    assert await store.expire(now, 30) == 0


async def test_servers_that_start_together_make_the_tables_once(server: str, domain: Domain) -> None:
    engine = sa.create_engine(server)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE IF EXISTS events, versions"))
    engine.dispose()
    with ThreadPoolExecutor(8) as threads:
        stores = list(threads.map(lambda _: ConversationSqlStore(domain, host=server, connections=1), range(8)))
    await talk(stores[0], "together", "a")
    for made in stores:
        assert texts_of(await made.retrieve("together")) == ["a"]
    await stores[0].erase("together")
    for made in stores:
        await made.close()


async def test_many_patients_share_few_connections(store: ConversationSqlStore) -> None:
    await asyncio.gather(*(talk(store, f"patient {number}", "a", "b") for number in range(20)))
    assert len(await store.keys()) == 20
    if store.engine.dialect.name == "postgresql":
        assert store.engine.pool.size() == 4  # type: ignore[attr-defined]
        assert store.engine.pool.checkedin() <= 4  # type: ignore[attr-defined]


async def test_a_database_that_is_not_there_is_an_error_at_once(domain: Domain) -> None:
    with pytest.raises(ConversationStoreError, match=r"postgresql://bot@127.0.0.1:1/bot failed \(OperationalError\)"):
        ConversationSqlStore(domain, host="postgresql://bot@127.0.0.1:1/bot")


async def test_what_is_missing_in_the_settings_is_named(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOT_DB_PASSWORD", raising=False)
    with pytest.raises(ConversationStoreError, match="has no `url`"):
        ConversationSqlStore(domain)
    with pytest.raises(ConversationStoreError, match="BOT_DB_PASSWORD is empty"):
        ConversationSqlStore(domain, host="postgresql://bot@db/bot", password_variable="BOT_DB_PASSWORD")


def test_endpoints_can_name_it(domain: Domain, tmp_path: Path) -> None:
    config = EndpointConfig(type="bot.conversations.sql_store.ConversationSqlStore", url=f"sqlite:///{tmp_path}/sql.db")
    assert type(TrackerStore.create(config, domain)) is ConversationSqlStore


async def test_of_two_turns_that_read_the_same_one_is_kept(store: ConversationSqlStore) -> None:
    await keeps_one_of_two(store, store)


async def test_of_turns_on_several_servers_at_once_one_is_kept(server: str, domain: Domain) -> None:
    stores = [ConversationSqlStore(domain, host=server) for _ in range(3)]
    for number in range(15):
        sender = f"raced-{number}"
        trackers = [await one.get_or_create_tracker(sender, append_action_listen=False) for one in stores]
        for tracker in trackers:
            tracker.update_with_events(turn("said once"), None)
        saves = [one.save(tracker) for one, tracker in zip(stores, trackers, strict=True)]
        ended = await asyncio.gather(*saves, return_exceptions=True)
        assert sorted(type(end).__name__ for end in ended) == ["NoneType", "Overtaken", "Overtaken"]
        assert texts_of(await stores[0].retrieve(sender)) == ["said once"]
        await stores[0].erase(sender)
    for one in stores:
        await one.close()


async def test_what_was_read_before_an_erasure_is_not_kept_after_it(store: ConversationSqlStore) -> None:
    await stays_erased(store)


async def test_no_save_slips_through_between_a_look_and_an_erasure(server: str, domain: Domain) -> None:
    """Servers that save and one that erases, at once: what was read before is never there afterwards."""
    stores = [ConversationSqlStore(domain, host=server) for _ in range(3)]
    for number in range(15):
        sender = f"hurried-{number}"
        await talk(stores[0], sender, "a")
        trackers = [await one.retrieve(sender) for one in stores[:2]]
        for tracker in trackers:
            assert tracker is not None
            tracker.update_with_events(turn("said before"), None)
        saves = [one.save(tracker) for one, tracker in zip(stores, trackers, strict=False) if tracker is not None]
        *ended, erased = await asyncio.gather(*saves, stores[2].erase(sender), return_exceptions=True)
        assert erased is True
        assert {type(end) for end in ended} <= {type(None), Overtaken}
        assert not await stores[0].exists(sender)
    for one in stores:
        await one.close()


@contextmanager
def patient(seconds: float) -> Iterator[None]:
    """A database is waited for so long inside: shortly where it can't answer, long where it must."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ANSWER_SECONDS", "DOUBT_SECONDS"):
            patch.setattr(patience, name, seconds)
        yield


async def test_a_frozen_database_is_an_error_and_holds_no_thread(domain: Domain) -> None:
    with Postgres() as running:
        store = ConversationSqlStore(domain, host=running.url)
        tracker = await talk(store, "one", "a")
        tracker.update_with_events(turn("b"), None)
        with running.frozen(), patient(0.5):
            saves = [store.save(tracker), *(store.retrieve(f"patient {number}") for number in range(12))]
            found = await asyncio.gather(*saves, return_exceptions=True)
            assert {type(error) for error in found} == {ConversationStoreError}
            assert "(NoAnswer)" in str(found[0])
            with pytest.raises(ConversationStoreError, match="NoAnswer"):
                ConversationSqlStore(domain, host=running.url)  # a new connection is not waited for, either
        await asyncio.sleep(patience.PAUSE_SECONDS)
        with patient(60):
            await store.save(tracker)
        assert texts_of(await store.retrieve("one")) == ["a", "b"]
        await store.close()


async def test_whoever_reads_waits_for_a_commit_that_is_on_its_way(
    server: str, domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A save was given up on when its commit had been sent. The same message, sent again, must find it answered."""
    url = sa.engine.make_url(server)
    assert url.port is not None
    monkeypatch.setattr(sql_engine, "CONNECT_SECONDS", 60)
    gate = Gate(url.port, b"COMMIT")
    near = ConversationSqlStore(domain, host=server)
    far = ConversationSqlStore(domain, host=url.set(port=gate.port).render_as_string(hide_password=False))
    tracker = await talk(far, "far away", "a")
    tracker.update_with_events(turn("b"), None)
    with gate.shut():
        with patient(0.5), pytest.raises(ConversationStoreError, match="NoAnswer"):
            await far.save(tracker)
        reading = asyncio.ensure_future(near.retrieve("far away"))
        await asyncio.to_thread(wait_for, lambda: waiting_for_locks(server) == 1, "the reader to wait")
    assert texts_of(await reading) == ["a", "b"]
    await near.erase("far away")
    await near.close()
    await far.close()
    gate.close()


async def test_the_databases_log_holds_no_words(
    domain: Domain, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """PostgreSQL logs a statement that failed, with all that the driver has put into it."""
    caplog.set_level(logging.WARNING, logger=module.__name__)
    monkeypatch.setattr(sql_engine, "CONNECT_SECONDS", 1)  # how long it waits for a lock
    with Postgres() as running:
        running.run("psql", "-c", "CREATE ROLE plain LOGIN; GRANT bot TO plain", "postgres")
        plain = running.url.replace("//bot@", "//plain@")
        as_superuser = ConversationSqlStore(domain, host=running.url)
        await hindered(as_superuser, "said to a superuser")
        assert caplog.messages == []
        told = ConversationSqlStore(domain, host=plain)
        assert "may write patients' words into its own log" in caplog.text
        assert "log_min_error_statement=error, track_activities=on" in caplog.text
        await hindered(told, "said to one that was told of")
        caplog.clear()
        quiet = ("log_min_error_statement = panic", "track_activities = off")
        running.run("psql", "-c", "".join(f"ALTER ROLE plain SET {setting};" for setting in quiet), "postgres")
        mended = ConversationSqlStore(domain, host=plain)
        await hindered(mended, "said to one that was mended")
        assert caplog.messages == []
        running.shut_down()
        log = (running.folder / "postgres.log").read_text()
        assert log.count("canceling statement due to lock timeout") == 3
        assert "said to one that was told of" in log
        assert "said to a superuser" not in log and "said to one that was mended" not in log
        for store in (as_superuser, told, mended):
            await store.close()


async def hindered(store: ConversationSqlStore, words: str) -> None:
    """Holds that a save fails while somebody else has the table."""
    engine = sa.create_engine(store.engine.url.set(username="bot"))
    with engine.begin() as connection:
        connection.execute(sa.text("LOCK TABLE events"))
        with pytest.raises(ConversationStoreError, match="LockNotAvailable"):
            await store._append("one", [EventRow("user", "", 1.0, json.dumps(words))], unless_known=False)
    engine.dispose()


def waiting_for_locks(server: str) -> int:
    """How many transactions wait for a conversation."""
    engine = sa.create_engine(server)
    with engine.begin() as connection:
        statement = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        found = int(connection.execute(sa.text(statement)).scalar_one())
    engine.dispose()
    return found
