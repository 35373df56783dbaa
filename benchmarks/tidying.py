"""The longest that a patient's save waits while old messages are removed from a SQLite store and it is tidied.

Usage: python -m benchmarks.tidying [MEGABYTES]

A store of that size is made in a temporary folder, of which two thirds are past the clinic's days. It is expired while
patients' saves are timed, one after the other; then a conversation is erased while a backup is read.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.conversations.connection import ConversationStoreError
from bot.conversations.database import Database, EventRow

#: Rows of a turn, as the real bot writes them, and their bytes.
ROWS, BYTES = 9, 800
OLD, NEW = 1_000_000.0, 2_000_000.0


def fill(database: Database, megabytes: int) -> None:
    """Conversations of four turns, two thirds of them old."""
    conversations = megabytes * 1_000_000 // (4 * ROWS * BYTES)
    for number in range(conversations):
        at = OLD if number < conversations * 2 // 3 else NEW
        waiting = database.append(f"patient {number}", turn(at) * 4)
        if number % 50 == 0:
            waiting.result()
    waiting.result()


def turn(at: float) -> list[EventRow]:
    """What one turn keeps."""
    return [EventRow("user", "", at, os.urandom(BYTES // 2).hex()) for _ in range(ROWS)]


def longest_wait(database: Database, meanwhile: Callable[[], Any]) -> tuple[float, float, int]:
    """The longest save while `meanwhile` runs, how long that takes (both in seconds), and how many saves there were."""
    done = threading.Event()

    def work() -> None:
        try:
            meanwhile()
        except ConversationStoreError as error:
            print(error)
        finally:
            done.set()

    thread = threading.Thread(target=work)
    longest, saves, started = 0.0, 0, time.monotonic()
    thread.start()
    while not done.is_set():
        begun = time.monotonic()
        database.append("somebody", turn(NEW)).result()
        longest, saves = max(longest, time.monotonic() - begun), saves + 1
    thread.join()
    return longest, time.monotonic() - started, saves


def main() -> None:
    """Prints the figures."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "conversations.db")
        fill(database, megabytes)
        print(f"store: {database.path.stat().st_size / 1e6:.0f} MB")
        longest, seconds, saves = longest_wait(database, lambda: database.expire((OLD + NEW) / 2))
        print(f"expiry: {seconds:.1f} s, {saves} saves, the longest {longest * 1000:.0f} ms")
        print(f"store: {database.path.stat().st_size / 1e6:.0f} MB")
        with contextlib.closing(sqlite3.connect(database.path, isolation_level=None)) as backup:
            backup.execute("BEGIN")
            backup.execute("SELECT count(*) FROM event").fetchone()
            longest, seconds, saves = longest_wait(database, lambda: database.erase("patient 0").result())
        print(f"erasing beside a reader: {seconds:.1f} s, {saves} saves, the longest {longest * 1000:.0f} ms")
        database.close()


main()
