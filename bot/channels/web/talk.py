"""From a message of the page to the bot's answer: typed, tapped, or starting over."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from bot.channels.buttons import find_button, issued
from bot.channels.once import Once, OtherMessage
from bot.channels.render import Renderer
from bot.channels.web.api import Refused
from bot.channels.web.session import Session, Sessions
from bot.channels.web.suggestions import Suggestions
from bot.delivery import MESSAGE_ID, RESTART
from bot.turn import Turns

#: The channel's name, kept with its messages.
NAME = "web"
START_OVER = "/start_over"


class Talk:
    """Answers messages.

    Args:
        sessions: Which of them were ended.
        once: Remembers answers for messages that arrive again.
        renderer: Makes replies readable for the page.
        suggestions: Questions that every page offers.
    """

    def __init__(self, sessions: Sessions, once: Once, renderer: Renderer, suggestions: Suggestions) -> None:
        self._sessions = sessions
        self._once = once
        self._renderer = renderer
        self._suggestions = suggestions

    async def say(self, turns: Turns, session: Session, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a message, worked out once however often the message arrives.

        Args:
            turns: The guard.
            session: Whose message it is.
            body: The request, in the shape of openapi.yml; with `restart` the patient starts over.

        Raises:
            Refused: the session was ended, the id was used for another message, or the button is not the patient's.
        """
        message_id = str(body["client_message_id"])
        if self._sessions.is_ended(session):  # deleted while this request was on its way
            raise Refused(401, "session_ended", "this session was ended")
        fingerprint = hashlib.sha256(repr(sorted(body.items())).encode("utf-8", "surrogatepass")).hexdigest()
        try:
            return await self._once.run(
                session.sender_id, message_id, fingerprint, lambda: self._turn(turns, session, message_id, body)
            )
        except OtherMessage:
            raise Refused(409, "other_message", "this client_message_id was used for another message") from None

    async def _turn(self, turns: Turns, session: Session, message_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        sender = session.sender_id
        said: dict[str, Any] = {"text": body.get("text")}
        metadata: dict[str, Any] = {MESSAGE_ID: message_id}
        if "button" in body:
            said = {"payload": await self._payload(turns, sender, str(body["button"]))}
        elif "restart" in body:
            said = {"payload": START_OVER}
            metadata[RESTART] = True
        turn = await turns.turn(sender, channel=NAME, metadata=metadata, with_notice=False, **said)
        if turn.erased:
            self._once.forget(sender, but=message_id)
        rendered = [self._renderer.reply(reply) for reply in turn.spoken]
        return {
            "client_message_id": message_id,
            "replies": rendered,
            "erased": turn.erased,
            "handed_over": turn.handed_over,
        }

    async def _payload(self, turns: Turns, sender: str, wanted: str) -> str:
        """The payload behind a button's id, when this conversation was given that button."""
        found = find_button(wanted, self._suggestions.buttons())
        if found is None and turns.agent is not None:
            tracker = await turns.agent.tracker_store.retrieve(sender)
            found = find_button(wanted, issued(tracker.events if tracker else ()))
        if found is None:
            raise Refused(404, "unknown_button", "this button was not given to this conversation", text="old_button")
        return found.payload
