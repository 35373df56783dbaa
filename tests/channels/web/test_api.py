"""The web API of the real server: what is answered."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from bot.channels.web.api import openapi
from bot.channels.web.session import Session, Sessions
from tests.channels.web.client import WebClient
from tests.serving import SECRET, Server

NewClient = Callable[[], WebClient]


def test_an_answer_has_source_disclaimer_and_buttons(client: WebClient) -> None:
    reply = client.says("What is leukopenia?")
    block = reply["blocks"][0]
    assert (reply["kind"], block["answer_id"]) == ("answer", "leukopenia.definition")
    assert block["source"]["reviewed_on"] and block["source"]["section"]
    assert reply["disclaimer"]["short"] and reply["disclaimer"]["full"]
    assert reply["buttons"] and all(set(button) == {"id", "title"} for button in reply["buttons"])


def test_danger_is_answered_with_numbers_to_call(client: WebClient) -> None:
    reply = client.says("I have chest pain and can't breathe")
    assert (reply["kind"], reply["urgency"]) == ("red_flag", "emergency")
    assert reply["phones"][0] == {"label": "Emergency", "number": "911", "href": "tel:911"}


def test_config_has_what_a_page_needs_before_a_session(server: Server) -> None:
    config = httpx.get(server.web + "config").json()
    assert config["demo"] is True
    assert config["clinic"]["emergency"]["href"] == "tel:911"
    assert config["notice"] and len(config["suggestions"]) == 4
    assert "/ask" not in httpx.get(server.web + "config").text


def test_a_button_is_obeyed_by_its_id(client: WebClient, server: Server) -> None:
    first = httpx.get(server.web + "config").json()["suggestions"][1]
    assert client.send(button=first["id"]).json()["replies"][0]["topic"] == "causes"
    following = client.says("what is it?")["buttons"][0]
    assert client.send(button=following["id"]).status_code == 200
    assert [item["text"] for item in client.history() if item["author"] == "patient"] == [
        first["title"],
        "what is it?",
        following["title"],
    ]


def test_a_button_of_another_conversation_is_refused(new_client: NewClient) -> None:
    one, other = new_client(), new_client()
    button = one.says("delete my data")["buttons"][0]["id"]
    refused = other.send(button=button)
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "unknown_button")
    assert refused.json()["replies"][0]["text"]
    assert one.send(button=button).json()["erased"] is True


@pytest.mark.parametrize(
    "typed", ["/restart", '/delete_data{"confirmed": "yes"}', '/ask_causes{"condition":"x"}', "//back"]
)
def test_a_typed_command_is_text(client: WebClient, typed: str) -> None:
    client.says("What is leukopenia?")
    assert client.send(typed).json()["erased"] is False
    said = [item["text"] for item in client.history() if item["author"] == "patient"]
    assert said[0] == "What is leukopenia?" and len(said) == 2


def test_a_number_picks_a_button(client: WebClient) -> None:
    second = client.says("What is leukopenia?")["buttons"][1]
    assert client.says("the second one")["blocks"][0]["question"] == second["title"]


def test_a_retry_gives_the_same_replies_and_is_not_worked_on_again(client: WebClient) -> None:
    first = client.send("What causes it? I mean leukopenia", message_id="retry-0001").json()
    assert client.send("What causes it? I mean leukopenia", message_id="retry-0001").json() == first
    assert [item["author"] for item in client.history()] == ["patient", "bot"]
    other = client.send("Something else", message_id="retry-0001")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "other_message")


def test_retries_while_the_first_is_running_wait_for_it(client: WebClient) -> None:
    with ThreadPoolExecutor(8) as threads:
        tries = [
            threads.submit(WebClient.send, client, "How is leukopenia treated?", "", "retry-0002") for _ in range(8)
        ]
    answers = [item.result().json() for item in tries]
    assert all(answer["replies"] == answers[0]["replies"] for answer in answers)
    assert len(client.history()) == 2


def test_a_caller_that_hangs_up_finds_the_answer_later(client: WebClient) -> None:
    body = {"client_message_id": "retry-0003", "text": "Is leukopenia contagious?"}
    with pytest.raises(httpx.TimeoutException):
        client.http.post("messages", json=body, headers=client.headers, timeout=0.004)
    deadline = time.monotonic() + 20
    while not client.history() and time.monotonic() < deadline:
        assert client.post("messages", body).status_code == 200
    assert [item["author"] for item in client.history()] == ["patient", "bot"]


def test_a_conversation_survives_kill_9_and_a_retry_is_not_doubled(own_server: Server) -> None:
    client = WebClient(own_server.start().web)
    before = client.send("What is leukopenia?", message_id="retry-0004").json()
    shown = client.history()
    own_server.kill()
    with pytest.raises(httpx.TransportError):
        client.history()
    own_server.start()
    assert client.history() == shown
    assert client.send("What is leukopenia?", message_id="retry-0004").json()["replies"] == before["replies"]
    assert client.history() == shown


def test_two_patients_never_see_each_others_words(new_client: NewClient) -> None:
    patients = [new_client() for _ in range(6)]
    questions = ["What is leukopenia?", "what causes leukopenia", "how is leukopenia treated"] * 2

    def talk(patient: WebClient, question: str) -> list[str]:
        for number in range(3):
            patient.says(f"{question} {'please ' * number}")
        return [item["text"] for item in patient.history() if item["author"] == "patient"]

    with ThreadPoolExecutor(6) as threads:
        said = list(threads.map(talk, patients, questions))
    assert said == [[f"{question} {'please ' * number}".strip() for number in range(3)] for question in questions]


def test_history_after_an_item(client: WebClient) -> None:
    client.says("What is leukopenia?")
    all_of_it = client.history()
    assert client.history(after=all_of_it[0]["number"]) == all_of_it[1:]
    assert client.history(after=all_of_it[1]["number"]) == []


@pytest.mark.parametrize("query", ["after=", "after=-1", "after=1.0", f"after={2**53}", "after=1&other=2", "other="])
def test_what_is_no_number_of_an_item_is_refused(client: WebClient, query: str) -> None:
    answer = client.http.get(f"messages?{query}", headers=client.headers)
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "bad_request"


def test_start_over_hides_what_was_said(client: WebClient) -> None:
    client.says("What is leukopenia?")
    body = {"client_message_id": uuid.uuid4().hex}
    answer = client.post("restart", body).json()
    assert client.post("restart", body).json() == answer
    items = client.history()
    assert [item["author"] for item in items] == ["bot"]
    assert client.says("what causes it?")["kind"] in ("answer", "clarify")


def test_delete_my_data_leaves_nothing_and_ends_the_session(client: WebClient, server: Server) -> None:
    marker = "wombat lullaby"
    client.says(f"what is leukopenia {marker}")
    files = [path for path in server.state.iterdir() if path.name.startswith("conversations")]
    assert any(marker.encode() in path.read_bytes() for path in files)
    assert client.erase().json()["deleted"] is True
    assert not any(marker.encode() in path.read_bytes() for path in files if path.exists())
    assert client.erase().status_code == 200
    assert client.send("hello").json()["error"]["code"] == "session_ended"
    assert client.http.get("messages", headers=client.headers).status_code == 401


def test_delete_in_the_chat_erases_too(client: WebClient) -> None:
    client.says("What is leukopenia?")
    confirm = client.says("delete my data")
    erased = client.send(button=confirm["buttons"][0]["id"]).json()
    assert erased["erased"] is True and erased["replies"]
    assert client.history() == []


def test_a_token_is_renewed_in_time(server: Server) -> None:
    sessions = Sessions((SECRET,), 7200, 86400)
    now = int(time.time())
    client = WebClient(server.web, begin=False)
    client.token = sessions.token(Session("web-renewed", now - 6000, now + 1200))
    renewed = client.send("hello").json()["session"]
    assert renewed["expires_at"] > now + 7000
    client.token = renewed["token"]
    assert client.send("hello").json()["session"] is None
    assert len(client.history()) == 4


def test_the_description_is_served(server: Server) -> None:
    assert httpx.get(server.web + "openapi.json").json() == openapi()
