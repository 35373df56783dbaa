"""The fixed texts of the bridge, and the danger that it finds itself when our server is away."""

from __future__ import annotations

import logging
from pathlib import Path

from bot.content.clinic import Clinic, load_clinic
from bot.fixed_replies import FixedReplies
from bot.safety import Detector

logger = logging.getLogger(__name__)

#: Longest text that is searched for danger, in characters; an event can't hold a longer one.
MAX_SEARCHED = 100_000


class FixedTexts:
    """Texts of `content/messages.yml` and `domain.yml`, filled with the clinic's values.

    Args:
        root: The folder of `domain.yml`.
        content: The folder clinicians edit.

    Raises:
        ValueError: a file is missing or broken; the text names it.
    """

    def __init__(self, root: Path, content: Path) -> None:
        self.clinic: Clinic = load_clinic(content / "clinic.yml")
        self._replies = FixedReplies.load(root / "domain.yml", content, self.clinic)
        self._detector = Detector.from_files(content)

    @property
    def display_name(self) -> str:
        """The bot's name in rooms."""
        return display_name(self.clinic)

    def text(self, name: str) -> str:
        """One fixed text. Raises: KeyError for a name that there is not."""
        return self._replies.reply(name).plain()

    def urgent(self, words: str) -> str:
        """The urgent text for words that hold danger, "" for others."""
        try:
            level = self._detector.check(words[:MAX_SEARCHED]).level
        except Exception as error:  # whatever fails in the search, a patient in danger gets the number
            logger.error("the red-flag detector failed: %s", type(error).__name__)
            return self.text("emergency_unknown")
        return self.text(f"utter_{level}") if level else ""


def display_name(clinic: Clinic) -> str:
    """The bot's name; it says what it is."""
    return f"{clinic.name} (Chatbot)"
