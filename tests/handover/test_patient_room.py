"""Patients in Matrix rooms of their own, staff in theirs: what one side writes reaches the other, once and in order."""

from __future__ import annotations

import uuid

import pytest

from tests.channels.matrix.kit import Talk, bodies, body, is_answer, replied_to
from tests.handover.test_room import BOT, Room, room
from tests.synapse import Event

__all__ = ["room"]

pytestmark = pytest.mark.timeout(900)
SAID = "A person from Demo Clinic writes:\n\n"


@pytest.fixture
def talk(room: Room) -> Talk:
    """A new patient, alone in a room with the bot."""
    patient = room.user(f"patient-{uuid.uuid4().hex[:12]}")
    made = Talk(patient, patient.create_room([BOT]))
    made.wait_until_joined()
    return made


def hand_over(room: Room, talk: Talk) -> str:
    """Calls a person; gives the case's name."""
    before = set(room.bot_said())
    assert "1. Yes, share messages" in body(talk.says("I want to talk to a person")[-1])
    assert "type BOT" in body(talk.says("1")[-1])
    (announced,) = [said for said in room.bot_said() if said not in before]
    assert "(matrix)" in announced
    return announced.split()[1].rstrip(":")


def words_of_staff(talk: Talk) -> list[Event]:
    """What a person wrote into the patient's room, in order."""
    return [event for event in talk.answers() if body(event).startswith(SAID.strip())]


def test_the_whole_talk(room: Room, talk: Talk) -> None:
    case = hand_over(room, talk)
    assert "type BOT" in body(talk.says("are the results in")[-1])
    assert talk.says("what is leukopenia?") == [], "the bot is silent"
    room.replies(room.waits_for("> what is leukopenia?"), "Hello, I am Ana <b>.")
    room.waits_for(f"{case}: sent to the patient.")
    (said,) = words_of_staff(talk)
    assert said["content"]["msgtype"] == "m.notice" and said["sender"] == BOT
    assert body(said).split("\n")[-1] == "Hello, I am Ana <b>." and "&lt;b&gt;" in said["content"]["formatted_body"]
    assert "911 now" in body(talk.says("I have chest pain and can't breathe")[-1])
    room.waits_for(f"Case {case}: this sounds like danger (emergency)")
    assert talk.says("thank you Ana") == []

    # While a person has the conversation the room is kept, and nobody can read it there.
    files = kept(room)
    assert case.encode() in files and b'"address"' in files and talk.room.encode() not in files
    room.nurse.send(room.id, f"!bot resume {case}")
    room.waits_for(f"{case}: given back to the bot.")
    assert "again" in body(talk.answers()[-1])
    assert b'"address"' not in kept(room)
    assert body(talk.says("what is leukopenia?")[-1]).startswith("A low white blood cell count")
    room.nurse.send(room.id, f"!bot say {case} one more thing")
    room.waits_for(f"There is no open case {case}")
    assert len(words_of_staff(talk)) == 1


def kept(room: Room) -> bytes:
    """Every byte of the conversation store."""
    return b"".join(path.read_bytes() for path in sorted(room.server.state.glob("conversations*")))


def test_kill_9_while_staff_write(room: Room, talk: Talk) -> None:
    case = hand_over(room, talk)
    texts = [f"This is message {number}." for number in range(6)]
    for text in texts:
        room.nurse.send(room.id, f"!bot say {case} {text}")
    talk.user.wait_for(talk.room, lambda event: event["sender"] == BOT and texts[0] in body(event))
    room.server.kill()
    room.server.start()
    talk.user.wait_for(talk.room, lambda event: event["sender"] == BOT and texts[-1] in body(event))
    room.nurse.send(room.id, f"!bot resume {case}")
    room.waits_for(f"{case}: given back to the bot.")
    assert [text.split("\n")[-1] for text in bodies(words_of_staff(talk))] == texts
    assert room.bot_said().count(f"{case}: sent to the patient.") == len(texts)


def test_what_staff_write_while_the_server_is_down(room: Room, talk: Talk) -> None:
    case = hand_over(room, talk)
    room.server.kill()
    room.nurse.send(room.id, f"!bot say {case} I am still here.")
    room.server.start()
    room.waits_for(f"{case}: sent to the patient.")
    assert [text.split("\n")[-1] for text in bodies(words_of_staff(talk))] == ["I am still here."]


def test_the_answer_comes_into_the_thread(room: Room, talk: Talk) -> None:
    root = talk.user.send(talk.room, "hello")
    talk.settle()
    thread = {"m.relates_to": {"rel_type": "m.thread", "event_id": root}}
    for text in ("I want to talk to a person", "1"):
        talk.says(text, **thread)
    announced = room.waits_for("> hello")["content"]["body"]
    case = announced.split()[1].rstrip(":")
    room.nurse.send(room.id, f"!bot say {case} Here I am.")
    room.waits_for(f"{case}: sent to the patient.")
    (said,) = words_of_staff(talk)
    assert said["content"]["m.relates_to"]["event_id"] == root and replied_to(said) == root
    talk.says("BOT")
    room.waits_for(f"Case {case} is over: the patient went back to the bot.")


def test_a_message_that_is_taken_back_does_not_end_the_case(room: Room, talk: Talk) -> None:
    case = hand_over(room, talk)
    mine = [event for event in talk.user.messages_since(talk.room) if event["sender"] == talk.user.user_id]
    picked = next(event for event in mine if body(event) == "1")
    talk.user.redact(talk.room, picked["event_id"])
    assert "I am silent" in body(talk.says("are you there")[-1])
    room.waits_for("> are you there")
    room.nurse.send(room.id, f"!bot say {case} Yes, I am.")
    room.waits_for(f"{case}: sent to the patient.")


def test_others_do_not_read_along(room: Room, talk: Talk) -> None:
    case = hand_over(room, talk)
    friend = room.user("a-friend-of-the-patient")
    talk.user.invite(talk.room, friend.user_id)
    friend.join(talk.room)
    talk.settle()
    room.nurse.send(room.id, f"!bot say {case} Your results are in.")
    room.waits_for(f"{case}: the patient did not get this: others are in their room now.")
    assert words_of_staff(talk) == []
    friend.leave(talk.room)
    talk.settle()
    room.nurse.send(room.id, f"!bot say {case} Now we are alone.")
    room.waits_for(f"{case}: sent to the patient.")
    assert len(words_of_staff(talk)) == 1


def test_in_a_group_no_person_is_offered(room: Room, talk: Talk) -> None:
    friend = room.user("a-friend-in-the-group")
    talk.user.invite(talk.room, friend.user_id)
    friend.join(talk.room)
    said = talk.says(f"{BOT} I want to talk to a person")
    assert "555-0100" in body(said[-1]) and "1. Yes" not in "".join(bodies(said))


def test_a_patient_who_has_left(room: Room, talk: Talk) -> None:
    case = hand_over(room, talk)
    talk.user.leave(talk.room)
    room.nurse.send(room.id, f"!bot say {case} Hello?")
    answer = room.nurse.wait_for(room.id, lambda event: f"{case}: the patient did not get this" in body(event))
    assert "left" in body(answer) or "refused" in body(answer)
    assert is_answer(answer)
