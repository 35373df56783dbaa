"""Takes blanked rows away and gives their room back, in small steps between patients' saves.

Deleting a row makes SQLite move its neighbours, also between a page and the two beside it, and leave stale copies of
them behind in unused parts of pages. So only rows are deleted that have so many blank ones between them and the next
living row that nothing but blank rows is moved. A deleted page is overwritten with zeros (`secure_delete`) and used
again for new messages; pages at the end of the file are given back whole.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any

from bot.conversations.blanking import BATCH
from bot.conversations.connection import transaction
from bot.conversations.writer import Job

#: Blank rows that stay between what is deleted and a living row. Three pages of 4096 bytes, which are looked at
#: together, hold 1,200 blank rows at most.
MARGIN = 2_000
#: Free pages are given back while they are more than this share of the file, so many at a time.
FREE_SHARE = 0.25
PAGES = 50
#: Tables with blank rows, and how a blank one is known.
BLANK = {"event": "conversation IS NULL", "conversation": "sender_key IS NULL"}


class Tidier:
    """Tidies one file.

    Args:
        submit: Queues a job of the writer; as `Writer.submit`.
        reading: Gives a connection in a read transaction.
    """

    def __init__(
        self,
        submit: Callable[..., Future[Any]],
        reading: Callable[[], AbstractContextManager[sqlite3.Connection]],
    ) -> None:
        self._submit = submit
        self._reading = reading

    def tidy(self) -> None:
        """Does what is worth doing. Raises: ConversationStoreError."""
        with self._reading() as connection:
            unfinished = connection.execute("SELECT count(*) FROM tidying").fetchone()[0]
            steps = [(table, step) for table in BLANK for step in _steps(connection, table)]
        if unfinished:
            self._submit(_pack, alone=True).result()
            return
        for table, step in steps:
            self._submit(_deletion(table, *step)).result()
        while self._submit(_give_back).result():
            pass


def _steps(connection: sqlite3.Connection, table: str) -> Iterator[tuple[int, int]]:
    """First and last id of what can be deleted at a time."""
    for rows in _runs(connection, table):
        first = connection.execute(f"SELECT min(id) FROM {table}").fetchone()[0] == rows[0]
        # After the last row of all, a living one may come at any time.
        rows = rows[0 if first else MARGIN : -MARGIN]
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            yield some[0], some[-1]


def _runs(connection: sqlite3.Connection, table: str) -> Iterator[list[int]]:
    """Ids of blank rows, those together that have no living row in between."""
    run: list[int] = []
    blank: Iterable[tuple[int]] = connection.execute(f"SELECT id FROM {table} WHERE {BLANK[table]} ORDER BY id")
    for (number,) in blank:
        if run and number > run[-1] + 1:
            between = f"SELECT 1 FROM {table} WHERE id > ? AND id < ? LIMIT 1"
            if connection.execute(between, (run[-1], number)).fetchone():
                yield run
                run = []
        run.append(number)
    if run:
        yield run


def _deletion(table: str, first: int, last: int) -> Job:
    statement = f"DELETE FROM {table} WHERE id BETWEEN ? AND ? AND {BLANK[table]}"
    return lambda connection: connection.execute(statement, (first, last)).rowcount


def _give_back(connection: sqlite3.Connection) -> bool:
    """Makes the file shorter by some pages; whether there is more to do.

    A file that an earlier release has made can't be made shorter: its free pages wait for new messages.
    """
    pages, free, kind = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "auto_vacuum")
    )
    if kind == 0 or free <= FREE_SHARE * pages:
        return False
    connection.execute(f"PRAGMA incremental_vacuum({PAGES})").fetchall()
    return True


def _pack(connection: sqlite3.Connection) -> None:
    """Writes the whole file anew, while everybody waits: an earlier release was killed while it packed the file.

    It deletes rows first, which leaves stale copies of others; the mark in `tidying` lasts until the end of packing.
    """
    with transaction(connection):
        connection.execute("DELETE FROM event WHERE conversation IS NULL")
        connection.execute("DELETE FROM conversation WHERE sender_key IS NULL")
    connection.execute("VACUUM")
    connection.execute("DELETE FROM tidying")
