"""The handover with the real server, over HTTP, and a staff's system that signs and checks."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx

from tests.channels.web.client import WebClient
from tests.handover.conftest import waits
from tests.handover.staff import StaffSystem, call_bot, signed_headers
from tests.serving import Server

MARKER = "platypus"


def turn(client: WebClient, **said: str) -> dict[str, Any]:
    """One message; the whole answer to it."""
    answer = client.send(**said)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def handed_over(client: WebClient, office: StaffSystem, choice: int = 0) -> str:
    """Calls a person; gives the name of the case."""
    offer = turn(client, text="I want to talk to a person")["replies"][-1]
    called = turn(client, button=offer["buttons"][choice]["id"])
    assert called["handed_over"]
    return str(office.calls[-1]["case"])


def test_the_whole_talk(staffed: Server, office: StaffSystem) -> None:
    patient = WebClient(staffed.web)
    assert not turn(patient, text=f"what is leukopenia {MARKER}?")["handed_over"]
    case = handed_over(patient, office)
    assert office.calls[-1]["messages"] == [f"what is leukopenia {MARKER}?", "I want to talk to a person"]
    turn(patient, text="hello")
    silent = turn(patient, text=f"can you look at my {MARKER}")
    assert [reply["plain"] for reply in silent["replies"]] == [] and silent["handed_over"]
    assert office.calls[-1]["text"] == f"can you look at my {MARKER}"

    assert call_bot(staffed.url, "say", {"case": case, "text": "Hello, I am Ana <b>."}).json() == {"done": True}
    last = patient.history()[-1]
    assert (last["author"], last["pushed"]) == ("person", True)
    assert last["reply"]["plain"] == "A person from Demo Clinic writes:\nHello, I am Ana <b>."
    assert waits(patient)

    urgent = turn(patient, text="I have chest pain")
    assert urgent["replies"][0]["urgency"] == "emergency" and urgent["handed_over"]
    assert office.told("case.danger", case)["text"] == "I have chest pain"

    assert call_bot(staffed.url, "resume", {"case": case}).status_code == 200
    assert not waits(patient) and "again" in patient.history()[-1]["reply"]["plain"]
    assert turn(patient, text="what causes leukopenia?")["replies"][0]["kind"] == "answer"
    log = staffed.log.read_text()
    assert MARKER not in log and "Ana" not in log and case not in log
    assert not office.badly_signed


def test_calls_that_are_not_signed_rightly_do_nothing(staffed: Server, office: StaffSystem) -> None:
    patient = WebClient(staffed.web)
    case = handed_over(patient, office)
    body = json.dumps({"case": case}).encode()
    good = signed_headers(body)
    bad = {
        "no signature": {key: value for key, value in good.items() if key != "webhook-signature"},
        "another secret": signed_headers(body, secret="another-secret-0123456789-0123456789"),
        "another body": signed_headers(b'{"case": "XXXXXX"}'),
        "another id": good | {"webhook-id": "another-id-123"},
        "another time": good | {"webhook-timestamp": str(int(good["webhook-timestamp"]) + 1)},
        "too old": signed_headers(body, at=float(good["webhook-timestamp"]) - 1000),
        "from the future": signed_headers(body, at=float(good["webhook-timestamp"]) + 1000),
        "no time": good | {"webhook-timestamp": "now"},
        "no version": good | {"webhook-signature": good["webhook-signature"].removeprefix("v1,")},
        "nothing": {},
    }
    for why, headers in bad.items():
        for path in ("resume", "say"):
            answer = httpx.post(f"{staffed.url}staff/{path}", content=body, headers=headers, timeout=60)
            assert answer.status_code == 401, why
            assert case not in answer.text
    assert waits(patient)
    assert call_bot(staffed.url, "resume", {"case": case}).status_code == 200


def test_malformed_calls_are_refused_with_a_reason(staffed: Server, office: StaffSystem) -> None:
    def post(path: str, body: bytes) -> httpx.Response:
        return httpx.post(f"{staffed.url}staff/{path}", content=body, headers=signed_headers(body), timeout=60)

    case = handed_over(WebClient(staffed.web), office)
    say = {"case": case, "text": "x"}
    for path, body, status in [
        ("resume", b"", 400),
        ("resume", b"{", 400),
        ("resume", b"\xff\xfe", 400),
        ("resume", b"[" * 15_000, 400),
        ("resume", b"[]", 400),
        ("resume", b'{"case": 1}', 400),
        ("resume", json.dumps(say).encode(), 400),
        ("resume", b'{"case": "XXXXXX"}', 404),
        ("resume", b'{"case": "../../etc"}', 404),
        ("say", json.dumps({"case": case}).encode(), 400),
        ("say", json.dumps(say | {"text": " \x07 "}).encode(), 400),
        ("say", json.dumps(say | {"text": "x" * 1601}).encode(), 400),
        ("say", json.dumps(say | {"case": "QQQQQQ"}).encode(), 404),
        ("say", json.dumps(say | {"text": "x" * 20_000}).encode(), 413),
    ]:
        answer = post(path, body)
        assert answer.status_code == status, (path, body[:60], answer.text)
        assert answer.json()["error"]
    assert httpx.get(f"{staffed.url}staff/resume", timeout=60).status_code == 405
    assert call_bot(staffed.url, "resume", {"case": case}).status_code == 200


def test_a_replayed_call_does_nothing_more(staffed: Server, office: StaffSystem) -> None:
    patient = WebClient(staffed.web)
    case = handed_over(patient, office)
    for _ in range(2):
        assert call_bot(staffed.url, "say", {"case": case, "text": "Only once."}, call_id="same-call-1").is_success
    assert str(patient.history()).count("Only once.") == str(patient.history()[-1:]).count("Only once.")
    body = json.dumps({"case": case}).encode()
    headers = signed_headers(body)

    def resume() -> int:
        return httpx.post(f"{staffed.url}staff/resume", content=body, headers=headers, timeout=60).status_code

    assert resume() == 200
    again = handed_over(patient, office)
    assert again != case
    assert resume() == 404
    assert waits(patient), "the new case is not ended by the old call"


def test_it_survives_a_killed_server(staffed: Server, office: StaffSystem) -> None:
    patient, other = WebClient(staffed.web), WebClient(staffed.web)
    case, kept = handed_over(patient, office), handed_over(other, office)
    staffed.kill()
    staffed.start()
    turn(patient, text="still here")
    assert office.calls[-1] | {"at": 0} == {
        "type": "case.message", "case": case, "at": 0, "channel": "web", "shared": True, "text": "still here",
    }  # fmt: skip
    assert turn(patient, text="what is leukopenia?")["replies"] == []
    assert call_bot(staffed.url, "say", {"case": case, "text": "I am back."}).is_success
    assert "I am back." in str(patient.history()[-1]) and "I am back." not in str(other.history())
    assert patient.erase().status_code == 200
    assert office.told("case.ended", case)["reason"] == "deleted"
    files = b"".join(path.read_bytes() for path in sorted(staffed.state.glob("conversations*")))
    assert case.encode() not in files and b"I am back." not in files
    assert kept.encode() in files
    assert call_bot(staffed.url, "resume", {"case": case}).status_code == 404
    assert call_bot(staffed.url, "resume", {"case": kept}).status_code == 200


def test_danger_outlives_a_killed_server(staffed: Server, office: StaffSystem) -> None:
    """Staff hear of it after the restart, though the patient's own retry is answered from what is kept."""
    patient = WebClient(staffed.web)
    case = handed_over(patient, office)
    office.status, tries = 503, office.tries
    said = {"text": "I have chest pain and can't breathe", "message_id": "said-while-the-desk-was-down"}
    assert turn(patient, **said)["replies"][0]["urgency"] == "emergency"
    while office.tries == tries:
        time.sleep(0.05)
    staffed.kill()
    office.status = 204
    staffed.start()
    assert turn(patient, **said)["replies"][0]["urgency"] == "emergency"
    danger = office.told("case.danger", case)
    assert (danger["level"], danger["text"]) == ("emergency", said["text"])
    assert patient.erase().status_code == 200


def test_starting_over_says_that_the_bot_is_silent(staffed: Server, office: StaffSystem) -> None:
    patient = WebClient(staffed.web)
    case = handed_over(patient, office)
    answer = patient.post("restart", {"client_message_id": "restart-it-now"}).json()
    assert "type BOT" in answer["replies"][0]["plain"] and answer["handed_over"]
    assert "again" in turn(patient, text="BOT")["replies"][0]["plain"]
    assert office.told("case.ended", case)["reason"] == "patient"


def test_without_staff_there_is_nothing_to_call(server: Server) -> None:
    assert call_bot(server.url, "resume", {"case": "XXXXXX"}).status_code == 404
    patient = WebClient(server.web)
    answer = turn(patient, text="I want to talk to a person")
    assert not answer["handed_over"] and answer["replies"][-1]["buttons"] == []
    assert "555-0100" in answer["replies"][-1]["plain"]
