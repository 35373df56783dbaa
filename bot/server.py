"""The server: Rasa's Sanic app with our channels, health and metrics, and no open Rasa API."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response
from sanic.response import text as text_response

from bot.backends import Backends
from bot.hardening import CODES, harden
from bot.logs import describe
from bot.settings import Settings

if TYPE_CHECKING:
    from rasa.core.channels.channel import InputChannel

    from bot.health import Health
    from bot.turn import Turns

logger = logging.getLogger(__name__)

#: Seconds between two tries to load what could not be loaded.
RELOAD_INTERVAL = 5.0
#: Seconds between two looks whether this server is well, for `ANOTHER_SERVER`.
LOOK_INTERVAL = 5.0
#: Header by which a proxy says that it has another server to ask (deploy/nginx.conf).
ANOTHER_SERVER = "x-another-server"
#: Seconds in which a request's head and body must have arrived; one that dribbles in is cut off.
REQUEST_SECONDS = 15
#: Seconds in which staff can still be told of danger when the server ends.
TELLING_SECONDS = 5.0
EXPIRY_INTERVAL = 3600.0  # seconds between two searches for conversations past the clinic's days


def build_app(
    settings: Settings, channels: list[InputChannel], route: str = "/", backends: Backends | None = None
) -> Sanic:
    """The app with `channels` mounted under `route`; model and stores are loaded when it starts.

    `backends` names what it shares with other servers; nothing when None.
    Each channel finds the guard at `app.ctx.turns`. One with a method `attach` is given the guard as soon as the model
    is loaded.
    """
    from rasa.core.run import configure_app

    app: Sanic = configure_app(channels, cors=None, enable_api=False, route=route, use_uvloop=True)
    app.ctx.backends = backends or Backends()
    app.register_listener(_load(settings, channels), "before_server_start")
    app.register_listener(_close, "after_server_stop")
    _limit(app)
    app.add_route(_live, "/health/live", methods=["GET"], name="health_live")
    app.add_route(_ready, "/health/ready", methods=["GET"], name="health_ready")
    app.add_route(_serving, "/health/serving", methods=["GET"], name="health_serving")
    app.add_route(_metrics, "/metrics", methods=["GET"], name="metrics")
    app.middleware("request")(_leave_to_another)
    harden(app)
    return app


def _limit(app: Sanic) -> None:
    """Time limits, from the outside in: each gives the one inside it the time to end in words."""
    from bot.turn import TURN_TIMEOUT

    app.config.REQUEST_TIMEOUT = REQUEST_SECONDS
    app.config.RESPONSE_TIMEOUT = int(TURN_TIMEOUT) + 10
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = TURN_TIMEOUT + 5


def _load(settings: Settings, channels: list[InputChannel]) -> Any:
    async def load(app: Sanic, loop: Any) -> None:
        from bot.health import Check, examine, examine_here
        from bot.runtime import fixed_turns

        settings.state.mkdir(parents=True, exist_ok=True)
        app.ctx.turns = fixed_turns(settings)
        app.ctx.agent = app.ctx.loaded = None
        app.ctx.background = []
        app.ctx.events = _open_events(app.ctx.backends, loop)
        app.ctx.readiness = Check("ready", lambda: examine(app.ctx.turns))
        app.ctx.serving = Check("serving", lambda: examine_here(app.ctx.loaded))
        if not await _try_to_load(app, settings, channels):
            # Patients read the fixed sentence, danger is caught, and the server is not ready, until this succeeds.
            app.ctx.background.append(loop.create_task(_load_again(app, settings, channels)))
        await app.ctx.serving.check()
        app.ctx.background.append(loop.create_task(_look_again(app)))

    return load


def _open_events(backends: Backends, loop: Any) -> Any:
    """The event stream, None where the clinic sets none."""
    if not backends.events_url:
        return None
    from bot.conversations.events import RabbitEvents

    return RabbitEvents(backends.events_url, loop)


async def _load_again(app: Sanic, settings: Settings, channels: list[InputChannel]) -> None:
    while True:
        await asyncio.sleep(RELOAD_INTERVAL)
        if await _try_to_load(app, settings, channels):
            logger.info("the bot is loaded, patients get answers")
            return


async def _look_again(app: Sanic) -> None:
    """Keeps what is known of this server fresh, for `leave_to_another`."""
    while True:
        await asyncio.sleep(LOOK_INTERVAL)
        await app.ctx.serving.check()


async def _try_to_load(app: Sanic, settings: Settings, channels: list[InputChannel]) -> bool:
    """Loads the model, once, and then opens the stores: those may be away, and a server without them is not broken."""
    from bot.conversations.connection import ConversationStoreError
    from bot.conversations.expiry import expire_regularly
    from bot.conversations.shared import open_locks, open_store
    from bot.runtime import NotReady, connect, load_agent

    backends, events = app.ctx.backends, app.ctx.events

    def build() -> Turns:
        app.ctx.loaded = agent = app.ctx.loaded or load_agent(settings)
        store = open_store(settings, backends, agent.domain, events)
        turns = connect(settings, agent, store, open_locks(backends))
        for channel in channels:
            if hasattr(channel, "attach"):
                channel.attach(turns)
        return turns

    try:
        turns = await asyncio.get_running_loop().run_in_executor(None, build)
    except Exception as error:
        why = str(error) if isinstance(error, (NotReady, ConversationStoreError)) else describe(error)
        logger.error("the bot could not be loaded, patients read the fixed sentence: %s", why)
        return False
    app.ctx.turns = turns
    app.ctx.agent = agent = turns.agent
    assert agent is not None
    expiring = expire_regularly(agent.tracker_store, settings.content / "clinic.yml", EXPIRY_INTERVAL)
    app.ctx.background.append(asyncio.get_running_loop().create_task(expiring))
    return True


async def _close(app: Sanic, _: Any) -> None:
    """After the last answer: staff hear what they must, the event stream gets what waits, and the files are closed."""
    for task in app.ctx.background:
        task.cancel()
    await asyncio.gather(*app.ctx.background, return_exceptions=True)
    handover = app.ctx.turns.handover
    if handover is not None:
        await handover.finish_telling(TELLING_SECONDS)
    if app.ctx.agent is not None and hasattr(app.ctx.agent.tracker_store, "close"):
        await app.ctx.agent.tracker_store.close()
    if app.ctx.events is not None:
        await app.ctx.events.close()
    for part in (app.ctx.agent and app.ctx.agent.action_endpoint, app.ctx.agent and app.ctx.agent.lock_store):
        close = getattr(part, "close", None)
        if close is not None:
            await close()


async def _live(_: Request) -> HTTPResponse:
    """The process is alive."""
    return json_response({"status": "alive"})


async def _ready(request: Request) -> HTTPResponse:
    """Asks the bot a question: 200 when model, actions and stores answer it, 503 with the reason otherwise."""
    return _told(await request.app.ctx.readiness.check(), "ready")


async def _serving(request: Request) -> HTTPResponse:
    """As `_ready`, without what several servers share: 503 says that this server is broken, others may be well."""
    return _told(await request.app.ctx.serving.check(), "serving")


def _told(health: Health, well: str) -> HTTPResponse:
    body = {
        "status": well if health.ready else f"not {well}",
        "seconds": round(health.seconds, 4),
        "reason": health.reason,
    }
    return json_response(body, status=200 if health.ready else 503)


async def _leave_to_another(request: Request) -> HTTPResponse | None:
    """A server that is broken by itself leaves its patients to another one, when the proxy says that it has one to ask.

    The proxy asks again without the header when none is well: then patients read the fixed sentence here.
    """
    own = request.path.startswith(("/health/", "/metrics"))
    if own or not request.headers.get(ANOTHER_SERVER) or not request.app.ctx.serving.known_unwell:
        return None
    return json_response({"error": {"code": CODES[503]}}, status=503)


async def _metrics(_: Request) -> HTTPResponse:
    """Prometheus metrics: numbers only, no patient words."""
    from prometheus_client import CONTENT_TYPE_LATEST

    from bot.metrics import exposition

    return text_response(exposition(), content_type=CONTENT_TYPE_LATEST)
