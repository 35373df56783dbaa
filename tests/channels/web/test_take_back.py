"""One message is taken back: its words, and what was said to them, leave the store."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import jwt
import pytest

from tests.channels.web.client import WebClient
from tests.serving import SECRET, Server

NewClient = Callable[[], WebClient]


def kept(server: Server) -> bytes:
    """All bytes of the conversation store's files."""
    return b"".join(path.read_bytes() for path in sorted(server.state.glob("conversations*")))


def test_nothing_of_a_message_is_left_and_the_talk_goes_on(client: WebClient, server: Server) -> None:
    words = f"walrus{uuid.uuid4().hex[:8]}"
    first = client.send("What is leukopenia?", message_id="talk-0001").json()["replies"]
    client.send(f"what causes leukopenia {words}", message_id="talk-0002")
    last = client.send("How is leukopenia treated?", message_id="talk-0003").json()["replies"]
    before = client.history()
    assert words.encode() in kept(server)
    answer = client.take_back("talk-0002")
    assert (answer.status_code, answer.json()) == (200, {"taken_back": True})
    assert words.encode() not in kept(server)
    # The others are what they were, their numbers included.
    assert client.history() == before[:2] + before[4:]
    assert client.history(after=before[3]["number"]) == before[4:]
    assert [client.send("What is leukopenia?", message_id="talk-0001").json()["replies"]] == [first]
    assert client.send("How is leukopenia treated?", message_id="talk-0003").json()["replies"] == last
    assert client.says("Is leukopenia contagious?")["kind"] == "answer"


def test_a_message_that_is_not_there_gets_the_same_answer(client: WebClient) -> None:
    client.send("What is leukopenia?", message_id="once-0001")
    answers = [client.take_back(message_id) for message_id in ("once-0001", "once-0001", "never-0001")]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"taken_back": True})] * 3
    # Sent again it is a new message: nothing remembers the old one.
    assert client.history() == []
    client.send("How is leukopenia treated?", message_id="once-0001")
    assert [item["author"] for item in client.history()] == ["patient", "bot"]


def test_nobody_takes_back_anothers_message(new_client: NewClient) -> None:
    eva, adam = new_client(), new_client()
    for patient in (eva, adam):
        patient.send("What is leukopenia?", message_id="both-0001")
    assert eva.take_back("both-0001").status_code == 200
    assert eva.history() == [] and len(adam.history()) == 2
    adam.token = "forged"
    assert adam.take_back("both-0001").status_code == 401


@pytest.mark.parametrize("message_id", ["short", "a" * 65, "not%20an%20id"])
def test_what_is_no_id_is_refused(client: WebClient, message_id: str) -> None:
    answer = client.take_back(message_id)
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "bad_request"


def test_a_session_that_is_over_may_still_take_its_messages_back(client: WebClient, server: Server) -> None:
    words = f"heron{uuid.uuid4().hex[:8]}"
    client.send(f"what causes leukopenia {words}", message_id="late-0001")
    claims = jwt.decode(client.token, SECRET, ["HS256"], audience="web")
    client.token = jwt.encode({**claims, "exp": int(time.time()) - 60}, SECRET, "HS256")
    assert client.send("hello").status_code == 401
    answer = client.take_back("late-0001")
    assert (answer.status_code, answer.json()) == (200, {"taken_back": True})
    assert words.encode() not in kept(server)


def test_it_counts_for_the_rate_limit(client: WebClient) -> None:
    answers = [client.take_back(f"limit-{number:04}") for number in range(200)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) >= 1


def test_a_page_of_another_origin_may_ask_for_it_when_it_is_listed(client: WebClient, server: Server) -> None:
    origin = f"http://127.0.0.1:{server.site_port}"
    asked = {"Origin": origin, "Access-Control-Request-Method": "DELETE"}
    answer = client.http.options("messages/page-0001", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-methods"] == "DELETE"
    assert answer.headers["access-control-allow-origin"] == origin
