"""What the bridge remembers across restarts: where it stands in the rooms, and each patient's session. No words."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.matrix_bridge import sent
from bot.matrix_bridge.sent import Redacted, Sent

FILE_NAME = "bridge.db"
DAY = 24 * 3600.0
#: Seconds between two searches for what is too old to be kept.
PRUNE_SECONDS = 3600.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS place (id INTEGER PRIMARY KEY CHECK (id = 1), sync_token TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, room_id TEXT NOT NULL,
    noted_at REAL NOT NULL, done INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS sessions (
    room_id TEXT NOT NULL, user_id TEXT NOT NULL, token TEXT NOT NULL, notice_told INTEGER NOT NULL DEFAULT 0,
    handed_over INTEGER NOT NULL DEFAULT 0, pushed_to INTEGER NOT NULL DEFAULT 0, used_at REAL NOT NULL,
    PRIMARY KEY (room_id, user_id)
) STRICT;
CREATE TABLE IF NOT EXISTS shown (
    event_id TEXT PRIMARY KEY, room_id TEXT NOT NULL, user_id TEXT NOT NULL, answer_id TEXT NOT NULL,
    content_version TEXT NOT NULL, shown_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS told (
    room_id TEXT NOT NULL, sentence TEXT NOT NULL, PRIMARY KEY (room_id, sentence)
) STRICT;
"""


@dataclass(frozen=True)
class Noted:
    """An event that waits for its answer. Its words stay on the homeserver, encrypted.

    Attributes:
        noted_at: When it was first seen, in seconds since 1970 by our own clock.
    """

    event_id: str
    room_id: str
    noted_at: float = field(default_factory=time.time, compare=False)


@dataclass(frozen=True)
class WebSession:
    """One patient's session in one room.

    Attributes:
        token: Signs requests to our server.
        notice_told: Whether the opening notice was sent in it.
        handed_over: Whether a person of the clinic has the conversation.
        pushed_to: Number of the last item of the talk that was searched for such a person's words.
    """

    token: str
    notice_told: bool = False
    handed_over: bool = False
    pushed_to: int = 0


@dataclass(frozen=True)
class Shown:
    """An answer that a message of the bot shows, and to whom."""

    user_id: str
    answer_id: str
    content_version: str


