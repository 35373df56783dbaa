"""A front end of the web API, for tests: it does what the widget does."""

from __future__ import annotations

import uuid
from typing import Any

import httpx


class WebClient:
    """One patient at the web API."""

    def __init__(self, base: str, begin: bool = True) -> None:
        self.http = httpx.Client(base_url=base, timeout=60)
        self.token = ""
        if begin:
            self.token = self.http.post("session", json={"notice_accepted": True}).json()["session"]["token"]

    @property
    def headers(self) -> dict[str, str]:
        """What signs a request."""
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, path: str, body: Any, **more: Any) -> httpx.Response:
        """Sends JSON."""
        return self.http.post(path, json=body, headers={**self.headers, **more.pop("headers", {})}, **more)

    def send(self, text: str = "", button: str = "", message_id: str = "") -> httpx.Response:
        """Sends a typed message or taps a button."""
        said = {"button": button} if button else {"text": text}
        return self.post("messages", {"client_message_id": message_id or uuid.uuid4().hex, **said})

    def says(self, text: str) -> dict[str, Any]:
        """Sends a typed message; the last reply to it."""
        answer = self.send(text)
        assert answer.status_code == 200, answer.text
        reply: dict[str, Any] = answer.json()["replies"][-1]
        return reply

    def history(self, after: int = 0) -> list[dict[str, Any]]:
        """The conversation so far."""
        answer = self.http.get("messages", params={"after": after}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["messages"]
        return items

    def take_back(self, message_id: str) -> httpx.Response:
        """Takes one message back."""
        return self.http.delete(f"messages/{message_id}", headers=self.headers)

    def erase(self) -> httpx.Response:
        """Deletes everything."""
        return self.http.delete("conversation", headers=self.headers)
