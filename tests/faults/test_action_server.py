"""A separate action server: the same replies, a secret, and what happens when it is down or slow."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from bot.settings import Settings
from tests.channels.web.client import WebClient
from tests.faults.processes import (
    DANGER,
    QUESTION,
    TOKEN,
    ActionServer,
    FaultyServer,
    gets_answers,
    is_warned,
    reads_sorry,
    wait_until,
)

TALK = (
    QUESTION,
    "what causes it?",
    "tell me more",
    "can clozapine cause it?",
    "is it contagious and how is it treated?",
    "should I stop my medicine?",
    "who won the world cup?",
    "delete my data",
    "no",
    DANGER,
    "how can I talk to a person?",
)


@pytest.fixture(scope="module")
def apart(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FaultyServer, ActionServer]]:
    """A server whose actions run in a process of their own."""
    state = tmp_path_factory.mktemp("apart")
    content = state / "content.db"
    actions = ActionServer(content, state)
    server = FaultyServer(settings, state, **actions.environment)
    actions.start()
    server.start()
    yield server, actions
    server.kill()
    actions.kill()


def call(actions: ActionServer, token: str | None = TOKEN, body: Any = None) -> httpx.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return httpx.post(actions.url + "/webhook", json=body if body is not None else {}, headers=headers, timeout=60)


def test_both_ways_give_the_same_replies(apart: tuple[FaultyServer, ActionServer], client: WebClient) -> None:
    other = WebClient(apart[0].web)
    for text in TALK:
        here, there = (
            client.send(text, message_id="same-0001" + text[:9]),
            other.send(text, message_id="same-0001" + text[:9]),
        )
        assert here.json() == there.json()


def test_it_listens_on_this_machine_alone_and_wants_the_secret(apart: tuple[FaultyServer, ActionServer]) -> None:
    actions = apart[1]
    for token in (None, "x", "x" * 40, TOKEN + "x", TOKEN[:-1]):
        assert call(actions, token).status_code == 401
    for path in ("/actions", "/webhook", "/nowhere"):
        assert httpx.get(actions.url + path).status_code == 401
    assert httpx.get(actions.url + "/health").json() == {"status": "ok"}
    assert f"127.0.0.1:{actions.port}" in actions.log.read_text()


def test_its_errors_repeat_nothing_of_what_was_sent(apart: tuple[FaultyServer, ActionServer]) -> None:
    actions = apart[1]
    word = "quillfeather"
    bodies: tuple[Any, ...] = (
        {"next_action": "action_answer", "tracker": {"sender_id": word, "slots": word, "events": word}},
        [word],
        word,
    )
    for body in bodies:
        assert word not in call(actions, body=body).text
    assert word not in actions.log.read_text()


def test_it_goes_down_and_comes_back(apart: tuple[FaultyServer, ActionServer]) -> None:
    server, actions = apart
    server.wait_until_ready()
    client = WebClient(server.web)
    gets_answers(client)
    actions.kill()
    reads_sorry(client, server)
    server.wait_until_not_ready("answer: ClientConnectorError")
    actions.start()
    server.wait_until_ready()
    gets_answers(client)
    said = [item.get("text") or item["reply"]["plain"] for item in client.history()]
    assert said[2:4] == [QUESTION, server.sorry.plain()]
    assert len(said) == 8


def test_while_it_hangs_everybody_reads_one_sentence_in_time(apart: tuple[FaultyServer, ActionServer]) -> None:
    """Also who sent several messages at once: none waits longer than a turn may take."""
    server, actions = apart
    server.wait_until_ready()
    one, other = WebClient(server.web), WebClient(server.web)
    texts = [QUESTION, "what causes it?", "how is it treated?", "is it contagious?"]
    actions.send(signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(8) as threads:
            hanging = [threads.submit(one.send, text, "", f"hang-{number:04}") for number, text in enumerate(texts)]
            alone = threads.submit(reads_nothing_but_sorry, other, server)
            warned = threads.submit(is_warned, WebClient(server.web))
            server.wait_until_not_ready("answer: timeout")
            warned.result()
            alone.result()
            answers = [item.result() for item in hanging]
    finally:
        actions.send(signal.SIGCONT)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert [[reply["plain"] for reply in answer.json()["replies"]] for answer in answers] == [
        [server.sorry.plain()]
    ] * 4
    server.wait_until_ready()
    gets_answers(one)
    assert server.metric('bot_failed_turns_total{channel="web",reason="TimeoutError"}') >= 2


def reads_nothing_but_sorry(client: WebClient, server: FaultyServer) -> None:
    assert [reply["plain"] for reply in client.send(QUESTION).json()["replies"]] == [server.sorry.plain()]


def test_sigterm_lets_a_turn_in_progress_end(apart: tuple[FaultyServer, ActionServer]) -> None:
    """New callers are refused, the message under way is answered and kept."""
    server, actions = apart
    server.wait_until_ready()
    client = WebClient(server.web)
    gets_answers(client)
    actions.send(signal.SIGSTOP)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(client.send, "what causes it?", "", "last-0001")
        try:
            wait_until(lambda: server.metric('bot_turns_running{channel="web"}') == 1, "the message to arrive")
            server.send(signal.SIGTERM)
            with pytest.raises(httpx.TransportError):
                while True:
                    httpx.get(server.url + "health/live", timeout=60)
        finally:
            actions.send(signal.SIGCONT)
        answer = waiting.result()
    assert answer.json()["replies"][0]["blocks"][0]["answer_id"] == "leukopenia.causes"
    assert server.ended() == 0
    assert " ERROR asyncio" not in server.log.read_text(), "nothing is left running"
    server.start()
    assert [item["author"] for item in client.history()] == ["patient", "bot"] * 2
    assert json.dumps(answer.json()["replies"]) == json.dumps(
        client.send("what causes it?", "", "last-0001").json()["replies"]
    )
