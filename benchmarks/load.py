"""Patients who talk to a running server, each sending the next message when the answer is there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import aiohttp

from benchmarks.processes import Running
from benchmarks.systems import Patient

TIMEOUT = aiohttp.ClientTimeout(total=120)
MakePatient = Callable[[aiohttp.ClientSession], Patient]


@dataclass(frozen=True)
class Talked:
    """What came of it: the seconds of each answered message in the order of their ends, and how many failed."""

    seconds: tuple[float, ...]
    failed: int
    took: float

    @property
    def per_second(self) -> float:
        """Answered messages a second."""
        return len(self.seconds) / self.took


async def _talk(make: MakePatient, texts: Sequence[str], patients: int, warm_up: Sequence[str]) -> Talked:
    seconds: list[float] = []
    failed = 0

    async def one(patient: Patient, mine: Sequence[str]) -> None:
        nonlocal failed
        for text in mine:
            started = time.perf_counter()
            if await answered(patient, text):
                seconds.append(time.perf_counter() - started)
            else:
                failed += 1

    async with aiohttp.ClientSession(timeout=TIMEOUT, connector=aiohttp.TCPConnector(limit=0)) as http:
        talking = [make(http) for _ in range(patients)]
        for patient in talking:
            for text in warm_up:
                await answered(patient, text)
        started = time.perf_counter()
        await asyncio.gather(*(one(patient, texts[number::patients]) for number, patient in enumerate(talking)))
        return Talked(tuple(seconds), failed, time.perf_counter() - started)


async def answered(patient: Patient, text: str) -> bool:
    """Whether the patient got an answer; no server, a broken connection and a refusal are none."""
    try:
        return await patient.ask(text)
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
        return False


class Server:
    """Running processes that patients can talk to."""

    def __init__(self, running: Running, make: MakePatient, url: str) -> None:
        self.running = running
        self.url = url
        self._make = make

    def first_answer(self, text: str) -> float:
        """Seconds from the start of the processes to the first answer to `text`. Raises: DidNotWork."""
        return self.running.wait_until(lambda: asyncio.run(self._answers(text)))

    def talk(self, texts: Sequence[str], patients: int = 1, warm_up: Sequence[str] = ()) -> Talked:
        """All `texts`, dealt out to `patients` conversations at once.

        Args:
            texts: What is asked; patient number n asks the n-th and every `patients`-th after it.
            patients: Conversations at the same time.
            warm_up: What each patient says first; it is not counted.
        """
        return asyncio.run(_talk(self._make, texts, patients, warm_up))

    async def _answers(self, text: str) -> bool:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as http:
            return await answered(self._make(http), text)
