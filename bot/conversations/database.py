"""Conversations in SQLite, without Rasa: append, read, erase, expire. `bot privacy` needs no more than this."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from bot.conversations.blanking import (
    BATCH,
    blank_conversation,
    blank_if_empty,
    blank_message,
    blank_old,
    empty_conversations,
    forget_marks,
    number_of,
    sender_key,
)
from bot.conversations.connection import BUSY_SECONDS, ConversationStoreError, Current, connect
from bot.conversations.seen import Seen, next_version, require_same
from bot.conversations.tidying import Tidier
from bot.conversations.window import Columns, Window
from bot.conversations.writer import Job, Writer

#: Seconds that saves wait at most for one try to empty the log, and seconds between two tries.
HELD_SECONDS, LOOK_SECONDS = 0.05, 0.1
Result = TypeVar("Result")
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
        self._write = Current(self.path, busy_seconds)
        self._writer = Writer(self._write.get, self._write.discard, self._explain)
        self._emptying = ThreadPoolExecutor(max_workers=1, thread_name_prefix="conversation-log")
        self._tidier = Tidier(self._submit, self._reading)

    def append(
        self,
        conversation: str,
        rows: Sequence[EventRow],
        unless_known: bool = False,
        seen: Seen | None = None,
    ) -> Future[Seen]:
        """Adds events to a conversation; the future is done when they are on the disk, and gives what is seen then.

        Args:
            conversation: Its id; it is made when it is new.
            rows: The events, oldest first.
            unless_known: Leave out events of which one of the same kind and time is already there.
            seen: What whoever made the rows had seen of the conversation; None for nothing.

        Raises:
            Erased: from the future, when the conversation was erased since.
            Overtaken: from the future, when somebody else has saved since.
        """

        def job(connection: sqlite3.Connection) -> Seen:
            found = _seen(connection, conversation)
            require_same(seen, found)
            number = number_of(connection, conversation) or _begin(connection, conversation, rows)
            fresh = _unknown(connection, number, rows) if unless_known else rows
            connection.executemany(
                "INSERT INTO event (conversation, kind, name, timestamp, data) VALUES (?, ?, ?, ?, ?)",
                [(number, row.kind, row.name, row.timestamp, row.data) for row in fresh],
            )
            saved = Seen(found.erasure, next_version(found))
            statement = "INSERT OR REPLACE INTO version VALUES (?, ?)"
            connection.execute(statement, (sender_key(conversation), saved.version))
            return saved

        return self._submit(job)

    def recent(self, conversation: str, turns: int, slots: Iterable[str]) -> list[str]:
        """Data of the events that the dialogue needs (see `Window.recent`); empty for an unknown conversation."""
        with self._reading() as connection:
            window = _window(connection, conversation)
            return window.recent(turns, slots) if window else []

    def may_hold_message(self, conversation: str, message_id: str, turns: int) -> bool:
        """See `Window.may_hold_message`."""
        with self._reading() as connection:
            window = _window(connection, conversation)
            return window is not None and window.may_hold_message(message_id, turns)

    def everything(self, conversation: str) -> list[str]:
        """Data of all kept events of a conversation, oldest first; empty for an unknown one."""
        with self._reading() as connection:
            window = _window(connection, conversation)
            return window.everything() if window else []

    def seen(self, conversation: str) -> Seen:
        """What there is to see of a conversation now."""
        with self._reading() as connection:
            return _seen(connection, conversation)

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
        return self._and_empty_log(self._submit(lambda connection: blank_conversation(connection, conversation)))

    def erase_message(self, conversation: str, message_id: str) -> Future[bool]:
        """Blanks one message with all that belongs to it, as `erase` does; the future tells whether it was there."""
        return self._and_empty_log(self._submit(lambda connection: blank_message(connection, conversation, message_id)))

    def expire(self, before: float, now: float | None = None) -> int:
        """Removes every event older than `before` (seconds since 1970) and conversations left without any.

        Saves go on meanwhile: it takes small steps between them. `now` is the time of the clock when None.

        Returns:
            How many conversations are gone.
        """
        while self._submit(lambda connection: blank_old(connection, before)).result():
            pass
        with self._reading() as connection:
            empty = empty_conversations(connection)
        removed = 0
        for start in range(0, len(empty), BATCH):
            some = empty[start : start + BATCH]
            removed += self._submit(partial(blank_if_empty, numbers=some)).result()
        self._submit(partial(forget_marks, now=time.time() if now is None else now)).result()
        self._tidier.tidy()
        return self._and_empty_log(done(removed)).result()

    def close(self) -> None:
        """Finishes what is being written and closes the file."""
        self._emptying.shutdown()
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
        current: Current | None = getattr(self._local, "current", None)
        if current is None:
            current = self._local.current = Current(self.path, self._busy_seconds, self._readers)
        connection = current.get()
        try:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            current.discard()
            raise self._explain(error) from error

    def _and_empty_log(self, blanked: Future[Result]) -> Future[Result]:
        """Moves the write-ahead log into the file and cuts it to nothing when `blanked` is done; its result.

        Readers hinder that, a backup for instance. They are waited for, within reason, and saves go on meanwhile.
        """
        deadline = time.monotonic() + 2 * self._busy_seconds
        try:
            return self._emptying.submit(self._empty_log, blanked, deadline)
        except RuntimeError as error:
            raise self._explain(error) from error

    def _empty_log(self, blanked: Future[Result], deadline: float) -> Result:
        result = blanked.result()
        while not self._submit(self._try_to_empty_log, alone=True).result():
            if time.monotonic() > deadline:
                raise ConversationStoreError(
                    f"the conversation is erased, but {self.path.name}-wal could not be emptied, because another "
                    "process keeps reading. Run the command again."
                )
            time.sleep(LOOK_SECONDS)
        return result

    def _try_to_empty_log(self, connection: sqlite3.Connection) -> bool:
        connection.execute(f"PRAGMA busy_timeout={int(HELD_SECONDS * 1000)}")
        try:
            return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            connection.execute(f"PRAGMA busy_timeout={int(self._busy_seconds * 1000)}")


def done(result: Result) -> Future[Result]:
    """A future that is done."""
    future: Future[Result] = Future()
    future.set_result(result)
    return future


def _seen(connection: sqlite3.Connection, conversation: str) -> Seen:
    statement = """
        SELECT (SELECT mark FROM erasure WHERE sender_key = :key), (SELECT version FROM version WHERE sender_key = :key)"""
    return Seen(*connection.execute(statement, {"key": sender_key(conversation)}).fetchone())


def _begin(connection: sqlite3.Connection, conversation: str, rows: Sequence[EventRow]) -> int:
    started = rows[0].timestamp if rows else time.time()
    statement = "INSERT INTO conversation (sender, sender_key, started) VALUES (?, ?, ?) RETURNING id"
    number: int = connection.execute(statement, (conversation, sender_key(conversation), started)).fetchone()[0]
    return number


def _unknown(connection: sqlite3.Connection, number: int, rows: Sequence[EventRow]) -> list[EventRow]:
    known = set(connection.execute("SELECT kind, timestamp FROM event WHERE conversation = ?", (number,)))
    return [row for row in rows if (row.kind, row.timestamp) not in known]


def _window(connection: sqlite3.Connection, conversation: str) -> Window | None:
    number = number_of(connection, conversation)
    run: Callable[..., Iterable[tuple[Any, ...]]] = connection.execute
    return None if number is None else Window(run, COLUMNS, number)
