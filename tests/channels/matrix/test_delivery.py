"""Nothing is lost, doubled, out of order or in another room, whatever goes down."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.channels.matrix.kit import BOT, Clinic, Talk, bodies, body, event_of, is_answer, replied_to, wait_until

#: On a busy machine 200 messages take minutes.
pytestmark = pytest.mark.timeout(900)

#: Questions whose answers differ, and how each answer begins.
QUESTIONS = {
    "what is leukopenia?": "A low white blood cell count means",
    "what causes leukopenia?": "Many things can cause",
    "what are the symptoms of leukopenia?": "",
    "how is leukopenia treated?": "",
    "thank you": "",
}


def asked_before(clinic: Clinic, text: str) -> tuple[Talk, dict]:
    """A talk with a question from before the bot came, which the homeserver never sends to it."""
    patient = clinic.patient()
    room = patient.create_room()
    question = patient.call("GET", f"/rooms/{room}/event/{patient.send(room, text)}")
    patient.invite(room, BOT)
    talk = Talk(patient, room)
    talk.wait_until_joined()
    talk.settle()
    return talk, question


def test_a_transaction_that_comes_twice_is_answered_once(clinic: Clinic) -> None:
    talk, question = asked_before(clinic, "what is leukopenia?")
    for _ in range(3):
        assert clinic.put([question], "the same").json() == {}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: clinic.put([question], f"another {number % 3}"), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    talk.settle()
    notice, answer = bodies(talk.answers())
    assert "computer program" in notice and answer.startswith(QUESTIONS["what is leukopenia?"])


def test_what_was_accepted_is_answered_after_kill_9_and_without_the_homeserver(clinic: Clinic) -> None:
    talk, question = asked_before(clinic, "what causes leukopenia? badgers write poems")
    clinic.synapse.kill()
    assert clinic.put([question]).status_code == 200
    clinic.server.kill()
    # What waits is kept without its words, for a moment with the ids to find it by.
    inbox = b"".join(path.read_bytes() for path in clinic.server.state.glob("matrix.db*"))
    assert question["event_id"].encode() in inbox and b"badgers" not in inbox
    clinic.server.start()
    clinic.synapse.start()
    assert clinic.put([question]).status_code == 200  # once more, to the bot after its restart
    talk.user.wait_for(talk.room, is_answer)
    talk.settle()
    _, answer = bodies(talk.answers())
    assert answer.startswith(QUESTIONS["what causes leukopenia?"])
    assert clinic.put([question]).status_code == 200
    talk.settle()
    assert len(talk.answers()) == 2


def test_kill_9_in_the_middle(clinic: Clinic) -> None:
    """Each question is answered once, in order, though the server is killed while it works on them."""
    with ThreadPoolExecutor(4) as pool:
        talks = list(pool.map(lambda _: clinic.talk(), range(4)))
        sent = list(pool.map(ask_all, talks))
        talks[0].user.wait_for(talks[0].room, is_answer)
        clinic.server.kill()
        clinic.server.start()
        list(pool.map(Talk.settle, talks))
        for talk, questions in zip(talks, sent, strict=True):
            check(talk, questions)


def test_the_homeserver_goes_down_and_comes_back(clinic: Clinic) -> None:
    with ThreadPoolExecutor(4) as pool:
        talks = list(pool.map(lambda _: clinic.talk(), range(4)))
        sent = list(pool.map(ask_all, talks))
        # What Synapse has not handed over when it is killed, it may forget.
        wait_until(lambda: clinic.has_handed_over(event_id for questions in sent for event_id, _ in questions))
        clinic.synapse.kill()
        clinic.synapse.start()
        list(pool.map(Talk.settle, talks))
        for talk, questions in zip(talks, sent, strict=True):
            check(talk, questions)


def test_the_homeserver_is_killed_before_it_has_handed_over(clinic: Clinic) -> None:
    """Synapse forgets what it had only in mind to hand over; the bot finds it by itself."""
    with ThreadPoolExecutor(4) as pool:
        talks = list(pool.map(lambda _: clinic.talk(), range(4)))
        before, _ = asked_before(clinic, "what is leukopenia?")
        with clinic.server.frozen():
            sent = list(pool.map(ask_all, talks))
            clinic.synapse.kill()
            killed = time.time()
        clinic.synapse.start()
        for talk, questions in zip(talks, sent, strict=True):
            wait_until(lambda talk=talk, questions=questions: len(talk.answers()) > len(questions))
        list(pool.map(Talk.settle, talks))
        for talk, questions in zip(talks, sent, strict=True):
            check(talk, questions, in_order=False)
        # What was said before the bot came is not for it, however often it looks.
        wait_until(lambda: clinic.looked() > killed)
        before.settle()
        assert before.answers() == []


def test_200_messages_from_20_rooms(clinic: Clinic) -> None:
    with ThreadPoolExecutor(10) as pool:
        talks = list(pool.map(lambda _: clinic.talk(), range(20)))
        sent = list(pool.map(lambda talk: [*ask_all(talk), *ask_all(talk)], talks))
        list(pool.map(Talk.settle, talks))
        for talk, questions in zip(talks, sent, strict=True):
            check(talk, questions)


def ask_all(talk: Talk) -> list[tuple[str, str]]:
    """Asks everything at once, each as a reply, so that its answer names it; the events and their questions."""
    relation = {"m.relates_to": {"m.in_reply_to": {"event_id": "$nothing"}}}
    return [(talk.user.send(talk.room, question, **relation), question) for question in QUESTIONS]


def check(talk: Talk, questions: list[tuple[str, str]], in_order: bool = True) -> None:
    """Every question has its answer, once, in the order of the questions, and nothing else was said."""
    answers = talk.answers()
    notices = [event for event in answers if "computer program" in body(event)]
    assert len(notices) == 1
    rest = [event for event in answers if event is not notices[0]]
    if not in_order:
        order = [event_id for event_id, _ in questions]
        rest.sort(key=lambda event: order.index(replied_to(event) or ""))
    assert [replied_to(event) for event in rest] == [event_id for event_id, _ in questions]
    for event, (_, question) in zip(rest, questions, strict=True):
        assert body(event).startswith(QUESTIONS[question])
    by_question = Counter((question, body(event)) for event, (_, question) in zip(rest, questions, strict=True))
    assert len({question for question, _ in by_question}) == len(QUESTIONS)


def test_clocks_are_not_believed(clinic: Clinic) -> None:
    """A message of any time is answered, if it was not before."""
    talk, question = asked_before(clinic, "what is leukopenia?")
    other, later = asked_before(clinic, "what is leukopenia?")
    clinic.put([{**question, "origin_server_ts": 1}, {**later, "origin_server_ts": 9_999_999_999_999}])
    for room in (talk, other):
        room.settle()
        assert len(room.answers()) == 2


def test_one_room_does_not_wait_for_another(clinic: Clinic, talk: Talk) -> None:
    """Events of a room that the bot is not in are given up; nobody waits for them."""
    lost = [event_of("!nowhere", "@patient0:clinic.test", {"msgtype": "m.text", "body": "hello"}) for _ in range(50)]
    assert clinic.put(lost).status_code == 200
    assert body(talk.says("what is leukopenia?")[-1]).startswith(QUESTIONS["what is leukopenia?"])
