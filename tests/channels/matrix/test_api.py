"""The application service API: who may call it, and what bad input does."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.channels.matrix.kit import BOT, TRANSACTIONS, Clinic, Talk, body, event_of
from tests.synapse import SERVER_NAME

APP = "matrix/_matrix/app/v1"


def call(clinic: Clinic, method: str, path: str, **options: Any) -> httpx.Response:
    return httpx.request(method, f"{clinic.server.url}{APP}{path}", timeout=60, **options)


@pytest.mark.parametrize(
    ("headers", "query", "status", "code"),
    [
        ({}, {}, 401, "M_UNAUTHORIZED"),
        ({"Authorization": "Bearer"}, {}, 401, "M_UNAUTHORIZED"),
        ({"Authorization": "Bearer wrong"}, {}, 403, "M_FORBIDDEN"),
        ({"Authorization": "Bearer wröng".encode()}, {}, 403, "M_FORBIDDEN"),
        ({}, {"access_token": "wrong"}, 403, "M_FORBIDDEN"),
    ],
)
def test_without_the_homeservers_token_nothing_is_processed(
    clinic: Clinic, talk: Talk, headers: Any, query: Any, status: int, code: str
) -> None:
    said = event_of(talk.room, talk.user.user_id, {"msgtype": "m.text", "body": "what is leukopenia?"})
    answer = clinic.put([said], headers=headers, params=query)
    assert (answer.status_code, answer.json()["errcode"]) == (status, code)
    for method, path in (("POST", "/ping"), ("GET", f"/users/{BOT}"), ("GET", "/rooms/x"), ("PUT", "/transactions/1")):
        assert call(clinic, method, path, headers=headers, params=query).status_code == status
    talk.settle()
    assert talk.answers() == []


def test_a_token_in_the_address_is_taken_as_older_homeservers_show_it(clinic: Clinic) -> None:
    answer = clinic.put([], headers={}, params={"access_token": clinic.registration.hs_token})
    assert (answer.status_code, answer.json()) == (200, {})
    both = clinic.put(
        [], headers={"Authorization": "Bearer wrong"}, params={"access_token": clinic.registration.hs_token}
    )
    assert both.status_code == 403


def test_ping_and_queries(clinic: Clinic) -> None:
    known = {"headers": clinic.authorization}
    assert call(clinic, "POST", "/ping", json={"transaction_id": "x"}, **known).json() == {}
    assert call(clinic, "GET", f"/users/{BOT}", **known).status_code == 200
    for path in (f"/users/@someone:{SERVER_NAME}", "/rooms/%23room:clinic.test", "/thirdparty/protocol/irc"):
        answer = call(clinic, "GET", path, **known)
        assert (answer.status_code, answer.json()["errcode"]) == (404, "M_NOT_FOUND")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "M_NOT_JSON"),
        (b'{"events": [', 400, "M_NOT_JSON"),
        (b'{"events": ["\xff\xfe"]}', 400, "M_NOT_JSON"),
        (b"[" * 100_000, 400, "M_NOT_JSON"),
        (b"[]", 400, "M_BAD_JSON"),
        (b"{}", 400, "M_BAD_JSON"),
        (b'{"events": {}}', 400, "M_BAD_JSON"),
        (b'{"events": []}' + b" " * 17_000_000, 413, "M_TOO_LARGE"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused(clinic: Clinic, content: bytes, status: int, code: str) -> None:
    answer = clinic.put(None, json=None, content=content)
    assert (answer.status_code, answer.json()["errcode"]) == (status, code)


def test_events_that_make_no_sense_are_passed_over_and_the_others_are_not(clinic: Clinic) -> None:
    patient = clinic.patient()
    room = patient.create_room()
    question = patient.call("GET", f"/rooms/{room}/event/{patient.send(room, 'what is leukopenia?')}")
    patient.invite(room, BOT)
    talk = Talk(patient, room)
    talk.wait_until_joined()
    me = patient.user_id
    odd: list[Any] = [None, 1, "x", [], {}, {"type": "m.room.message"}]
    for content in (None, [], "x", {}, {"body": "hello"}, {"msgtype": "m.text"}, {"msgtype": [], "body": "hello"}):
        odd.append(event_of(room, me, content))
    for words in (None, 7, [], {}, True):
        odd.append(event_of(room, me, {"msgtype": "m.text", "body": words}))
    for kind in ("m.notice", "m.key.verification.request", "org.example.unknown", "m.server_notice"):
        odd.append(event_of(room, me, {"msgtype": kind, "body": "what is leukopenia?"}))
    for relation in (None, 1, [], {"rel_type": "m.replace"}, {"rel_type": "m.replace", "event_id": 1}):
        odd.append(event_of(room, me, {"m.relates_to": relation, "key": "👍"}, "m.reaction"))
    for kind in ("m.call.invite", "m.poll.start", "m.room.topic", "org.example.new", "m.room.redaction"):
        odd.append(event_of(room, me, {"body": "what is leukopenia?"}, kind))
    odd.append(event_of(room, BOT, {"msgtype": "m.text", "body": "what is leukopenia?"}))
    odd.append(event_of(room, me, {"msgtype": "m.text", "body": "hi"}) | {"event_id": "$" + "x" * 300})
    odd.append(event_of(room, me, {"membership": 7}, "m.room.member", state_key=[]))
    assert clinic.put([*odd, question]).status_code == 200
    talk.settle()
    assert [body(event)[:20] for event in talk.answers()][1:] == ["A low white blood ce"]


def test_a_message_of_65_kb_and_one_of_strange_characters(talk: Talk) -> None:
    notice, *_ = talk.says("what is leukopenia?")
    assert notice
    assert [body(event)[:22] for event in talk.says("why " * 15_000)] == ["That is too long for m"]
    (urgent,) = talk.says("why " * 15_000 + "i have chest pain and can't breathe")
    assert "call 911 now" in body(urgent)
    (answer,) = talk.says("\u202e\u200b\0what causes leukopenia?\ufffd")
    assert body(answer).startswith("Many things")
    (empty,) = talk.says(" \n\t ")
    assert body(empty).startswith("I didn't get any words")


def test_half_a_character_is_no_error(clinic: Clinic) -> None:
    patient = clinic.patient()
    room = patient.create_room([BOT])
    talk = Talk(patient, room)
    talk.wait_until_joined()
    half = event_of(room, patient.user_id, {"msgtype": "m.text", "body": "@"})
    content = json.dumps({"events": [half]}).replace('"@"', '"\\ud83d what causes leukopenia?"').encode()
    assert clinic.put(None, json=None, content=content).status_code == 200
    talk.settle()
    assert body(talk.answers()[-1]).startswith("Many things")


def test_paths_of_any_shape_are_answered(clinic: Clinic) -> None:
    for name in ("%2F..%2Fx", "a/b/c", "%00", "x" * 4000):
        url = clinic.server.url + TRANSACTIONS + name
        status = httpx.put(url, json={"events": []}, headers=clinic.authorization, timeout=60).status_code
        assert status in (200, 400, 404, 414)
