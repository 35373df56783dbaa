"""A real HTTP server that takes messages the way Twilio's REST API does, and keeps what it was sent.

Twilio's "Messages resource": POST /2010-04-01/Accounts/{sid}/Messages.json with a form, HTTP Basic authentication with
account SID and auth token, 201 and the message as JSON, or 4xx/5xx with `code` and `message`.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from tests.channels.twilio.client import TOKEN

ACCOUNT = "AC" + "0123456789abcdef" * 2
#: An answer that is none: the connection is closed.
HANG_UP = (0, 0)


@dataclass
class RestApi:
    """The server.

    Attributes:
        sent: Forms of the messages that it took, in order.
        refusals: What it answers before it takes a message again: pairs of HTTP status and Twilio's code.
        tried: How many requests arrived.
        refuse_templates: Whether it takes no content templates.
        held: While it is not set, requests wait for their answer.
    """

    sent: list[dict[str, str]] = field(default_factory=list)
    refusals: list[tuple[int, int]] = field(default_factory=list)
    tried: int = 0
    refuse_templates: bool = False
    held: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.held.set()
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stops it: its port is free afterwards."""
        self.held.set()
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int) -> list[dict[str, str]]:
        """The messages, when at least `count` have arrived."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.sent) >= count, timeout=60), f"only {len(self.sent)} arrived"
            return list(self.sent)

    def bodies(self, count: int) -> Sequence[str]:
        """The texts of the messages, when at least `count` have arrived."""
        return [message["Body"] for message in self.wait_for(count)]

    def wait_for_tries(self, count: int) -> None:
        """Waits until `count` requests have arrived, answered or not."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.tried >= count, timeout=60), f"only {self.tried} arrived"

    def _take(self, path: str, authorization: str, body: bytes) -> tuple[int, dict[str, object]]:
        with self._changed:
            self.tried += 1
            self._changed.notify_all()
        self.held.wait()
        with self._changed:
            expected = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
            if path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json" or authorization != expected:
                return 401, {"code": 20003, "message": "Authenticate", "status": 401}
            if self.refusals:
                status, code = self.refusals.pop(0)
                return status, {"code": code, "message": "refused", "status": status}
            form = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
            if self.refuse_templates and "ContentSid" in form:
                return 400, {"code": 63016, "message": "refused", "status": 400}
            self.sent.append(form)
            self._changed.notify_all()
            return 201, {"sid": "SM" + f"{len(self.sent):032x}", "status": "queued", "to": form["To"]}

    def _handler(api: RestApi) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                status, answer = api._take(self.path, self.headers.get("Authorization", ""), body)
                if not status:
                    self.close_connection = True
                    return
                text = json.dumps(answer).encode()
                with suppress(ConnectionError):  # who called may be gone
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                """Nothing to say."""

        return Handler
