"""The testing kit for Matrix: a real Synapse on 127.0.0.1 and real users who talk in its rooms.

    synapse = Synapse(folder, registrations=(registration_file,)).start()
    patient = synapse.user("alice")
    room = patient.create_room(invite=[bot_id])
    patient.send(room, "what is leukopenia?")
    answer = patient.wait_for(room, lambda event: event["sender"] == bot_id)

Synapse keeps everything in SQLite in its folder, talks to no other server, and limits no rate.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.ports import free_port

PYTHON = Path(__file__).resolve().parent.parent / ".venv-synapse" / "bin" / "python"
SERVER_NAME = "clinic.test"
#: Seconds that a start, or the wait for an event, may take on a busy machine.
PATIENCE = 300.0

#: Events asked for at once.
PAGE = 500

Event = dict[str, Any]


def _quoted(part: str) -> str:
    return quote(part, safe="")


_RATE = {"per_second": 100_000, "burst_count": 100_000}


class MatrixUser:
    """One account, signed in. Every method is blocking and raises `httpx.HTTPStatusError` on a refusal.

    Attributes:
        user_id: `@name:server`.
        token: Its access token.
        password: To sign in from another device.
        device_id: Of this sign-in.
    """

    def __init__(self, url: str, answer: dict[str, str], password: str) -> None:
        self.user_id = answer["user_id"]
        self.token = answer["access_token"]
        self.device_id = answer["device_id"]
        self.password = password
        self._numbers = itertools.count(1)
        self._client = httpx.Client(
            base_url=f"{url}/_matrix/client/v3",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=PATIENCE,
            trust_env=False,
        )

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """One request to the client-server API; `path` is what stands behind `/_matrix/client/v3`."""
        answer = self._client.request(method, path, json=body, params={k: v for k, v in query.items() if v is not None})
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result

    def create_room(self, invite: list[str] | None = None, encrypted: bool = False, **settings: Any) -> str:
        """Makes a private room, a direct one if one person is invited; its id."""
        invite = invite or []
        state = []
        if encrypted:
            content = {"algorithm": "m.megolm.v1.aes-sha2"}
            state.append({"type": "m.room.encryption", "state_key": "", "content": content})
        body = {
            "preset": "private_chat",
            "invite": invite,
            "is_direct": len(invite) == 1,
            "initial_state": state,
            **settings,
        }
        return str(self.call("POST", "/createRoom", body)["room_id"])

    def invite(self, room: str, user_id: str) -> None:
        """Invites somebody into a room."""
        self.call("POST", f"/rooms/{_quoted(room)}/invite", {"user_id": user_id})

    def join(self, room: str) -> None:
        """Joins a room this user was invited to."""
        self.call("POST", f"/rooms/{_quoted(room)}/join", {})

    def leave(self, room: str) -> None:
        """Leaves a room."""
        self.call("POST", f"/rooms/{_quoted(room)}/leave", {})

    def send(self, room: str, text: str, **extra: Any) -> str:
        """Sends an `m.text` message, with `extra` in its content; the event's id."""
        return self.send_event(room, "m.room.message", {"msgtype": "m.text", "body": text, **extra})

    def send_event(self, room: str, kind: str, content: dict[str, Any]) -> str:
        """Sends any event; its id."""
        transaction = f"{self.device_id}-{next(self._numbers)}"
        return str(self.call("PUT", f"/rooms/{_quoted(room)}/send/{kind}/{transaction}", content)["event_id"])

    def react(self, room: str, event_id: str, key: str) -> str:
        """Reacts to an event; the reaction's id."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return self.send_event(room, "m.reaction", {"m.relates_to": relation})

    def edit(self, room: str, event_id: str, text: str) -> str:
        """Replaces the text of an event; the edit's id."""
        return self.send(
            room,
            f"* {text}",
            **{
                "m.new_content": {"msgtype": "m.text", "body": text},
                "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
            },
        )

    def redact(self, room: str, event_id: str) -> str:
        """Removes an event's content; the redaction's id."""
        transaction = f"{self.device_id}-{next(self._numbers)}"
        path = f"/rooms/{_quoted(room)}/redact/{_quoted(event_id)}/{transaction}"
        return str(self.call("PUT", path, {})["event_id"])

    def members(self, room: str) -> dict[str, str]:
        """Membership (`join`, `invite`, `leave`) by user id."""
        chunk = self.call("GET", f"/rooms/{_quoted(room)}/members")["chunk"]
        return {event["state_key"]: event["content"]["membership"] for event in chunk}

    def events(self, room: str) -> list[Event]:
        """All events of the room that this user may see, oldest first."""
        found: list[Event] = []
        start = None
        while True:
            page = self.call("GET", f"/rooms/{_quoted(room)}/messages", dir="b", limit=PAGE, **{"from": start})
            found += page["chunk"]
            start = page.get("end")
            if len(page["chunk"]) < PAGE or start is None:
                return found[::-1]

    def messages_since(self, room: str, event_id: str | None = None) -> list[Event]:
        """Message events of the room, oldest first: those after `event_id`, or all."""
        messages = [event for event in self.events(room) if event["type"] in ("m.room.message", "m.room.encrypted")]
        ids = [event["event_id"] for event in messages]
        return messages[ids.index(event_id) + 1 :] if event_id in ids else messages

    def wait_for(self, room: str, wanted: Callable[[Event], bool], timeout: float = PATIENCE) -> Event:
        """The oldest event of the room for which `wanted` holds, as soon as there is one.

        Raises:
            TimeoutError: there is none after `timeout` seconds; the text lists what there is.
        """
        deadline = time.monotonic() + timeout
        since = self._news(room)
        while True:
            seen = self.events(room)
            for event in seen:
                if wanted(event):
                    return event
            if time.monotonic() > deadline:
                listing = "\n".join(json.dumps([e["type"], e["sender"], e["content"]])[:300] for e in seen)
                raise TimeoutError(f"the event did not come within {timeout} s; there is:\n{listing}")
            since = self._news(room, since)

    def _news(self, room: str, since: str | None = None) -> str:
        """Waits a second at most until there is something new in the room since then; where that is."""
        nothing: dict[str, list[str]] = {"types": []}
        wanted = {
            "presence": nothing,
            "account_data": nothing,
            "room": {"rooms": [room], "ephemeral": nothing, "account_data": nothing, "timeline": {"limit": 1}},
        }
        timeout = 1000 if since else 0
        answer = self.call("GET", "/sync", filter=json.dumps(wanted), since=since, timeout=timeout)
        return str(answer["next_batch"])


