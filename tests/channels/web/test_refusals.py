"""The web API of the real server: what is refused, and how."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from bot.channels.web.admission import REFUSED_SEARCHED
from bot.channels.web.session import Session, Sessions
from tests.channels.web.client import WebClient
from tests.serving import SECRET, Server

NewClient = Callable[[], WebClient]
JSON = {"Content-Type": "application/json"}
DANGER = "I have chest pain and can't breathe"


def body(**more: object) -> dict[str, object]:
    return {"client_message_id": uuid.uuid4().hex, "text": "What is leukopenia?", **more}


def signed(secret: str, sender: str = "web-x", expires: int = 3600) -> str:
    now = int(time.time())
    return Sessions((secret,), 7200, 86400).token(Session(sender, now - 7200, now + expires))


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer x",
        "Basic eDp5",
        f"Bearer {signed('o' * 40)}",
        f"Bearer {signed(SECRET, expires=-1)}",
        "Bearer \xff",
    ],
)
def test_no_session_no_service(server: Server, authorization: str) -> None:
    headers = {"Authorization": authorization.encode("latin-1")} if authorization else {}
    for method, path in [
        ("POST", "messages"),
        ("GET", "messages"),
        ("POST", "feedback"),
        ("POST", "restart"),
        ("DELETE", "conversation"),
    ]:
        answer = httpx.request(method, server.web + path, headers=headers, json=body() if method == "POST" else None)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "session_ended")


def test_a_session_needs_the_notice_accepted(server: Server) -> None:
    for given in (
        {},
        {"notice_accepted": False},
        {"notice_accepted": "yes"},
        {"notice_accepted": True, "sender": "web-1"},
        [],
    ):
        assert httpx.post(server.web + "session", json=given).status_code == 400


@pytest.mark.parametrize(
    "given",
    [
        {},
        [],
        "text",
        body(sender="someone"),
        body(text=""),
        body(text=5),
        body(text=None),
        body(button="0" * 24),
        {"client_message_id": "short", "text": "x"},
        {"client_message_id": "with spaces in it", "text": "x"},
        {"client_message_id": "x" * 65, "text": "x"},
        {"client_message_id": "12345678"},
        {"client_message_id": "12345678", "button": "/restart"},
        {"client_message_id": "12345678\n", "text": "x"},
    ],
)
def test_another_shape_is_refused_without_repeating_it(client: WebClient, given: object) -> None:
    answer = client.post("messages", given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert "someone" not in answer.text and "leukopenia" not in answer.text


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 5_000, b"NaN", b'\xef\xbb\xbf{"a":1}']
)
def test_what_is_no_json_is_refused(client: WebClient, raw: bytes) -> None:
    answer = client.http.post("messages", content=raw, headers={**client.headers, **JSON})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", ""]
)
def test_only_json_is_read(client: WebClient, kind: str) -> None:
    headers = {**client.headers, "Content-Type": kind}
    answer = client.http.post("messages", content=json.dumps(body()), headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "not_json")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_long_is_cut_off(client: WebClient, chunked: bool) -> None:
    def pieces() -> object:
        for _ in range(50):
            yield b"a" * 100_000

    content = pieces() if chunked else b"a" * 5_000_000
    try:
        answer = client.http.post("messages", content=content, headers={**client.headers, **JSON})  # type: ignore[arg-type]
    except (httpx.WriteError, httpx.ReadError):
        pass  # the server hung up while we were still sending
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
        assert "911" in answer.json()["replies"][0]["plain"]
    assert client.says("What is leukopenia?")["kind"] == "answer"


def test_a_text_that_is_too_long_is_refused_kindly_and_searched_for_danger(client: WebClient) -> None:
    assert client.send("word " * 30_000).status_code == 413
    long = client.says("word " * 2_000)
    assert long["kind"] == "conversation" and long["text"]
    assert client.says("word " * 2_000 + "I have chest pain and can't breathe")["urgency"] == "emergency"


@pytest.mark.parametrize(
    "text",
    ["\ud800", "a\x00b", "\u202e\u2066 hidden", "\u200b" * 50, "  \n\t ", "🙂" * 500, "ما هو نقص الكريات البيض؟", "<script>alert(1)</script>",
     "javascript:alert(1)", "{{7*7}} ${HOME} {clinic_phone}", "'; DROP TABLE event;--"],
)  # fmt: skip
def test_any_text_gets_a_reply_that_does_not_repeat_it(client: WebClient, text: str) -> None:
    raw = json.dumps(body(text=text))  # escapes what is no Unicode on its own
    answer = client.http.post("messages", content=raw, headers={**client.headers, **JSON})
    assert answer.status_code == 200 and answer.json()["replies"][0]["plain"].strip()
    assert (
        "<script" not in answer.text
        and "javascript:" not in answer.text
        and "49" not in answer.json()["replies"][0]["plain"]
    )
    assert client.http.get("messages", headers=client.headers).status_code == 200


def urgency(answer: httpx.Response) -> str | None:
    """How urgent what the patient reads is; None when they read nothing urgent."""
    return next((reply["urgency"] for reply in answer.json().get("replies", [])), None)


def test_danger_typed_into_a_chat_that_is_over_is_answered(server: Server, client: WebClient) -> None:
    client.erase()
    expired = WebClient(server.web, begin=False)
    expired.token = signed(SECRET, f"web-{uuid.uuid4().hex}", expires=-1)
    forged = WebClient(server.web, begin=False)
    forged.token = signed("o" * 40)
    for patient, wanted in ((client, "emergency"), (expired, "emergency"), (forged, None)):
        refused = patient.send(DANGER)
        assert (refused.status_code, urgency(refused)) == (401, wanted)
        assert "replies" not in patient.send("What is leukopenia?").json()
    assert client.send("I'm on chemo").status_code == 401
    assert urgency(client.send("I have a fever")) == "emergency", "danger in pieces is put together"


def test_danger_in_a_message_that_comes_too_fast_is_answered(client: WebClient) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: client.http.get("messages", headers=client.headers), range(150)))
    codes = []
    while 429 not in codes and len(codes) < 200:
        answer = client.send(DANGER)
        codes.append(answer.status_code)
        assert urgency(answer) == "emergency"
    assert codes[-1] == 429 and int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("other_message", {"client_message_id": "the-same-id", "text": DANGER}),
        ("too_large", {"client_message_id": uuid.uuid4().hex, "text": DANGER + " word" * 30_000}),
        ("bad_request", {"client_message_id": "?", "text": DANGER}),
        ("bad_request", {"text": DANGER}),
    ],
)
def test_danger_in_a_message_that_is_refused_is_answered(client: WebClient, code: str, said: dict[str, str]) -> None:
    client.send("What is leukopenia?", message_id="the-same-id")
    refused = client.post("messages", said)
    assert (refused.json()["error"]["code"], urgency(refused)) == (code, "emergency")
    refused = client.post("messages", said | {"text": said["text"].replace(DANGER, "What causes it?")})
    assert (refused.json()["error"]["code"], urgency(refused)) == (code, None)


def test_only_so_many_refused_messages_are_searched(server: Server) -> None:
    expired = WebClient(server.web, begin=False)
    expired.token = signed(SECRET, f"web-{uuid.uuid4().hex}", expires=-1)
    with ThreadPoolExecutor(8) as threads:
        found = [
            urgency(answer) for answer in threads.map(lambda _: expired.send(DANGER), range(20 * REFUSED_SEARCHED))
        ]
    assert found[0] == "emergency" and None in found


def test_a_foreign_page_may_not_call(server: Server, client: WebClient) -> None:
    for origin in (
        "https://evil.example",
        "null",
        "http://127.0.0.1:1",
        "file://",
        server.url.replace("http", "https") + "x",
    ):
        answer = client.post("messages", body(), headers={"Origin": origin})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "origin_refused")
        assert "access-control-allow-origin" not in answer.headers
        asked = httpx.options(
            server.web + "messages", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
        )
        assert asked.status_code == 403 and "access-control-allow-origin" not in asked.headers
    assert client.history() == []


def test_our_own_page_may_call(server: Server, client: WebClient) -> None:
    origin = server.url.rstrip("/")
    answer = client.post("messages", body(), headers={"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin
    assert "access-control-allow-credentials" not in answer.headers
    asked = httpx.options(server.web + "messages", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-methods"] == "POST, GET"
    assert asked.headers["access-control-allow-headers"] == "Authorization, Content-Type"


def test_1000_rapid_messages_are_slowed_down_and_nobody_else_is(server: Server, new_client: NewClient) -> None:
    hasty, calm = new_client(), new_client()

    def send(number: int) -> httpx.Response:
        return hasty.send(f"what is leukopenia {number}")

    with ThreadPoolExecutor(16) as threads:
        running = [threads.submit(send, number) for number in range(1_000)]
        assert calm.says("What is leukopenia?")["kind"] == "answer"
        answers = [item.result() for item in running]
    codes = {answer.status_code for answer in answers}
    assert codes == {200, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["retry-after"]) >= 1
    assert "911" in refused.json()["replies"][0]["plain"]
    answered = sum(answer.status_code == 200 for answer in answers)
    assert 120 <= answered <= 400
    assert httpx.get(server.url + "health/ready").status_code == 200
    assert calm.says("What causes leukopenia?")["kind"] == "answer"


def test_every_response_keeps_browsers_careful(server: Server, client: WebClient) -> None:
    for answer in (client.post("messages", body()), client.post("messages", {}), httpx.get(server.web + "config")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_the_log_holds_no_words_of_patients(server: Server, client: WebClient) -> None:
    marker = "xylophone marmalade"
    client.send(marker)
    client.post("messages", {"client_message_id": marker, "text": marker})
    client.http.post("messages", content=marker, headers={**client.headers, **JSON})
    client.send("/" + marker)
    client.erase()
    assert marker not in server.log.read_text("utf-8", "replace")
