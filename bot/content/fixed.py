"""The fixed texts of `content/messages.yml`, read from the file itself: for when there is no database to ask."""

from __future__ import annotations

from pathlib import Path

from bot.content.clinic import Clinic, load_clinic
from bot.content.problems import ContentError, Problem
from bot.content.reply import Phone, Reply
from bot.content.yaml_lines import load_yaml, plain

#: Texts that say that something failed: replies of one kind, with the numbers to call.
FAILURES = frozenset({"technical_problem", "emergency_unknown"})


def read_messages(content: Path) -> dict[str, str]:
    """All texts by key, not yet filled. Raises: ContentError when the file is missing or broken."""
    path = content / "messages.yml"
    if not path.is_file():
        raise ContentError([Problem("messages.yml", 0, f"{path} is missing")])
    data = plain(load_yaml(path.read_text("utf-8"), path.name))
    return {str(key): str(value["text"]).strip() for key, value in data.items()}


def filled_message(content: Path, key: str) -> str:
    """One text filled with the clinic's values. Raises: ContentError, or KeyError for an unknown key."""
    return read_messages(content)[key].format_map(load_clinic(content / "clinic.yml").values())


def phones(clinic: Clinic) -> tuple[Phone, ...]:
    """The emergency number and the clinic's, to show as buttons that call."""
    return (Phone("Emergency", clinic.emergency_number), Phone(clinic.name, clinic.phone))


def failure(text: str, clinic: Clinic) -> Reply:
    """The reply of one of `FAILURES`; its text is filled."""
    return Reply(kind="unknown", text=text, phones=phones(clinic))


def technical_problem(content: Path) -> Reply:
    """The reply of an action that failed. Raises: ContentError."""
    return failure(filled_message(content, "technical_problem"), load_clinic(content / "clinic.yml"))
