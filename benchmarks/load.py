"""Patients who talk to a running server, each sending the next message when the answer is there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import aiohttp

from benchmarks.processes import DidNotWork, Running
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


async def _side_by_side(
    servers: Sequence[Server], before: Sequence[Sequence[str]], texts: Sequence[str]
) -> list[list[float]]:
    async with aiohttp.ClientSession(timeout=TIMEOUT, connector=aiohttp.TCPConnector(limit=0)) as http:
        talks = [(server.patient(http), list[float]()) for server in servers]

        async def ask(talk: tuple[Patient, list[float]], text: str) -> None:
            started = time.perf_counter()
            if not await answered(talk[0], text):
                raise DidNotWork("a message of a long talk was not answered")
            talk[1].append(time.perf_counter() - started)

        for talk, said in zip(talks, before, strict=True):
            for text in said:
                await ask(talk, text)
        for number, text in enumerate(texts):
            for talk in talks if number % 2 else reversed(talks):
                await ask(talk, text)
        return [seconds for _, seconds in talks]


def side_by_side(servers: Sequence[Server], before: Sequence[Sequence[str]], texts: Sequence[str]) -> list[list[float]]:
    """One patient of each server, who said other things before, then asks the same as the others.

    They ask in turn, message by message, so that whatever else the machine does meets all of them alike.

    Args:
        servers: Whom they ask.
        before: What each says first.
        texts: What all ask then.

    Returns:
        For each server the seconds of all its messages in order, those of `before` first.

    Raises:
        DidNotWork: a message was not answered.
    """
    return asyncio.run(_side_by_side(servers, before, texts))


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

    def patient(self, http: aiohttp.ClientSession) -> Patient:
        """A new conversation."""
        return self._make(http)

    async def _answers(self, text: str) -> bool:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as http:
            return await answered(self.patient(http), text)
