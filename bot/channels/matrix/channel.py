"""The input channel `matrix`: the application service API that the homeserver calls, and what runs behind it.

An event is kept in the inbox before the homeserver hears that it arrived, and is dealt with afterwards.
Messages go through the guard (`bot.turn.Turns`) of the server.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.body import read_body
from bot.channels.guard import turns_of
from bot.channels.matrix.answering import Answering
from bot.channels.matrix.catching_up import CatchingUp
from bot.channels.matrix.client import Homeserver, HomeserverRefused
from bot.channels.matrix.events import Event, Message
from bot.channels.matrix.handler import Handler
from bot.channels.matrix.inbox import Inbox
from bot.channels.matrix.intake import Intake
from bot.channels.matrix.queues import RoomQueues
from bot.channels.matrix.reach import Reach
from bot.channels.matrix.render import MatrixRenderer
from bot.channels.matrix.rooms import Rooms
from bot.channels.matrix.settings import HOMESERVER, REGISTRATION, MatrixSettings, MatrixSettingsError
from bot.content.clinic import load_clinic
from bot.logs import describe
from bot.settings import Settings
from bot.turn import Turns

logger = logging.getLogger(__name__)

API = "/_matrix/app/v1"
#: Longest body in bytes: the hundred events that a homeserver puts into one transaction, each as long as may be.
MAX_BODY = 16 * 1024 * 1024
#: Seconds between two searches for what is past the clinic's days.
EXPIRY_SECONDS = 3600.0
#: Seconds between two tries to get into a homeserver that answers strangely: is it one?
KNOCK_SECONDS = 10.0


class Refused(Exception):
    """A call that is not served: its HTTP status, Matrix' word for the reason, and the reason."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"errcode": code, "error": message}


