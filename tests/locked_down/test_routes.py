"""The server offers what is listed here and nothing else."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bot.channels.matrix.registration import Registration
from bot.channels.web.api import openapi
from bot.hardening import HEADERS
from bot.settings import Settings
from tests.channels.web.client import WebClient
from tests.serving import SECRET, Server

#: Every route, with its methods, by the channel that it belongs to. `/` says that nothing is there.
ALWAYS = {
    "/": ["GET"],
    "/health/live": ["GET"],
    "/health/ready": ["GET"],
    "/health/serving": ["GET"],
    "/metrics": ["GET"],
    "/web/openapi.json": ["GET", "OPTIONS"],
    "/web/config": ["GET", "OPTIONS"],
    "/web/session": ["OPTIONS", "POST"],
    "/web/messages": ["GET", "OPTIONS", "POST"],
    "/web/messages/<message_id:str>": ["DELETE", "OPTIONS"],
    "/web/feedback": ["OPTIONS", "POST"],
    "/web/restart": ["OPTIONS", "POST"],
    "/web/conversation": ["DELETE", "OPTIONS"],
    "/web/widget.js": ["GET"],
    "/web/assets/<path:path>": ["GET"],
    "/web/demo/<path:path>": ["GET"],
    "/web/demo": ["GET"],
}
TWILIO = {"/twilio/webhook": ["POST"]}
MATRIX = {
    "/matrix/_matrix/app/v1/transactions/<_:path>": ["PUT"],
    "/matrix/_matrix/app/v1/ping": ["POST"],
    "/matrix/_matrix/app/v1/users/<user_id:path>": ["GET"],
    "/matrix/_matrix/app/v1/rooms/<_:path>": ["GET"],
    "/matrix/_matrix/app/v1/thirdparty/<_:path>": ["GET"],
}
STAFF = {"/staff/resume": ["POST"], "/staff/say": ["POST"]}
OWN = {"/portal/messages": ["POST"]}
#: What Rasa's own server and stock channels would offer.
RASA = [
    ("GET", "/version"),
    ("GET", "/status"),
    ("GET", "/domain"),
    ("PUT", "/model"),
    ("DELETE", "/model"),
    ("POST", "/model/train"),
    ("POST", "/model/parse"),
    ("POST", "/model/predict"),
    ("POST", "/model/test/intents"),
    ("POST", "/model/test/stories"),
    ("GET", "/conversations/web-x/tracker"),
    ("POST", "/conversations/web-x/tracker/events"),
    ("PUT", "/conversations/web-x/tracker/events"),
    ("POST", "/conversations/web-x/execute"),
    ("POST", "/conversations/web-x/trigger_intent"),
    ("POST", "/conversations/web-x/messages"),
    ("GET", "/conversations/web-x/story"),
    ("POST", "/conversations/web-x/predict"),
    ("POST", "/webhooks/rest/webhook"),
    ("GET", "/webhooks/rest/"),
    ("POST", "/webhooks/callback/webhook"),
    ("POST", "/webhooks/twilio/webhook"),
    ("GET", "/socket.io/"),
    ("POST", "/webhook"),
    ("GET", "/actions"),
]


def routes(settings: Settings, **environment: str) -> dict[str, list[str]]:
    """The routes of a server with these settings."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("list_routes.py"))],
        env={**os.environ, "PYTHONPATH": str(settings.root), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        cwd=settings.root,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, list[str]] = {}
    for path, methods in json.loads(done.stdout):
        found[path] = sorted({*found.get(path, []), *methods})
    return found


def test_every_route_is_on_the_list(settings: Settings, tmp_path: Path) -> None:
    """With everything mounted that can be: all channels, the staff's webhook, and a channel of the clinic's own."""
    registration = tmp_path / "registration.yaml"
    Registration.new("http://127.0.0.1:5005/matrix", "clinic-bot").write(registration)
    everything = routes(
        settings,
        BOT_TWILIO_AUTH_TOKEN="t" * 40,
        BOT_TWILIO_SENDER_KEY="k" * 40,
        BOT_STAFF_WEBHOOK="https://desk.clinic.example/bot",
        BOT_STAFF_SECRET="s" * 40,
        BOT_CHANNELS="tests.channels.example_channel.PortalChannel",
        PORTAL_SECRET="p" * 40,
        **matrix(registration),
    )
    assert everything == ALWAYS | TWILIO | MATRIX | STAFF | OWN
    mounted = {re.sub("<.+?>", "{}", path): methods for path, methods in ALWAYS.items()}
    for path, item in openapi()["paths"].items():
        described = {method.upper() for method in item if method != "parameters"}
        assert described <= set(mounted["/web" + re.sub("{.+?}", "{}", path)]), path


def test_a_channel_that_is_not_set_up_has_no_route(settings: Settings) -> None:
    assert routes(settings) == ALWAYS


