"""The fixed texts of `domain.yml`, readable without Rasa: what is said when everything else has failed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.content.clinic import Clinic
from bot.content.reply import Reply
from bot.safety.texts import fill, urgent_reply


class FixedReplies:
    """Replies made of `domain.yml` and the clinic's settings alone.

    Raises:
        KeyError: (from `reply`) for a name that `domain.yml` does not have.
    """

    def __init__(self, responses: Mapping[str, Any], clinic: Clinic) -> None:
        self._texts = {name: str(variations[0]["text"]) for name, variations in responses.items()}
        self._clinic = clinic

    @classmethod
    def load(cls, domain_file: Path, clinic: Clinic) -> FixedReplies:
        """The fixed replies of `domain_file`, filled for `clinic`."""
        return cls(yaml.safe_load(domain_file.read_text("utf-8"))["responses"], clinic)

    def reply(self, name: str) -> Reply:
        """The reply of the response `name`."""
        return urgent_reply(name, self._texts[name], self._clinic) or Reply(
            kind="unknown" if name == "utter_technical_problem" else "conversation",
            text=fill(self._texts[name], self._clinic),
        )
