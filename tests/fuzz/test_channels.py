"""Anything that a stranger, a phone company or a homeserver may send, and any settings."""

from __future__ import annotations

import json
import socket
import string
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from hypothesis import strategies as st

from bot.backends import Backends
from bot.channels.matrix.events import is_event, meaning, without_quotation
from bot.channels.matrix.intake import _arrival
from bot.channels.matrix.settings import MatrixSettings
from bot.channels.twilio.incoming import BadMessage, Incoming
from bot.channels.twilio.keywords import confirmed_by_twilio, keyword
from bot.channels.twilio.settings import TwilioSettings
from bot.channels.twilio.signature import NotSigned, Signatures
from bot.channels.web.settings import WebSettings
from tests.channels.web.client import WebClient
from tests.fuzz.fuzzing import fuzz
from tests.fuzz.inputs import as_json, json_values, messages, mutated, shaped
from tests.serving import Server

SID = "SM" + "0" * 32
ADDRESSES = st.one_of(st.sampled_from(["+15550001111", "whatsapp:+15550001111", "whatsapp:a.b", ""]), messages)
FIELDS: dict[str, st.SearchStrategy[str]] = {
    "MessageSid": st.one_of(st.just(SID), messages),
    "From": ADDRESSES,
    "To": ADDRESSES,
    "Body": messages,
    "NumMedia": st.one_of(st.sampled_from(["0", "1", "-1", "1e9", "٣"]), messages),
    "ButtonPayload": messages,
    "OptOutType": st.one_of(st.sampled_from(["STOP", "HELP"]), messages),
    "SmsStatus": st.one_of(st.just("received"), messages),
    "Latitude": messages,
}


@fuzz(80, fields=st.fixed_dictionaries({}, optional=FIELDS))
def test_twilio_any_fields_are_a_message_or_refused(fields: dict[str, str]) -> None:
    try:
        found = Incoming.read(fields)
    except BadMessage as error:
        assert str(error)
        return
    assert found is None or (found.surface in ("sms", "whatsapp") and found.sender)


@fuzz(80, text=messages, surface=st.sampled_from(["sms", "whatsapp"]), stopped=st.booleans())
def test_twilio_any_text_is_a_keyword_or_not(text: str, surface: str, stopped: bool) -> None:
    assert keyword(text, surface, stopped) in (None, "stop", "start", "help")
    assert confirmed_by_twilio(text, surface) in (True, False)


URLENCODED, JSON_TYPE = "application/x-www-form-urlencoded", "application/json"


@fuzz(
    80,
    body=st.one_of(st.binary(max_size=200), mutated(b"MessageSid=SM0&From=%2B1555&Body=a+b%20&Body=c")),
    query=st.one_of(st.sampled_from(["", "bodySHA256=" + "0" * 64, "bodySHA256=%zz&bodySHA256="]), messages),
    kind=st.one_of(
        st.sampled_from([URLENCODED, JSON_TYPE, URLENCODED + "; charset=utf-7", "multipart/form-data"]), messages
    ),
    signature=st.one_of(st.none(), messages, st.just("AAAAAAAAAAAAAAAAAAAAAAAAAAA=")),
    path=st.one_of(st.just("/twilio/webhook"), messages),
)
def test_twilio_nothing_unsigned_gets_in(body: bytes, query: str, kind: str, signature: str | None, path: str) -> None:
    try:
        Signatures("t" * 32).check("https://bot.example", path, query, kind, body, signature)
    except NotSigned:
        return
    raise AssertionError("a request that Twilio did not sign was taken for one of Twilio's")


EVENT = {
    "type": "m.room.message",
    "event_id": "$1",
    "room_id": "!r:example",
    "sender": "@a:example",
    "state_key": "@bot:example",
    "redacts": "$0",
    "origin_server_ts": 1,
    "unsigned": {"age": 1, "prev_content": {"membership": "join"}},
    "content": {
        "msgtype": "m.text",
        "body": "> <@b:example> hello\n\nwhat is leukopenia",
        "membership": "invite",
        "format": "org.matrix.custom.html",
        "formatted_body": "<b>x</b>",
        "filename": "a.png",
        "redacts": "$0",
        "m.mentions": {"user_ids": ["@bot:example"], "room": True},
        "m.relates_to": {
            "rel_type": "m.annotation",
            "key": "\U0001f44d",
            "event_id": "$0",
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": "$0"},
        },
    },
}
KINDS = ("m.room.message", "m.sticker", "m.room.encrypted", "m.reaction", "m.room.redaction", "m.room.member", "x")
KIND = st.sampled_from(KINDS)


def of_kind(kind: str) -> st.SearchStrategy[Any]:
    """An event of this kind that is like a real one, more or less."""
    whole = st.just({**EVENT, "type": kind})
    return st.tuples(whole, shaped({**EVENT, "type": kind})).map(
        lambda pair: {**pair[0], **pair[1]} if isinstance(pair[1], dict) else pair[1]
    )


@fuzz(100, event=st.one_of(json_values, shaped(EVENT), KIND.flatmap(of_kind)))
def test_matrix_any_event_means_something_or_nothing(event: Any) -> None:
    if is_event(event):
        meaning(event)
        assert _arrival(event).event_id == event["event_id"]


