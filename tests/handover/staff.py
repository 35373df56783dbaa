"""The staff's side: a real web server that takes signed calls, and signs its own. It shares no code with the bot."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

SECRET = "a-secret-of-the-staff-alone-0123456789"


def signature(secret: str, call_id: str, timestamp: str, body: bytes) -> str:
    """As standardwebhooks.com describes it."""
    digest = hmac.new(secret.encode(), f"{call_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


class StaffSystem:
    """The clinic's own system.

    Attributes:
        url: Where the bot calls it.
        status: What it answers with; 0 hangs up without an answer.
        calls: All calls that were signed rightly and answered with 2xx, oldest first.
        tries: How many calls came in, answered however.
        badly_signed: Whether any call came without the right signature.
    """

    def __init__(self) -> None:
        self.status = 204
        self.statuses: list[int] = []
        self.calls: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.tries = 0
        self.badly_signed = False
        self.held = threading.Event()
        self.held.set()
        self._news = threading.Condition()
        staff = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                staff._take(self)

            def log_message(self, *_: object) -> None:
                """Nothing is logged."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/desk"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Nobody listens any more."""
        self.held.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        call_id, timestamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = hmac.compare_digest(signature(SECRET, call_id, timestamp, body), request.headers["webhook-signature"])
        with self._news:
            self.tries += 1
            self.badly_signed |= not signed or abs(time.time() - int(timestamp)) > 60
            status = self.statuses.pop(0) if self.statuses else self.status
        self.held.wait()
        if status == 0:
            request.connection.close()
            return
        with self._news:  # before the answer: when the bot knows that it arrived, the test may look
            if signed and 200 <= status < 300:
                self.calls.append(json.loads(body))
                self.ids.append(call_id)
            self._news.notify_all()
        request.send_response(status)
        if status in (301, 307):
            request.send_header("Location", self.url)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def told(self, kind: str, case: str = "", seconds: float = 90.0) -> dict[str, Any]:
        """Waits for a call of this kind about this case (any case when "")."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            found[:] = [call for call in self.calls if call["type"] == kind and call["case"] == (case or call["case"])]
            return bool(found)

        with self._news:
            assert self._news.wait_for(there, seconds), (kind, case, self.calls)
        return found[-1]

    def of(self, case: str) -> list[str]:
        """The kinds of all calls about a case, in order."""
        return [call["type"] for call in self.calls if call["case"] == case]


def signed_headers(body: bytes, at: float | None = None, call_id: str = "", secret: str = SECRET) -> dict[str, str]:
    """Headers of a call to the bot."""
    call_id, timestamp = call_id or uuid.uuid4().hex, str(int(time.time() if at is None else at))
    return {
        "Content-Type": "application/json",
        "webhook-id": call_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(secret, call_id, timestamp, body),
    }


def call_bot(server_url: str, path: str, content: dict[str, Any], **signing: Any) -> httpx.Response:
    """A signed call to the bot."""
    body = json.dumps(content).encode()
    return httpx.post(f"{server_url}staff/{path}", content=body, headers=signed_headers(body, **signing), timeout=60)
