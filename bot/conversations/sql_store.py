"""The conversation store for more than one machine: Rasa's SQL tables in PostgreSQL, with this project's manners."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from sqlalchemy.engine import Connection

from bot.conversations.blanking import sender_key
from bot.conversations.connection import ConversationStoreError
from bot.conversations.database import Conversation, EventRow
from bot.conversations.expiry import SECONDS_A_DAY
from bot.conversations.keeping import HISTORY_TURNS, THREADS, KeepingStore
from bot.conversations.patience import NoAnswer, Patience
from bot.conversations.redaction import rows_of_message
from bot.conversations.scrub import Scrubber
from bot.conversations.seen import SEEN_SECONDS, Seen, new_mark, next_version, require_same
from bot.conversations.sql_engine import open_engine, what_is_logged
from bot.conversations.window import USER, Columns, Window
from bot.settings import Settings

logger = logging.getLogger(__name__)

COLUMNS = Columns(
    table="events", conversation="sender_id", kind="type_name", name="action_name", unnamed="action_name IS NULL"
)
EVENTS = SQLTrackerStore.SQLEvent.__table__
#: Two servers that make the tables at the same time would be in each other's way. The number is "CONV" in ASCII.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(1129270870)"
#: Finds the last event of a kind and name without reading the conversation.
INDEX = "CREATE INDEX IF NOT EXISTS events_kind ON events (sender_id, type_name, action_name, id)"
AGE_INDEX = "CREATE INDEX IF NOT EXISTS events_age ON events (timestamp)"
#: The last save and the last erasure of a conversation, by a hash of its id; see `bot.conversations.seen`.
VERSIONS = "CREATE TABLE IF NOT EXISTS versions (conversation BIGINT PRIMARY KEY, version BIGINT NOT NULL)"
SET_VERSION = """
    INSERT INTO versions (conversation, version) VALUES (:conversation, :version)
    ON CONFLICT (conversation) DO UPDATE SET version = excluded.version"""
ERASURES = """
    CREATE TABLE IF NOT EXISTS erasures (conversation BIGINT PRIMARY KEY, mark TEXT NOT NULL, at DOUBLE PRECISION NOT NULL)
