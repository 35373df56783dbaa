"""Patients who talk while things go wrong, and a judge of what they read: missing, doubled, mixed up, lost.

The fixed sentence is a right reply only in a time of trouble: from the moment when something that may cost answers was
broken until all was well again and `MARGIN` seconds after. At any other time, and in trouble that nobody may notice, it
counts as wrong.
"""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
#: What is asked, and what the right reply shows (`shown`): an answer's id, or the urgency of a fixed text.
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
#: How many messages of a hundred are taps on a choice of the reply before.
TAPS = 30
#: How many of a hundred the patient does not wait for, but sends again while the first may still be worked on.
IMPATIENT = 10
#: Seconds after which a server has surely gone away.
LONG = 60.0

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
    """One message and the replies that its patient read, with the times of sending it and of reading them.

    Attributes:
        text: What was typed, or the title of the choice that was tapped.
        button: The id of that choice, "" for what was typed.
        refusals: When a server refused it, and why, before it was answered.
    """

    id: str
    text: str
    button: str = ""
    replies: Replies = field(default_factory=list)
    refusals: list[tuple[float, str]] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)
    ended: float = 0.0

    def during(self, spans: Iterable[Span]) -> bool:
        """Whether any of them was while the patient waited."""
        return any(self.begun <= span.ended and span.begun <= self.ended for span in spans)


@dataclass
class Patient:
    """Types, taps, and sends again what got no answer, as the widget does.

    Attributes:
        expected: What the right reply to each message shows.
    """

    web: str
    expected: Mapping[str, str]
    chance: random.Random
    client: WebClient = field(init=False)
    told: list[Told] = field(default_factory=list)
    missing: int = 0
    retries: int = 0

    def __post_init__(self) -> None:
        self.client = WebClient(self.web)

    def talk(self, over: threading.Event) -> None:
        """Talks until it is over; the last message is still seen through."""
        while not over.is_set():
            self.send(self._next())
            over.wait(self.chance.uniform(0.02, 0.4))

    def _next(self) -> Told:
        message_id = uuid.UUID(int=self.chance.getrandbits(128)).hex
        offered = self.told[-1].replies[-1]["buttons"] if self.told else []
        known = [choice for choice in offered if choice["title"] in self.expected]
        if known and self.chance.randrange(100) < TAPS:
            choice = self.chance.choice(known)
            return Told(message_id, choice["title"], choice["id"])
        return Told(message_id, self.chance.choice(list(ASKED)))

    def send(self, told: Told) -> None:
        """One message, until it is answered."""
        if self.chance.randrange(100) < IMPATIENT:
            with contextlib.suppress(httpx.TransportError):
                self._post(told, self.chance.uniform(0.001, 0.1))
        while time.monotonic() < told.begun + PATIENCE:
            if self._answered(told):
                told.ended = time.monotonic()
                self.told.append(told)
                return
            self.retries += 1
            time.sleep(self.chance.uniform(0.1, 0.5))
        self.missing += 1

    def _answered(self, told: Told) -> bool:
        try:
            answer = self._post(told)
        except httpx.TransportError:
            return False
        if answer.status_code in (502, 504) and "nginx" in answer.text:
            return False  # no server is there
        body = answer.json()
        if answer.status_code != 200:
            told.refusals.append((time.monotonic(), body["error"]["code"]))
            return False
        assert body["client_message_id"] == told.id
        told.replies = body["replies"]
        return True

    def _post(self, told: Told, seconds: float = LONG) -> httpx.Response:
        said = {"button": told.button} if told.button else {"text": told.text}
        return self.client.post("messages", {"client_message_id": told.id, **said}, timeout=seconds)

    def asks_again(self, told: Told) -> Replies:
        """The replies to a message that was answered, sent once more."""
        replies: Replies = self._post(told).json()["replies"]
        return replies


def shown(replies: Replies) -> list[str]:
    """What tells each reply from others: its urgency, else the answers in it, else its kind."""
    return [
        reply["urgency"] or " ".join(block["answer_id"] for block in reply["blocks"]) or reply["kind"]
        for reply in replies
    ]


