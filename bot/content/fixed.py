"""The fixed texts of `content/messages.yml`, read from the file itself: for when there is no database to ask."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

from bot.content.clinic import CLINIC_PLACEHOLDERS, Clinic, load_clinic
from bot.content.problems import ContentError, Problem
from bot.content.reply import Phone, Reply
from bot.content.yaml_lines import line_of, load_map, plain

FILE = "messages.yml"
FIELDS = ("text", "filled")
#: Texts that say that something failed: replies of one kind, with the numbers to call.
FAILURES = frozenset({"technical_problem", "emergency_unknown"})


@dataclass(frozen=True)
class FixedText:
    """One text, not yet filled, and the line of the file that it begins on."""

    text: str
    line: int


def load_messages(path: Path, file: str = FILE) -> tuple[dict[str, FixedText], list[Problem]]:
    """The texts by key, and what is wrong with the others; the file is named `file` in problems.

    Raises:
        ContentError: nothing of the file can be read.
    """
    node = load_map(path, file)
    texts: dict[str, FixedText] = {}
    problems: list[Problem] = []
    for key, value in plain(node).items():
        line = line_of(node, key)
        faults = _faults(key, value)
        problems += [Problem(file, line, fault) for fault in faults]
        if not faults:
            texts[key] = FixedText(value["text"].strip(), line)
    return texts, problems


def _faults(key: str, value: Any) -> list[str]:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str) or not value["text"].strip():
        return [f"`{key}` needs a `text` in words; put one that looks like something else in quotes"]
    unknown = [name for name in value if name not in FIELDS]
    if unknown:
        return [f"`{key}` has the unknown field `{unknown[0]}`; it has {' and '.join(FIELDS)}"]
    filled = value.get("filled") or []
    if not isinstance(filled, list) or not all(isinstance(name, str) for name in filled):
        return [f"`filled` of `{key}` must be a list of names, such as [condition]"]
    try:
        strange = placeholders(value["text"]) - CLINIC_PLACEHOLDERS - set(filled)
    except ValueError:
        return [f"`{key}` has a lone brace or more than a name in braces; write {{name}} or none"]
    return [f"`{key}` has the unknown placeholder {{{name}}}" for name in sorted(strange)]


def placeholders(text: str) -> set[str]:
    """Names of the `{placeholders}` in `text`. Raises: ValueError for a lone brace and for `{name!r}` or `{name:…}`."""
    names = set()
    for _, name, form, conversion in Formatter().parse(text):
        if form or conversion:
            raise ValueError("a placeholder is a name alone")
        if name is not None:
            names.add(name)
    return names


def read_messages(content: Path) -> dict[str, str]:
    """All texts by key, not yet filled. Raises: ContentError when the file is missing or something in it is wrong."""
    texts, problems = load_messages(content / FILE)
    if problems:
        raise ContentError(problems)
    return {key: found.text for key, found in texts.items()}


def filled_message(content: Path, key: str) -> str:
    """One text filled with the clinic's values, whatever is wrong with the others. Raises: ContentError."""
    texts, problems = load_messages(content / FILE)
    if key not in texts:
        raise ContentError(problems or [Problem(FILE, 0, f"the text `{key}` is missing")])
    return texts[key].text.format_map(load_clinic(content / "clinic.yml").values())


def phones(clinic: Clinic) -> tuple[Phone, ...]:
    """The emergency number and the clinic's, to show as buttons that call."""
    return (Phone("Emergency", clinic.emergency_number), Phone(clinic.name, clinic.phone))


def failure(text: str, clinic: Clinic) -> Reply:
    """The reply of one of `FAILURES`; its text is filled."""
    return Reply(kind="unknown", text=text, phones=phones(clinic))


def technical_problem(content: Path) -> Reply:
    """The reply of an action that failed. Raises: ContentError."""
    return failure(filled_message(content, "technical_problem"), load_clinic(content / "clinic.yml"))