class MatrixChannel(InputChannel):
    """The bot on one homeserver.

    Args:
        settings: Where content and state are.
        matrix: What the clinic sets for Matrix.

    Raises:
        ClinicError: `clinic.yml` is missing or malformed.
        InboxError: the file of what has arrived can't be used.
    """

    def __init__(self, settings: Settings, matrix: MatrixSettings) -> None:
        self._settings = settings
        self._matrix = matrix
        self._clinic = load_clinic(settings.content / "clinic.yml")
        self._name = matrix.display_name(self._clinic.name)
        self._inbox = Inbox(settings.state / "matrix.db")
        self._homeserver = Homeserver(matrix.homeserver, matrix.registration.as_token)
        self._app: Sanic | None = None
        rooms = Rooms(self._homeserver, self._inbox, self._name)
        renderer = MatrixRenderer(self._clinic)
        self._answering = Answering(self._homeserver, self._inbox, rooms, renderer, self._turns)
        self._reach = Reach(self._homeserver, self._inbox, rooms, renderer)
        self._handler = Handler(
            matrix, self._homeserver, self._inbox, rooms, self._answering, self._turns, self._receive_early
        )
        self._queues = RoomQueues(self._handler.deal)
        self._intake = Intake(self._homeserver, self._inbox, rooms, self._queues)
        self._catching_up = CatchingUp(self._homeserver, self._inbox, self._intake, self._clinic.keep_days)
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    def name(cls) -> str:
        return "matrix"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> MatrixChannel:
        """The channel of `rasa run --credentials`; its settings come from the environment there, too."""
        matrix = MatrixSettings.read(os.environ)
        if matrix is None:
            raise MatrixSettingsError(f"{REGISTRATION} and {HOMESERVER} are not set; see docs/matrix.md")
        return cls(Settings.read(), matrix)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Routes of the application service API; messages go through the guard instead of `on_new_message`."""
        blueprint = Blueprint("matrix")
        for path, method, handler in (
            ("/transactions/<_:path>", "PUT", self._transaction),
            ("/ping", "POST", self._ping),
            ("/users/<user_id:path>", "GET", self._user),
            ("/rooms/<_:path>", "GET", self._nothing),
            ("/thirdparty/<_:path>", "GET", self._nothing),
        ):
            # Bodies are read after the token is checked, piece by piece.
            blueprint.add_route(
                self._guarded(handler), API + path, methods=[method], name=path.split("/")[1], stream=method != "GET"
            )
        blueprint.listener("before_server_start")(self._load)
        blueprint.listener("after_server_start")(self._start)
        blueprint.listener("before_server_stop")(self._stop)
        return blueprint

    def listen(self, room: str, heard: Callable[[Message], Awaitable[None]]) -> None:
        """From now on messages in this room are for `heard`, not questions of a patient."""
        self._handler.listeners[room] = heard

    def attach(self, turns: Turns) -> None:
        """From now on staff, where they are set up, reach patients in their rooms."""
        if turns.handover is not None:
            turns.handover.channels["matrix"] = self._reach.push

    async def send_text(self, room: str, text: str, key: str = "") -> None:
        """Sends a text that answers no patient; the same key sends it once.

        Raises:
            RuntimeError: the homeserver refuses it.
        """
        transaction = self._inbox.key("text", room, key or uuid.uuid4().hex)
        try:
            await self._homeserver.send(room, {"msgtype": "m.notice", "body": text}, transaction)
        except HomeserverRefused as refused:
            raise RuntimeError(f"the homeserver refused: {refused.status} {refused.code}") from None

    async def own_text(self, room: str, event_id: str) -> str:
        """The text of a message of the bot; "" when it is somebody else's, or not there."""
        event = await self._homeserver.event(room, event_id) or {}
        body = event.get("content", {}).get("body")
        return body if event.get("sender") == self._homeserver.user_id and isinstance(body, str) else ""

    async def _transaction(self, request: Request, _: str) -> HTTPResponse:
        body = await _read(request)
        events = body.get("events")
        if not isinstance(events, list):
            raise Refused(400, "M_BAD_JSON", "`events` must be a list")
        await self._intake.receive(events)
        return _response({})

    async def _ping(self, request: Request) -> HTTPResponse:
        await _read(request)
        return _response({})

    async def _user(self, _: Request, user_id: str) -> HTTPResponse:
        if user_id.partition(":")[0] != f"@{self._matrix.registration.sender_localpart}":
            raise Refused(404, "M_NOT_FOUND", "there is no such user here")
        return _response({})

    async def _nothing(self, _: Request, __: str) -> HTTPResponse:
        raise Refused(404, "M_NOT_FOUND", "there is nothing of this kind here")

    def _guarded(
        self, handler: Callable[..., Awaitable[HTTPResponse]]
    ) -> Callable[..., Coroutine[Any, Any, HTTPResponse]]:
        """`handler` behind the homeserver's token."""

        async def serve(request: Request, **parts: str) -> HTTPResponse:
            try:
                self._check(request)
                return await handler(request, *parts.values())
            except Refused as refused:
                return _response(refused.body, refused.status)
            except Exception as error:
                logger.error("a call of the homeserver failed, it will call again: %s", describe(error))
                return _response({"errcode": "M_UNKNOWN", "error": "something went wrong here; call again"}, 500)

        return serve

    def _check(self, request: Request) -> None:
        """Raises: Refused, unless the homeserver's own token is shown, in the header or as homeservers did before."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        shown = token.strip() if scheme.lower() == "bearer" else request.args.get("access_token", "")
        if not shown:
            raise Refused(401, "M_UNAUTHORIZED", "the homeserver's token is missing")
        expected = self._matrix.registration.hs_token
        if not hmac.compare_digest(shown.encode("utf-8", "surrogatepass"), expected.encode()):
            raise Refused(403, "M_FORBIDDEN", "the homeserver's token is wrong")

    async def _receive_early(self, events: Sequence[Event]) -> None:
        await self._intake.receive(events, early=True)

    def _turns(self) -> Turns:
        assert self._app is not None
        return turns_of(self._app, self._settings)

    async def _load(self, app: Sanic, _: Any) -> None:
        """What waits from before comes before what arrives now."""
        self._app = app
        await self._homeserver.open()
        await self._intake.resume()

    async def _start(self, _: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        self._tasks = [loop.create_task(self._connect()), loop.create_task(self._expire())]

    async def _connect(self) -> None:
        """Introduces the bot to the homeserver, whenever it is there, and begins to deal with events."""
        while True:
            try:
                await self._homeserver.whoami()
                await self._homeserver.settle(self._name)
                break
            except Exception as error:
                logger.error("what is at BOT_MATRIX_HOMESERVER does not let the bot in: %s", describe(error))
                await asyncio.sleep(KNOCK_SECONDS)
        self._queues.start()
        await self._homeserver.ask_for_calls(self._matrix.registration.id)
        logger.info("the bot is on its homeserver as %s", self._homeserver.user_id)
        self._tasks.append(asyncio.get_running_loop().create_task(self._catching_up.run()))

    async def _expire(self) -> None:
        while True:
            try:
                await self._inbox.expire(self._clinic.keep_days)
            except Exception as error:
                logger.error("old Matrix events could not be removed: %s", describe(error))
            await asyncio.sleep(EXPIRY_SECONDS)

    async def _stop(self, *_: Any) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._queues.close()
        await self._answering.close()
        await self._homeserver.close()
        self._inbox.close()


async def _read(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises: Refused."""
    data = await read_body(request, MAX_BODY)
    if data is None:
        raise Refused(413, "M_TOO_LARGE", f"the body is longer than {MAX_BODY} bytes")
    try:
        body = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused(400, "M_NOT_JSON", "the body is no JSON in UTF-8") from None
    if not isinstance(body, dict):
        raise Refused(400, "M_BAD_JSON", "the body must be a JSON object")
    return body


def _response(body: dict[str, Any], status: int = 200) -> HTTPResponse:
    return HTTPResponse(json.dumps(body), status, content_type="application/json")
