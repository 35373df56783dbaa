"""Sends messages into encrypted rooms: never in clear, never twice, and again until the homeserver takes them."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from typing import Any

from nio import AsyncClient, RoomSendResponse

logger = logging.getLogger(__name__)

#: Answers of a homeserver that another try would not change.
FINAL = frozenset({"M_FORBIDDEN", "M_NOT_FOUND", "M_TOO_LARGE", "M_BAD_JSON", "M_INVALID_PARAM", "M_UNKNOWN_TOKEN"})
#: Seconds between tries: doubled from the first to the longest.
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
#: Seconds that a typing notice or a receipt may take; they are a courtesy.
COURTESY_SECONDS = 10.0


def transaction(event_id: str, what: str) -> str:
    """The id under which the homeserver takes an answer once, however often it is sent."""
    return hashlib.sha256(f"{event_id}\n{what}".encode()).hexdigest()[:32]


class Delivery:
    """What the bot does in rooms.

    Args:
        client: The signed-in client.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._courtesies: set[asyncio.Task[Any]] = set()

    async def send(self, room_id: str, content: dict[str, Any], transaction_id: str, in_clear: bool = False) -> str:
        """Sends a message and waits until the homeserver has it; the event's id, "" when it never will.

        Args:
            room_id: The room; the bot is in it.
            content: Of the message.
            transaction_id: The same for each try; see `transaction`.
            in_clear: Whether it may be sent to a room that is not encrypted.
        """
        wait = FIRST_WAIT
        while True:
            room = self._client.rooms.get(room_id)
            if room is None or not (room.encrypted or in_clear):
                return ""
            try:
                sent = await self._client.room_send(
                    room_id, "m.room.message", content, transaction_id, ignore_unverified_devices=True
                )
                if isinstance(sent, RoomSendResponse):
                    return str(sent.event_id)
                reason = str(sent.status_code)
            except Exception as error:  # whatever it is, the patient waits: try again
                reason = type(error).__name__
            logger.warning("a message could not be sent: %s", reason)
            if reason in FINAL:
                return ""
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    def seen(self, room_id: str, event_id: str) -> None:
        """Shows the patient that the message was read."""
        self._courtesy(self._client.update_receipt_marker(room_id, event_id))

    def typing(self, room_id: str, on: bool) -> None:
        """Shows the patient that an answer is being written, or no longer."""
        self._courtesy(self._client.room_typing(room_id, on, timeout=60_000))

    def _courtesy(self, request: Any) -> None:
        task = asyncio.ensure_future(_quietly(request))
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)


async def _quietly(request: Any) -> None:
    try:
        await asyncio.wait_for(request, COURTESY_SECONDS)
    except Exception as error:
        logger.debug("a courtesy failed: %s", type(error).__name__)
