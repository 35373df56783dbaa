"""Patients in encrypted rooms of a real homeserver, through the real bridge, before the real server."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

import pytest

from tests.channels.matrix_bridge.conftest import BLOCKED
from tests.channels.matrix_bridge.kit import PATIENCE, Bridge, EncryptedUser, bodies, wait_until
from tests.channels.web.client import WebClient
from tests.serving import Server
from tests.synapse import MatrixUser, Synapse

#: Several processes start in one test; on a busy machine that takes minutes.
pytestmark = pytest.mark.timeout(1200)

NewUser = Callable[[], EncryptedUser]
Fixed = Callable[[str], str]
SHORT_DISCLAIMER = "This is general information, not medical advice."
EMERGENCY = "I have crushing chest pain and can't breathe"


def test_an_encrypted_question_gets_an_encrypted_answer(
    bridge: Bridge, bot: MatrixUser, eva: EncryptedUser, fixed: Fixed
) -> None:
    room = eva.room_with(bot.user_id)
    eva.sends(room, "What is leukopenia?")
    notice, answer = eva.hears(room, bot.user_id, 2)
    assert notice["content"]["body"] == fixed("opening_notice")
    content = answer["content"]
    assert content["msgtype"] == "m.notice"
    assert "fewer white blood cells" in content["body"] and "Source: " in content["body"]
    assert SHORT_DISCLAIMER in content["body"] and SHORT_DISCLAIMER in content["formatted_body"]
    second = next(line for line in content["body"].splitlines() if line.startswith("2. ")).removeprefix("2. ")
    assert f"<li>{second}</li>" in content["formatted_body"]

    eva.sends(room, "the second one")
    (chosen,) = eva.hears(room, bot.user_id)
    assert second == "What are the symptoms of a low white blood cell count?"
    assert "Feeling very tired" in chosen["content"]["body"]
    # What the homeserver holds of both sides is unreadable.
    kept = [event for event in eva.account.events(room) if event["type"].startswith("m.room.message")]
    assert kept == []
    assert [event["sender"] for event in eva.account.messages_since(room)].count(bot.user_id) == 3
    name = eva.account.call("GET", f"/profile/{bot.user_id}/displayname")["displayname"]
    assert name == "Demo Clinic (Chatbot)"
    assert receipts(eva.account, room, bot.user_id)


def receipts(account: MatrixUser, room: str, reader: str) -> set[str]:
    """The events that `reader` marked as read."""
    only = json.dumps({"room": {"rooms": [room], "timeline": {"limit": 1}}})
    told = account.call("GET", "/sync", filter=only)["rooms"]["join"][room]["ephemeral"]["events"]
    marks = [event["content"] for event in told if event["type"] == "m.receipt"]
    return {event_id for mark in marks for event_id, by in mark.items() if reader in by.get("m.read", {})}


def test_the_device_is_signed_with_the_accounts_identity(bridge: Bridge, bot: MatrixUser, eva: EncryptedUser) -> None:
    known = eva.account.call("POST", "/keys/query", {"device_keys": {bot.user_id: []}})
    (master,) = known["master_keys"][bot.user_id]["keys"].values()
    (signing,) = known["self_signing_keys"][bot.user_id]["keys"]
    devices = known["device_keys"][bot.user_id]
    (device,) = (item for item in devices.values() if signing in item["signatures"][bot.user_id])
    printed = bridge.run("--fingerprint").stdout.replace(" ", "")
    assert f"Accountidentity:{master}" in printed
    assert f"Devicekey:{device['keys']['ed25519:' + device['device_id']]}" in printed


def test_two_patients_are_never_mixed(bridge: Bridge, bot: MatrixUser, new_user: NewUser) -> None:
    eva, adam = new_user(), new_user()
    rooms = {eva: eva.room_with(bot.user_id), adam: adam.room_with(bot.user_id)}
    eva.sends(rooms[eva], "What is leukopenia?")
    adam.sends(rooms[adam], "How is leukopenia treated?")
    first = {user: bodies(user.hears(rooms[user], bot.user_id, 2))[1] for user in rooms}
    picked = {user: first[user].split("\n1. ")[1].splitlines()[0] for user in rooms}
    assert picked[eva] != picked[adam]
    for user in rooms:
        user.sends(rooms[user], "1")
    second = {user: bodies(user.hears(rooms[user], bot.user_id))[0] for user in rooms}
    assert len({*first.values(), *second.values()}) == 4
    for user in rooms:
        user.sends(rooms[user], picked[user])
    assert {user: bodies(user.hears(rooms[user], bot.user_id))[0] for user in rooms} == second


def test_danger_comes_first_and_a_picture_or_a_long_text_gets_a_kind_sentence(
    bridge: Bridge, bot: MatrixUser, eva: EncryptedUser, fixed: Fixed
) -> None:
    room = eva.room_with(bot.user_id)
    eva.sends(room, EMERGENCY)
    urgent, notice = bodies(eva.hears(room, bot.user_id, 2))
    assert urgent == fixed("utter_emergency") and notice == fixed("opening_notice")

    picture = {"msgtype": "m.image", "body": "rash.jpg", "url": "mxc://clinic.test/none"}
    eva.does("send", room=room, content=picture)
    assert bodies(eva.hears(room, bot.user_id)) == [fixed("no_media")]
    eva.does("send", room=room, content={**picture, "filename": "rash.jpg", "body": EMERGENCY})
    assert bodies(eva.hears(room, bot.user_id)) == [fixed("utter_emergency")]

    # An event may have 65,536 bytes, and encryption takes a quarter of them.
    eva.sends(room, "why " * 12_000)
    assert bodies(eva.hears(room, bot.user_id)) == [fixed("too_long")]
    eva.sends(room, "why " * 11_900 + EMERGENCY)
    assert bodies(eva.hears(room, bot.user_id)) == [fixed("utter_emergency")]


def test_what_no_patient_says_is_not_answered(bridge: Bridge, bot: MatrixUser, eva: EncryptedUser) -> None:
    room = eva.room_with(bot.user_id)
    eva.does("send", room=room, content={"msgtype": "m.notice", "body": "I am a bot, too. What is leukopenia?"})
    eva.does("send", room=room, content={"msgtype": "m.key.verification.request", "body": "verify"})
    eva.does("send", room=room, content={"name": "x"}, kind="org.example.unknown")
    asked = eva.sends(room, "What is leukopenia?")
    answer = eva.hears(room, bot.user_id, 2)[1]
    assert "fewer white blood cells" in answer["content"]["body"]
    edit = {"msgtype": "m.text", "body": "What are the symptoms of leukopenia?"}
    relation = {"rel_type": "m.replace", "event_id": asked}
    eva.sends(room, "* What …", **{"m.new_content": edit, "m.relates_to": relation})
    assert "Feeling very tired" in bodies(eva.hears(room, bot.user_id))[0]


def test_deleting_ends_the_session(bridge: Bridge, bot: MatrixUser, eva: EncryptedUser, fixed: Fixed) -> None:
    room = eva.room_with(bot.user_id)
    eva.sends(room, "delete my data")
    assert fixed("confirm_delete") in bodies(eva.hears(room, bot.user_id, 2))[1]
    eva.sends(room, "1")
    assert bodies(eva.hears(room, bot.user_id)) == [fixed("data_deleted")]
    eva.sends(room, "What is leukopenia?")
    assert bodies(eva.hears(room, bot.user_id, 2))[0] == fixed("opening_notice")


def test_an_invitation_by_a_blocked_user_is_declined(bridge: Bridge, bot: MatrixUser, homeserver: Synapse) -> None:
    mallory = homeserver.user(BLOCKED[1:].partition(":")[0])
    room = mallory.create_room(invite=[bot.user_id])
    declined = mallory.wait_for(
        room,
        lambda event: (
            event["type"] == "m.room.member"
            and event["state_key"] == bot.user_id
            and event["content"]["membership"] != "invite"
        ),
        PATIENCE,
    )
    assert declined["content"]["membership"] == "leave"


def test_a_message_that_cannot_be_read_is_not_passed_over(
    bridge: Bridge, bot: MatrixUser, eva: EncryptedUser, fixed: Fixed
) -> None:
    room = eva.room_with(bot.user_id)
    words = {"msgtype": "m.text", "body": "What are the symptoms of leukopenia?"}
    eva.does("send_before_its_key", room=room, content=words)
    assert bodies(eva.hears(room, bot.user_id)) == [fixed("cannot_read")]
    assert eva.does("send_key") == 1
    assert "Feeling very tired" in bodies(eva.hears(room, bot.user_id, 2))[1]
    # A client that has no key for the bot at all is told, too.
    assert eva.does("leave_out", user_id=bot.user_id) == 1
    eva.sends(room, "What is leukopenia?")
    assert bodies(eva.hears(room, bot.user_id)) == [fixed("cannot_read")]


def test_thumbs_mark_the_answer(bridge: Bridge, bot: MatrixUser, eva: EncryptedUser, server: Server) -> None:
    room = eva.room_with(bot.user_id)
    eva.sends(room, "What is leukopenia?")
    notice, answer = eva.hears(room, bot.user_id, 2)
    for marked, key in ((notice, "👍"), (answer, "❤️"), (answer, "👎🏽")):
        eva.account.react(room, marked["event_id"], key)
    marks = wait_until(lambda: marks_of(bridge, server, room))
    assert list(marks.values()) == ["down"]


def marks_of(bridge: Bridge, server: Server, room: str) -> dict[str, str]:
    """The marks that our server keeps of the talk in a room, by answer."""
    with sqlite3.connect(bridge.folder / "bridge.db") as database:
        (token,) = database.execute("SELECT token FROM sessions WHERE room_id = ?", (room,)).fetchone()
    client = WebClient(server.web, begin=False)
    client.token = token
    return {key: value for item in client.history() for key, value in item.get("feedback", {}).items()}


@pytest.mark.parametrize("encrypted_room", [False, True])
def test_words_without_encryption_get_no_answer_but_danger_does(
    encrypted_room: bool, bridge: Bridge, bot: MatrixUser, eva: EncryptedUser, fixed: Fixed
) -> None:
    room = eva.room_with(bot.user_id, encrypted=encrypted_room)
    eva.account.send(room, "What is leukopenia?")
    (told,) = eva.hears(room, bot.user_id)
    assert told["content"]["body"] == fixed("not_encrypted")
    assert told["encrypted"] is encrypted_room
    eva.account.send(room, "And what causes it?")
    eva.account.send(room, EMERGENCY)
    assert bodies(eva.hears(room, bot.user_id)) == [fixed("utter_emergency")]


def test_in_a_group_it_answers_when_addressed(bridge: Bridge, bot: MatrixUser, new_user: NewUser) -> None:
    eva, adam = new_user(), new_user()
    room = str(eva.does("create_room", invite=[bot.user_id, adam.user_id]))
    assert adam.does("join", room=room)
    for user in (bot.user_id, adam.user_id):
        assert eva.does("joined", room=room, user_id=user, timeout=PATIENCE)
    eva.sends(room, "What is leukopenia?")
    mention = {"m.mentions": {"user_ids": [bot.user_id]}}
    asked = adam.sends(room, "Demo Clinic (Chatbot): What are the symptoms of leukopenia?", **mention)
    answer = adam.hears(room, bot.user_id, 2)[1]["content"]
    assert "Feeling very tired" in answer["body"]
    assert answer["m.relates_to"] == {"m.in_reply_to": {"event_id": asked}}
