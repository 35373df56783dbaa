"""The files of the widget and of the demo, read once, checked by the browser for news at each use."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse

WIDGET = Path(__file__).resolve().parents[2] / "widget"
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
#: Our own pages need nothing but our own files: no inline script or style, no string that becomes code.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
COMMON_HEADERS = {
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}
#: The widget's files are public and may be used by any page; what they can do is decided by the API.
ASSET_HEADERS = COMMON_HEADERS | {
    "Access-Control-Allow-Origin": "*",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PAGE_HEADERS = COMMON_HEADERS | {
    "Content-Security-Policy": PAGE_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True)
class StaticFile:
    """One file, ready to be sent."""

    body: bytes
    zipped: bytes
    tag: str
    content_type: str


@cache
def load_folder(folder: Path) -> dict[str, StaticFile]:
    """All files of `folder` by their path in it; only what has a known type is served."""
    return {
        path.relative_to(folder).as_posix(): _load(path) for path in sorted(folder.rglob("*")) if path.suffix in TYPES
    }


def _load(path: Path) -> StaticFile:
    body = path.read_bytes()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return StaticFile(body, gzip.compress(body, 9, mtime=0), tag, f"{TYPES[path.suffix]}; charset=utf-8")


def send(request: Request, file: StaticFile | None, headers: dict[str, str]) -> HTTPResponse:
    """The file, zipped when the browser takes that; 304 when it has it; 404 for None."""
    if file is None:
        return HTTPResponse("not found", 404, dict(headers), content_type="text/plain; charset=utf-8")
    headers = headers | {"ETag": file.tag}
    if request.headers.get("if-none-match") == file.tag:
        return HTTPResponse("", 304, headers)
    zipped = "gzip" in request.headers.get("accept-encoding", "")
    body = file.zipped if zipped else file.body
    if zipped:
        headers = headers | {"Content-Encoding": "gzip"}
    return HTTPResponse(body, 200, headers, content_type=file.content_type)


def widget_file(name: str) -> Callable[[Request], Coroutine[Any, Any, HTTPResponse]]:
    """The route of one file of the widget."""

    async def serve(request: Request) -> HTTPResponse:
        return send(request, load_folder(WIDGET).get(name), ASSET_HEADERS)

    return serve


async def asset(request: Request, path: str) -> HTTPResponse:
    """The route of the widget's files; the demo's are not among them."""
    inside = not path.startswith("demo/")
    return send(request, load_folder(WIDGET).get(path) if inside else None, ASSET_HEADERS)


async def demo_page(request: Request, path: str = "index.html") -> HTTPResponse:
    """The route of the demo's pages."""
    return send(request, load_folder(WIDGET / "demo").get(path or "index.html"), PAGE_HEADERS)
