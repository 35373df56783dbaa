"""Which messages our server has been asked, and which of them must leave it again. No words."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass

SCHEMA = """
CREATE TABLE IF NOT EXISTS sent (
    event_id TEXT NOT NULL, token TEXT NOT NULL, room_id TEXT NOT NULL, user_id TEXT NOT NULL, original TEXT NOT NULL,
    unwanted INTEGER NOT NULL DEFAULT 0, sent_at REAL NOT NULL, PRIMARY KEY (event_id, token)
) STRICT;
CREATE TABLE IF NOT EXISTS redactions (
    event_id TEXT PRIMARY KEY, room_id TEXT NOT NULL, noted_at REAL NOT NULL
) STRICT;
"""


@dataclass(frozen=True)
class Redacted:
    """An event that somebody took back."""

    event_id: str
    room_id: str


@dataclass(frozen=True)
class Unwanted:
    """A message that must leave our server: its event, and a token of the session in which it was asked."""

    event_id: str
    token: str


class Sent:
    """The tables. Each method is one step; done again after a crash it changes nothing more.

    Args:
        database: The bridge's file, with `SCHEMA` in it.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def note(self, event_id: str, room_id: str, user_id: str, token: str, original: str = "") -> None:
        """Notes a message before our server is asked; `original` is the event that it is an edit of."""
        self._database.execute(
            "INSERT OR IGNORE INTO sent (event_id, token, room_id, user_id, original, sent_at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (event_id, token, room_id, user_id, original, time.time()),
        )

    def note_redactions(self, redactions: Iterable[Redacted]) -> None:
        """Notes what was taken back."""
        for redacted in redactions:
            self._database.execute(
                "INSERT OR IGNORE INTO redactions VALUES (?, ?, ?)", (redacted.event_id, redacted.room_id, time.time())
            )

    def redactions(self) -> list[Redacted]:
        """What was taken back and not dealt with."""
        return [Redacted(*row) for row in self._database.execute("SELECT event_id, room_id FROM redactions")]

    def take_back(self, redacted: Redacted, sender: str) -> None:
        """A message and its sender's edits of it must leave our server; `sender` is "" where nobody knows any more."""
        author = "coalesce(nullif(?, ''), (SELECT user_id FROM sent WHERE event_id = ?))"
        self._database.execute(
            f"UPDATE sent SET unwanted = 1 WHERE event_id = ? OR (original = ? AND user_id = {author})",
            (redacted.event_id, redacted.event_id, sender, redacted.event_id),
        )

    def settle(self, redacted: Redacted) -> None:
        """A redaction is dealt with."""
        self._database.execute("DELETE FROM redactions WHERE event_id = ?", (redacted.event_id,))

    def replace(self, original: str, user_id: str, edit: str) -> list[Unwanted]:
        """A user's edit takes the place of their original and of its other edits, which must leave our server."""
        condition = "(event_id = ? OR original = ?) AND user_id = ? AND event_id <> ?"
        values = (original, original, user_id, edit)
        self._database.execute(f"UPDATE sent SET unwanted = 1 WHERE {condition}", values)
        return self._found(f"unwanted AND {condition}", values)

    def unwanted(self) -> list[Unwanted]:
        """What must leave our server, oldest first."""
        return self._found("unwanted")

    def gone(self, unwanted: Unwanted) -> None:
        """A message has left our server."""
        self._database.execute("DELETE FROM sent WHERE event_id = ? AND token = ?", (unwanted.event_id, unwanted.token))

    def forget_room(self, room_id: str) -> None:
        """Forgets what was asked in a room, except what must still leave our server."""
        self._database.execute("DELETE FROM sent WHERE room_id = ? AND NOT unwanted", (room_id,))

    def prune(self, too_old: float) -> None:
        """Forgets what was asked before `too_old` (seconds since 1970): our server has forgotten it, too."""
        self._database.execute("DELETE FROM sent WHERE sent_at < ?", (too_old,))
        self._database.execute("DELETE FROM redactions WHERE noted_at < ?", (too_old,))

    def _found(self, condition: str, values: tuple[str, ...] = ()) -> list[Unwanted]:
        statement = f"SELECT event_id, token FROM sent WHERE {condition} ORDER BY sent_at"
        return [Unwanted(*row) for row in self._database.execute(statement, values)]
