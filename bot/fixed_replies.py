"""The fixed texts, readable without Rasa's model and without a database: what is said when all else has failed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.content.clinic import CLINIC_PLACEHOLDERS, Clinic
from bot.content.fixed import FAILURES, FILE, failure, read_messages
from bot.content.problems import ContentError, Problem
from bot.content.reply import Reply
from bot.content.yaml_lines import line_of, load_map, plain
from bot.safety.texts import PLACEHOLDER, fill, urgent_reply

#: Said by the guard itself, which must never find one missing. Those of the first row are in `domain.yml`.
URGENT = ("utter_emergency", "utter_call_today", "utter_crisis")
PLAIN = ("technical_problem", "emergency_unknown", "too_long", "empty_message", "opening_notice")


class FixedReplies:
    """Replies made of `domain.yml`, `content/messages.yml` and the clinic's settings alone.

    Raises:
        KeyError: (from `reply`) for a name that neither file has.
    """

    def __init__(self, texts: Mapping[str, str], clinic: Clinic) -> None:
        self._texts = dict(texts)
        self._clinic = clinic

    @classmethod
    def load(cls, domain_file: Path, content: Path, clinic: Clinic) -> FixedReplies:
        """The fixed replies of `domain_file` (by their `utter_…` names) and of the content folder's messages.

        Raises:
            ContentError: a file is missing or broken, or a text that the guard needs is missing or can't be filled.
        """
        messages, urgent = read_messages(content), _responses(domain_file)
        missing = [(FILE, name) for name in PLAIN if name not in messages]
        missing += [(domain_file.name, name) for name in URGENT if name not in urgent]
        if missing:
            why = "is missing; copy it from the project's file"
            raise ContentError([Problem(file, 0, f"the text `{name}` {why}") for file, name in missing])
        loaded = cls(messages | urgent, clinic)
        for name in PLAIN:
            try:
                loaded.reply(name)
            except ValueError as error:
                raise ContentError([Problem(FILE, 0, f"`{name}`: {error}")]) from None
        return loaded

    def texts(self) -> tuple[str, ...]:
        """All fixed texts, not yet filled."""
        return tuple(self._texts.values())

    def reply(self, name: str, **values: str) -> Reply:
        """The reply of the text `name`; `values` fill the placeholders that are not the clinic's."""
        text = self._texts[name]
        for key, value in values.items():
            text = text.replace(f"{{{key}}}", value)
        if name in FAILURES:
            return failure(fill(text, self._clinic), self._clinic)
        return urgent_reply(name, text, self._clinic) or Reply(kind="conversation", text=fill(text, self._clinic))


def _responses(domain_file: Path) -> dict[str, str]:
    """The first text of each response in `domain.yml`. Raises: ContentError."""
    file = domain_file.name
    node = load_map(domain_file, file).get("responses")
    if not isinstance(node, dict):
        raise ContentError([Problem(file, 1, "`responses` are missing, the urgent texts among them")])
    texts = {name: _first_text(variations) for name, variations in plain(node).items()}
    problems = [
        Problem(file, line_of(node, name), f"`{name}` needs a `text`") for name, text in texts.items() if not text
    ]
    for name, text in texts.items():
        for unknown in sorted(set(PLACEHOLDER.findall(text)) - CLINIC_PLACEHOLDERS):
            problems.append(Problem(file, line_of(node, name), f"`{name}` has the unknown placeholder {{{unknown}}}"))
    if problems:
        raise ContentError(problems)
    return texts


def _first_text(variations: Any) -> str:
    first = variations[0] if isinstance(variations, list) and variations else None
    text = first.get("text") if isinstance(first, dict) else None
    return text if isinstance(text, str) and text.strip() else ""
