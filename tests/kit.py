"""The testing kit: a patient who talks to the real bot. `patient.says("what is leukopenia?")` gives the replies."""

from __future__ import annotations

import asyncio
import uuid

from bot.answering import main_reply
from bot.content.reply import Reply
from bot.turn import Turn, Turns


class Patient:
    """One conversation with a running bot.

    Attributes:
        heard: Every reply so far, for checks over a whole talk.
    """

    def __init__(self, turns: Turns, channel: str = "terminal") -> None:
        self.turns = turns
        self.channel = channel
        self.sender_id = uuid.uuid4().hex
        self.heard: list[Reply] = []
        self.last: Turn | None = None

    def says(self, text: str) -> Reply:
        """Sends a typed message; the reply that decides the turn comes back."""
        return self._turn(text=text)

    def taps(self, title: str) -> Reply:
        """Taps the button with this title in the last reply."""
        button = next(button for reply in reversed(self.heard) for button in reply.buttons if button.title == title)
        return self._turn(payload=button.payload)

    def _turn(self, **said: str) -> Reply:
        self.last = asyncio.run(
            self.turns.turn(self.sender_id, channel=self.channel, with_notice=False, **said)  # type: ignore[arg-type]
        )
        self.heard.extend(self.last.replies)
        return main_reply(self.last.replies)
