"""The one thread that writes. Jobs that wait at the same time share a commit, so that many patients pay for one."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

Job = Callable[[sqlite3.Connection], Any]
#: Jobs that share a commit at most.
MAX_BATCH = 64


@dataclass
class _Order:
    job: Job
    future: Future[Any]
    alone: bool


class Writer:
    """Runs jobs on a connection of its own, in the order given.

    A job's future is done only when its commit is on the disk. A job that raises is undone without touching the
    others of its batch. A job that is `alone` runs outside any transaction.

    Args:
        connect: Gives the connection to use now; it is asked before each batch.
        discard: Called after a failed begin or commit, so that the next batch gets a new connection.
        explain: Makes the error that the caller gets out of the one that happened.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        discard: Callable[[], None],
        explain: Callable[[BaseException], BaseException],
    ) -> None:
        self._connect = connect
        self._discard = discard
        self._explain = explain
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._held: _Order | None = None
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closed = False

    def submit(self, job: Job, alone: bool = False) -> Future[Any]:
        """Queues `job`; the future gives its result, or the error, when the commit is done."""
        future: Future[Any] = Future()
        with self._starting:
            if self._closed:
                raise RuntimeError("the conversation store is closed")
            if self._thread is None:  # started on first use: a thread does not survive a fork
                self._thread = threading.Thread(target=self._run, name="conversation-writer", daemon=True)
                self._thread.start()
            self._orders.put(_Order(job, future, alone))
        return future

    def close(self) -> None:
        """Finishes what is queued and ends the thread."""
        with self._starting:
            self._closed = True
            thread = self._thread
            if thread is not None:
                self._orders.put(None)
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while True:
            batch = self._take()
            if not batch:
                return
            batch = [order for order in batch if order.future.set_running_or_notify_cancel()]
            if not batch:
                continue
            try:
                if batch[0].alone:
                    _finish(batch[0], batch[0].job(self._connect()))
                else:
                    self._commit_together(batch)
            except BaseException as error:
                self._discard()
                for order in batch:
                    if not order.future.done():
                        order.future.set_exception(self._explain(error))

    def _take(self) -> list[_Order]:
        """The next orders that may share a commit; an order that is alone comes alone. Empty: the end."""
        first, self._held = self._held or self._orders.get(), None
        if first is None:
            return []
        batch = [first]
        while not first.alone and len(batch) < MAX_BATCH:
            try:
                following = self._orders.get_nowait()
            except queue.Empty:
                break
            if following is None or following.alone:
                if following is None:
                    self._orders.put(None)
                self._held = following
                break
            batch.append(following)
        return batch

    def _commit_together(self, batch: list[_Order]) -> None:
        connection = self._connect()
        results: list[tuple[_Order, Any]] = []
        connection.execute("BEGIN IMMEDIATE")
        try:
            for order in batch:
                connection.execute("SAVEPOINT job")
                try:
                    results.append((order, order.job(connection)))
                except Exception as error:
                    if not connection.in_transaction:  # SQLite gave up the whole batch: the disk is full, say
                        raise
                    connection.execute("ROLLBACK TO job")
                    order.future.set_exception(self._explain(error))
                connection.execute("RELEASE job")
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        for order, result in results:
            _finish(order, result)


def _finish(order: _Order, result: Any) -> None:
    order.future.set_result(result)
