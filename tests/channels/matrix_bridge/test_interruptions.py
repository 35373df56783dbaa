"""What breaks, breaks without a lost, doubled or forgotten message."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.channels.matrix_bridge.kit import Bridge, EncryptedUser, bodies
from tests.channels.matrix_bridge.test_rooms import EMERGENCY, Fixed
from tests.serving import Server
from tests.synapse import MatrixUser, Synapse


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
    # The homeserver tells again what was answered before the restart.
    with sqlite3.connect(bridge.folder / "bridge.db") as database:
        database.execute("UPDATE place SET sync_token = ?", (place,))
    bridge.start()
    symptoms, treatment = bodies(eva.hears(room, bot.user_id, 2))
    assert "Feeling very tired" in symptoms and "Feeling very tired" not in treatment
    assert json.loads((bridge.folder / "account.json").read_text()) == account
    eva.sends(room, "Is leukopenia contagious?")
    assert len(eva.hears(room, bot.user_id)) == 1


def test_while_our_server_is_away_nobody_meets_silence(
    homeserver: Synapse, eva: EncryptedUser, settings: Settings, tmp_path: Path, fixed: Fixed
) -> None:
    bot = homeserver.user("interrupted-bot")
    (tmp_path / "server").mkdir()
    server = Server(settings, tmp_path / "server")
    bridge = Bridge(tmp_path / "bridge", homeserver, bot, server.web).start()
    try:
        room = eva.room_with(bot.user_id)
        asked = eva.sends(room, "What are the symptoms of leukopenia?")
        assert bodies(eva.hears(room, bot.user_id)) == [fixed("technical_problem")]
        eva.sends(room, EMERGENCY)
        assert bodies(eva.hears(room, bot.user_id)) == [fixed("utter_emergency")]
        # A bridge that starts anew while our server is away has forgotten nothing.
        bridge.kill()
        bridge.start()
        server.start()
        notice, symptoms, urgent = eva.hears(room, bot.user_id, 3)
        assert notice["content"]["body"] == fixed("opening_notice")
        assert "Feeling very tired" in symptoms["content"]["body"]
        assert symptoms["content"]["m.relates_to"] == {"m.in_reply_to": {"event_id": asked}}
        assert urgent["content"]["body"] == fixed("utter_emergency")
        server.kill()
        eva.sends(room, "What is leukopenia?")
        assert bodies(eva.hears(room, bot.user_id)) == [fixed("technical_problem")]
        assert bridge.stop() == 0
        log = bridge.log.read_text()
        assert "chest pain" not in log and eva.user_id not in log
    finally:
        bridge.kill()
        server.kill()


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
