"""Waits for PostgreSQL, and not for ever: one that hangs, or that vanished from the network, holds no thread.

The limits that the server is given (`statement_timeout`) run in the server. When it is frozen, or when nothing that it
sends arrives, nobody but this side can end the wait. libpq would wait in its own code; with psycopg2's `wait_callback`
it is we who wait, with a limit. A connection on which nothing came in time is closed, so that what comes later can't be
taken for the answer to something else.
"""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2 import extensions

#: Seconds that a transaction may take, with the time to connect. Longer than the server gives one statement.
ANSWER_SECONDS = 12.0
#: The same for a database that did not answer the last time.
DOUBT_SECONDS = 3.0
#: Seconds in which it is not asked at all after it did not answer, so that those who wait hear so at once.
PAUSE_SECONDS = 2.0

_thread = threading.local()


class NoAnswer(psycopg2.OperationalError):
    """The database did not answer in time."""


class Patience:
    """How long a database is waited for: shorter when it did not answer the last time, and for a moment not at all.

    Args:
        clock: Seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        extensions.set_wait_callback(_wait)  # for the whole process; it limits nothing outside of `limited`
        self._clock = clock
        self._answers = True
        self._pause_ends = 0.0

    @contextmanager
    def limited(self) -> Iterator[None]:
        """Inside, this thread waits for the database as long as it may. It holds one transaction.

        Raises:
            NoAnswer: at once, while the database is not asked; else as the cause of SQLAlchemy's error.
        """
        if self._clock() < self._pause_ends:
            raise NoAnswer("the database did not answer a moment ago")
        _thread.until = time.monotonic() + (ANSWER_SECONDS if self._answers else DOUBT_SECONDS)
        try:
            yield
            self._answers = True
        except Exception as error:
            if isinstance(getattr(error, "orig", None), NoAnswer):
                self._answers = False
                self._pause_ends = self._clock() + PAUSE_SECONDS
            raise
        finally:
            del _thread.until


def _wait(connection: Any) -> None:
    """psycopg2's `wait_callback`: returns when the connection has what is waited for. Raises: NoAnswer."""
    until: float | None = getattr(_thread, "until", None)
    while (state := connection.poll()) != extensions.POLL_OK:
        ready = select.poll()  # the socket is another one after an address that refused
        ready.register(connection.fileno(), select.POLLIN if state == extensions.POLL_READ else select.POLLOUT)
        left = None if until is None else max(0.0, until - time.monotonic())
        if not ready.poll(None if left is None else left * 1000) and left is not None:
            raise NoAnswer("the database did not answer in time")