"""
MARK_ERASURE = """
    INSERT INTO erasures (conversation, mark, at) VALUES (:conversation, :mark, :at)
    ON CONFLICT (conversation) DO UPDATE SET mark = excluded.mark, at = excluded.at"""
SEE = """
    SELECT (SELECT mark FROM erasures WHERE conversation = :conversation),
        (SELECT version FROM versions WHERE conversation = :conversation)"""
ONE_CONVERSATION = "SELECT pg_advisory_xact_lock(:conversation)"
#: Waits for whoever holds `ONE_CONVERSATION`, and not for others that wait in this way.
SAVED_CONVERSATION = "SELECT pg_advisory_xact_lock_shared(:conversation)"
#: Rows that one commit of `expire` removes at most.
EXPIRE_BATCH = 5_000


class ConversationSqlStore(KeepingStore):
    """Conversations in the `events` table of Rasa's `SQLTrackerStore`, which other tools of Rasa's can read.

    In endpoints.yml: `tracker_store: {type: bot.conversations.sql_store.ConversationSqlStore, url: …}` with a URL
    such as `postgresql://bot@db/bot`; the password comes from the environment variable that `password_variable` names,
    or from a `.pgpass` file.

    Each server opens as many connections as it has threads for them, and not one more: of PostgreSQL's 100, Rasa's own
    pool would take up to 150 for each worker.

    Args:
        domain: Slots of the trackers.
        event_broker: Hears of every event after it is saved.
        host: The database's URL (`url` in endpoints.yml).
        password_variable: Environment variable with the password; none when None.
        connections: Connections at most.
        history_turns: How many of the patient's messages a tracker holds.
        scrubber: Takes identifiers out; one that knows the content store's names when None.

    Raises:
        ConversationStoreError: the database can't be reached or used. It does not wait for it for ever.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        password_variable: str | None = None,
        connections: int = THREADS,
        history_turns: int = HISTORY_TURNS,
        scrubber: Scrubber | None = None,
    ) -> None:
        if not host:
            raise ConversationStoreError("the conversation store has no `url`, such as postgresql://bot@db/bot")
        self.engine = open_engine(host, password_variable, connections)
        self._patience = Patience()
        self._transact(self._make_tables)
        if loud := self._transact(what_is_logged) if self._is_postgresql else []:
            logger.warning(
                "PostgreSQL may write patients' words into its own log, because of %s. Set these for this user as "
                'docs/privacy.md says under "PostgreSQL\'s log".',
                ", ".join(loud),
            )
        scrubber = scrubber or Scrubber.for_content(Settings.read().content_db)
        super().__init__(domain, event_broker, scrubber, history_turns, repr(self.engine.url))

    async def keys(self) -> list[str]:
        """Ids of all conversations, oldest first."""
        return [conversation.id for conversation in await self.conversations()]

    async def conversations(self) -> list[Conversation]:
        """Ids and dates of all conversations, oldest first."""
        statement = (
            "SELECT sender_id, min(timestamp), max(timestamp), sum(CASE WHEN type_name = :user THEN 1 ELSE 0 END) "
            "FROM events GROUP BY sender_id ORDER BY min(id)"
        )
        return await self._in_thread(
            lambda: self._transact(
                lambda connection: [
                    Conversation(*row) for row in connection.execute(sa.text(statement), {"user": USER})
                ]
            )
        )

    async def expire(self, now: float, days: float) -> int:
        """See `KeepingStore.expire`. Patients' messages never wait long behind it: it commits each some rows."""
        self._forget_events()
        before = now - days * SECONDS_A_DAY
        touched: set[str] = set()
        while found := await self._in_thread(
            lambda: self._transact(lambda connection: _expire_some(connection, before))
        ):
            touched |= found
        await self._in_thread(lambda: self._transact(lambda connection: _forget_marks(connection, now)))
        left = await self._in_thread(lambda: self._transact(lambda connection: _existing(connection, touched)))
        return len(touched) - left

    async def close(self) -> None:
        """Finishes what is being written and closes the connections."""
        await asyncio.get_running_loop().run_in_executor(None, self._close)

    def _close(self) -> None:
        self._end_threads()
        self.engine.dispose()

    async def _append(
        self, sender_id: str, rows: Sequence[EventRow], unless_known: bool, seen: Seen | None = None
    ) -> Seen:
        def work(connection: Connection) -> Seen:
            self._hold(connection, sender_id)
            found = _see(connection, sender_id)
            require_same(seen, found)
            fresh = rows
            if unless_known:
                known = sa.select(EVENTS.c.type_name, EVENTS.c.timestamp).where(EVENTS.c.sender_id == sender_id)
                there = {tuple(row) for row in connection.execute(known)}
                fresh = [row for row in rows if (row.kind, row.timestamp) not in there]
            if fresh:
                connection.execute(EVENTS.insert(), [_values(sender_id, row) for row in fresh])
            saved = Seen(found.erasure, next_version(found))
            values = {"conversation": sender_key(sender_id), "version": saved.version}
            connection.execute(sa.text(SET_VERSION), values)
            return saved

        return await self._in_thread(lambda: self._transact(work))

    async def _erase(self, sender_id: str) -> bool:
        def work(connection: Connection) -> bool:
            self._hold(connection, sender_id)
            values = {"conversation": sender_key(sender_id), "mark": new_mark(), "at": time.time()}
            connection.execute(sa.text(MARK_ERASURE), values)
            return bool(connection.execute(EVENTS.delete().where(EVENTS.c.sender_id == sender_id)).rowcount)

        return await self._in_thread(lambda: self._transact(work))

    async def _erase_message(self, sender_id: str, message_id: str) -> bool:
        columns = (EVENTS.c.id, EVENTS.c.type_name, sa.func.coalesce(EVENTS.c.action_name, ""), EVENTS.c.data)
        every = sa.select(*columns).where(EVENTS.c.sender_id == sender_id).order_by(EVENTS.c.id)

        def work(connection: Connection) -> bool:
            rows = (tuple(row) for row in connection.execute(every))
            found = rows_of_message(rows, message_id)
            connection.execute(EVENTS.delete().where(EVENTS.c.id.in_(found)))
            return bool(found)

        return await self._in_thread(lambda: self._transact(work))

    def _seen(self, sender_id: str) -> Seen:
        def work(connection: Connection) -> Seen:
            # A save that was given up on may have its commit on the way: what is read next must hold it, or it must
            # never come. Else the same message, sent again, would be answered and kept a second time.
            self._hold(connection, sender_id, SAVED_CONVERSATION)
            return _see(connection, sender_id)

        return self._transact(work)

    def _make_tables(self, connection: Connection) -> None:
        if self._is_postgresql:
            connection.execute(sa.text(ONE_AT_A_TIME))
        SQLTrackerStore.Base.metadata.create_all(connection)
        for statement in (INDEX, AGE_INDEX, VERSIONS, ERASURES):
            connection.execute(sa.text(statement))

    @property
    def _is_postgresql(self) -> bool:
        return bool(self.engine.dialect.name == "postgresql")

    def _hold(self, connection: Connection, sender_id: str, how: str = ONE_CONVERSATION) -> None:
        """Until the transaction ends no other one saves or erases this conversation."""
        if self._is_postgresql:
            connection.execute(sa.text(how), {"conversation": sender_key(sender_id)})

    def _recent(self, sender_id: str, slots: Iterable[str]) -> list[str]:
        return self._transact(lambda connection: _window(connection, sender_id).recent(self._history_turns, slots))

    def _may_hold_message(self, sender_id: str, message_id: str, turns: int) -> bool:
        return self._transact(lambda connection: _window(connection, sender_id).may_hold_message(message_id, turns))

    def _everything(self, sender_id: str) -> list[str]:
        return self._transact(lambda connection: _window(connection, sender_id).everything())

    def _transact(self, work: Callable[[Connection], Any]) -> Any:
        with self._explained(), self._patience.limited(), self.engine.begin() as connection:
            return work(connection)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """SQLAlchemy's errors as ours, by their type alone: their texts hold the values."""
        try:
            yield
        except (sa.exc.SQLAlchemyError, NoAnswer) as error:
            kind = type(getattr(error, "orig", None) or error).__name__
            raise ConversationStoreError(
                f"the conversation store {self.engine.url!r} failed ({kind}). Does the database run, and may this "
                "user write to it?"
            ) from None


