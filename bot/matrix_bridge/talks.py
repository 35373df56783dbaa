"""Patients' talks with our server: one session for each patient in each room, kept across restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bot.matrix_bridge.delivery import transaction
from bot.matrix_bridge.questions import Question
from bot.matrix_bridge.sent import Unwanted
from bot.matrix_bridge.state import Shown, State, WebSession
from bot.matrix_bridge.web_api import NotUnderstood, SessionEnded, TryLater, WebApi

#: Seconds between two tries to reach our server: doubled from the first to the longest.
FIRST_WAIT, LONGEST_WAIT = 0.5, 15.0

Json = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """What our server said to a message, and in which session."""

    session: WebSession
    turn: Json


class TakenBack(Exception):
    """The message was taken back while it waited; nobody wants an answer."""


class Talks:
    """The talks.

    Args:
        api: Our server.
        state: Keeps the sessions.
    """

    def __init__(self, api: WebApi, state: State) -> None:
        self._api = api
        self._state = state
        self._dropped: set[str] = set()

    async def say(self, room_id: str, question: Question) -> Said:
        """What our server says; asked again for as long as it is away. Raises: NotUnderstood, TakenBack."""
        user_id = question.sender
        wait = FIRST_WAIT
        while True:
            if question.event_id in self._dropped:
                raise TakenBack
            try:
                session = self._state.session(room_id, user_id)
                if session is None:
                    session = self._state.begin_session(room_id, user_id, await self._api.begin())
                self._state.sent.note(question.event_id, room_id, user_id, session.token, question.replaces)
                message_id = _message_id(question.event_id)
                return Said(session, await self._api.say(session.token, message_id, question.text or " "))
            except SessionEnded:
                self._state.drop_session(room_id, user_id)
                await asyncio.sleep(wait)
            except TryLater as later:
                await asyncio.sleep(later.seconds or wait)
            wait = min(wait * 2, LONGEST_WAIT)

    @contextmanager
    def without(self, event_id: str) -> Iterator[None]:
        """While inside, our server is not asked for the message with this event's id."""
        self._dropped.add(event_id)
        try:
            yield
        finally:
            self._dropped.discard(event_id)

    async def take_back(self, unwanted: Unwanted) -> None:
        """Takes a message out of our server. Raises: SessionEnded, TryLater, NotUnderstood."""
        await self._api.take_back(unwanted.token, _message_id(unwanted.event_id))

    def told(self, event_id: str, room_id: str, user_id: str, turn: Json) -> None:
        """Keeps what a turn changed, once the patient can read the answer to the event."""
        changes: dict[str, str | bool | int] = {"notice_told": True}
        if turn["handed_over"] is not None:
            changes["handed_over"] = bool(turn["handed_over"])
        if turn["session"]:
            changes["token"] = str(turn["session"]["token"])
        self._state.finish(event_id, room_id, user_id, None if turn["erased"] else changes)

    async def mark(self, room_id: str, shown: Shown, value: str) -> None:
        """Marks an answer, `up` or `down`, when its conversation still lives."""
        wait = FIRST_WAIT
        while (session := self._state.session(room_id, shown.user_id)) is not None:
            try:
                await self._api.mark(session.token, shown.answer_id, shown.content_version, value)
                return
            except (SessionEnded, NotUnderstood):
                return
            except TryLater as later:
                await asyncio.sleep(later.seconds or wait)
                wait = min(wait * 2, LONGEST_WAIT)

    async def news(self, room_id: str, user_id: str) -> list[Json]:
        """What was said and not yet looked at, oldest first: `HistoryItem` of openapi.yml. [] when our server is away.

        What a person of the clinic wrote is `pushed`.
        """
        session = self._state.session(room_id, user_id)
        if session is None:
            return []
        try:
            news = await self._api.news(session.token, session.pushed_to)
        except SessionEnded:
            self._state.change_session(room_id, user_id, handed_over=False)
            return []
        except TryLater:
            return []
        self._state.change_session(room_id, user_id, handed_over=bool(news["handed_over"]))
        if news["session"]:
            self._state.change_session(room_id, user_id, token=str(news["session"]["token"]))
        return list(news["messages"])

    def passed_on(self, room_id: str, user_id: str, number: int) -> None:
        """Notes that the patient has all up to the item with this number."""
        self._state.change_session(room_id, user_id, pushed_to=number)

    def is_handed_over(self, room_id: str, user_id: str) -> bool:
        """Whether a person of the clinic has this conversation."""
        session = self._state.session(room_id, user_id)
        return session is not None and session.handed_over


def _message_id(event_id: str) -> str:
    """The id under which our server knows an event's message."""
    return transaction(event_id, "message")
