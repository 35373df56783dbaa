"""The server: Rasa's Sanic app with our channels, health and metrics, and no open Rasa API."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response
from sanic.response import text as text_response

from bot.settings import Settings

if TYPE_CHECKING:
    from rasa.core.channels.channel import InputChannel

logger = logging.getLogger(__name__)

#: What the readiness check asks. It needs model, actions and store to answer.
READY_QUESTION = "What can I ask you?"
EXPIRY_INTERVAL = 3600.0  # seconds between two searches for conversations past the clinic's days


def build_app(settings: Settings, channels: list[InputChannel], route: str = "/") -> Sanic:
    """The app with `channels` mounted under `route`; model and stores are loaded when it starts.

    Each channel finds the guard at `app.ctx.turns`.
    """
    from rasa.core.run import configure_app

    app: Sanic = configure_app(channels, cors=None, enable_api=False, route=route, use_uvloop=True)
    app.register_listener(_load(settings), "before_server_start")
    app.register_listener(_expire(settings), "after_server_start")
    app.add_route(_live, "/health/live", methods=["GET"], name="health_live")
    app.add_route(_ready, "/health/ready", methods=["GET"], name="health_ready")
    app.add_route(_metrics, "/metrics", methods=["GET"], name="metrics")
    return app


def _load(settings: Settings) -> Any:
    async def load(app: Sanic, _: Any) -> None:
        from bot.conversations.store import ConversationStore
        from bot.runtime import build_turns

        settings.state.mkdir(parents=True, exist_ok=True)
        turns = build_turns(settings, lambda domain: ConversationStore(domain, path=settings.conversations_db))
        app.ctx.turns = turns
        app.ctx.agent = turns.agent

    return load


def _expire(settings: Settings) -> Any:
    async def start(app: Sanic, _: Any) -> None:
        from bot.conversations.expiry import expire_regularly

        app.add_task(expire_regularly(app.ctx.agent.tracker_store, settings.content / "clinic.yml", EXPIRY_INTERVAL))

    return start


async def _live(_: Request) -> HTTPResponse:
    """The process is alive."""
    return json_response({"status": "alive"})


async def _ready(request: Request) -> HTTPResponse:
    """Asks the bot a question: 200 when model, actions and store answer it, 503 otherwise."""
    turns = request.app.ctx.turns
    sender = "health-check"
    turn = await turns.turn(sender, READY_QUESTION, channel="health", with_notice=False)
    try:
        await turns.forget(sender)
    except Exception as error:
        return json_response({"status": "not ready", "reason": type(error).__name__}, status=503)
    ready = not turn.failed and all(reply.kind == "conversation" for reply in turn.replies)
    body = {"status": "ready" if ready else "not ready", "seconds": round(turn.seconds, 4), "reason": turn.failed}
    return json_response(body, status=200 if ready else 503)


async def _metrics(_: Request) -> HTTPResponse:
    """Prometheus metrics: numbers only, no patient words."""
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    return text_response(generate_latest().decode(), content_type=CONTENT_TYPE_LATEST)
