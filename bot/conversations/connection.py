"""The SQLite file that holds conversations: its tables, and how it is opened."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Rises by one whenever `TABLES` changes; kept in the file as `user_version`.
SCHEMA_VERSION = 1
#: "CONV" in ASCII, kept in the file: another program's database is refused, not written to.
APPLICATION_ID = 0x434F4E56
_MAKING = threading.Lock()
#: Seconds to wait for another process's write lock. Well below the time that a turn may take.
BUSY_SECONDS = 5.0

# An erased row is blanked where it lies (conversation NULL, all else empty) and taken away later, when its neighbours
# are blank, too (`bot.conversations.tidying`). Deleting at once would make SQLite move neighbouring rows and leave stale
# copies of them behind in unused parts of pages, where `secure_delete` does not reach; these could outlive the erasing of
# those neighbours.
# `sender_key` is a hash for the same reason: index pages are split and merged all the time.
TABLES = """
CREATE TABLE conversation (
    id INTEGER PRIMARY KEY,
    sender TEXT NOT NULL,
    sender_key INTEGER,
    started REAL NOT NULL
) STRICT;
CREATE UNIQUE INDEX conversation_sender ON conversation (sender_key) WHERE sender_key IS NOT NULL;
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    conversation INTEGER,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    timestamp REAL NOT NULL,
    data TEXT NOT NULL
) STRICT;
CREATE INDEX event_conversation ON event (conversation) WHERE conversation IS NOT NULL;
CREATE INDEX event_kind ON event (conversation, kind, name) WHERE conversation IS NOT NULL;
CREATE INDEX event_age ON event (timestamp) WHERE conversation IS NOT NULL;
CREATE INDEX event_blank ON event (kind) WHERE conversation IS NULL;
CREATE TABLE tidying (started REAL NOT NULL) STRICT;
"""
# What turns must have seen of a conversation before they save (`bot.conversations.seen`). Not of `SCHEMA_VERSION`: a
# release that does not know them goes on using the file.
LATER_TABLES = (
    "CREATE TABLE IF NOT EXISTS erasure (sender_key INTEGER PRIMARY KEY, mark TEXT NOT NULL, at REAL NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS version (sender_key INTEGER PRIMARY KEY, version INTEGER NOT NULL) STRICT",
)


class ConversationStoreError(Exception):
    """Conversations could not be read or written; the text names the file and says what to do, never whose words."""


def connect(path: Path, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A connection to the file at `path`, which is made when it is missing, readable by its owner alone.

    `synchronous=FULL`: a commit is on the disk when it returns, so that an answered message survives not only
    `kill -9` but a power cut, too. On this design one commit carries all messages that wait for it, which keeps
    the price low. `secure_delete`: what is taken out is overwritten with zeros.

    Raises:
        ConversationStoreError: the file can't be opened, is damaged, or is another program's.
    """
    try:
        make_file(path)
        connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise ConversationStoreError(
            f"{path} can't be opened ({type(error).__name__}). Does its folder exist, and may this user write there?"
        ) from error
    try:
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # for a new file; one that is there stays as it is
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA trusted_schema=OFF")
        _make_tables(connection, path)
        for statement in LATER_TABLES:
            connection.execute(statement)
    except sqlite3.Error as error:
        connection.close()
        raise ConversationStoreError(
            f"{path} can't be used as a conversation store ({error}). If it is damaged, move it away together with "
            f"{path.name}-wal and {path.name}-shm; a new one is made at the next start."
        ) from error
    except ConversationStoreError:
        connection.close()
        raise
    return connection


def make_file(path: Path) -> None:
    """Makes the file, readable by its owner alone, when it is missing; one that is there is not touched.

    POSIX drops all locks of a process on a file when any descriptor of it is closed. If an existing file were opened
    and closed here, SQLite would lose the lock that says "in use", and the next other process to close the file would
    take it for unused and delete its log, with what was just saved in it.
    """
    with _MAKING:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return


def _make_tables(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection, path) == SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _version(connection, path) == 0:  # another process may have been quicker
            for statement in TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The file's schema version, 0 for an empty file. Raises: ConversationStoreError for a file that is not ours."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    if version > SCHEMA_VERSION and ours:
        raise ConversationStoreError(f"{path} was written by a newer release of this program. Run that release.")
    if not ours and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise ConversationStoreError(f"{path} is a database of another program. Name another file.")
    return version


class Current:
    """A connection to the file that now bears the name: a deleted or replaced file is left behind."""

    def __init__(self, path: Path, busy_seconds: float, register: set[sqlite3.Connection] | None = None) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._register = register
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def get(self) -> sqlite3.Connection:
        """The connection, opened when there is none. Raises: ConversationStoreError."""
        if self._connection is not None and self._identity != self._on_disk():
            self.discard()
        if self._connection is None:
            self._connection = connect(self._path, self._busy_seconds)
            self._identity = self._on_disk()
            if self._register is not None:
                self._register.add(self._connection)
        return self._connection

    def discard(self) -> None:
        """Closes the connection."""
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
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that writes: kept as a whole at the end, or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
