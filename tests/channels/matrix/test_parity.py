"""The thirty conversations of `tests/channels/test_parity.py` in rooms of a real homeserver."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.channels.matrix.kit import Clinic, Talk, bodies
from tests.channels.shown import as_words, words_of
from tests.channels.test_parity import CONVERSATIONS, reference, without_notice

__all__ = ["reference"]

pytestmark = pytest.mark.timeout(900)
#: What Matrix says beside, when all was deleted: the room itself shows the messages on.
ERASED = "Your chat app may still show your messages"


def test_in_matrix(clinic: Clinic, reference: Any) -> None:
    """All conversations at once, each in a room of its own; what is said in a room is answered in order."""
    expected = {name: [as_words(reply) for replies in reference(name) for reply in replies] for name in CONVERSATIONS}
    with ThreadPoolExecutor(4) as pool:
        talks = dict(zip(CONVERSATIONS, pool.map(lambda _: clinic.talk(), CONVERSATIONS), strict=True))
        list(pool.map(lambda name: say_all(talks[name], CONVERSATIONS[name]), CONVERSATIONS))
    for name, talk in talks.items():
        said = [text for text in without_notice(bodies(talk.answers())) if ERASED not in text]
        assert [words_of([text]) for text in said] == expected[name], name


def say_all(talk: Talk, texts: list[str]) -> None:
    """Says everything, and waits until it is answered."""
    for text in texts:
        talk.user.send(talk.room, text)
    talk.settle()
