"""What breaks, breaks without a lost, doubled or forgotten message."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.channels.matrix_bridge.kit import Bridge, EncryptedUser, bodies
from tests.channels.matrix_bridge.test_rooms import EMERGENCY, Fixed, NewUser
from tests.handover.staff import SECRET, StaffSystem, call_bot
from tests.serving import Server
from tests.synapse import MatrixUser, Synapse

#: Several processes start in one test; on a busy machine that takes minutes.
pytestmark = pytest.mark.timeout(1200)


def test_a_restart_keeps_device_and_conversation_and_nothing_is_answered_twice(
    bridge: Bridge, bot: MatrixUser, eva: EncryptedUser, homeserver: Synapse
) -> None:
    room = eva.room_with(bot.user_id)
    place = token(bridge)
    eva.sends(room, "What is leukopenia?")
    eva.hears(room, bot.user_id, 2)
    account = json.loads((bridge.folder / "account.json").read_text())
    bridge.kill()
    homeserver.kill()
    homeserver.start()
    eva.sends(room, "2")
    eva.sends(room, "How is leukopenia treated?")
    # More than the homeserver tells of at once: what came before has to be asked for.
    for _ in range(60):
        eva.account.send_event(room, "org.example.noise", {})
    # The homeserver tells again what was answered, and the bridge had not yet noted that it was.
    with sqlite3.connect(bridge.folder / "bridge.db") as database:
        database.execute("UPDATE place SET sync_token = ?", (place,))
        database.execute("UPDATE events SET done = 0 WHERE room_id = ?", (room,))
        database.execute("UPDATE sessions SET notice_told = 0 WHERE room_id = ?", (room,))
    bridge.start()
    symptoms, treatment = bodies(eva.hears(room, bot.user_id, 2))
    assert "Feeling very tired" in symptoms and "Feeling very tired" not in treatment
    assert json.loads((bridge.folder / "account.json").read_text()) == account
    eva.sends(room, "Is leukopenia contagious?")
    assert len(eva.hears(room, bot.user_id)) == 1


def test_a_homeserver_that_is_killed_amid_messages_loses_and_doubles_nothing(
    bridge: Bridge, bot: MatrixUser, new_user: NewUser, homeserver: Synapse
) -> None:
    asked = ("What is leukopenia?", "What are the symptoms of leukopenia?", "How is leukopenia treated?")
    users = [new_user(), new_user()]
    rooms = {user: user.room_with(bot.user_id) for user in users}
    events = {user: [user.sends(rooms[user], question) for question in asked] for user in users}
    # Some of it is answered, some under way, some not even told.
    homeserver.kill()
    homeserver.start()
    for user in users:
        notice, *answers = user.hears(rooms[user], bot.user_id, 1 + len(asked))
        assert "computer program" in notice["content"]["body"]
        begins = [message["content"]["body"].split("\n")[0] for message in answers]
        assert len(set(begins)) == len(asked), begins
        user.sends(rooms[user], "Is leukopenia contagious?")
        assert len(user.hears(rooms[user], bot.user_id)) == 1
        said = [event["sender"] for event in user.account.messages_since(rooms[user], events[user][0])]
        assert said.count(bot.user_id) == 2 + len(asked)


@pytest.fixture
def office() -> Iterator[StaffSystem]:
    """The clinic's own system, through which a person is called."""
    made = StaffSystem()
    yield made
    made.close()


@pytest.fixture
def staffed(settings: Settings, office: StaffSystem, tmp_path: Path) -> Iterator[Server]:
    """A server, not started, of a clinic where a person always answers."""
    content = tmp_path / "content"
    shutil.copytree(settings.content, content)
    clinic = content / "clinic.yml"
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    always = "staff_hours:\n  zone: UTC\n" + "".join(f'  {day}: "00:00-24:00"\n' for day in days)
    clinic.write_text(clinic.read_text("utf-8").split("staff_hours:")[0] + always, "utf-8")
    (tmp_path / "server").mkdir()
    made = Server(
        settings,
        tmp_path / "server",
        BOT_CONTENT=str(content),
        BOT_STAFF_WEBHOOK=office.url,
        BOT_STAFF_SECRET=SECRET,
    )
    yield made
    made.kill()


