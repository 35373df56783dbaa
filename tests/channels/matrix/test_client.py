"""The homeserver's moods: busy, failing, away. A small server plays them, because a real one has them rarely."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from bot.runtime import quiet

quiet()

from bot.channels.matrix import channel, client  # noqa: E402
from bot.channels.matrix.channel import MatrixChannel  # noqa: E402
from bot.channels.matrix.client import Homeserver, HomeserverRefused  # noqa: E402
from bot.channels.matrix.registration import Registration  # noqa: E402
from bot.channels.matrix.settings import MatrixSettings  # noqa: E402
from bot.settings import Settings  # noqa: E402

#: What the server answers, in order: status, headers, body.
Mood = tuple[int, dict[str, str], bytes]
SENT: Mood = (200, {}, b'{"event_id": "$sent"}')


class Moody:
    """A server that answers from a list, the last for ever, and remembers what it was asked."""

    def __init__(self) -> None:
        self.moods: list[Mood] = []
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                outer.asked.append(self.path)
                self.rfile.read(int(self.headers["Content-Length"] or 0))
                status, headers, body = outer.moods.pop(0) if len(outer.moods) > 1 else outer.moods[0]
                if status == 0:
                    return self.close_connection
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                return None

            do_GET = do_POST = do_PUT

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def moody(monkeypatch: pytest.MonkeyPatch) -> Iterator[Moody]:
    monkeypatch.setattr(client, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(client, "LONGEST_WAIT", 0.02)
    monkeypatch.setattr(client, "UNKNOWN_WAIT", 0.01)
    made = Moody()
    yield made
    made.server.shutdown()
    made.server.server_close()


async def send(moody: Moody, *moods: Mood) -> str:
    moody.moods = list(moods)
    homeserver = Homeserver(moody.url, "token")
    await homeserver.open()
    try:
        return await homeserver.send("!room/a:x", {"body": "x"}, "t/1")
    finally:
        await homeserver.close()


@pytest.mark.parametrize(
    "mood",
    [
        (429, {}, b'{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 20}'),
        (429, {"Retry-After": "0"}, b""),
        (502, {}, b"<html>Bad Gateway</html>"),
        (503, {}, b""),
        (500, {}, b'{"errcode": "M_UNKNOWN"}'),
        (401, {}, b'{"errcode": "M_UNKNOWN_TOKEN"}'),
        (200, {}, b"not json"),
        (200, {}, b"[]"),
        (0, {}, b""),
    ],
)
async def test_what_passes_is_waited_for(moody: Moody, mood: Mood) -> None:
    assert await send(moody, mood, mood, SENT) == "$sent"
    assert len(moody.asked) >= 3
    # The same transaction each time, so that the homeserver sends it once.
    assert set(moody.asked) == {"/_matrix/client/v3/rooms/%21room%2Fa%3Ax/send/m.room.message/t%2F1"}


@pytest.mark.parametrize("status", [400, 403, 404, 413])
async def test_what_is_refused_is_not_asked_again(moody: Moody, status: int) -> None:
    with pytest.raises(HomeserverRefused, match=f"{status} M_NO"):
        await send(moody, (status, {}, json.dumps({"errcode": "M_NO"}).encode()))
    assert len(moody.asked) == 1


async def test_one_request_that_always_fails_does_not_hold_a_room_up_for_ever(moody: Moody) -> None:
    with pytest.raises(HomeserverRefused, match="500"):
        await send(moody, (500, {}, b"{}"))
    assert len(moody.asked) == client.STUMBLES + 1


async def test_the_bot_goes_on_knocking_where_it_is_not_let_in(
    moody: Moody, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "KNOCK_SECONDS", 0.01)
    settings = replace(Settings.read(), state=tmp_path / "state")
    registration = Registration.new("http://127.0.0.1:1/matrix", "clinic-bot")
    made = MatrixChannel(settings, MatrixSettings(registration, moody.url))
    moody.moods = [(404, {}, b"{}"), (200, {}, b"{}"), (403, {}, b"no"), (200, {}, b'{"user_id": "@clinic-bot:x"}')]
    await made._homeserver.open()
    await made._connect()
    assert made._homeserver.user_id == "@clinic-bot:x"
    assert moody.asked[:4] == ["/_matrix/client/v3/account/whoami"] * 4
    await made._stop()


@pytest.mark.parametrize(
    ("data", "headers", "seconds"),
    [
        ({"retry_after_ms": 1500}, {"Retry-After": "9"}, 1.5),
        ({"retry_after_ms": True}, {"Retry-After": "9"}, 9.0),
        ({"retry_after_ms": "soon"}, {}, 0.0),
        ({"retry_after_ms": -5}, {}, 0.0),
        (None, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0.0),
        (None, {}, 0.0),
    ],
)
def test_how_long_the_homeserver_asks_us_to_wait(data: Any, headers: dict[str, str], seconds: float) -> None:
    assert client._retry_after(data, headers) == seconds
