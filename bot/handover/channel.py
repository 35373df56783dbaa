"""What the staff's system may call: give a conversation back, and write to the patient. Signed, as signing.py has it.

It is mounted like a channel (`/staff/…`), and takes no patient's messages.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import unicodedata
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.channels.body import read_body
from bot.content.clinic import load_clinic
from bot.handover.desk import MAX_TEXT, StaffDesk
from bot.handover.reach import NotReached
from bot.handover.room import RoomDesk
from bot.handover.settings import ROOM, StaffSettings, StaffSettingsError
from bot.handover.signing import WrongSignature, check
from bot.handover.webhook import WebhookDesk
from bot.logs import describe
from bot.settings import Settings
from bot.turn import Turns

if TYPE_CHECKING:
    from bot.channels.matrix.channel import MatrixChannel

logger = logging.getLogger(__name__)

MAX_BODY = 16 * 1024
#: Seconds between two looks after the open cases.
LOOK_SECONDS = 10.0
RESUME, SAY = frozenset({"case"}), frozenset({"case", "text"})


class Refused(Exception):
    """A call that is not obeyed; the text is for the developers of the staff's system."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _staff_room(staff: StaffSettings, matrix: MatrixChannel | None) -> RoomDesk:
    if matrix is None:
        raise StaffSettingsError(f"{ROOM} is set, but Matrix is not; see docs/channels.md.")
    desk = RoomDesk(staff.room, matrix)
    matrix.listen(staff.room, desk.heard)
    return desk


class StaffChannel(InputChannel):
    """Puts the handover into the guard, and takes the calls of the staff's system.

    Args:
        settings: Where content is.
        staff: What the clinic sets.
        matrix: The Matrix channel, for a room of the staff; None where there is none.
        clock: Seconds since 1970.

    Raises:
        StaffSettingsError: a room is set, and no Matrix channel.
    """

    def __init__(
        self,
        settings: Settings,
        staff: StaffSettings,
        matrix: MatrixChannel | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.staff = staff
        self._room = _staff_room(staff, matrix) if staff.room else None
        self.desk: StaffDesk = self._room or WebhookDesk(staff.webhook, staff.secret)
        self._clock = clock
        self._looking: asyncio.Task[None] | None = None

    @classmethod
    def name(cls) -> str:
        return "staff"

    def attach(self, turns: Turns) -> None:
        """From now on a person can take over the conversations of `turns`."""
        from bot.conversations.scrub import Scrubber
        from bot.handover.handover import Handover
        from bot.handover.processor import HandoverProcessor

        assert turns.agent is not None and isinstance(turns.agent.processor, HandoverProcessor)
        scrubber = None if self.staff.keep_identifiers else Scrubber.for_content(self.settings.content_db)
        turns.handover = turns.agent.processor.handover = Handover(
            turns.agent,
            turns.fixed,
            load_clinic(self.settings.content / "clinic.yml"),
            self.desk,
            (lambda text: scrubber.text(text).text) if scrubber else None,
            self._clock,
        )
        if self._room is not None:
            self._room.handover = turns.handover

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The two calls, where staff have a webhook; in a Matrix room they write commands instead."""
        blueprint = Blueprint("staff")
        for path, work in (("/resume", self._resume), ("/say", self._say)) if self.staff.webhook else ():
            blueprint.add_route(_answered(work), path, methods=["POST"], name=path.strip("/"), stream=True)
        blueprint.listener("after_server_start")(self._start)
        blueprint.listener("before_server_stop")(self._stop)
        return blueprint

    async def _start(self, app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        self._looking = loop.create_task(_look_after_cases(app))

    async def _stop(self, *_: Any) -> None:
        assert self._looking is not None
        self._looking.cancel()
        await asyncio.gather(self._looking, return_exceptions=True)

    async def _resume(self, request: Request) -> None:
        _, call = await self._read(request, RESUME)
        if not await _turns(request).handover.resume(call["case"]):
            raise Refused(404, "there is no such case (any more)")

    async def _say(self, request: Request) -> None:
        call_id, call = await self._read(request, SAY)
        text = "".join(char for char in call["text"] if char == "\n" or unicodedata.category(char)[0] != "C").strip()
        if not text or len(text) > MAX_TEXT:
            raise Refused(400, f"`text` must have 1 to {MAX_TEXT} characters")
        try:
            said = await _turns(request).handover.say(call["case"], text, call_id)
        except NotReached as why:
            raise Refused(503 if why.again else 409, why.told()) from None
        if not said:
            raise Refused(404, "there is no such case (any more)")

    async def _read(self, request: Request, fields: frozenset[str]) -> tuple[str, Mapping[str, str]]:
        """Id and content of a call. The signature is checked before anything in it is looked at."""
        body = await _body(request)
        try:
            call_id = check(self.staff.secret, request.headers, body, self._clock())
        except WrongSignature as wrong:
            raise Refused(401, str(wrong)) from None
        try:
            call = json.loads(body)
        except (ValueError, RecursionError):
            raise Refused(400, "the body is no JSON in UTF-8") from None
        if not isinstance(call, dict) or set(call) != fields or not all(isinstance(call[key], str) for key in fields):
            raise Refused(400, f"the body must be a JSON object of texts with {' and '.join(sorted(fields))}")
        return call_id, call


def _answered(work: Callable[[Request], Awaitable[None]]) -> Callable[[Request], Coroutine[Any, Any, HTTPResponse]]:
    async def serve(request: Request) -> HTTPResponse:
        try:
            await work(request)
        except Refused as refused:
            return json_response({"error": str(refused)}, status=refused.status)
        except Exception as error:
            # The type alone: an error's text could hold somebody's words.
            logger.error("a call of the staff's system failed: %s", type(error).__name__)
            return json_response({"error": "something went wrong here; try again"}, status=503)
        return json_response({"done": True})

    return serve


async def _look_after_cases(app: Sanic) -> None:
    while True:
        handover = app.ctx.turns.handover  # None until the bot is loaded
        for part in (handover.owed, handover.endings) if handover is not None else ():
            try:
                await part.look_after()
            except Exception as error:
                logger.error("open cases could not be looked after: %s", describe(error))
        await asyncio.sleep(LOOK_SECONDS)


def _turns(request: Request) -> Any:
    turns: Turns = request.app.ctx.turns
    if turns.handover is None:
        raise Refused(503, "the bot is not ready yet; try again")
    return turns


async def _body(request: Request) -> bytes:
    body = await read_body(request, MAX_BODY)
    if body is None:
        raise Refused(413, f"the body is longer than {MAX_BODY} bytes")
    return body