def test_nobody_meets_silence_be_our_server_away_or_a_person_there(
    homeserver: Synapse, eva: EncryptedUser, staffed: Server, office: StaffSystem, tmp_path: Path, fixed: Fixed
) -> None:
    bot = homeserver.user("interrupted-bot")
    bridge = Bridge(tmp_path / "bridge", homeserver, bot, staffed.web).start()
    try:
        room = eva.room_with(bot.user_id)
        asked = eva.sends(room, "What are the symptoms of leukopenia?")
        assert bodies(eva.hears(room, bot.user_id)) == [fixed("technical_problem")]
        eva.sends(room, EMERGENCY)
        assert bodies(eva.hears(room, bot.user_id)) == [fixed("utter_emergency")]
        # A bridge that starts anew while our server is away has forgotten nothing.
        bridge.kill()
        bridge.start()
        staffed.start()
        notice, symptoms, urgent = eva.hears(room, bot.user_id, 3)
        assert notice["content"]["body"] == fixed("opening_notice")
        assert "Feeling very tired" in symptoms["content"]["body"]
        assert symptoms["content"]["m.relates_to"] == {"m.in_reply_to": {"event_id": asked}}
        assert urgent["content"]["body"] == fixed("utter_emergency")

        eva.sends(room, "I want to talk to a person")
        assert bodies(eva.hears(room, bot.user_id, 2))[1].split("\n")[-3].startswith("1. Yes")
        eva.sends(room, "1")
        eva.hears(room, bot.user_id, 2)
        case = office.calls[-1]["case"]
        bridge.kill()
        assert call_bot(staffed.url, "say", {"case": case, "text": "Hello, I am Ana <b>."}).status_code == 200
        bridge.start()
        (person,) = eva.hears(room, bot.user_id)
        assert person["encrypted"] and person["content"]["body"].endswith("\nHello, I am Ana <b>.")
        assert "Ana &lt;b&gt;." in person["content"]["formatted_body"]
        assert call_bot(staffed.url, "resume", {"case": case}).status_code == 200
        assert bodies(eva.hears(room, bot.user_id)) == [fixed("handover_back")]

        staffed.kill()
        eva.sends(room, "What is leukopenia?")
        assert bodies(eva.hears(room, bot.user_id)) == [fixed("technical_problem")]
        assert bridge.stop() == 0
        log = bridge.log.read_text()
        assert "chest pain" not in log and "Ana" not in log and eva.user_id not in log
    finally:
        bridge.kill()


def test_a_bot_that_was_signed_out_comes_back_as_the_same_device(
    bridge: Bridge, bot: MatrixUser, eva: EncryptedUser
) -> None:
    before = bridge.run("--fingerprint").stdout
    bot.call("POST", "/logout/all", {})
    assert bridge.wait() == 1
    assert "signed the bridge out" in bridge.log.read_text()
    bridge.start()
    room = eva.room_with(bot.user_id)
    eva.sends(room, "What is leukopenia?")
    assert "fewer white blood cells" in bodies(eva.hears(room, bot.user_id, 2))[1]
    assert bridge.run("--fingerprint").stdout == before


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"BOT_MATRIX_BRIDGE_KEY": "another-key-of-the-tests-0123456789-abcdef"}, "can't be opened with this key"),
        ({"BOT_MATRIX_BRIDGE_USER": "@other:clinic.test"}, "holds the keys of @education-bot:clinic.test"),
        ({}, "Another bridge uses"),
    ],
)
def test_it_does_not_start_over_what_is_there(bridge: Bridge, environment: dict[str, str], words: str) -> None:
    ended = bridge.run(*(["--fingerprint"] if environment else []), **environment)
    assert ended.returncode == 1 and ended.stdout == ""
    assert words in ended.stderr and "Traceback" not in ended.stderr


def test_another_key_leaves_the_accounts_identity_alone(homeserver: Synapse, tmp_path: Path) -> None:
    bot = homeserver.user("rekeyed-bot")
    first = Bridge(tmp_path / "first", homeserver, bot, "http://127.0.0.1:1/web/").start()
    second_key = "another-key-of-the-tests-0123456789-abcdef"
    second = Bridge(tmp_path / "second", homeserver, bot, "http://127.0.0.1:1/web/", BOT_MATRIX_BRIDGE_KEY=second_key)
    try:
        second.start()
        assert (first.stop(), second.stop()) == (0, 0)
    finally:
        first.kill()
        second.kill()
    assert "was not made with this key" not in first.log.read_text()
    assert "was not made with this key" in second.log.read_text()


def test_a_wrong_password_is_named(homeserver: Synapse, tmp_path: Path) -> None:
    bot = homeserver.user("forgetful-bot")
    bot.password = "wrong"
    ended = Bridge(tmp_path, homeserver, bot, "http://127.0.0.1:1/web/").run()
    assert ended.returncode == 1
    assert "refuses to sign in @forgetful-bot:clinic.test (M_FORBIDDEN)" in ended.stderr


def test_nobody_else_may_open_the_keys(bridge: Bridge) -> None:
    assert bridge.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in bridge.folder.iterdir()} == {0o600}


def token(bridge: Bridge) -> str:
    """Up to where the bridge has noted the homeserver's events."""
    with sqlite3.connect(bridge.folder / "bridge.db") as database:
        return str(database.execute("SELECT sync_token FROM place").fetchone()[0])