def test_staff_in_a_room_call_nothing(settings: Settings, tmp_path: Path) -> None:
    registration = tmp_path / "registration.yaml"
    Registration.new("http://127.0.0.1:5005/matrix", "clinic-bot").write(registration)
    assert routes(settings, BOT_STAFF_ROOM="!staff:clinic.example", **matrix(registration)) == ALWAYS | MATRIX


def matrix(registration: Path) -> dict[str, str]:
    """The settings of a server that is on a homeserver."""
    return {"BOT_MATRIX_REGISTRATION": str(registration), "BOT_MATRIX_HOMESERVER": "http://127.0.0.1:8008"}


@pytest.mark.parametrize(("method", "path"), RASA)
def test_rasa_s_own_surface_is_not_there(server: Server, method: str, path: str) -> None:
    answer = httpx.request(method, server.url.rstrip("/") + path, json={} if method != "GET" else None, timeout=60)
    assert (answer.status_code, answer.json()) == (404, {"error": {"code": "not_found"}})


def test_the_first_page_names_neither_rasa_nor_a_version(server: Server) -> None:
    answer = httpx.get(server.url)
    assert (answer.status_code, answer.json()) == (404, {"error": {"code": "not_found"}})
    assert "server" not in answer.headers and "x-powered-by" not in answer.headers


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST", "TRACE", "CONNECT", "OPTIONS", "PROPFIND"])
@pytest.mark.parametrize("path", ["health/live", "health/ready", "metrics", "web/config", "web/widget.js"])
def test_other_methods_change_nothing(server: Server, method: str, path: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(
            f"{method} /{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        status = int(connection.recv(12).split()[1])
    assert status in ((200, 204) if method == "OPTIONS" else (400, 403, 405, 501))


@pytest.mark.parametrize(
    "path",
    [
        "",
        "nowhere",
        "health/live",
        "health/ready",
        "metrics",
        "web/config",
        "web/messages",
        "web/widget.js",
        "web/demo/",
        "web/assets/x",
    ],
)
def test_every_response_carries_the_security_headers(server: Server, path: str) -> None:
    headers = httpx.get(server.url + path).headers
    assert set(name.lower() for name in HEADERS) <= set(headers)
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


@pytest.mark.parametrize("path", ["", "health/live", "health/ready", "metrics", "web/config", "web/messages"])
def test_a_foreign_page_is_let_in_nowhere(server: Server, path: str) -> None:
    for method in ("GET", "OPTIONS"):
        headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        answer = httpx.request(method, server.url + path, headers=headers)
        assert "access-control-allow-origin" not in answer.headers


def test_it_listens_on_this_machine_alone(server: Server) -> None:
    local = f"{int.from_bytes(socket.inet_aton('127.0.0.1'), 'little'):08X}"
    listening = [
        line.split()[1].split(":")
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[3] == "0A"
    ]
    mine = [address for address, port in listening if int(port, 16) == server.port]
    assert mine == [local]
    six = Path("/proc/net/tcp6")
    assert f":{server.port:04X} " not in (six.read_text() if six.exists() else "")


def test_errors_repeat_nothing_and_name_nothing_of_the_server(server: Server) -> None:
    word = "quillfeather"
    client = WebClient(server.web)
    answers = [
        httpx.get(server.url + word),
        httpx.get(server.url + "web/assets/" + word),
        httpx.get(server.url + "web/assets/..%2f..%2f..%2fetc%2fpasswd"),
        httpx.get(server.web + "messages", params={"after": word}, headers=client.headers),
        httpx.post(server.web + "messages", content=b'{"text": "' + word.encode(), headers=client.headers),
        client.post("messages", {"text": word}),
        client.post("messages", {"client_message_id": word, "button": word}),
        client.post("feedback", {"answer_id": word, "content_version": word, "value": "up"}),
    ]
    for answer in answers:
        assert answer.status_code in (400, 404, 415), answer.text
        for told in (word, "Traceback", "site-packages", "/work", "sanic", "rasa"):
            assert told not in answer.text.lower()


def test_no_value_of_the_environment_is_in_any_reply(server: Server) -> None:
    """Rasa puts the environment's values into YAML that it reads; nothing that a patient can reach may hold one."""
    marked = [SECRET, os.environ["PATH"], str(server.state)]
    client = WebClient(server.web)
    texts = [
        client.send(text).text
        for text in ("${PATH}", "$PATH", "what is {PATH}", "%(PATH)s", "{{PATH}}", "${BOT_WEB_SECRET}")
    ]
    texts += [
        httpx.get(server.url + path).text for path in ("health/ready", "metrics", "web/config", "web/openapi.json", "x")
    ]
    texts.append(json.dumps(client.history()))
    assert [value for value in marked for text in texts if value in text] == []
    assert SECRET not in server.log.read_text()
