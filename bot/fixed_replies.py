"""The fixed texts, readable without Rasa's model and without a database: what is said when all else has failed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from bot.content.clinic import Clinic
from bot.content.fixed import FAILURES, failure, read_messages
from bot.content.reply import Reply
from bot.safety.texts import fill, urgent_reply


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
        """The fixed replies of `domain_file` (by their `utter_…` names) and of the content folder's messages."""
        responses = yaml.safe_load(domain_file.read_text("utf-8"))["responses"]
        urgent = {name: str(variations[0]["text"]) for name, variations in responses.items()}
        return cls(read_messages(content) | urgent, clinic)

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
