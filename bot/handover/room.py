"""Staff in a Matrix room: cases are announced there, and staff answer by replies and by two commands."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Any, Protocol

from bot.handover.case import LENGTH, LETTERS
from bot.handover.desk import MAX_TEXT, DeskUnreachable, StaffMessage
from bot.handover.reach import NotReached

if TYPE_CHECKING:
    from bot.channels.matrix.events import Message
    from bot.handover.handover import Handover

logger = logging.getLogger(__name__)

CASE = rf"[{LETTERS}]{{{LENGTH}}}"
COMMAND = re.compile(
    rf"!bot\s+(?:(?P<verb>say|resume)\s+(?P<case>{CASE})(?:\s+(?P<text>.+))?|(?P<alone>resume))",
    re.DOTALL | re.IGNORECASE,
)
#: How our own messages about a case begin.
ABOUT = re.compile(rf"Case (?P<case>{CASE})\b")

HELP = "I did not understand that. Reply to a message about a case, or write `!bot say NAME your words` or `!bot resume NAME`."
OPENED = "Case {case}: a patient ({channel}) asks for a person."
SHARED = "Their last messages:"
PRIVATE = "They don't share what they write. They were asked to call."
HOW = "Reply to this message, or write: !bot say {case} your words. Give it back with: !bot resume {case}"
DANGER = "Case {case}: this sounds like danger ({level}). I have said the urgent text."
ENDED = {
    "patient": "Case {case} is over: the patient went back to the bot.",
    "time": "Case {case} is over: the time for it has passed, and the bot answers again.",
    "deleted": "Case {case} is over: the patient had everything deleted. Please delete its messages here, too.",
}


class StaffMessenger(Protocol):
    """What the room needs of the Matrix channel."""

    async def send_text(self, room: str, text: str, key: str = "") -> None:
        """Sends a text; the same key sends it once. Raises: RuntimeError when the homeserver refuses."""

    async def own_text(self, room: str, event_id: str) -> str:
        """The text of a message of the bot, "" when it is somebody else's or not there."""


def announcement(message: StaffMessage) -> str:
    """What staff read about something that happened."""
    values: dict[str, Any] = {"case": message.case, "channel": message.channel, "level": message.level}
    said = [f"> {line}" for text in (*message.messages, message.text) for line in text.splitlines()]
    if message.type == "case.opened":
        lines = [OPENED, *([SHARED, *said] if message.shared else [PRIVATE]), HOW]
    elif message.type == "case.message":
        lines = ["Case {case}:", *said]
    elif message.type == "case.danger":
        lines = [DANGER, *said]
    else:
        lines = [ENDED[message.reason]]
    # A patient's own words are no pattern to fill.
    return "\n".join(line if line.startswith("> ") else line.format(**values) for line in lines)


class RoomDesk:
    """The staff's room.

    Args:
        room: Its id.
        messenger: The Matrix channel.

    Attributes:
        handover: Obeys what staff write; None until the bot is loaded.
    """

    def __init__(self, room: str, messenger: StaffMessenger) -> None:
        self.room = room
        self.handover: Handover | None = None
        self._messenger = messenger

    async def tell(self, message: StaffMessage, patience: float) -> None:
        """See `StaffDesk.tell`."""
        try:
            await asyncio.wait_for(self._messenger.send_text(self.room, announcement(message), message.key), patience)
        except asyncio.TimeoutError:
            raise DeskUnreachable("the homeserver did not take the message in time") from None
        except RuntimeError:
            raise DeskUnreachable("the homeserver refused; is the bot in the staff's room?") from None

    async def heard(self, message: Message) -> None:
        """Obeys a message in the room. One that is no command and answers no case is between the staff."""
        if message.replaces or message.media:
            return
        reply_to = "" if message.in_passing else message.reply_to
        answer = await self._obeyed(message.event_id, message.text.strip(), reply_to or message.thread)
        if answer:
            await self._messenger.send_text(self.room, answer, f"answer {message.event_id}")

    async def _obeyed(self, event_id: str, text: str, reply_to: str) -> str:
        about = ABOUT.match(await self._messenger.own_text(self.room, reply_to)) if reply_to else None
        found = COMMAND.fullmatch(text)
        if found and found["case"]:
            return await self._do(found["verb"].lower(), found["case"].upper(), found["text"] or "", event_id)
        if found and about:
            return await self._do("resume", about["case"], "", event_id)
        if text.lower().startswith("!bot"):
            return HELP
        return await self._do("say", about["case"], text, event_id) if about else ""

    async def _do(self, verb: str, case: str, text: str, event_id: str) -> str:
        if self.handover is None:
            return "I am still starting. Please write that again in a moment."
        if verb == "resume":
            return f"{case}: given back to the bot." if await self.handover.resume(case) else _unknown(case)
        if not text.strip():
            return HELP
        if len(text) > MAX_TEXT:
            return f"{case}: this is too long ({len(text)} characters, {MAX_TEXT} at most). The patient did not get it."
        try:
            said = await self.handover.say(case, text.strip(), event_id)
        except NotReached as why:
            return f"{case}: {why.told()}."
        return f"{case}: sent to the patient." if said else _unknown(case)


def _unknown(case: str) -> str:
    return f"There is no open case {case}. The patient did not get this."
