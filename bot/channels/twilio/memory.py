"""What the channel remembers across restarts and between processes: who has stopped messages, what was answered.

Only keyed hashes are kept, and the names of what was said: no number, no message, no words.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.conversations.connection import make_file
from bot.conversations.expiry import SECONDS_A_DAY

#: Rises by one whenever `TABLES` changes; kept in the file as `user_version`.
SCHEMA_VERSION = 1
#: Seconds to wait for another process's write lock; a webhook has ten.
BUSY_SECONDS = 3.0
#: Days that an answered message is remembered. Twilio's signatures never end, so this is how long a request that
#: somebody recorded is known to be old.
REMEMBERED_DAYS = 400
#: After so many seconds a message that was begun and never finished counts as lost with its process. Longer than a
#: turn may take.
LOST_SECONDS = 40.0

TABLES = """
CREATE TABLE stopped (sender TEXT PRIMARY KEY, since REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE handled (
    message TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, begun REAL NOT NULL, said TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX handled_begun ON handled (begun);
"""

Result = TypeVar("Result")


class MemoryUnusable(Exception):
    """The file can't be used; the text names it and says what to do."""


@dataclass(frozen=True)
class Handled:
    """A message that was begun before.

    Attributes:
        fingerprint: Of what it said.
        said: Names of what was said, in order; None while it is being worked on.
    """

    fingerprint: str
    said: tuple[str, ...] | None


class Memory:
    """The file of the channel. Its methods may be called from any task; they work in a thread.

    Args:
        path: The SQLite file; made when it is missing, readable by its owner alone.

    Raises:
        MemoryUnusable: the file can't be used.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self._clock = clock
        self._lock = threading.Lock()
        try:
            make_file(path)
            self._connection = sqlite3.connect(path, BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._make_tables()
            self._connection.execute(
                "DELETE FROM handled WHERE begun < ?", (clock() - REMEMBERED_DAYS * SECONDS_A_DAY,)
            )
        except (OSError, sqlite3.Error) as error:
            raise MemoryUnusable(
                f"{path} can't be used ({type(error).__name__}). Does its folder exist, and may this user write there? "
                "If the file is damaged, move it away; patients who have stopped messages are then forgotten."
            ) from error

    def _make_tables(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            self._connection.execute("ROLLBACK")
            raise MemoryUnusable(f"{self.path} was written by a newer release of this program. Run that release.")
        if version == 0:
            for statement in TABLES.split(";"):
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        self._connection.execute("COMMIT")

    async def has_stopped(self, sender: str) -> bool:
        """Whether this patient has stopped messages."""
        rows = await self._run("SELECT 1 FROM stopped WHERE sender = ?", sender)
        return bool(rows)

    async def stop(self, sender: str) -> None:
        """Notes that this patient wants no messages."""
        await self._run("INSERT OR IGNORE INTO stopped VALUES (?, ?)", sender, self._clock())

    async def start(self, sender: str) -> None:
        """Notes that this patient wants messages again."""
        await self._run("DELETE FROM stopped WHERE sender = ?", sender)

    async def begin(self, message: str, fingerprint: str) -> Handled | None:
        """Takes a message on: None when it is new or was lost with its process, so that the caller must answer it."""
        now = self._clock()
        taken = await self._run(
            "INSERT INTO handled VALUES (?, ?, ?, NULL) ON CONFLICT (message) DO UPDATE SET begun = excluded.begun "
            "WHERE said IS NULL AND begun < ? AND fingerprint = excluded.fingerprint RETURNING 1",
            message, fingerprint, now, now - LOST_SECONDS,
        )  # fmt: skip
        return None if taken else await self.handled(message)

    async def handled(self, message: str) -> Handled | None:
        """What is remembered of a message."""
        rows = await self._run("SELECT fingerprint, said FROM handled WHERE message = ?", message)
        if not rows:
            return None
        fingerprint, said = rows[0]
        return Handled(str(fingerprint), None if said is None else tuple(json.loads(str(said))))

    async def finish(self, message: str, said: Sequence[str]) -> None:
        """Remembers what was said to a message."""
        await self._run("UPDATE handled SET said = ? WHERE message = ?", json.dumps(list(said)), message)

    async def forget(self, message: str) -> None:
        """Forgets a message that could not be answered, so that its next delivery may try again."""
        await self._run("DELETE FROM handled WHERE message = ? AND said IS NULL", message)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    async def _run(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        def run() -> list[tuple[object, ...]]:
            with self._lock:
                return self._connection.execute(statement, values).fetchall()

        return await asyncio.get_running_loop().run_in_executor(None, run)
