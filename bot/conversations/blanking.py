"""Takes conversations out of the SQLite file: rows are blanked where they lie, see the note at `connection.TABLES`.

Each function is a job of the writer (`bot.conversations.writer`) or a part of one: it runs in a transaction.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from bot.conversations.redaction import rows_of_message
from bot.conversations.seen import SEEN_SECONDS, new_mark

#: Rows that one job touches at most, so that patients' messages never wait long behind it.
BATCH = 500


def sender_key(conversation: str) -> int:
    """The 63-bit key under which a conversation is found."""
    return int.from_bytes(hashlib.sha256(conversation.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 1


def number_of(connection: sqlite3.Connection, conversation: str) -> int | None:
    """The conversation's number in the file, None for an unknown one."""
    row = connection.execute("SELECT id FROM conversation WHERE sender_key = ?", (sender_key(conversation),)).fetchone()
    return row[0] if row else None


def blank_conversation(connection: sqlite3.Connection, conversation: str) -> bool:
    """Blanks a whole conversation and marks that it was erased; tells whether there was one."""
    number = number_of(connection, conversation)
    if number is not None:
        _blank_events(connection, "conversation = ?", (number,))
        _blank_head(connection, "id = ?", (number,))
    mark = (sender_key(conversation), new_mark(), time.time())
    connection.execute("INSERT OR REPLACE INTO erasure VALUES (?, ?, ?)", mark)
    return number is not None


def blank_message(connection: sqlite3.Connection, conversation: str, message_id: str) -> bool:
    """Blanks one message with all that belongs to it; tells whether it was there."""
    statement = "SELECT id, kind, name, data FROM event WHERE conversation = ? ORDER BY id"
    found = rows_of_message(connection.execute(statement, (number_of(connection, conversation),)), message_id)
    for number in found:
        _blank_events(connection, "id = ?", (number,))
    return bool(found)


def blank_old(connection: sqlite3.Connection, before: float) -> int:
    """Blanks some events older than `before` (seconds since 1970); 0 when none is left."""
    old = "SELECT id FROM event WHERE timestamp < ? AND conversation IS NOT NULL LIMIT ?"
    return _blank_events(connection, f"id IN ({old})", (before, BATCH))


def empty_conversations(connection: sqlite3.Connection) -> list[int]:
    """Numbers of conversations that have no events (any more)."""
    statement = (
        "SELECT id FROM conversation c WHERE sender_key IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM event e WHERE e.conversation = c.id)"
    )
    return [row[0] for row in connection.execute(statement)]


def blank_if_empty(connection: sqlite3.Connection, numbers: Sequence[int]) -> int:
    """Blanks those of these conversations that are still empty; gives how many."""
    still = "id = ? AND sender_key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM event e WHERE e.conversation = ?)"
    return sum(_blank_head(connection, still, (number, number)) for number in numbers)


def forget_marks(connection: sqlite3.Connection, now: float) -> None:
    """Takes away marks of erasures, and versions, that can stop nobody any more; `now` in seconds since 1970."""
    old = now - SEEN_SECONDS
    connection.execute("DELETE FROM erasure WHERE at < ?", (old,))
    connection.execute("DELETE FROM version WHERE version < ?", (int(old * 1_000_000),))


def _blank_events(connection: sqlite3.Connection, condition: str, values: tuple[Any, ...]) -> int:
    blank = "UPDATE event SET conversation = NULL, kind = '', name = '', timestamp = 0.0, data = ''"
    return connection.execute(f"{blank} WHERE {condition}", values).rowcount


def _blank_head(connection: sqlite3.Connection, condition: str, values: tuple[Any, ...]) -> int:
    blank = "UPDATE conversation SET sender = '', sender_key = NULL, started = 0.0"
    return connection.execute(f"{blank} WHERE {condition}", values).rowcount
