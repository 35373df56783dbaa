"""The interface's texts: one file for each language, all with the same keys and placeholders."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.channels.web.texts import TEXTS, refusal_reply
from bot.content.clinic import CLINIC_PLACEHOLDERS, Clinic, CrisisLine

CLINIC = Clinic("Clinic", "555-0100", "always", "911", CrisisLine("Line", "988"), "US", 38.0)
LANGUAGES = sorted(path.stem for path in TEXTS.glob("*.json"))
SOURCES = "\n".join(path.read_text("utf-8") for path in TEXTS.parent.glob("*.js"))


def texts(language: str) -> dict[str, str]:
    data = json.loads((TEXTS / f"{language}.json").read_text("utf-8"))
    refusals = {f"refusals.{key}": value for key, value in data.pop("refusals").items()}
    return {**data, **refusals}


def test_english_and_spanish_are_there() -> None:
    assert {"en", "es"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language: str) -> None:
    def placeholders(text: str) -> list[str]:
        return sorted(re.findall(r"\{(\w+)\}", text))

    english, other = texts("en"), texts(language)
    assert list(other) == list(english)
    for key, text in english.items():
        assert placeholders(other[key]) == placeholders(text), key
        assert other[key].strip()


def test_every_text_is_used_and_every_text_used_is_there() -> None:
    used = set(re.findall(r'\bt\(\s*"(\w+)"', SOURCES)) | set(re.findall(r"texts\.(\w+)\b", SOURCES))
    chosen = set(re.findall(r'"(\w+)"', SOURCES))
    keys = {key for key in texts("en") if "." not in key}
    assert {key for key in re.findall(r'\bt\(\s*"(\w+)"', SOURCES)} <= keys
    built = {key for key in keys if key.startswith(("reason_", "urgent_"))}
    assert keys - used - chosen - built == {"language"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_refusals_are_filled_with_the_clinics_numbers(language: str) -> None:
    for key, text in texts(language).items():
        if key.startswith("refusals."):
            assert set(re.findall(r"\{(\w+)\}", text)) <= CLINIC_PLACEHOLDERS
    reply = refusal_reply("too_many", language, CLINIC)
    assert "911" in reply.text and "{" not in reply.text
    assert [phone.number for phone in reply.phones] == ["911", "555-0100"]


@pytest.mark.parametrize(
    ("header", "start"), [("", "You sent"), ("de, es-MX;q=0.8", "Envió"), ("xx", "You sent"), ("../../x", "You sent")]
)
def test_a_refusal_speaks_the_readers_language(header: str, start: str) -> None:
    assert refusal_reply("too_many", header, CLINIC).text.startswith(start)


def test_no_code_of_the_widget_makes_markup_from_strings() -> None:
    dangerous = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc"
        r'|setAttribute\("on'
    )
    files = [path for path in Path(TEXTS.parent).rglob("*.js") if re.search(dangerous, path.read_text("utf-8"))]
    assert files == []
