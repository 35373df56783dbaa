"""The guard's own look for danger: it needs no Rasa, no conversation store and no network.

It is the check of the pipeline (`bot.nlu.red_flags`, `bot.policies.safety`), called from outside: the rules, the second
reader where this process has loaded it, and danger in pieces. It reads the words as they were typed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from bot.content.reply import Reply
from bot.fixed_replies import FixedReplies
from bot.nlu.danger_sense import check, loaded_sense
from bot.safety import Detector, Finding
from bot.safety.pieces import Heard, together
from bot.searching import PATIENCE, Searching

logger = logging.getLogger(__name__)

#: Longest text that is searched beside the dialogue at once, in characters; longer ones wait for each other.
MAX_AT_ONCE = 4_000
#: Longest message that is searched for danger, in characters.
MAX_SEARCHED = 100_000


class DangerCheck:
    """Finds the urgent reply to a message.

    Args:
        detector: The rules.
        fixed: The fixed texts.
    """

    def __init__(self, detector: Detector, fixed: FixedReplies) -> None:
        self.detector = detector
        self._fixed = fixed
        self._searching = Searching(self._search)
        self._heard = Heard()

    async def find(
        self, words: str, sender_id: str = "", message_id: str = "", patience: float = PATIENCE
    ) -> Reply | None:
        """The fixed urgent reply when the words hold danger, alone or with what their sender said before.

        Words that could not be searched, or not all of them, get the fixed text that says so, with the number to call.
        Long words are searched beside the event loop.

        Args:
            words: What was said.
            sender_id: The conversation; "" for words that belong to none.
            message_id: The message: it counts once, however often it is asked about.
            patience: Seconds to wait for long words.
        """
        short = len(words) <= MAX_AT_ONCE
        finding = self._search(words) if short else await self._searching.find(words, patience)
        return self._reply(finding, len(words) > MAX_SEARCHED, sender_id, message_id)

    def find_now(self, words: str, sender_id: str = "", message_id: str = "") -> Reply | None:
        """As `find`, for those who can't wait: long words hold up the event loop."""
        return self._reply(self._search(words), len(words) > MAX_SEARCHED, sender_id, message_id)

    def note(self, sender_id: str, message_id: str, words: str, concepts: Iterable[str] | None) -> None:
        """Remembers a message that the dialogue has answered and keeps; see `bot.safety.pieces.Heard`.

        Args:
            sender_id: The conversation.
            message_id: The message.
            words: What was said.
            concepts: What the pipeline found in it; None when it is not known.
        """
        if concepts is None:
            finding = self._search(words)
            concepts = finding.concepts if finding else ()
        self._heard.note(sender_id, message_id, concepts, kept=True)

    def unkept(self, sender_id: str, message_id: str) -> list[list[str]]:
        """The concepts of the sender's messages before this one that the dialogue does not know, newest first."""
        return [sorted(said) for said in self._heard.before(sender_id, message_id, but_kept=True)]

    def forget(self, sender_id: str) -> None:
        """Forgets what a sender said."""
        self._heard.forget(sender_id)

    def _search(self, words: str) -> Finding | None:
        """What the words say; None when the rules failed. Never raises: it also runs in a thread."""
        try:
            return check(self.detector, words[:MAX_SEARCHED], loaded_sense())
        except Exception as error:
            # The type alone: an error's text could hold the patient's words.
            logger.error("the red-flag detector failed: %s", type(error).__name__)
            return None

    def _reply(self, finding: Finding | None, cut_short: bool, sender_id: str, message_id: str) -> Reply | None:
        if finding is None:
            return self._fixed.reply("emergency_unknown")
        level = finding.level
        if sender_id:
            earlier = self._heard.before(sender_id, message_id)
            level = together(self.detector.book, level, finding.concepts, earlier)
            self._heard.note(sender_id, message_id, finding.concepts, kept=False)
        if level is None and cut_short:
            return self._fixed.reply("emergency_unknown")
        return self._fixed.reply(f"utter_{level}") if level else None
