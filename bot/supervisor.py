"""`bot serve --workers N`: one listening socket, N server processes on it, each with its own model.

This process loads no model and answers nobody. It starts workers, starts a new one where one died, and on SIGHUP
replaces them one after the other, so that a new model is taken up while patients talk.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

logger = logging.getLogger(__name__)

READY = b"ready\n"
#: Connections that may wait to be accepted.
BACKLOG = 1024
#: Seconds that a new worker may take until it answers, before a replacement is given up.
READY_SECONDS = 180.0
#: Seconds that a worker may take to end: those of the longest turn, and some more.
STOP_SECONDS = 40.0
#: Longest pause before a worker that dies again and again is started again.
LONGEST_PAUSE = 30.0
#: Where prometheus_client adds up the numbers of all workers.
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
SHARED_MEMORY = "/dev/shm"
#: Behind it stands the supervisor's process id.
FOLDER_PREFIX = "bot-metrics-"


def reserve(host: str, port: int) -> socket.socket:
    """A socket that is bound and does not listen yet: callers are refused until it does. Raises: OSError."""
    reserved = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind((host, port))
    except OSError:
        reserved.close()
        raise
    return reserved


def supervise(
    command: Sequence[str],
    workers: int,
    listener: socket.socket,
    environment: Mapping[str, str],
    on_ready: Callable[[], None],
) -> int:
    """Runs the workers until SIGTERM or SIGINT.

    Args:
        command: Starts a worker; `--socket-fd` and `--control-fd` are added, see `bot.worker`.
        workers: How many.
        listener: The socket that all workers accept connections from; it is made to listen.
        environment: The workers' environment.
        on_ready: Called once, when all workers answer.

    Returns:
        The exit status: 1 when a worker gave up before any was ready, else 0.
    """
    listener.listen(BACKLOG)
    folder = _numbers_folder()
    try:
        crew = _Crew(command, workers, listener, {**environment, METRICS_FOLDER: folder})
        return asyncio.run(crew.run(on_ready))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _numbers_folder() -> str:
    """A new folder for the workers' numbers, in memory where the system has such a place.

    They are sparse files that are written as memory: on a full disk a write would kill the worker (SIGBUS). What a
    supervisor left behind that was killed is removed.
    """
    place = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK | os.X_OK) else tempfile.gettempdir()
    for left in Path(place).glob(f"{FOLDER_PREFIX}*"):
        pid = left.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
        if pid.isdecimal() and not _runs(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-", dir=place)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True


@dataclass
class _Worker:
    process: asyncio.subprocess.Process
    #: The worker reads the end of it when this process is gone, and ends too.
    control: socket.socket
    ready: asyncio.Event = field(default_factory=asyncio.Event)


class _Crew:
    """The workers by slot. A slot is changed only under its lock."""

    def __init__(
        self, command: Sequence[str], workers: int, listener: socket.socket, environment: Mapping[str, str]
    ) -> None:
        self._command = list(command)
        self._listener = listener
        self._environment = dict(environment)
        self._slots: list[_Worker | None] = [None] * workers
        self._locks = [asyncio.Lock() for _ in self._slots]
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._rolls = asyncio.Event()
        self._ever_ready = False
        self._status = 0

    async def run(self, on_ready: Callable[[], None]) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._rolls.set)
        for slot in range(len(self._slots)):
            self._slots[slot] = await self._spawn()
            self._background(self._keep(slot))
        self._background(self._announce(on_ready))
        self._background(self._roll_on_demand())
        await self._stopping.wait()
        await self._end([worker for worker in self._slots if worker is not None])
        for task in self._tasks:
            task.cancel()
        return self._status

    def _background(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _spawn(self, *more: str) -> _Worker:
        ours, theirs = socket.socketpair()
        with theirs:
            fds = (self._listener.fileno(), theirs.fileno())
            process = await asyncio.create_subprocess_exec(
                *self._command,
                f"--socket-fd={fds[0]}",
                f"--control-fd={fds[1]}",
                *more,
                pass_fds=fds,
                env=self._environment,
                start_new_session=True,  # Ctrl-C reaches this process alone, which ends them in order
            )
        worker = _Worker(process, ours)
        self._background(self._hear(worker))
        return worker

    async def _hear(self, worker: _Worker) -> None:
        """Waits for the worker's word that it answers; closes the line when the worker is gone."""
        worker.control.setblocking(False)
        with worker.control, contextlib.suppress(OSError):
            if await asyncio.get_running_loop().sock_recv(worker.control, len(READY)) == READY:
                self._ever_ready = True
                worker.ready.set()
            await worker.process.wait()

    async def _keep(self, slot: int) -> None:
        """Starts a new worker whenever the one in this slot dies."""
        failures = 0
        while True:
            worker = self._slots[slot]
            assert worker is not None
            status = await worker.process.wait()
            _forget_numbers(worker.process.pid, self._environment[METRICS_FOLDER])
            if self._stopping.is_set():
                return
            async with self._locks[slot]:
                if self._slots[slot] is not worker:  # it was replaced
                    continue
                if not self._ever_ready and status > 0:  # it gave up; one that was killed is replaced
                    self._status = 1
                    self._stopping.set()
                    return
                failures = 0 if worker.ready.is_set() else failures + 1
                logger.error("worker %d ended with status %d; starting another", worker.process.pid, status)
                await asyncio.sleep(min(failures * 2.0, LONGEST_PAUSE))
                self._slots[slot] = await self._spawn()

    async def _announce(self, on_ready: Callable[[], None]) -> None:
        for slot in range(len(self._slots)):
            while not (worker := self._slots[slot]) or not worker.ready.is_set():
                await asyncio.sleep(0.1)
        on_ready()

    async def _roll_on_demand(self) -> None:
        while True:
            await self._rolls.wait()
            self._rolls.clear()
            for slot in range(len(self._slots)):
                if not await self._replace(slot):
                    logger.error("a new worker did not get ready; the workers that are left stay as they are")
                    break
            else:
                logger.info("all workers were replaced")

    async def _replace(self, slot: int) -> bool:
        """Puts a new worker into the slot and then ends the old one; tells whether the new one got ready."""
        async with self._locks[slot]:
            new = await self._spawn("--must-load")
            ready = asyncio.ensure_future(new.ready.wait())
            ended = asyncio.ensure_future(new.process.wait())
            try:
                await asyncio.wait({ready, ended}, timeout=READY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                well = ready.done() and not ended.done()
            finally:
                ready.cancel()
                ended.cancel()
            old = self._slots[slot]
            if well:
                self._slots[slot] = new
        await self._end([old if well else new])  # type: ignore[list-item]
        return well

    async def _end(self, workers: Sequence[_Worker]) -> None:
        """Lets workers finish what patients wait for, then ends them."""
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                worker.process.terminate()
        waiting = [asyncio.ensure_future(worker.process.wait()) for worker in workers]
        await asyncio.wait(waiting, timeout=STOP_SECONDS)
        for worker in workers:
            if worker.process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    worker.process.kill()
                await worker.process.wait()


def _forget_numbers(pid: int, folder: str) -> None:
    """Takes a dead worker's gauges out of the metrics; its counts stay."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]
