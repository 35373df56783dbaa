"""What holds for every response of the server, and what Rasa's app brings along that we take away."""

from __future__ import annotations

import logging

from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

logger = logging.getLogger(__name__)

#: Set on each response that does not say something else itself.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
CODES = {400: "bad_request", 404: "not_found", 405: "not_allowed", 408: "too_slow", 413: "too_large", 503: "failed"}


def harden(app: Sanic) -> None:
    """Closes Rasa's greeting, which names its version, and makes errors and headers ours."""
    for route in app.router.routes:
        if route.path == "":
            route.handler = _nothing_here
    app.error_handler.add(Exception, _failed)
    app.middleware("response")(_add_headers)


async def _nothing_here(_: Request) -> HTTPResponse:
    return json_response({"error": {"code": CODES[404]}}, status=404)


async def _failed(_: Request, error: Exception) -> HTTPResponse:
    """An error in one shape that repeats nothing of the request and names nothing of the server."""
    status = error.status_code if isinstance(error, SanicException) else 500
    if status >= 500:
        logger.error("a request failed: %s", type(error).__name__)
    headers = dict(getattr(error, "headers", None) or {})
    return json_response({"error": {"code": CODES.get(status, "failed")}}, status=status, headers=headers)


async def _add_headers(request: Request, response: HTTPResponse) -> None:
    if request.app.is_stopping and request.stream is not None:
        request.stream.keep_alive = False  # the last answer on this connection: an open one would hold up the end
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
