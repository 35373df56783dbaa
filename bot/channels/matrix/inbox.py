"""What has arrived and is not dealt with yet, in one SQLite file: nothing accepted is lost, nothing is done twice.

No words are kept here. While an event waits, its room, id and sender are kept, so that it can be fetched from the
homeserver again after a restart; once it is dealt with, only keyed hashes are left.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.conversations.connection import make_file
from bot.conversations.expiry import SECONDS_A_DAY
from bot.handover.sealing import Seal

SCHEMA_VERSION = 1
TABLES = """
CREATE TABLE secret (key BLOB NOT NULL) STRICT;
CREATE TABLE event (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    waiting INTEGER NOT NULL,
    room TEXT NOT NULL,
    id TEXT NOT NULL,
    sender TEXT NOT NULL,
    invites TEXT NOT NULL,
    conversation TEXT NOT NULL DEFAULT '',
    original TEXT NOT NULL DEFAULT '',
    at REAL NOT NULL
) STRICT;
CREATE INDEX event_waiting ON event (number) WHERE waiting;
CREATE INDEX event_original ON event (original) WHERE original <> '';
CREATE TABLE answer (key TEXT PRIMARY KEY, conversation TEXT NOT NULL, shown TEXT NOT NULL, at REAL NOT NULL) STRICT;
CREATE TABLE told (room TEXT PRIMARY KEY, at REAL NOT NULL) STRICT;
"""
#: When the rooms were last looked through. Added later: a file without it goes on being used.
LOOKED = "CREATE TABLE IF NOT EXISTS looked (id INTEGER PRIMARY KEY CHECK (id = 1), at REAL NOT NULL) STRICT"

Result = TypeVar("Result")


class InboxError(ValueError):
    """The file can't be used; the text names it and says what to do."""


@dataclass(frozen=True)
class Arrival:
    """An event that waits.

    Attributes:
        room: Id of its room.
        event_id: Its id.
        sender: Who sent it.
        invites: Whom it invites; "" when it is no invitation. After a restart an invitation can't be fetched again,
            because one who is only invited may not read the room.
        number: Its place in the order of arrival; 0 before it is accepted.
    """

    room: str
    event_id: str
    sender: str
    invites: str = ""
    number: int = 0


@dataclass(frozen=True)
class Answer:
    """A message of ours: in which conversation, and which answers it showed (answer id and content version)."""

    event_id: str
    conversation: str
    shown: tuple[tuple[str, str], ...]


