"""Staff in a Matrix room of a real homeserver, patients on the web."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.channels.matrix.registration import Registration
from bot.handover.desk import StaffMessage
from bot.handover.room import announcement
from bot.settings import Settings
from tests.channels.web.client import WebClient
from tests.handover.conftest import waits
from tests.ports import free_port
from tests.serving import Server
from tests.synapse import SERVER_NAME, Event, MatrixUser, Synapse

BOT = f"@clinic-bot:{SERVER_NAME}"


@dataclass
class Room:
    """The staff's room, as a nurse sees it."""

    server: Server
    nurse: MatrixUser
    id: str
    synapse: Synapse

    def user(self, name: str) -> MatrixUser:
        """A new user of the homeserver."""
        return self.synapse.user(name)

    def waits_for(self, text: str) -> Event:
        """The first message of the bot with `text` in it."""
        return self.nurse.wait_for(
            self.id, lambda event: event["sender"] == BOT and text in str(event["content"].get("body"))
        )

    def bot_said(self) -> list[str]:
        """All that the bot wrote in the room."""
        return [event["content"]["body"] for event in self.nurse.messages_since(self.id) if event["sender"] == BOT]

    def replies(self, event: Event, text: str) -> None:
        """Replies to a message of the bot."""
        relation = {"m.in_reply_to": {"event_id": event["event_id"]}}
        self.nurse.send(self.id, text, **{"m.relates_to": relation})


@pytest.fixture(scope="module")
def room(settings: Settings, content: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A homeserver, the server as its application service, and the bot in the staff's room."""
    folder = tmp_path_factory.mktemp("room")
    file, port = folder / "registration.yaml", free_port()
    (folder / "bot").mkdir()
    environment = {
        "BOT_CONTENT": str(content),
        "BOT_MATRIX_REGISTRATION": str(file),
        "BOT_MATRIX_HOMESERVER": f"http://127.0.0.1:{port}",
    }
    address = Server(settings, folder / "bot")
    registration = Registration.new(address.url + "matrix", "clinic-bot")
    registration.write(file)
    synapse = Synapse(folder / "synapse", (file,), port).start()
    nurse = synapse.user("nurse")
    staff_room = nurse.create_room([BOT])
    server = Server(settings, folder / "bot", **environment, BOT_STAFF_ROOM=staff_room)
    server.port, server.url, server.web = address.port, address.url, address.web
    try:
        server.start()
        nurse.wait_for(
            staff_room,
            lambda event: (
                event["type"] == "m.room.member"
                and event["state_key"] == BOT
                and event["content"]["membership"] == "join"
            ),
        )
        yield Room(server, nurse, staff_room, synapse)
    finally:
        server.kill()
        synapse.kill()


def handed_over(room: Room) -> tuple[WebClient, str, Event]:
    """A patient who was handed over, the case's name, and its announcement."""
    before = set(room.bot_said())
    patient = WebClient(room.server.web)
    offer = patient.says("I want to talk to a person")
    answer = patient.send(button=offer["buttons"][0]["id"]).json()
    assert answer["handed_over"], answer
    (text,) = [said for said in room.bot_said() if said not in before]
    return patient, text.split()[1].rstrip(":"), room.waits_for(text)


def test_the_whole_talk_in_the_room(room: Room) -> None:
    one, case, announced = handed_over(room)
    two, other_case, _ = handed_over(room)
    body = announced["content"]["body"]
    assert f"Case {case}" in body and "> I want to talk to a person" in body and f"!bot resume {case}" in body
    assert case != other_case

    one.send("are the results in")
    passed_on = room.waits_for("> are the results in")
    room.nurse.send(room.id, "anybody free for this one?")
    room.nurse.send(room.id, "!bot dance")
    room.waits_for("I did not understand that")
    room.replies(passed_on, "Hello, I am Ana.")
    room.waits_for(f"{case}: sent to the patient.")
    assert one.history()[-1]["reply"]["plain"] == "A person from Demo Clinic writes:\nHello, I am Ana."
    room.nurse.send(room.id, f"!bot say {other_case.lower()} And I am Bo.")
    room.waits_for(f"{other_case}: sent to the patient.")
    assert "I am Bo." in two.history()[-1]["reply"]["plain"] and "Bo" not in str(one.history())
    assert "Ana" not in str(two.history()) and "anybody free" not in str([one.history(), two.history()])

    assert one.send("I have chest pain").json()["replies"][0]["urgency"] == "emergency"
    room.waits_for(f"Case {case}: this sounds like danger (emergency)")
    room.nurse.send(room.id, "!bot resume QQQQQQ")
    room.waits_for("There is no open case QQQQQQ")
    room.replies(announced, "!bot resume")
    room.waits_for(f"{case}: given back to the bot.")
    assert not waits(one) and waits(two)
    assert two.erase().status_code == 200
    room.waits_for(f"Case {other_case} is over: the patient had everything deleted")


def test_a_bot_that_is_not_in_the_room_says_that_nobody_was_called(room: Room) -> None:
    room.nurse.call("POST", f"/rooms/{room.id}/kick", {"user_id": BOT})
    patient = WebClient(room.server.web)
    offer = patient.says("I want to talk to a person")
    answer = patient.send(button=offer["buttons"][0]["id"]).json()
    assert not answer["handed_over"] and "No one was called" in answer["replies"][-1]["plain"]


def test_a_patients_words_are_no_pattern() -> None:
    message = StaffMessage("case.message", "KTQWXR", text="{case} {0}\n!bot resume KTQWXR")
    assert announcement(message) == "Case KTQWXR:\n> {case} {0}\n> !bot resume KTQWXR"
