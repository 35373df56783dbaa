"""What patients read about a person: short, plain, and short enough for buttons."""

from __future__ import annotations

from pathlib import Path

from bot.content.clinic import load_clinic
from bot.content.fixed import read_messages
from bot.content.readability import measure

CONTENT = Path(__file__).resolve().parents[2] / "content"
FILLED = {"until": "Monday, March 2, 5:00 pm", "opens": "Monday, March 2, 8:00 am", "count": "5"}


def test_the_texts_are_plain_and_short() -> None:
    values = load_clinic(CONTENT / "clinic.yml").values() | FILLED
    texts = {key: text.format_map(values) for key, text in read_messages(CONTENT).items() if "handover" in key}
    assert len(texts) > 10
    for key, text in texts.items():
        assert measure(text).grade <= 6, key
        assert len(text) <= (20 if "button" in key else 300), key  # WhatsApp shows 20 characters of a button
