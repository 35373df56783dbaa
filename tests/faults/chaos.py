"""Patients who talk while things go wrong, and a judge of what they read: missing, doubled, mixed up, lost.

The fixed sentence is a right reply only in a time of trouble: from the moment when something that may cost answers was
broken until all was well again and `MARGIN` seconds after. At any other time, and in trouble that nobody may notice, it
counts as wrong.
"""

from __future__ import annotations

import os
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.health import STANDS_SECONDS
from tests.channels.web.client import WebClient
from tests.faults.processes import wait_until

#: How long trouble goes on after each kind came once, and what fixes the order.
SECONDS = float(os.environ.get("BOT_CHAOS_SECONDS", "0"))
SEED = int(os.environ.get("BOT_CHAOS_SEED", "20261121"))
#: What is asked, and what the right reply shows: an answer's id, or the urgency of a fixed text.
ASKED = {
    "What is leukopenia?": "leukopenia.definition",
    "What causes leukopenia?": "leukopenia.causes",
    "How is leukopenia treated?": "leukopenia.treatment",
    "What are the symptoms of leukopenia?": "leukopenia.symptoms",
    "I have chest pain and can't breathe": "emergency",
    "I want to kill myself": "crisis",
}
URGENT = frozenset({"emergency", "crisis"})
#: Seconds after the servers called themselves ready: that word may be so old.
MARGIN = STANDS_SECONDS
#: Seconds until a message counts as never answered.
PATIENCE = 180.0
#: What a proxy says while no server behind it answers; a patient's client sends the message again.
NOBODY_THERE = frozenset({502, 503, 504})

Replies = list[dict[str, Any]]


@dataclass(frozen=True)
class Trouble:
    """One way to do harm.

    Attributes:
        make: Does it, and mends what does not get well by itself.
        costs_answers: Whether patients may read the fixed sentence meanwhile; if not, nobody may notice.
        hides_names: Whether names may be unknown for a moment, so that a question gets "I don't have that".
    """

    make: Callable[[], None]
    costs_answers: bool = True
    hides_names: bool = False

    @property
    def name(self) -> str:
        return self.make.__name__


@dataclass(frozen=True)
class Span:
    """A time of trouble, in seconds of the monotonic clock."""

    trouble: Trouble
    begun: float
    ended: float


@dataclass
class Told:
    """One message and the replies that its patient read, with the times of sending it and of reading them."""

    id: str
    text: str
    replies: Replies
    begun: float
    ended: float

    def during(self, spans: Iterable[Span]) -> bool:
        """Whether any of them was while the patient waited."""
        return any(self.begun <= span.ended and span.begun <= self.ended for span in spans)


@dataclass
class Patient:
    """Sends, and sends again what got no answer, as the widget does."""

    web: str
    chance: random.Random
    client: WebClient = field(init=False)
    told: list[Told] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    missing: int = 0
    retries: int = 0

    def __post_init__(self) -> None:
        self.client = WebClient(self.web)

    def talk(self, over: threading.Event) -> None:
        """Talks until it is over; the last message is still seen through."""
        while not over.is_set():
            self.ask(self.chance.choice(list(ASKED)), uuid.UUID(int=self.chance.getrandbits(128)).hex)
            over.wait(self.chance.uniform(0.02, 0.4))

    def ask(self, text: str, message_id: str) -> None:
        """One message, until it is answered."""
        begun = time.monotonic()
        while time.monotonic() < begun + PATIENCE:
            try:
                answer = self.client.send(text, message_id=message_id)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == 200:
                body = answer.json()
                assert body["client_message_id"] == message_id
                self.told.append(Told(message_id, text, body["replies"], begun, time.monotonic()))
                return
            if answer is not None and answer.status_code not in NOBODY_THERE:
                self.refused[answer.status_code] += 1
            self.retries += 1
            time.sleep(self.chance.uniform(0.1, 0.5))
        self.missing += 1


class Chaos:
    """Makes trouble while patients talk, and judges.

    Args:
        web: The address of the web API.
        sorry: The fixed sentence.
        troubles: What may go wrong.
        get_well: Returns when all servers call themselves ready.
        seed: Fixes the order of troubles, how long they last, and what patients ask.
        patients: How many talk.
    """

    def __init__(
        self,
        web: str,
        sorry: str,
        troubles: Sequence[Trouble],
        get_well: Callable[[], None],
        seed: int,
        patients: int = 6,
    ) -> None:
        self._sorry = sorry
        self._troubles = troubles
        self._get_well = get_well
        self._seed = seed
        self._chance = random.Random(seed)
        self._patients = [Patient(web, random.Random(self._chance.random())) for _ in range(patients)]
        self._spans: list[Span] = []

    def run(self, seconds: float) -> Counter[str]:
        """Each trouble once, then troubles until so many seconds have passed; the counts, which are also printed."""
        print(f"seed {self._seed}, {len(self._patients)} patients")
        over, started = threading.Event(), time.monotonic()
        with ThreadPoolExecutor(len(self._patients)) as threads:
            talks = [threads.submit(patient.talk, over) for patient in self._patients]
            try:
                wait_until(all_go_on(self._patients, started), "the first replies")
                for trouble in self._plan(started + seconds):
                    calm = self._make(trouble)
                    wait_until(all_go_on(self._patients, calm), f"new replies after {trouble.name}")
            finally:
                over.set()
            for talk in talks:
                talk.result()
        counts = self._judged()
        made = Counter(span.trouble.name for span in self._spans)
        print(f"{time.monotonic() - started:.0f} s, troubles {dict(made)}\n{dict(counts)}")
        return counts

    def _plan(self, until: float) -> Iterator[Trouble]:
        yield from self._chance.sample(self._troubles, len(self._troubles))
        while time.monotonic() < until:
            yield self._chance.choice(self._troubles)

    def _make(self, trouble: Trouble) -> float:
        """Makes it; when it is over."""
        begun = time.monotonic()
        trouble.make()
        self._get_well()
        self._spans.append(Span(trouble, begun, time.monotonic() + MARGIN))
        return self._spans[-1].ended

    def _judged(self) -> Counter[str]:
        costly = [span for span in self._spans if span.trouble.costs_answers]
        nameless = [span for span in self._spans if span.trouble.hides_names]
        counts: Counter[str] = Counter()
        for patient in self._patients:
            counts.update(Judge(patient, self._sorry, costly, nameless).counts())
        return counts


