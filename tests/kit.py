"""The testing kit: a patient who talks to the real bot. `patient.says("what is leukopenia?")` gives the reply.

`Patient` talks to the bot in this process and sees replies as values; a test gets one by the fixture `patient`, several
by `new_patient`. `ServicePatient` talks to a running server through any channel and sees what the channel shows.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

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


class ServicePatient:
    """One patient of a channel of a running server.

    Args:
        post: Sends a message as the channel's service does, given the patient, the message's id and the text; gives
            the texts that the patient is shown.

    Attributes:
        heard: Every text so far, oldest first.
    """

    def __init__(self, post: Callable[[str, str, str], list[str]]) -> None:
        self._post = post
        self.id = uuid.uuid4().hex
        self.heard: list[str] = []
        self._last = ("", "")

    def says(self, text: str) -> str:
        """Sends a message; all that is shown for it, as one text."""
        self._last = (uuid.uuid4().hex, text)
        return self._deliver()

    def picks(self, title: str) -> str:
        """Types the number of the choice with this title in what was shown last."""
        lines = self.heard[-1].splitlines()
        numbers = [line.split(".")[0] for line in lines if line.partition(". ")[2] == title]
        assert numbers, f"nothing to pick is called {title!r} in: {self.heard[-1]}"
        return self.says(numbers[-1])

    def repeats(self) -> str:
        """Delivers the last message once more, as services do when they heard no answer."""
        return self._deliver()

    def _deliver(self) -> str:
        texts = self._post(self.id, *self._last)
        self.heard += texts
        return "\n".join(texts)
