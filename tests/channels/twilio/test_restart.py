"""What outlives the server: who stopped messages, and what was answered. And late replies from the real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.channels.twilio.client import SENDER_KEY, TOKEN, Phone, environment, texts
from tests.channels.twilio.rest_api import ACCOUNT, RestApi
from tests.serving import Server

PUBLIC = "https://bot.clinic.example/twilio/webhook"


@pytest.fixture
def servers(settings: Settings, tmp_path: Path, api: RestApi) -> Iterator[tuple[Server, Server]]:
    """Two servers, not started, one after the other on the same state: the second one sends late replies."""
    public = {"BOT_TWILIO_PUBLIC_URL": "https://bot.clinic.example"}
    first = Server(settings, tmp_path, **environment(**public))
    late = {"BOT_TWILIO_ACCOUNT_SID": ACCOUNT, "BOT_TWILIO_API_URL": api.url, "BOT_TWILIO_DEADLINE": "0"}
    second = Server(settings, tmp_path, **environment(**public, **late))
    yield first, second
    first.kill()
    second.kill()


def test_after_kill_and_start(servers: tuple[Server, Server], api: RestApi) -> None:
    first, second = servers
    first.start()
    phone = Phone(first.url + "twilio/webhook", called=PUBLIC)
    other = Phone(first.url + "twilio/webhook", called=PUBLIC)
    asked = [phone.fields("what is leukopenia"), phone.fields("more"), phone.fields("", NumMedia="1")]
    asked += [
        phone.fields("delete my data"),
        phone.fields("1"),
        phone.fields("i can't breathe"),
        phone.fields("opt out"),
    ]
    said = [phone.post(fields).text for fields in asked]
    waiting = other.fields("is leukopenia contagious")
    answered = other.post(waiting).text
    assert len(set(said)) == len(said)
    first.kill()

    second.start()
    for each in (phone, other):
        each.url = second.url + "twilio/webhook"
    assert phone.sends("hi") == [], "STOP was forgotten"
    again = [phone.post(fields).text for fields in asked]
    # The conversation of the first two was deleted: they are not answered anew, and nothing of it comes back.
    assert [texts(phone.post(fields)) for fields in asked[:2]] == [[said_first_of(said[0])], []]
    assert again[4:] == said[4:] and again[2] == said[2]
    assert other.post(waiting).text == answered
    assert api.tried == 0, "an old message was processed again"

    # A late reply of the real server.
    assert other.sends("what causes it") == []
    assert api.wait_for(1)[0]["Body"].startswith("Many things can:")
    assert (api.sent[0]["To"], api.sent[0]["From"]) == (other.address, other.clinic)
    second.kill()

    kept = b"".join(path.read_bytes() for path in second.state.iterdir() if path.is_file())
    for secret in (phone.address[1:], other.address[1:], TOKEN, SENDER_KEY, waiting["MessageSid"]):
        assert secret.encode() not in kept


def said_first_of(twiml: str) -> str:
    """The first text of a TwiML answer."""
    return twiml.split("<Message>")[1].split("</Message>")[0]
