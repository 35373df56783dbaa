"""Numbers and ordinals pick a button; anything else is left to understanding."""

from __future__ import annotations

import pytest

from bot.choices import chosen, looks_like_choice
from bot.content.reply import Button

BUTTONS = (
    Button("What causes it?", "/ask_causes"),
    Button("Is it serious?", "/ask_seriousness"),
    Button("No", "/deny"),
)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("1", "What causes it?"),
        ("2", "Is it serious?"),
        (" 3. ", "No"),
        ("the second one", "Is it serious?"),
        ("Second", "Is it serious?"),
        ("number 2 please", "Is it serious?"),
        ("option three", "No"),
        ("#1", "What causes it?"),
        ("the last one", "No"),
        ("2nd option", "Is it serious?"),
        ("I'll take the first", "What causes it?"),
    ],
)
def test_a_choice_is_understood(text: str, title: str) -> None:
    assert looks_like_choice(text)
    button = chosen(text, BUTTONS)
    assert button is not None and button.title == title


@pytest.mark.parametrize(
    "text", ["0", "4", "99", "two causes", "is 2 bad", "my count is 2", "", "first symptoms", "100"]
)
def test_anything_else_is_no_choice(text: str) -> None:
    assert chosen(text, BUTTONS) is None


def test_nothing_can_be_picked_where_nothing_was_offered() -> None:
    assert chosen("1", ()) is None
