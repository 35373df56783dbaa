"""Whom the bot talks to, and where."""

from __future__ import annotations

from tests.channels.matrix.kit import BOT, NAME, Clinic, Talk, bodies, body, event_of, is_membership, wait_until


def test_a_strangers_invitation_is_declined(clinic: Clinic) -> None:
    stranger = clinic.stranger()
    room = stranger.create_room([BOT])
    stranger.wait_for(room, lambda event: is_membership(event, BOT, "leave"))


def test_a_stranger_in_a_group_is_not_answered(clinic: Clinic, talk: Talk) -> None:
    stranger = clinic.stranger()
    talk.user.invite(talk.room, stranger.user_id)
    stranger.join(talk.room)
    stranger.send(talk.room, f"{NAME}: what is leukopenia?")
    talk.settle()
    assert talk.answers() == []


def test_the_bot_leaves_when_nobody_else_is_left(clinic: Clinic) -> None:
    patient, other = clinic.patient(), clinic.patient()
    room = patient.create_room([BOT, other.user_id])
    other.join(room)
    talk = Talk(other, room)
    talk.wait_until_joined()
    patient.leave(room)
    talk.settle()
    assert room in clinic.rooms_of_the_bot()
    other.leave(room)
    wait_until(lambda: room not in clinic.rooms_of_the_bot())


def test_an_encrypted_room_is_told_once(clinic: Clinic) -> None:
    patient = clinic.patient()
    room = patient.create_room([BOT], encrypted=True)
    talk = Talk(patient, room)
    talk.wait_until_joined()
    secret = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "y"}
    for _ in range(3):
        patient.send_event(room, "m.room.encrypted", secret)
    talk.settle()
    (told,) = bodies(talk.answers())
    assert "encrypted" in told and "911" in told


def test_bots_do_not_talk_to_each_other(clinic: Clinic, talk: Talk) -> None:
    for kind in ("m.notice", "m.notice"):
        talk.user.send(talk.room, "what is leukopenia?", msgtype=kind)
    own = event_of(talk.room, BOT, {"msgtype": "m.text", "body": "what is leukopenia?"})
    assert clinic.put([own]).status_code == 200
    talk.settle()
    assert talk.answers() == []
    assert body(talk.says("what is leukopenia?")[-1]).startswith("A low white")