class State:
    """The file. Every method is one transaction.

    Args:
        folder: Where it lies; made for this user alone.
    """

    def __init__(self, folder: Path) -> None:
        path = private_folder(folder) / FILE_NAME
        path.touch(mode=0o600)
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(
            f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; {SCHEMA}{sent.SCHEMA}"
        )
        self.sent = Sent(self._database)
        self._pruned_at = 0.0

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def sync_token(self) -> str | None:
        """Up to where the homeserver's events are noted; None before the first time."""
        row = self._database.execute("SELECT sync_token FROM place").fetchone()
        return str(row[0]) if row else None

    def note(self, events: Iterable[Noted], sync_token: str, redactions: Iterable[Redacted] = ()) -> list[Noted]:
        """Notes events that want an answer, and redactions, together with how far we are.

        Returns:
            The events that are new, in order.
        """
        new = []
        with self._transaction():
            self.sent.note_redactions(redactions)
            for event in events:
                added = self._database.execute(
                    "INSERT OR IGNORE INTO events (event_id, room_id, noted_at) VALUES (?, ?, ?)",
                    (event.event_id, event.room_id, event.noted_at),
                )
                new += [event] if added.rowcount else []
            self._database.execute("INSERT OR REPLACE INTO place VALUES (1, ?)", (sync_token,))
        return new

    def unanswered(self) -> list[Noted]:
        """Events that were noted and not answered, oldest first."""
        rows = self._database.execute("SELECT event_id, room_id, noted_at FROM events WHERE NOT done ORDER BY number")
        return [Noted(*row) for row in rows]

    def answered(self, event_id: str) -> None:
        """Notes that an event needs nothing more."""
        self._database.execute("UPDATE events SET done = 1 WHERE event_id = ?", (event_id,))

    def session(self, room_id: str, user_id: str) -> WebSession | None:
        """The session of a patient in a room."""
        row = self._database.execute(
            "SELECT token, notice_told, handed_over, pushed_to FROM sessions WHERE room_id = ? AND user_id = ?",
            (room_id, user_id),
        ).fetchone()
        return WebSession(str(row[0]), bool(row[1]), bool(row[2]), int(row[3])) if row else None

    def begin_session(self, room_id: str, user_id: str, token: str) -> WebSession:
        """Keeps a new session in place of any before it."""
        self._database.execute(
            "INSERT OR REPLACE INTO sessions (room_id, user_id, token, used_at) VALUES (?, ?, ?, ?)",
            (room_id, user_id, token, time.time()),
        )
        return WebSession(token)

    def change_session(self, room_id: str, user_id: str, **changes: str | bool | int) -> None:
        """Keeps changes of a session, by the names of `WebSession`; nothing when there is no such session."""
        with self._transaction():
            self._change_session(room_id, user_id, changes)

    def finish(self, event_id: str, room_id: str, user_id: str, changes: Mapping[str, str | bool | int] | None) -> None:
        """Notes that an event is answered, together with what that changed in the session; None: it is over."""
        with self._transaction():
            self.answered(event_id)
            if changes is None:
                self.drop_session(room_id, user_id)
            else:
                self._change_session(room_id, user_id, changes)

    def handed_over(self) -> list[tuple[str, str]]:
        """Room and user of the conversations that a person of the clinic has."""
        return list(self._database.execute("SELECT room_id, user_id FROM sessions WHERE handed_over"))

    def drop_session(self, room_id: str, user_id: str) -> None:
        """Forgets a session."""
        self._database.execute("DELETE FROM sessions WHERE room_id = ? AND user_id = ?", (room_id, user_id))

    def show(self, event_id: str, room_id: str, shown: Shown) -> None:
        """Notes which answer a message of the bot shows, so that it can be marked."""
        self._database.execute(
            "INSERT OR REPLACE INTO shown VALUES (?, ?, ?, ?, ?, ?)",
            (event_id, room_id, shown.user_id, shown.answer_id, shown.content_version, time.time()),
        )

    def shown(self, event_id: str) -> Shown | None:
        """The answer that a message of the bot shows."""
        row = self._database.execute(
            "SELECT user_id, answer_id, content_version FROM shown WHERE event_id = ?", (event_id,)
        ).fetchone()
        return Shown(*row) if row else None

    def tell_once(self, room_id: str, sentence: str) -> bool:
        """Whether the fixed text `sentence` was not yet said in this room; from now on it was."""
        added = self._database.execute("INSERT OR IGNORE INTO told VALUES (?, ?)", (room_id, sentence))
        return bool(added.rowcount)

    def may_tell_again(self, room_id: str) -> None:
        """Forgets which fixed texts were said in a room: what they told of is over."""
        self._database.execute("DELETE FROM told WHERE room_id = ?", (room_id,))

    def forget_room(self, room_id: str) -> None:
        """Forgets all about a room that the bot has left."""
        with self._transaction():
            self._database.execute("UPDATE events SET done = 1 WHERE room_id = ?", (room_id,))
            self._database.execute("DELETE FROM sessions WHERE room_id = ?", (room_id,))
            self._database.execute("DELETE FROM shown WHERE room_id = ?", (room_id,))
            self._database.execute("DELETE FROM told WHERE room_id = ?", (room_id,))
            self.sent.forget_room(room_id)

    def prune(self, days: float) -> None:
        """Forgets what was last used more than `days` ago; looks for it once an hour, however often it is called."""
        now = time.time()
        if now - self._pruned_at < PRUNE_SECONDS:
            return
        self._pruned_at = now
        too_old = now - days * DAY
        with self._transaction():
            self._database.execute("DELETE FROM events WHERE done AND noted_at < ?", (too_old,))
            self._database.execute("DELETE FROM sessions WHERE used_at < ?", (too_old,))
            self._database.execute("DELETE FROM shown WHERE shown_at < ?", (too_old,))
            self.sent.prune(too_old)

    def _change_session(self, room_id: str, user_id: str, changes: Mapping[str, str | bool | int]) -> None:
        for name, value in changes.items():
            if name not in WebSession.__dataclass_fields__:
                raise ValueError(f"a session has no {name!r}")
            self._database.execute(
                f"UPDATE sessions SET {name} = ?, used_at = ? WHERE room_id = ? AND user_id = ?",
                (value, time.time(), room_id, user_id),
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def private_folder(folder: Path) -> Path:
    """The folder, made if need be, that only this user may open."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.chmod(folder, 0o700)
    return folder
