"""Patients talk while the server is killed, frozen, locked out and given new content, at random.

In the gate each trouble comes once or twice, in an order that the seed fixes. For a longer run:
BOT_CHAOS_SECONDS=1800 BOT_CHAOS_SEED=7 pytest -s tests/faults/test_chaos.py
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.settings import Settings
from bot.turn import TURN_TIMEOUT
from tests.channels.web.client import WebClient
from tests.faults.processes import FaultyServer, wait_until

SECONDS = float(os.environ.get("BOT_CHAOS_SECONDS", "0"))
SEED = int(os.environ.get("BOT_CHAOS_SEED", "20261121"))
PATIENTS = 6
#: What is asked, and what the right reply shows: an answer's id, or the urgency of a fixed text.
ASKED = {
    "What is leukopenia?": "leukopenia.definition",
    "What causes leukopenia?": "leukopenia.causes",
    "How is leukopenia treated?": "leukopenia.treatment",
    "What are the symptoms of leukopenia?": "leukopenia.symptoms",
    "I have chest pain and can't breathe": "emergency",
    "I want to kill myself": "crisis",
}


@dataclass
class Told:
    """One message and the replies that its patient read, with the time from sending it to reading them."""

    id: str
    text: str
    replies: list[dict[str, Any]]
    span: tuple[float, float]


@dataclass
class Patient:
    """Sends, and sends again what got no answer, as the widget does."""

    web: str
    number: int
    chance: random.Random
    client: WebClient = field(init=False)
    told: list[Told] = field(default_factory=list)
    missing: int = 0
    retries: int = 0

    def __post_init__(self) -> None:
        self.client = WebClient(self.web)

    def talk(self, over: threading.Event) -> Patient:
        """Talks until it is over; the last message is still seen through."""
        texts = list(ASKED)
        while not over.is_set():
            text = texts[(self.number + self.chance.randrange(3)) % len(texts)]
            self.ask(text, uuid.UUID(int=self.chance.getrandbits(128)).hex)
            over.wait(self.chance.uniform(0.02, 0.4))
        return self

    def ask(self, text: str, message_id: str) -> None:
        """One message, until it is answered."""
        begun = time.monotonic()
        while time.monotonic() < begun + 180:
            try:
                answer = self.client.send(text, message_id=message_id)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == 200:
                body = answer.json()
                assert body["client_message_id"] == message_id
                self.told.append(Told(message_id, text, body["replies"], (begun, time.monotonic())))
                return
            self.retries += 1
            time.sleep(self.chance.uniform(0.1, 0.5))
        self.missing += 1


@pytest.fixture
def server(settings: Settings, tmp_path: Path) -> Iterator[FaultyServer]:
    made = FaultyServer(settings, tmp_path, BOT_WEB_SESSION_RATE="100000")
    made.start()
    yield made
    made.kill()


class Trouble:
    """What goes wrong, one thing after the other, as chance has it."""

    def __init__(self, server: FaultyServer, chance: random.Random) -> None:
        self.server = server
        self.chance = chance
        self.done: dict[str, int] = {}
        #: When conversations could not be written.
        self.spans: list[tuple[float, float]] = []
        #: When there was no content.
        self.away: list[tuple[float, float]] = []

    def some(self, seconds: float) -> Iterator[Callable[[], None]]:
        """Troubles, each mended when it returns: a kill first and last, and each other kind in between."""
        kinds = [self.replace, self.lock_out, self.freeze, self.break_content, self.fill_disk]
        plan = [*kinds, self.freeze, self.kill, self.lock_out]
        self.chance.shuffle(plan)
        yield from (self._counted(kind) for kind in (self.kill, *plan))
        started = time.monotonic()
        while time.monotonic() < started + seconds:
            yield self._counted(self.chance.choice([*kinds, self.kill]))
        yield self._counted(self.kill)

    def _counted(self, kind: Callable[[], None]) -> Callable[[], None]:
        self.done[kind.__name__] = self.done.get(kind.__name__, 0) + 1
        return kind

    def kill(self) -> None:
        self.server.kill()
        self.server.start()

    def replace(self) -> None:
        for _ in range(5):
            self.server.mend_content()
            time.sleep(self.chance.uniform(0.0, 0.1))

    def lock_out(self) -> None:
        begun = time.monotonic()
        other = sqlite3.connect(self.server.conversations, isolation_level=None, timeout=60)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(self.chance.choice([0.3, 1.0, 6.0]))  # SQLite waits 5 s, then gives up
        other.close()
        self.spans.append((begun, time.monotonic()))

    def freeze(self) -> None:
        self.server.send(signal.SIGSTOP)
        time.sleep(self.chance.uniform(0.1, 2.0))
        self.server.send(signal.SIGCONT)

    def break_content(self) -> None:
        begun = time.monotonic()
        self.server.content.unlink()
        time.sleep(self.chance.uniform(0.0, 0.5))
        self.server.mend_content()
        self.away.append((begun, time.monotonic()))

    def fill_disk(self) -> None:
        begun = time.monotonic()
        self.server.starve(1)
        time.sleep(self.chance.uniform(0.1, 1.0))
        self.server.feed()
        self.spans.append((begun, time.monotonic()))


def test_no_reply_is_missing_doubled_mixed_up_or_lost(server: FaultyServer) -> None:
    chance = random.Random(SEED)
    patients = [Patient(server.web, number, random.Random(chance.random())) for number in range(PATIENTS)]
    trouble, over = Trouble(server, chance), threading.Event()
    with ThreadPoolExecutor(PATIENTS) as threads:
        talks = [threads.submit(patient.talk, over) for patient in patients]
        try:
            wait_until(lambda: all(patient.told for patient in patients), "the first replies")
            for make in trouble.some(SECONDS):
                make()
                wait_until(all_go_on(patients), "new replies")
        finally:
            over.set()
        for talk in talks:
            talk.result()
    server.wait_until_ready()
    sorry = server.sorry.plain()
    counts: Counter[str] = Counter()
    for patient in patients:
        counts.update(judge(patient, sorry, trouble.spans, trouble.away))
    print(f"seed {SEED}, troubles {trouble.done}, {dict(counts)}")
    assert counts["messages"] > counts["sorry"]
    assert [counts[name] for name in ("missing", "doubled", "mixed up", "lost")] == [0, 0, 0, 0], counts


def all_go_on(patients: list[Patient]) -> Callable[[], bool]:
    """Tells whether each patient has read at least one more reply since now."""
    before = [len(patient.told) for patient in patients]
    return lambda: all(len(patient.told) > count for patient, count in zip(patients, before, strict=True))


Spans = list[tuple[float, float]]


def judge(patient: Patient, sorry: str, unwritable: Spans, away: Spans) -> dict[str, int]:
    """Compares what the patient read with what was asked and with what the server kept."""

    def during(told: Told, spans: Spans) -> bool:
        return any(told.span[0] <= end and start <= told.span[1] for start, end in spans)

    def may_miss(told: Told) -> bool:
        """What the guard says when nothing can be kept: the fixed sentence, or the text for danger."""
        no_time = told.span[1] - told.span[0] >= TURN_TIMEOUT
        return is_sorry(told, sorry) or (bool(told.replies[0]["urgency"]) and (no_time or during(told, unwritable)))

    def may_not_know(told: Told) -> bool:
        """Content that comes back between understanding and answering: its names were not known, so "I don't have that"."""
        return [reply["kind"] for reply in told.replies] == ["unknown"] and during(told, away)

    kept = history(patient.client)
    order = [told.id for told in patient.told]
    wrong = [told for told in patient.told if not is_right(told, sorry) and not may_not_know(told)]
    not_kept = [told for told in patient.told if told.id not in kept]
    other = [told for told in patient.told if told.id in kept and kept[told.id] != (told.text, told.replies)]
    lost = other + [told for told in not_kept if not may_miss(told)]
    doubled = [told for told in patient.told if len(told.replies) != 1]
    foreign = [message_id for message_id in kept if message_id not in order]
    disordered = [one for one, two in zip(kept, [item for item in order if item in kept], strict=False) if one != two]
    for what, found in (("wrong", wrong), ("lost", lost), ("doubled", doubled)):
        for told in found:
            print(
                what,
                told.id,
                told.text,
                brief(told.replies),
                "kept:",
                brief(kept[told.id][1]) if told.id in kept else None,
            )
    for told in patient.told[-3:]:
        if told.id in kept and patient.client.send(told.text, message_id=told.id).json()["replies"] != told.replies:
            doubled.append(told)
    if foreign or disordered:
        print("foreign", foreign, "disordered", disordered)
    if history(patient.client) != kept:
        doubled.append(patient.told[-1])
    return {
        "messages": len(patient.told),
        "sorry": sum(is_sorry(told, sorry) for told in patient.told),
        "not kept": len(not_kept),
        "retries": patient.retries,
        "missing": patient.missing,
        "doubled": len(doubled),
        "mixed up": len(wrong) + len(foreign) + len(disordered),
        "lost": len(lost),
    }


def history(client: WebClient) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """The server's record: message id → its text and the replies to it, in order."""
    kept: dict[str, tuple[str, list[dict[str, Any]]]] = {}
    last = ""
    for item in client.history():
        if item["author"] == "patient":
            last = item["id"]
            assert last not in kept, "a message is kept twice"
            kept[last] = (item["text"], [])
        else:
            kept[last][1].append(item["reply"])
    return kept


def brief(replies: list[dict[str, Any]]) -> list[str]:
    """Replies by their first words, for the report of a failure."""
    return [f"{reply['kind']}: {reply['plain'][:60]}" for reply in replies]


def is_sorry(told: Told, sorry: str) -> bool:
    return [reply["plain"] for reply in told.replies] == [sorry]


def is_right(told: Told, sorry: str) -> bool:
    """Whether each reply is the one to this very question, or the fixed sentence where there is no danger."""
    expected = ASKED[told.text]
    if expected in ("emergency", "crisis"):
        return [reply["urgency"] for reply in told.replies] == [expected]
    shown = [block["answer_id"] for reply in told.replies for block in reply["blocks"]]
    return shown == [expected] or is_sorry(told, sorry)
