"""Understands "2", "the second one" and "last" as a tap on a button of the last reply."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.content.reply import Button

ORDINALS = {
    "one": 1, "first": 1, "1st": 1, "two": 2, "second": 2, "2nd": 2, "three": 3, "third": 3, "3rd": 3,
    "four": 4, "fourth": 4, "4th": 4, "five": 5, "fifth": 5, "5th": 5,
}  # fmt: skip
CHOICE = re.compile(
    r"(?:(?:i(?:'ll| will)? (?:take|want|choose|pick)|number|option|no\.?|answer|nr\.?|#)\s*)?(?:the\s+)?"
    r"(?P<which>\d{1,2}|last|" + "|".join(ORDINALS) + r")(?:\s+(?:one|option|question|please))*\s*[.)!]*",
    re.IGNORECASE,
)


def looks_like_choice(text: str) -> bool:
    """Whether `text` is nothing but a number or an ordinal, so that it is worth looking for its button."""
    return CHOICE.fullmatch(text.strip()) is not None


def chosen(text: str, buttons: Sequence[Button]) -> Button | None:
    """The button that `text` picks, or None."""
    found = CHOICE.fullmatch(text.strip())
    if not found or not buttons:
        return None
    which = found["which"].lower()
    index = len(buttons) if which == "last" else ORDINALS.get(which) or (int(which) if which.isdigit() else 0)
    return buttons[index - 1] if 1 <= index <= len(buttons) else None