def _expire_some(connection: Connection, before: float) -> set[str]:
    """Removes the oldest rows, if they are older than `before`; the conversations that they were of."""
    oldest = sa.select(EVENTS.c.id, EVENTS.c.sender_id).where(EVENTS.c.timestamp < before)
    rows = connection.execute(oldest.order_by(EVENTS.c.timestamp).limit(EXPIRE_BATCH)).all()
    connection.execute(EVENTS.delete().where(EVENTS.c.id.in_([row.id for row in rows])))
    return {row.sender_id for row in rows}


def _forget_marks(connection: Connection, now: float) -> None:
    old = now - SEEN_SECONDS
    connection.execute(sa.text("DELETE FROM versions WHERE version < :old"), {"old": int(old * 1_000_000)})
    connection.execute(sa.text("DELETE FROM erasures WHERE at < :old"), {"old": old})


def _see(connection: Connection, sender_id: str) -> Seen:
    return Seen(*connection.execute(sa.text(SEE), {"conversation": sender_key(sender_id)}).one())


def _existing(connection: Connection, conversations: Iterable[str]) -> int:
    """How many of these conversations have events."""
    ids = sorted(conversations)
    count = 0
    for first in range(0, len(ids), EXPIRE_BATCH):
        some = EVENTS.c.sender_id.in_(ids[first : first + EXPIRE_BATCH])
        count += connection.execute(sa.select(sa.func.count(EVENTS.c.sender_id.distinct())).where(some)).scalar_one()
    return count


def _window(connection: Connection, sender_id: str) -> Window:
    def run(statement: str, values: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
        return [tuple(row) for row in connection.execute(sa.text(statement), dict(values))]

    return Window(run, COLUMNS, sender_id)


def _values(sender_id: str, row: EventRow) -> dict[str, Any]:
    return {
        "sender_id": sender_id,
        "type_name": row.kind,
        "action_name": row.name or None,
        "timestamp": row.timestamp,
        "data": row.data,
    }
