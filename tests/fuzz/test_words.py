"""Any words at all: the red-flag detector and the guard."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from bot.content.reply import KINDS
from bot.safety import Detector
from bot.settings import Settings
from bot.turn import Turns, clean
from tests.fuzz.fuzzing import fuzz
from tests.fuzz.inputs import messages

LEVELS = {None, "emergency", "call_today", "crisis"}


@pytest.fixture(scope="module")
def detector(settings: Settings) -> Detector:
    return Detector.from_files(settings.content)


@fuzz(150, text=messages)
def test_the_detector_answers_to_any_text(detector: Detector, text: str) -> None:
    found = detector.check(text)
    assert found.level in LEVELS
    assert detector.check(text).level == found.level


NOISE = st.text(alphabet=st.characters(exclude_categories=["L", "N", "Cs"]), max_size=200)


@fuzz(50, before=NOISE, after=NOISE)
def test_danger_is_heard_between_any_marks(detector: Detector, before: str, after: str) -> None:
    found = detector.check(f"{before}\nI have crushing chest pain and I can't breathe.\n{after}")
    assert found.level == "emergency"


def calls(work: Callable[[], Any]) -> int:
    """How many functions were called: a measure of work that is the same on every machine."""
    count = 0

    def on(_: Any, event: str, __: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(on)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "piece",
    [
        "fever ",
        "i have a fever and chills. ",
        "39.5 ",
        "(",
        "feverfever",
        "my mom had chest pain? ",
        "\n",
    ],
)
def test_the_detector_s_work_grows_with_the_text_and_not_faster(detector: Detector, piece: str) -> None:
    def of(length: int) -> int:
        text = (piece * (length // len(piece) + 1))[:length]
        detector.check(text)  # what is remembered from one text to the next is so before it counts
        return calls(lambda: detector.check(text))

    small, large = of(1_000), of(10_000)
    assert large < 10 * 1.5 * small + 2_000


@fuzz(60, text=messages)
def test_every_text_gets_a_reply_and_none_breaks_a_part(turns: Turns, text: str) -> None:
    turn = asyncio.run(turns.turn(uuid.uuid4().hex, text, with_notice=False))
    assert turn.replies and all(reply.kind in KINDS and reply.plain().strip() for reply in turn.replies)
    assert turn.failed == "", "a text must not break a part"
    assert "\x1b" not in clean(text)


@fuzz(25, talk=st.lists(messages, min_size=2, max_size=5))
def test_every_talk_too(turns: Turns, talk: list[str]) -> None:
    sender = uuid.uuid4().hex
    for text in talk:
        turn = asyncio.run(turns.turn(sender, text, with_notice=False))
        assert turn.replies and turn.failed == ""


PAYLOADS = st.one_of(
    messages,
    st.tuples(
        st.sampled_from(["/ask_causes", "/delete_data", "/ask_definition", "/restart", "/back", "/", "/nobody"]),
        st.one_of(
            st.dictionaries(
                st.sampled_from(["condition", "confirmed", "fact", "x"]),
                st.one_of(messages, st.integers(), st.none()),
                max_size=3,
            ).map(json.dumps),
            st.sampled_from(["{", "{}", "[]", '{"condition": {"a": [1]}}', "{" * 500, '{"condition": NaN}', "@0.1"]),
        ),
    ).map("".join),
)


@fuzz(60, payload=PAYLOADS)
def test_every_payload_is_obeyed_or_refused_in_words(turns: Turns, payload: str) -> None:
    turn = asyncio.run(turns.turn(uuid.uuid4().hex, None, payload, with_notice=False))
    assert turn.replies and turn.failed in ("", "ValueError", "JSONDecodeError")


@pytest.mark.parametrize("piece", ["?", "(", "😀", "?!", "feverfever", "x7"])
def test_a_run_without_a_space_is_no_more_work_than_it_must_be(piece: str) -> None:
    """spaCy takes a run of marks apart one by one; a long word has as many typing mistakes as the square of its length."""
    text = clean((piece * 4_000)[:4_000])
    assert len(text) == (4_000 if piece.isalnum() else 40)


def test_bot_ask_answers_every_line(settings: Settings) -> None:
    lines = [
        b"what is leukopenia?",
        b"",
        b"\xff\xfe\x00broken",
        "発熱 😀 \u202e".encode(),
        b"/restart",
        b"a" * 200_000,
        b"\x1b[31m",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", "ask", "--json"],
        input=b"\n".join(lines) + b"\n",
        capture_output=True,
        timeout=240,
        cwd=settings.root,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(records) == len(lines) and all(record["reply"] for record in records)
