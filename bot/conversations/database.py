"""Conversations in SQLite, without Rasa: append, read, erase, expire. `bot privacy` needs no more than this."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.conversations.connection import BUSY_SECONDS, ConversationStoreError, connect
from bot.conversations.erasures import ANY, MARK_SECONDS, Erasure, new_mark, require_unerased
from bot.conversations.redaction import rows_of_message
from bot.conversations.window import Columns, Window
from bot.conversations.writer import Job, Writer

#: Rows that one commit of `expire` blanks at most, so that patients' messages never wait long behind it.
EXPIRE_BATCH = 500
#: Blanked rows are taken away when they are more than this share of all rows, and at least `TIDY_ROWS`.
TIDY_SHARE = 0.5
TIDY_ROWS = 1_000
COLUMNS = Columns(table="event", conversation="conversation", kind="kind", name="name", unnamed="name = ''")


@dataclass(frozen=True)
class EventRow:
    """One event as it is kept. `name` is that of the action or slot, "" for other kinds; `data` is JSON."""

    kind: str
    name: str
    timestamp: float
    data: str


@dataclass(frozen=True)
class Conversation:
    """What `conversations` tells: the id and dates (seconds since 1970), and how many messages are kept."""

    id: str
    started: float
    last: float
    messages: int


def sender_key(conversation: str) -> int:
    """The 63-bit key under which a conversation is found."""
    return int.from_bytes(hashlib.sha256(conversation.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 1


class Database:
    """The file of conversations. Safe to use from any thread; one thread of its own does all writing.

    When the file is deleted or replaced while it is open, the new one is used from the next call on, so that
    nothing is written to a file that no one can see any more.

    Raises:
        ConversationStoreError: from every method, whenever the file can't be read or written.
    """

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = Path(path).resolve()
        self._busy_seconds = busy_seconds
        self._local = threading.local()
        self._readers: set[sqlite3.Connection] = set()
        self._opening = threading.Lock()
        connect(self.path, busy_seconds).close()  # wrong paths are found now, and no connection lives on over a fork
        self._write = _Current(self.path, busy_seconds)
        self._writer = Writer(self._write.get, self._write.discard, self._explain)

    def append(
        self, conversation: str, rows: Sequence[EventRow], unless_known: bool = False, seen: Erasure = ANY
    ) -> Future[None]:
        """Adds events to a conversation; the future is done when they are on the disk.

        Args:
            conversation: Its id; it is made when it is new.
            rows: The events, oldest first.
            unless_known: Leave out events of which one of the same kind and time is already there.
            seen: The last erasure that whoever made the rows knew of.

        Raises:
            Erased: from the future, when the conversation was erased since.
        """

        def job(connection: sqlite3.Connection) -> None:
            require_unerased(seen, _erasure(connection, conversation))
            number = _number(connection, conversation) or _begin(connection, conversation, rows)
            fresh = _unknown(connection, number, rows) if unless_known else rows
            connection.executemany(
                "INSERT INTO event (conversation, kind, name, timestamp, data) VALUES (?, ?, ?, ?, ?)",
                [(number, row.kind, row.name, row.timestamp, row.data) for row in fresh],
            )

        return self._submit(job)

    def recent(self, conversation: str, turns: int, slots: Iterable[str]) -> list[str]:
        """Data of the events that the dialogue needs (see `Window.recent`); empty for an unknown conversation."""
        with self._reading() as connection:
            window = _window(connection, conversation)
            return window.recent(turns, slots) if window else []

    def everything(self, conversation: str) -> list[str]:
        """Data of all kept events of a conversation, oldest first; empty for an unknown one."""
        with self._reading() as connection:
            window = _window(connection, conversation)
            return window.everything() if window else []

    def erasure(self, conversation: str) -> str | None:
        """The mark of the conversation's last erasure, None when there was none lately."""
        with self._reading() as connection:
            return _erasure(connection, conversation)

    def conversations(self) -> list[Conversation]:
        """All conversations, oldest first."""
        statement = """
            SELECT c.sender, c.started, coalesce(max(e.timestamp), c.started), count(*) FILTER (WHERE e.kind = 'user')
            FROM conversation c LEFT JOIN event e ON e.conversation = c.id
            WHERE c.sender_key IS NOT NULL GROUP BY c.id ORDER BY c.id"""
        with self._reading() as connection:
            return [Conversation(*row) for row in connection.execute(statement)]

    def conversations_begun(self) -> int:
        """How many conversations the file has ever had; the least that can be read."""
        with self._reading() as connection:
            return int(connection.execute("SELECT coalesce(max(id), 0) FROM conversation").fetchone()[0])

    def check(self) -> Future[None]:
        """Writes to the disk and keeps nothing; the future fails when the file can't be written."""

        def job(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO tidying VALUES (0.0)")
            connection.execute("DELETE FROM tidying WHERE started = 0.0")

        return self._submit(job)

    def erase(self, conversation: str) -> Future[bool]:
        """Blanks a conversation and empties the write-ahead log; the future tells whether there was one.

        Afterwards no byte of it is left in the file, its log or its unused pages.
        """

        def job(connection: sqlite3.Connection) -> bool:
            with _transaction(connection):
                number = _number(connection, conversation)
                if number is not None:
                    _blank_events(connection, "conversation = ?", (number,))
                    _blank_conversation(connection, number)
                statement = "INSERT OR REPLACE INTO erasure VALUES (?, ?, ?)"
                connection.execute(statement, (sender_key(conversation), new_mark(), time.time()))
            self._empty_log(connection)
            return number is not None

        return self._submit(job, alone=True)

    def erase_message(self, conversation: str, message_id: str) -> Future[bool]:
        """Blanks one message with all that belongs to it, as `erase` does; the future tells whether it was there."""

        def job(connection: sqlite3.Connection) -> bool:
            with _transaction(connection):
                statement = "SELECT id, kind, name, data FROM event WHERE conversation = ? ORDER BY id"
                rows = connection.execute(statement, (_number(connection, conversation),))
                found = rows_of_message(rows, message_id)
                for number in found:
                    _blank_events(connection, "id = ?", (number,))
            self._empty_log(connection)
            return bool(found)

        return self._submit(job, alone=True)

    def expire(self, before: float) -> int:
        """Removes every event older than `before` (seconds since 1970) and conversations left without any.

        Returns:
            How many conversations are gone.
        """
        while self._submit(lambda connection: _blank_old(connection, before)).result():
            pass
        removed: int = self._submit(_blank_empty_conversations).result()
        self._submit(_forget_erasures).result()
        self._submit(self._tidy, alone=True).result()
        return removed

    def close(self) -> None:
        """Finishes what is being written and closes the file."""
        self._writer.close()
        self._write.discard()
        with self._opening:
            for connection in self._readers:
                connection.close()
            self._readers.clear()

    def _submit(self, job: Job, alone: bool = False) -> Future[Any]:
        try:
            return self._writer.submit(job, alone)
        except RuntimeError as error:
            raise self._explain(error) from error

    def _explain(self, error: BaseException) -> BaseException:
        """SQLite's errors as ours. SQLite names tables and columns in them, never values."""
        if not isinstance(error, (sqlite3.Error, OSError, RuntimeError)):
            return error
        explained = ConversationStoreError(f"the conversation store {self.path} failed: {error}")
        explained.__cause__ = error
        return explained

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """This thread's own connection, in one read transaction."""
        current: _Current | None = getattr(self._local, "current", None)
        if current is None:
            current = self._local.current = _Current(self.path, self._busy_seconds, self._readers)
        connection = current.get()
        try:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            current.discard()
            raise self._explain(error) from error

    def _empty_log(self, connection: sqlite3.Connection) -> None:
        """Moves the write-ahead log into the file and cuts it to nothing. Waits for readers, within reason."""
        deadline = time.monotonic() + 2 * self._busy_seconds
        while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            if time.monotonic() > deadline:
                raise ConversationStoreError(
                    f"the conversation is erased, but {self.path.name}-wal could not be emptied, because another "
                    "process keeps reading. Run the command again."
                )
            time.sleep(0.05)

    def _tidy(self, connection: sqlite3.Connection) -> None:
        """Takes blanked rows away and packs the file, when it is worth it or was cut short the last time.

        The mark in `tidying` lasts from the deletion to the end of packing, see the note at `TABLES`.
        """
        unfinished = connection.execute("SELECT count(*) FROM tidying").fetchone()[0]
        blank = connection.execute("SELECT count(*) FROM event WHERE conversation IS NULL").fetchone()[0]
        kept = connection.execute("SELECT count(*) FROM event WHERE conversation IS NOT NULL").fetchone()[0]
        if unfinished or (blank >= TIDY_ROWS and blank > TIDY_SHARE * (blank + kept)):
            with _transaction(connection):
                connection.execute("INSERT INTO tidying VALUES (?)", (time.time(),))
                connection.execute("DELETE FROM event WHERE conversation IS NULL")
                connection.execute("DELETE FROM conversation WHERE sender_key IS NULL")
            connection.execute("VACUUM")
            connection.execute("DELETE FROM tidying")
        self._empty_log(connection)


class _Current:
    """A connection to the file that now bears the name: a deleted or replaced file is left behind."""

    def __init__(self, path: Path, busy_seconds: float, register: set[sqlite3.Connection] | None = None) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._register = register
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def get(self) -> sqlite3.Connection:
        if self._connection is not None and self._identity != self._on_disk():
            self.discard()
        if self._connection is None:
            self._connection = connect(self._path, self._busy_seconds)
            self._identity = self._on_disk()
            if self._register is not None:
                self._register.add(self._connection)
        return self._connection

    def discard(self) -> None:
        if self._connection is not None:
            if self._register is not None:
                self._register.discard(self._connection)
            self._connection.close()
        self._connection = None

    def _on_disk(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _number(connection: sqlite3.Connection, conversation: str) -> int | None:
    row = connection.execute("SELECT id FROM conversation WHERE sender_key = ?", (sender_key(conversation),)).fetchone()
    return row[0] if row else None


def _erasure(connection: sqlite3.Connection, conversation: str) -> str | None:
    statement = "SELECT mark FROM erasure WHERE sender_key = ?"
    row = connection.execute(statement, (sender_key(conversation),)).fetchone()
    return str(row[0]) if row else None


def _forget_erasures(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM erasure WHERE at < ?", (time.time() - MARK_SECONDS,))


def _begin(connection: sqlite3.Connection, conversation: str, rows: Sequence[EventRow]) -> int:
    started = rows[0].timestamp if rows else time.time()
    statement = "INSERT INTO conversation (sender, sender_key, started) VALUES (?, ?, ?) RETURNING id"
    number: int = connection.execute(statement, (conversation, sender_key(conversation), started)).fetchone()[0]
    return number


def _unknown(connection: sqlite3.Connection, number: int, rows: Sequence[EventRow]) -> list[EventRow]:
    known = set(connection.execute("SELECT kind, timestamp FROM event WHERE conversation = ?", (number,)))
    return [row for row in rows if (row.kind, row.timestamp) not in known]


def _window(connection: sqlite3.Connection, conversation: str) -> Window | None:
    number = _number(connection, conversation)
    run: Callable[..., Iterable[tuple[Any, ...]]] = connection.execute
    return None if number is None else Window(run, COLUMNS, number)


def _blank_events(connection: sqlite3.Connection, condition: str, values: tuple[Any, ...]) -> int:
    blank = "UPDATE event SET conversation = NULL, kind = '', name = '', timestamp = 0.0, data = ''"
    return connection.execute(f"{blank} WHERE {condition}", values).rowcount


def _blank_conversation(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("UPDATE conversation SET sender = '', sender_key = NULL, started = 0.0 WHERE id = ?", (number,))


def _blank_old(connection: sqlite3.Connection, before: float) -> int:
    """Blanks some events older than `before`; 0 when none is left."""
    old = "SELECT id FROM event WHERE timestamp < ? AND conversation IS NOT NULL LIMIT ?"
    return _blank_events(connection, f"id IN ({old})", (before, EXPIRE_BATCH))


def _blank_empty_conversations(connection: sqlite3.Connection) -> int:
    empty = connection.execute(
        "SELECT id FROM conversation c WHERE sender_key IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM event e WHERE e.conversation = c.id)"
    ).fetchall()
    for (number,) in empty:
        _blank_conversation(connection, number)
    return len(empty)