@fuzz(80, body=messages, lines=st.lists(st.sampled_from(["> ", ">", "\n", "> <@a:b> x\n", "\n\n"]), max_size=30))
def test_matrix_any_quotation_is_taken_off(body: str, lines: list[str]) -> None:
    assert isinstance(without_quotation("".join(lines) + body), str)


MARK = "quillfeather"
SECRETS = (
    "BOT_WEB_SECRET",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_SENDER_KEY",
    "BOT_TWILIO_AUTH_TOKEN",
    "BOT_TWILIO_SENDER_KEY",
    "BOT_ACTION_TOKEN",
)
OTHERS = (
    "BOT_WEB_ORIGINS", "BOT_WEB_IDLE_MINUTES", "BOT_WEB_SESSION_RATE", "BOT_WEB_SECRET_FILE", "BOT_TWILIO_PUBLIC_URL",
    "BOT_TWILIO_NUMBERS", "BOT_TWILIO_DEADLINE", "BOT_TWILIO_TEMPLATES", "BOT_TWILIO_ACCOUNT_SID", "BOT_ACTION_SERVER",
    "BOT_MATRIX_REGISTRATION", "BOT_MATRIX_HOMESERVER", "BOT_MATRIX_ALLOWED_SERVERS", "BOT_MATRIX_ALLOWED_USERS", "BOT_DATABASE_URL",
    "BOT_REDIS_URL", "BOT_EVENTS_URL",
)  # fmt: skip
ADDRESSED = (
    "http://127.0.0.1:1", "https://a.example", "http://[", "*", "/nowhere/at/all", "/", "5", "-5", "1e9", "nan", "٣", "@a:b",
    "redis://h/0", "postgresql://u@h/d", "postgresql://u:p@h:99999999/d", "amqp://u:p@h/", "unix:///x",
)  # fmt: skip
VALUES = st.one_of(
    messages.filter(lambda text: "\0" not in text),
    st.sampled_from(ADDRESSED),
)
ENVIRONMENTS = st.fixed_dictionaries(
    {},
    optional={name: VALUES for name in OTHERS}
    | {name: st.text(alphabet=string.printable, max_size=50).map(lambda text: MARK + text) for name in SECRETS},
)


@fuzz(100, environment=ENVIRONMENTS)
def test_any_settings_are_read_or_refused_in_words(environment: Mapping[str, str]) -> None:
    from bot.action_server import ActionServerSettings

    readers: list[Callable[[Mapping[str, str]], object]] = [
        WebSettings.read,
        TwilioSettings.read,
        MatrixSettings.read,
        Backends.read,
        ActionServerSettings.read,
        lambda given: ActionServerSettings.read(given, serving=True),
    ]
    for read in readers:
        try:
            made = read(environment)
        except ValueError as error:
            assert type(error).__module__.startswith("bot."), repr(error)
            assert MARK not in str(error), "a secret must not stand in an error"
        else:
            assert isinstance(made, MatrixSettings | None) or MARK not in repr(made), "nor in what is printed"


TYPES = st.one_of(
    st.sampled_from(["application/json", "application/json; charset=utf-16", "text/plain", ""]),
    st.text("aé/;=\x7f", max_size=9),
)
MESSAGE = {"client_message_id": "fuzz-00000001", "text": "what is leukopenia?", "button": "0" * 24}
BODIES = st.one_of(
    st.binary(max_size=300),
    shaped(MESSAGE).map(as_json),
    mutated(json.dumps(MESSAGE).encode()),
    messages.map(lambda text: as_json({"client_message_id": "fuzz-" + str(abs(hash(text)))[:12], "text": text})),
    st.integers(1, 60_000).map(lambda depth: b"[" * depth),
)
PATHS = st.sampled_from(["messages", "session", "feedback", "restart", "conversation"])


@fuzz(80, body=BODIES, path=PATHS, kind=TYPES)
def test_the_web_channel_answers_any_body_with_json(server: Server, body: bytes, path: str, kind: str) -> None:
    client = WebClient(server.web)
    headers = [
        (b"Authorization", f"Bearer {client.token}".encode()),
        (b"Content-Type", kind.encode("latin-1", "ignore")),
    ]
    answer = httpx.request(
        "DELETE" if path == "conversation" else "POST", server.web + path, content=body, headers=headers, timeout=60
    )
    assert answer.status_code < 500, (answer.status_code, answer.text)
    assert isinstance(answer.json(), dict)


REQUEST = b"POST /web/messages HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
HEADS = st.one_of(
    st.binary(max_size=300),
    mutated(
        REQUEST,
        (
            "Transfer-Encoding: chunked\r\n",
            "zz\r\n",
            "Expect: 100-continue\r\n",
            "Content-Length: 99999999999\r\n",
            "\0",
            "é",
        ),
    ),
)


@fuzz(60, head=HEADS)
def test_the_server_outlives_any_bytes(server: Server, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(head)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while part := connection.recv(65_536):
                answer += part
        except ConnectionResetError:
            pass
    assert b"Traceback" not in answer and b"/work" not in answer and b"site-packages" not in answer
    assert httpx.get(server.url + "health/live", timeout=60).status_code == 200