class Inbox:
    """The file. Every method but `close` and the hashes runs in a thread of its own.

    Attributes:
        seal: Seals where a patient can be reached.

    Raises:
        InboxError: the file can't be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="matrix-inbox")
        try:
            self._connection = _connect(path)
            self._secret = _secret(self._connection)
        except (OSError, sqlite3.Error) as error:
            raise InboxError(
                f"{path} can't be used ({type(error).__name__}). May this user write there? If the file is damaged, "
                "move it away; a new one is made at the next start, and old reactions are no longer understood."
            ) from error
        self.seal = Seal(self._secret)

    def key(self, kind: str, *parts: str) -> str:
        """A keyed hash of ids: the same for the same ids, and it tells nothing about them."""
        words = "\0".join((kind, *parts)).encode("utf-8", "surrogatepass")
        return hmac.new(self._secret, words, hashlib.sha256).hexdigest()[:40]

    def event_key(self, event_id: str) -> str:
        """The hash under which an event is known here; it is the message id in the conversation store, too."""
        return self.key("event", event_id)

    def conversation(self, room: str, user_id: str) -> str:
        """The conversation of one user in one room."""
        return "mx-" + self.key("conversation", room, user_id)

    async def accept(self, arrivals: Iterable[Arrival]) -> list[Arrival]:
        """Keeps those that are new; when this returns they are on the disk. Gives the new ones, in order."""
        rows = [(self.event_key(a.event_id), 1, a.room, a.event_id, a.sender, a.invites, time.time()) for a in arrivals]

        def work(connection: sqlite3.Connection) -> list[Arrival]:
            new = []
            statement = (
                "INSERT OR IGNORE INTO event (key, waiting, room, id, sender, invites, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
            )
            for row in rows:
                cursor = connection.execute(statement, row)
                if cursor.rowcount:
                    new.append(Arrival(*row[2:6], number=int(cursor.lastrowid or 0)))
            return new

        return await self._transact(work) if rows else []

    async def waiting(self) -> list[Arrival]:
        """All that waits, in order of arrival."""
        statement = "SELECT room, id, sender, invites, number FROM event WHERE waiting ORDER BY number"
        return await self._transact(lambda connection: [Arrival(*row) for row in connection.execute(statement)])

    async def begin(self, arrival: Arrival, conversation: str, original: str = "") -> None:
        """Notes the conversation of a message before it is answered, and the event that it is an edit of ("": none)."""
        original = self.event_key(original) if original else ""
        statement = "UPDATE event SET conversation = ?, original = ? WHERE number = ?"
        await self._transact(lambda c: c.execute(statement, (conversation, original, arrival.number)))

    async def finish(self, arrival: Arrival, answers: Sequence[Answer] = ()) -> None:
        """The event is dealt with: nothing but hashes is kept of it, and of the answers that were sent."""
        rows = [(self.event_key(a.event_id), a.conversation, json.dumps(a.shown), time.time()) for a in answers]
        done = "UPDATE event SET waiting = 0, room = '', id = '', sender = '', invites = '' WHERE number = ?"

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(done, (arrival.number,))
            connection.executemany("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)", rows)

        await self._transact(work)

    async def messages(self, event_id: str) -> list[tuple[str, str]]:
        """The message with this id and its edits, as (key, conversation); empty for one that we never answered."""
        key = self.event_key(event_id)
        statement = "SELECT key, conversation FROM event WHERE (key = ? OR original = ?) AND conversation <> ''"
        return await self._transact(lambda connection: connection.execute(statement, (key, key)).fetchall())

    async def answer(self, event_id: str) -> Answer | None:
        """What a message of ours showed, None when it is not one of ours."""
        statement = "SELECT conversation, shown FROM answer WHERE key = ?"
        key = self.event_key(event_id)
        row = await self._transact(lambda connection: connection.execute(statement, (key,)).fetchone())
        return Answer(event_id, row[0], tuple((str(a), str(b)) for a, b in json.loads(row[1]))) if row else None

    async def told(self, room: str) -> bool:
        """Whether a room was told once what we can't do there."""
        statement, key = "SELECT count(*) FROM told WHERE room = ?", self.key("room", room)
        return bool(await self._transact(lambda connection: connection.execute(statement, (key,)).fetchone()[0]))

    async def tell(self, room: str) -> None:
        """Notes that a room was told."""
        key = self.key("room", room)
        await self._transact(lambda c: c.execute("INSERT OR IGNORE INTO told VALUES (?, ?)", (key, time.time())))

    async def looked(self) -> float:
        """When the rooms were last looked through, in seconds since 1970; 0 before the first time."""
        row = await self._transact(lambda connection: connection.execute("SELECT at FROM looked").fetchone())
        return float(row[0]) if row else 0.0

    async def look(self, at: float) -> None:
        """Notes that the rooms were looked through."""
        await self._transact(lambda c: c.execute("INSERT OR REPLACE INTO looked VALUES (1, ?)", (at,)))

    async def expire(self, days: float) -> None:
        """Forgets what is older than `days` days, and empties the write-ahead log."""
        before = time.time() - days * SECONDS_A_DAY

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM event WHERE at < ?", (before,))
            connection.execute("DELETE FROM answer WHERE at < ?", (before,))

        await self._transact(work)
        await self._run(lambda: self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())

    def close(self) -> None:
        """Finishes what is being written and closes the file."""
        self._thread.shutdown(wait=True)
        self._connection.close()

    async def _transact(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        def job() -> Result:
            with self._connection:
                return work(self._connection)

        return await self._run(job)

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    make_file(path)
    connection = sqlite3.connect(path, check_same_thread=False)
    # What is accepted is on the disk before the homeserver hears so; what is taken out is overwritten.
    for setting in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {setting}")
    if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
        connection.executescript(f"BEGIN; {TABLES} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")
    connection.execute(LOOKED)
    return connection


def _secret(connection: sqlite3.Connection) -> bytes:
    with connection:
        row: Any = connection.execute("SELECT key FROM secret").fetchone()
        if row is None:
            row = (secrets.token_bytes(32),)
            connection.execute("INSERT INTO secret VALUES (?)", row)
        return bytes(row[0])
