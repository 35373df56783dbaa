"""The web channel: signed sessions, one JSON API, and the files of the widget.

Wiring. The channel calls the guard (`bot.turn.Turns`) that it finds at `app.ctx.turns`; `bot serve` puts it there
before the server starts. Under the stock command `rasa run --credentials` there is none, and the channel makes one
around `app.ctx.agent` with its first request. `credentials.yml` for that command:

    bot.channels.web.WebChannel:
      demo: true        # only with the demo clinic's numbers

The secret and the allowed origins come from the environment in both cases, see `settings.py` and docs/web.md. Paths
are relative to where the channel is mounted: `/web/` in `bot serve`, `/webhooks/web/` in `rasa run`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.backends import Backends
from bot.channels.guard import turns_of
from bot.channels.once import Once
from bot.channels.render import Renderer, buttons, phone
from bot.channels.web import history
from bot.channels.web.admission import Admission
from bot.channels.web.api import Handler, Refused, guarded, json_response, openapi, read_json, typed
from bot.channels.web.pages import asset, demo_page, widget_file
from bot.channels.web.settings import WebSettings
from bot.channels.web.suggestions import Suggestions
from bot.channels.web.talk import NAME, Talk
from bot.channels.web.texts import refusal_reply
from bot.content.clinic import Clinic, load_clinic
from bot.content.reply import Phone
from bot.feedback import Feedback, NotShown, record
from bot.safety.readiness import require_for_patients
from bot.settings import Settings
from bot.turn import MAX_TEXT, Turns

CONTENT_LANGUAGE = "en"
#: `MessageId` of openapi.yml.
MESSAGE_ID_FORM = re.compile(r"[A-Za-z0-9_-]{8,64}")
#: A number of an item, up to the largest as openapi.yml says: the largest that JavaScript has without rounding.
NUMBER, LARGEST_NUMBER = re.compile(r"[0-9]{1,16}"), 2**53 - 1


class WebChannel(InputChannel):
    """The input channel `web`.

    Args:
        settings: Where content is.
        web: What the clinic sets for this channel.
        redis_url: Where several servers count rates together; None: each counts for itself.

    Raises:
        ClinicError: `clinic.yml` is missing or malformed.
        NotForPatients: the demo clinic's numbers or articles without `demo`.
    """

    def __init__(self, settings: Settings, web: WebSettings, redis_url: str | None = None) -> None:
        self.settings = settings
        self.web = web
        self.clinic: Clinic = load_clinic(settings.content / "clinic.yml")
        if not web.demo:
            require_for_patients(self.clinic, settings.content)
        self.renderer = Renderer(self.clinic)
        self.suggestions = Suggestions(settings.content_db)
        self.once = Once()
        self.admission = Admission(web, redis_url)
        self.talk = Talk(self.admission.sessions, self.once, self.renderer, self.suggestions)

    @classmethod
    def name(cls) -> str:
        return NAME

    @classmethod
    def for_server(cls, settings: Settings, demo: bool = False) -> WebChannel:
        """The channel of `bot serve`, with its settings from the environment. Raises: WebSettingsError, BackendsError."""
        return cls(settings, WebSettings.read(os.environ, demo=demo), Backends.read(os.environ).redis_url)

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebChannel:
        """The channel of `rasa run --credentials`."""
        return cls.for_server(Settings.read(), demo=bool((credentials or {}).get("demo")))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Routes of the API and of the files; messages go through the guard instead of `on_new_message`."""
        blueprint = Blueprint("web")
        api: list[tuple[str, str, Handler]] = [
            ("/openapi.json", "GET", self._openapi),
            ("/config", "GET", self._config),
            ("/session", "POST", self._begin),
            ("/messages", "POST", self._message),
            ("/messages", "GET", self._history),
            ("/messages/<message_id:str>", "DELETE", self._take_back),
            ("/feedback", "POST", self._feedback),
            ("/restart", "POST", self._restart),
            ("/conversation", "DELETE", self._erase),
        ]
        for path, method, handler in api:
            refusal = self._refused_message if handler == self._message else self._refusal
            serve = guarded(handler, method, self.web.origins, refusal)
            # Bodies are read piece by piece, so that one that is too long is cut off early.
            blueprint.add_route(serve, path, methods=[method], name=handler.__name__, stream=method != "GET")
        allowed = {path: [method for known, method, _ in api if known == path] for path, _, _ in api}
        for number, (path, methods) in enumerate(allowed.items()):
            preflight = guarded(_nothing, ", ".join(methods), self.web.origins, self._refusal)
            blueprint.add_route(preflight, path, methods=["OPTIONS"], name=f"preflight_{number}")
        blueprint.middleware("response")(_own_preflight)
        blueprint.listener("after_server_stop")(self._close)
        blueprint.add_route(widget_file("widget.js"), "/widget.js", name="launcher")
        blueprint.add_route(asset, "/assets/<path:path>", name="assets")
        if self.web.demo:
            blueprint.add_route(demo_page, "/demo/<path:path>", name="demo")
            blueprint.add_route(demo_page, "/demo/", name="demo_index")
        return blueprint

    async def _close(self, *_: Any) -> None:
        await self.admission.close()

    async def _openapi(self, _: Request) -> HTTPResponse:
        return json_response(openapi())

    async def _config(self, request: Request) -> HTTPResponse:
        clinic = self.clinic
        notice = self._turns(request.app).fixed.reply("opening_notice")
        return json_response(
            {
                "clinic": {
                    "name": clinic.name,
                    "hours": clinic.hours,
                    "phone": phone(Phone(clinic.name, clinic.phone)),
                    "emergency": phone(Phone("Emergency", clinic.emergency_number)),
                },
                "notice": self.renderer.text(notice.text),
                "demo": self.web.demo,
                "content_language": CONTENT_LANGUAGE,
                "suggestions": buttons(self.suggestions.buttons()),
                "limits": {"text": MAX_TEXT},
            }
        )

    async def _begin(self, request: Request) -> HTTPResponse:
        await self.admission.check_new(request)
        await read_json(request, "SessionRequest")
        return json_response({"session": self.admission.new()}, status=201)

    async def _message(self, request: Request) -> HTTPResponse:
        session = await self.admission.session(request, counted=True)
        body = await read_json(request, "MessageRequest")
        said = await self.talk.say(self._turns(request.app), session, body)
        return json_response(said | {"session": self.admission.renewed(session)})

    async def _restart(self, request: Request) -> HTTPResponse:
        session = await self.admission.session(request, counted=True)
        body = await read_json(request, "RestartRequest")
        said = await self.talk.say(self._turns(request.app), session, {"restart": True, **body})
        return json_response(said | {"session": self.admission.renewed(session)})

    async def _history(self, request: Request) -> HTTPResponse:
        session = await self.admission.session(request, counted=True)
        asked = request.get_args(keep_blank_values=True)
        after = str(asked.get("after", "0"))
        if not NUMBER.fullmatch(after) or int(after) > LARGEST_NUMBER or set(asked) - {"after"}:
            raise Refused(400, "bad_request", "`after` is the number of an item; there is no other parameter")
        await self.once.settled(session.sender_id)
        turns = self._turns(request.app)
        store = turns.agent.tracker_store if turns.agent else None
        tracker = await store.retrieve_full_tracker(session.sender_id) if store else None
        handed_over = False
        if store and tracker and tracker.is_paused() and turns.handover:
            handed_over = await turns.handover.settle(session.sender_id)
            tracker = await store.retrieve_full_tracker(session.sender_id)
        items = history.messages(tracker.events if tracker else (), self.renderer, self.suggestions.buttons())
        newer = [item for item in items if item["number"] > int(after)]
        found = {"messages": newer, "handed_over": handed_over}
        return json_response(found | {"session": self.admission.renewed(session)})

    async def _take_back(self, request: Request, message_id: str) -> HTTPResponse:
        session = await self.admission.session(request, counted=True, or_ended=True, or_expired=True)
        if not MESSAGE_ID_FORM.fullmatch(message_id):
            raise Refused(400, "bad_request", "this is no client_message_id; see MessageId in openapi.json")
        turns = self._turns(request.app)
        await self.once.settled(session.sender_id)
        try:
            await turns.forget_message(session.sender_id, message_id)
        except NotImplementedError:
            raise Refused(501, "failed", "this conversation store can't erase single messages", text="failed") from None
        self.once.forget_message(session.sender_id, message_id)
        return json_response({"taken_back": True})

    async def _feedback(self, request: Request) -> HTTPResponse:
        session = await self.admission.session(request, counted=True)
        body = await read_json(request, "FeedbackRequest")
        turns = self._turns(request.app)
        if turns.agent is None:
            raise Refused(503, "failed", "there is no model", text="failed")
        try:
            await record(turns.agent, session.sender_id, Feedback(**body))
        except NotShown:
            raise Refused(404, "unknown_answer", "this answer was not shown in this conversation") from None
        return json_response({"recorded": True, "session": self.admission.renewed(session)})

    async def _erase(self, request: Request) -> HTTPResponse:
        session = await self.admission.session(request, or_ended=True)
        turns = self._turns(request.app)
        self.admission.sessions.end(session)
        await self.once.settled(session.sender_id)
        await turns.forget(session.sender_id)
        self.once.forget(session.sender_id)
        reply = refusal_reply("deleted", request.headers.get("accept-language", ""), self.clinic)
        return json_response({"deleted": True, "replies": [self.renderer.reply(reply)]})

    async def _refusal(self, request: Request, refused: Refused) -> dict[str, Any]:
        body: dict[str, Any] = {"error": {"code": refused.code, "message": refused.message}}
        if refused.text:
            reply = refusal_reply(refused.text, request.headers.get("accept-language", ""), self.clinic)
            body["replies"] = [self.renderer.reply(reply)]
        return body

    async def _refused_message(self, request: Request, refused: Refused) -> dict[str, Any]:
        """As `_refusal`; to a message that holds danger the urgent reply, whatever it is refused for."""
        body = await self._refusal(request, refused)
        session = self.admission.may_be_searched(request)
        words, message_id = await typed(request) if session else ("", "")
        if session and words:
            urgent = await self._turns(request.app).danger.find(words, session.sender_id, message_id)
            if urgent:
                body["replies"] = [self.renderer.reply(urgent)]
        return body

    def _turns(self, app: Sanic) -> Turns:
        return turns_of(app, self.settings)


async def _own_preflight(request: Request, _: HTTPResponse) -> HTTPResponse | None:
    """Rasa's server answers each OPTIONS request itself, without looking at our routes: this puts ours in its place."""
    if request.method != "OPTIONS" or request.route is None or "preflight" not in request.route.name:
        return None
    response: HTTPResponse = await request.route.handler(request)
    return response


async def _nothing(_: Request) -> HTTPResponse:
    return HTTPResponse("", 204)