def all_go_on(patients: list[Patient], since: float) -> Callable[[], bool]:
    """Tells whether each patient has read the reply to a message that was sent after this time."""
    return lambda: all(patient.told and patient.told[-1].begun > since for patient in patients)


class Judge:
    """Compares what one patient read with what was asked and with what the servers kept.

    Args:
        patient: Who has stopped to talk.
        sorry: The fixed sentence.
        costly: When it may be said, and when the reply to a danger may not be kept.
        nameless: When names may be unknown.
    """

    def __init__(self, patient: Patient, sorry: str, costly: Sequence[Span], nameless: Sequence[Span]) -> None:
        self._patient = patient
        self._sorry = sorry
        self._costly = costly
        self._nameless = nameless
        self._kept = history(patient.client)

    def counts(self) -> dict[str, int]:
        """How many messages, replies that were sorry, and replies of each kind that must not be."""
        told, kept = self._patient.told, self._kept
        wrong = self._reported("wrong", [one for one in told if not self._is_right(one)])
        lost = self._reported("lost", [one for one in told if self._is_lost(one)])
        doubled = self._reported("doubled", [one for one in told if len(one.replies) != 1])
        order = [one.id for one in told]
        foreign = [message_id for message_id in kept if message_id not in set(order)]
        in_order = [message_id for message_id in order if message_id in kept]
        disordered = [one for one, two in zip(kept, in_order, strict=False) if one != two]
        if foreign or disordered:
            print("foreign", foreign, "disordered", disordered)
        return {
            "messages": len(told),
            "sorry": sum(self._is_sorry(one) for one in told),
            "not kept": sum(one.id not in kept for one in told),
            "sent again": self._patient.retries,
            "refused": self._patient.refused.total(),
            "missing": self._patient.missing,
            "doubled": len(doubled) + self._doubled_when_sent_again(),
            "mixed up": len(wrong) + len(foreign) + len(disordered),
            "lost": len(lost),
        }

    def _is_sorry(self, told: Told) -> bool:
        return [reply["plain"] for reply in told.replies] == [self._sorry]

    def _is_right(self, told: Told) -> bool:
        """Whether it is the reply to this very question, or one that the trouble of that time explains."""
        expected = ASKED[told.text]
        if expected in URGENT:
            return [reply["urgency"] for reply in told.replies] == [expected]
        if [block["answer_id"] for reply in told.replies for block in reply["blocks"]] == [expected]:
            return True
        if self._is_sorry(told):
            return told.during(self._costly)
        return [reply["kind"] for reply in told.replies] == ["unknown"] and told.during(self._nameless)

    def _is_lost(self, told: Told) -> bool:
        """Whether the patient read what is not kept; when nothing can be kept, that is the guard's own fixed text."""
        if told.id in self._kept:
            return self._kept[told.id] != (told.text, told.replies)
        return not (told.during(self._costly) and (self._is_sorry(told) or ASKED[told.text] in URGENT))

    def _doubled_when_sent_again(self) -> int:
        """Sends the last messages once more: how many get another reply, or are kept twice."""
        again = [told for told in self._patient.told[-3:] if told.id in self._kept]
        replies = [self._patient.client.send(told.text, message_id=told.id).json()["replies"] for told in again]
        other = sum(reply != told.replies for reply, told in zip(replies, again, strict=True))
        return other + (history(self._patient.client) != self._kept)

    def _reported(self, what: str, found: list[Told]) -> list[Told]:
        for told in found:
            kept = brief(self._kept[told.id][1]) if told.id in self._kept else None
            print(f"{what}: {told.begun:.1f}-{told.ended:.1f} {told.text} {brief(told.replies)} kept: {kept}")
        return found


def history(client: WebClient) -> dict[str, tuple[str, Replies]]:
    """The servers' record: message id → its text and the replies to it, in order."""
    kept: dict[str, tuple[str, Replies]] = {}
    last = ""
    for item in client.history():
        if item["author"] == "patient":
            last = item["id"]
            assert last not in kept, "a message is kept twice"
            kept[last] = (item["text"], [])
        else:
            kept[last][1].append(item["reply"])
    return kept


def brief(replies: Replies) -> list[str]:
    """Replies by their first words, for the report of a failure."""
    return [f"{reply['kind']}: {reply['plain'][:60]}" for reply in replies]


def nothing_went_wrong(counts: Counter[str]) -> bool:
    """Whether no reply was missing, doubled, mixed up or lost, and no message refused."""
    return not any(counts[name] for name in ("refused", "missing", "doubled", "mixed up", "lost"))