def choices(web: str) -> dict[str, str]:
    """What taps on the choices under the answers show, by their titles; learned from servers that are well."""
    taught: dict[str, str] = {}
    client = WebClient(web)
    for text in ASKED:
        for choice in client.send(text).json()["replies"][-1]["buttons"]:
            (taught[choice["title"]],) = shown(client.send(button=choice["id"]).json()["replies"])
    return taught


class Chaos:
    """Makes trouble while patients talk, and judges.

    Args:
        web: The address of the web API.
        sorry: The fixed sentence.
        troubles: What may go wrong.
        last: What goes wrong when all have stopped to talk: servers die, so that what was said is in the store alone.
        get_well: Returns when all servers call themselves ready.
        seed: Fixes the order of troubles, how long they last, and what patients ask.
        patients: How many talk.
    """

    def __init__(
        self,
        web: str,
        sorry: str,
        troubles: Sequence[Trouble],
        last: Trouble,
        get_well: Callable[[], None],
        seed: int,
        patients: int = 6,
    ) -> None:
        self._sorry = sorry
        self._troubles = troubles
        self._last = last
        self._get_well = get_well
        self._seed = seed
        self._chance = random.Random(seed)
        self._expected = {**ASKED, **choices(web)}
        self._patients = [Patient(web, self._expected, random.Random(self._chance.random())) for _ in range(patients)]
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
        self._make(self._last)
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

    def __init__(
        self,
        patient: Patient,
        sorry: str,
        costly: Sequence[Span],
        nameless: Sequence[Span],
    ) -> None:
        self._patient = patient
        self._expected = patient.expected
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
        refused = self._reported("refused", [one for one in told if one.refusals and not self._may_be_refused(one)])
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
            "refused": len(refused),
            "missing": self._patient.missing,
            "doubled": len(doubled) + self._doubled_when_sent_again(),
            "mixed up": len(wrong) + len(foreign) + len(disordered),
            "lost": len(lost),
        }

    def _is_sorry(self, told: Told) -> bool:
        return [reply["plain"] for reply in told.replies] == [self._sorry]

    def _is_right(self, told: Told) -> bool:
        """Whether it is the reply to this very question, or one that the trouble of that time explains."""
        expected = self._expected[told.text]
        if shown(told.replies) == [expected]:
            return True
        if self._is_sorry(told):
            return expected not in URGENT and told.during(self._costly)
        return shown(told.replies) == ["unknown"] and not told.button and told.during(self._nameless)

    def _may_be_refused(self, told: Told) -> bool:
        """A tap while it can't be looked up whose choice it was: the page says so, and sends it again."""
        codes = {code for _, code in told.refusals}
        return bool(told.button) and codes == {"failed"} and told.during(self._costly)

    def _is_lost(self, told: Told) -> bool:
        """Whether the patient read what is not kept; when nothing can be kept, that is the guard's own fixed text.

        The guard says it also of a message that was kept before with the right answer, when it can't look that up: the
        message was sent twice, or the database died after it kept it and before it said so.
        """
        text, replies = self._kept.get(told.id, (told.text, None))
        if replies == told.replies and text == told.text:
            return False
        guarded = told.during(self._costly) and (self._is_sorry(told) or self._expected[told.text] in URGENT)
        return not (guarded and (replies is None or (text, shown(replies)) == (told.text, [self._expected[told.text]])))

    def _doubled_when_sent_again(self) -> int:
        """Sends the last messages once more, to servers that died since: how many get another reply, or are kept twice."""
        again = [told for told in self._patient.told[-3:] if told.id in self._kept]
        replies = [self._patient.asks_again(told) for told in again]
        other = sum(reply != told.replies for reply, told in zip(replies, again, strict=True))
        return other + (history(self._patient.client) != self._kept)

    def _reported(self, what: str, found: list[Told]) -> list[Told]:
        for told in found:
            kept = brief(self._kept[told.id][1]) if told.id in self._kept else None
            print(
                f"{what}: {told.begun:.1f}-{told.ended:.1f} {told.text} {told.refusals} {brief(told.replies)} kept: {kept}"
            )
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
