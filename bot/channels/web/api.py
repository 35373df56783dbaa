"""The rules of the API that hold for every route: who may call, in what shape, and how a refusal reads."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import yaml
from prometheus_client import Counter
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.body import read_body
from bot.channels.web.settings import ORIGIN

logger = logging.getLogger(__name__)

REFUSED = Counter("bot_web_refused_total", "Requests to the web channel that were refused, by the reason", ["code"])

#: Longest body in bytes: the longest text that is searched for danger, with room for its escapes.
MAX_BODY = 512 * 1024
ALLOWED_HEADERS = "Authorization, Content-Type"
#: On every response of the API: it is for programs, never to be shown, kept or embedded.
API_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

Handler = Callable[..., Coroutine[Any, Any, HTTPResponse]]


class Refused(Exception):
    """A request that is not served.

    Args:
        status: HTTP status.
        code: Machine word for the reason; one of openapi.yml's.
        message: For developers, in words.
        text: Name of the text that the patient should read (`refusals` in the widget's texts); "" for none.
        retry_after: Seconds to wait, where waiting helps.
    """

    def __init__(self, status: int, code: str, message: str, text: str = "", retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.text = text
        self.retry_after = retry_after


@cache
def openapi() -> dict[str, Any]:
    """The description of the API."""
    document: dict[str, Any] = yaml.safe_load(resources.files(__package__).joinpath("openapi.yml").read_text("utf-8"))
    return document


@cache
def _validator(schema: str) -> jsonschema.Draft7Validator:
    components = openapi()["components"]
    return jsonschema.Draft7Validator({"$ref": f"#/components/schemas/{schema}", "components": components})


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    """A JSON response."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return HTTPResponse(text, status, dict(headers or {}), content_type="application/json")


def allowed_origin(request: Request, origins: frozenset[str]) -> str | None:
    """The page's origin when it may use the API, None when the request comes from no page.

    Raises:
        Refused: the origin is neither ours nor one of `origins`.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return None
    if origin in origins or (ORIGIN.fullmatch(origin) and urlsplit(origin).netloc == request.host):
        return str(origin)
    raise Refused(403, "origin_refused", "this page may not use the API; the clinic lists the origins that may")


async def read_json(request: Request, schema: str) -> dict[str, Any]:
    """The body, checked against `schema` of openapi.yml.

    Raises:
        Refused: no JSON type, too large, no JSON, or another shape.
    """
    request.ctx.sent = None
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refused(415, "not_json", "send JSON with the header Content-Type: application/json")
    body = await read_body(request, MAX_BODY)
    if body is None:
        raise Refused(413, "too_large", f"the body is longer than {MAX_BODY} bytes", text="too_large")
    try:
        data = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused(400, "bad_request", "the body is no JSON in UTF-8") from None
    request.ctx.sent = data
    error = next(iter(_validator(schema).iter_errors(data)), None)
    if error is None:
        return dict(data)
    place = "/".join(str(part) for part in error.absolute_path) or "the body"
    if place == "text" and error.validator == "maxLength":
        raise Refused(413, "too_large", "the text is too long", text="too_large")
    # The rule alone: the error's own text would repeat what was sent.
    raise Refused(400, "bad_request", f"{place} breaks the rule {error.validator!r} of {schema}; see openapi.json")


async def typed(request: Request) -> tuple[str, str]:
    """What the patient typed in a message that is refused, and the message's id; "" for what can't be read."""
    if not hasattr(request.ctx, "sent"):  # it was refused before anything was read
        with suppress(Refused, SanicException):
            await read_json(request, "MessageRequest")
    sent = request.ctx.sent if isinstance(request.ctx.sent, dict) else {}
    words, message_id = (sent.get(name) for name in ("text", "client_message_id"))
    return words if isinstance(words, str) else "", message_id[:64] if isinstance(message_id, str) else ""


def guarded(
    handler: Handler,
    methods: str,
    origins: frozenset[str],
    refusal: Callable[[Request, Refused], Coroutine[Any, Any, dict[str, Any]]],
) -> Handler:
    """`handler` behind the rules of the API: exact origins, one shape of refusal, no error text that leaks.

    Args:
        handler: Answers a request.
        methods: Methods of its route, for browsers that ask beforehand.
        origins: Foreign pages that may call.
        refusal: The body of a refusal.
    """

    async def serve(request: Request, *args: Any, **kwargs: Any) -> HTTPResponse:
        origin = None
        try:
            origin = allowed_origin(request, origins)
            if request.method == "OPTIONS":
                response = HTTPResponse("", 204)
            else:
                response = await handler(request, *args, **kwargs)
        except Refused as refused:
            REFUSED.labels(refused.code).inc()
            response = json_response(await refusal(request, refused), refused.status)
            if refused.retry_after:
                response.headers["Retry-After"] = str(max(1, round(refused.retry_after)))
        except Exception as error:
            # The type alone: an error's text could hold the patient's words.
            logger.error("%s on the web channel failed: %s", request.method, type(error).__name__)
            REFUSED.labels("failed").inc()
            failed = Refused(503, "failed", "something went wrong here; try again later", text="failed")
            response = json_response(await refusal(request, failed), 503)
        response.headers.update(API_HEADERS)
        response.headers["Vary"] = "Origin"
        if origin is not None:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = methods
                response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
                response.headers["Access-Control-Max-Age"] = "600"
        return response

    return serve
