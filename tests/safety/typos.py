"""Typing mistakes, drawn from a source of chance that the test seeds."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterator

from bot.safety import Detector
from bot.safety.spelling import everyday_words


def mistype(word: str, source: random.Random) -> str:
    """`word` with one mistake inside: two letters swapped, one left out, doubled or wrong."""
    place = source.randrange(1, len(word) - 1)
    head, letter, tail = word[:place], word[place], word[place + 1 :]
    return source.choice(
        [
            head + tail[0] + letter + tail[1:],
            head + tail,
            head + letter + letter + tail,
            head + source.choice(string.ascii_lowercase) + tail,
        ]
    )


def mistyped(text: str, source: random.Random, detector: Detector) -> Iterator[str]:
    """`text` with one mistake in each of its long words; a mistake that makes another word is left out."""
    for found in re.finditer(r"(?<!')\b[A-Za-z]{6,}\b(?!')", text):
        wrong = mistype(found[0].lower(), source)
        if wrong not in everyday_words() and detector.knows(found[0].lower()) and not detector.knows(wrong):
            yield text[: found.start()] + wrong + text[found.end() :]