class Synapse:
    """One homeserver process.

    Args:
        state: Its own folder for settings, database and log.
        registrations: Registration files of application services.
        port: Where it listens; a free port when None.

    Attributes:
        url: `http://127.0.0.1:port`.
        server_name: The part of user ids behind the colon.
    """

    def __init__(self, state: Path, registrations: tuple[Path, ...] = (), port: int | None = None) -> None:
        self.state = state
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.server_name = SERVER_NAME
        self.log = state / "synapse.log"
        self._secret = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None
        state.mkdir(parents=True, exist_ok=True)
        (state / "homeserver.yaml").write_text(json.dumps(self._settings(registrations)), "utf-8")
        seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        (state / "signing.key").write_text(f"ed25519 a_test {seed}\n", "ascii")

    def _settings(self, registrations: tuple[Path, ...]) -> dict[str, Any]:
        """Synapse's own settings (JSON is YAML): SQLite, no federation, no request to anywhere, no limits."""
        limits = {
            name: _RATE
            for name in (
                "rc_message",
                "rc_registration",
                "rc_admin_redaction",
                "rc_room_creation",
                "rc_reports",
                "rc_presence",
            )
        }
        return {
            "server_name": self.server_name,
            "public_baseurl": f"{self.url}/",
            "pid_file": str(self.state / "synapse.pid"),
            "listeners": [
                {
                    "port": self.port,
                    "bind_addresses": ["127.0.0.1"],
                    "type": "http",
                    "tls": False,
                    "resources": [{"names": ["client"], "compress": False}],
                }
            ],
            "database": {
                "name": "sqlite3",
                "args": {"database": str(self.state / "homeserver.db")},
            },
            "log_config": None,
            "media_store_path": str(self.state / "media"),
            "signing_key_path": str(self.state / "signing.key"),
            "registration_shared_secret": self._secret,
            "macaroon_secret_key": self._secret,
            "form_secret": self._secret,
            "report_stats": False,
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "federation_domain_whitelist": [],
            "url_preview_enabled": False,
            "enable_metrics": False,
            "presence": {"enabled": False},
            "bcrypt_rounds": 4,
            "app_service_config_files": [str(path) for path in registrations],
            **limits,
            "rc_login": {name: _RATE for name in ("address", "account", "failed_attempts")},
            "rc_joins": {"local": _RATE, "remote": _RATE},
            "rc_joins_per_room": _RATE,
            "rc_invites": {name: _RATE for name in ("per_room", "per_user", "per_issuer")},
        }

    def start(self) -> Synapse:
        """Starts it and waits until it answers. Raises: RuntimeError with the end of the log otherwise."""
        if not PYTHON.is_file():
            raise RuntimeError("The homeserver of the tests is not installed. Run `make .venv-synapse/synapse.stamp`.")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(PYTHON), "-m", "synapse.app.homeserver", "-c", str(self.state / "homeserver.yaml")],
                cwd=self.state,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/_matrix/client/versions", timeout=10, trust_env=False).status_code == 200:
                    return self
            except httpx.TransportError:
                time.sleep(0.1)
        self.kill()
        raise RuntimeError(f"Synapse did not start:\n{self.log.read_text()[-3000:]}")

    def kill(self) -> None:
        """Ends it at once, as `kill -9` does; `start` brings it back with all it had stored."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def resume(self) -> None:
        """Starts it unless it runs."""
        if self._process is None or self._process.poll() is not None:
            self.start()

    def user(self, name: str) -> MatrixUser:
        """Registers a user and signs it in. Raises: httpx.HTTPStatusError when the name is taken."""
        path = f"{self.url}/_synapse/admin/v1/register"
        with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
            nonce = client.get(path).raise_for_status().json()["nonce"]
            password = secrets.token_hex(8)
            signed = "\0".join([nonce, name, password, "notadmin"]).encode()
            body = {
                "nonce": nonce,
                "username": name,
                "password": password,
                "admin": False,
                "mac": hmac.new(self._secret.encode(), signed, hashlib.sha1).hexdigest(),
            }
            answer = client.post(path, json=body).raise_for_status().json()
        return MatrixUser(self.url, answer, password)


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A homeserver that no application service is registered with."""
    running = Synapse(tmp_path_factory.mktemp("synapse")).start()
    yield running
    running.kill()
