"""What people do to messages afterwards: react, edit, take back."""

from __future__ import annotations

import json
from contextlib import closing

from bot.conversations.database import Database
from bot.feedback import Feedback
from bot.feedback import marks as marks_of
from tests.channels.matrix.kit import BOT, Clinic, Talk, bodies, body, is_answer, replied_to


def marks(clinic: Clinic) -> list[Feedback]:
    """Every mark in the conversation store, by time."""
    with closing(Database(clinic.server.state / "conversations.db")) as database:
        kept = [database.everything(conversation.id) for conversation in database.conversations()]
    found = [mark for events in kept for mark in marks_of(map(json.loads, events))]
    return sorted(found, key=lambda mark: mark.at)


def test_a_thumb_is_recorded_as_feedback(clinic: Clinic, talk: Talk) -> None:
    before = len(marks(clinic))
    notice, answer = talk.says("what is leukopenia?")
    for event, key in ((answer, "👍🏽"), (answer, "🎉"), (notice, "👎")):
        talk.user.react(talk.room, event["event_id"], key)
    talk.settle()
    assert [(mark.value, mark.topic) for mark in marks(clinic)[before:]] == [("up", "definition")]
    talk.user.react(talk.room, answer["event_id"], "👎\ufe0f")
    talk.settle()
    assert [(mark.value, mark.topic) for mark in marks(clinic)[before:]] == [("down", "definition")]


def test_somebody_elses_thumb_is_not(clinic: Clinic, talk: Talk) -> None:
    answer = talk.says("what causes leukopenia?")[-1]
    other = clinic.patient()
    talk.user.invite(talk.room, other.user_id)
    other.join(talk.room)
    before = marks(clinic)
    other.react(talk.room, answer["event_id"], "👎")
    talk.settle()
    assert marks(clinic) == before


def test_a_message_that_is_taken_back_leaves_the_store(clinic: Clinic, talk: Talk) -> None:
    kept_message = "what are the symptoms of leukopenia? otters juggle pebbles"
    question = talk.user.send(talk.room, "what causes leukopenia? pelicans tango at dusk")
    talk.says(kept_message)
    assert b"pelicans tango at dusk" in clinic.kept()
    talk.user.redact(talk.room, question)
    talk.settle()
    assert b"pelicans tango at dusk" not in clinic.kept()
    assert b"otters juggle pebbles" in clinic.kept()
    assert bodies(talk.says("what causes it?"))[0].startswith("Many things")


def test_a_message_that_is_taken_back_before_its_turn_is_not_answered(clinic: Clinic) -> None:
    patient = clinic.patient()
    room = patient.create_room()
    question = patient.send(room, "what causes leukopenia? puffins fold napkins")
    asked = patient.call("GET", f"/rooms/{room}/event/{question}")
    redaction = patient.call("GET", f"/rooms/{room}/event/{patient.redact(room, question)}")
    patient.invite(room, BOT)
    talk = Talk(patient, room)
    talk.wait_until_joined()
    talk.settle()
    assert clinic.put([asked, redaction]).status_code == 200
    talk.settle()
    assert talk.answers() == []
    assert b"puffins fold napkins" not in clinic.kept()


def test_an_edited_question_is_answered_anew_and_its_old_words_leave_the_store(clinic: Clinic, talk: Talk) -> None:
    question = talk.user.send(talk.room, "what causes leukopenia? gorillas bake bread")
    talk.settle()
    assert b"gorillas bake bread" in clinic.kept()
    edit = talk.user.edit(talk.room, question, "what is leukopenia? magpies read maps")
    answer = talk.after(edit)[-1]
    assert body(answer).startswith("A low white blood cell count means")
    assert replied_to(answer) == question
    assert b"gorillas bake bread" not in clinic.kept()
    assert b"magpies read maps" in clinic.kept()
    talk.user.redact(talk.room, question)  # programs take back the original; its edits are meant, too
    talk.settle()
    assert b"magpies read maps" not in clinic.kept()


def test_nobody_edits_or_takes_back_for_another(clinic: Clinic, talk: Talk) -> None:
    question = talk.user.send(talk.room, "what causes leukopenia? lemurs polish brass")
    talk.settle()
    other = clinic.patient()
    talk.user.invite(talk.room, other.user_id)
    other.join(talk.room)
    other.edit(talk.room, question, "@clinic-bot what is leukopenia?")
    forged = {"type": "m.room.redaction", "room_id": talk.room, "sender": other.user_id, "redacts": question}
    assert clinic.put([{**forged, "event_id": "$forged", "content": {"redacts": question}}]).status_code == 200
    talk.settle()
    assert b"lemurs polish brass" in clinic.kept()
    assert [event for event in talk.user.messages_since(talk.room, question) if is_answer(event)][2:] == []
