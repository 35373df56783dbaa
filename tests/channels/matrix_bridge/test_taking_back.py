"""What a patient takes back in an encrypted room leaves our server's store, too."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.channels.matrix_bridge.kit import Bridge, EncryptedUser, bodies, wait_until
from tests.channels.matrix_bridge.test_rooms import Fixed, NewUser
from tests.serving import Server
from tests.synapse import MatrixUser, Synapse

#: Several processes start in one test; on a busy machine that takes minutes.
pytestmark = pytest.mark.timeout(1200)


def kept(server: Server) -> bytes:
    """All bytes of our server's conversation store."""
    return b"".join(path.read_bytes() for path in sorted(server.state.glob("conversations*")))


def edit(user: EncryptedUser, room: str, event_id: str, text: str) -> str:
    """Replaces the words of a message; the edit's id."""
    content = {"msgtype": "m.text", "body": text}
    relation = {"rel_type": "m.replace", "event_id": event_id}
    return user.sends(room, f"* {text}", **{"m.new_content": content, "m.relates_to": relation})


def test_a_message_that_is_taken_back_leaves_the_store(
    bridge: Bridge, bot: MatrixUser, eva: EncryptedUser, server: Server
) -> None:
    room = eva.room_with(bot.user_id)
    eva.sends(room, "What is leukopenia? penguins sort buttons")
    asked = eva.sends(room, "What causes leukopenia? walruses knit scarves")
    eva.hears(room, bot.user_id, 3)
    assert b"walruses knit scarves" in kept(server)
    eva.account.redact(room, asked)
    wait_until(lambda: b"walruses knit scarves" not in kept(server))
    assert b"penguins sort buttons" in kept(server)
    eva.sends(room, "How is leukopenia treated?")
    assert "treat" in bodies(eva.hears(room, bot.user_id))[0].lower()


def test_an_edit_takes_the_old_words_out(
    bridge: Bridge, bot: MatrixUser, new_user: NewUser, eva: EncryptedUser, server: Server
) -> None:
    room = eva.room_with(bot.user_id)
    asked = eva.sends(room, "What causes leukopenia? flamingos mend nets")
    eva.hears(room, bot.user_id, 2)
    # Nobody edits what another has asked.
    adam = new_user()
    eva.account.invite(room, adam.user_id)
    adam.does("join", room=room)
    edit(adam, room, asked, "Demo Clinic (Chatbot): What is leukopenia? iguanas count sheep")
    eva.hears(room, bot.user_id, 2)  # with the notice, because for Adam it is the first
    assert b"flamingos mend nets" in kept(server)
    for words, old in (
        ("Demo Clinic (Chatbot): What are the symptoms of leukopenia? toucans read poems", b"flamingos mend nets"),
        ("Demo Clinic (Chatbot): How is leukopenia treated? ostriches sing rounds", b"toucans read poems"),
    ):
        edit(eva, room, asked, words)
        eva.hears(room, bot.user_id)
        wait_until(lambda old=old: old not in kept(server))
    assert b"ostriches sing rounds" in kept(server)
    # Clients take back the original; its edits are meant, too.
    eva.account.redact(room, asked)
    wait_until(lambda: b"ostriches sing rounds" not in kept(server))
    assert b"iguanas count sheep" in kept(server)


def test_it_is_not_forgotten_while_our_server_is_away(
    homeserver: Synapse, eva: EncryptedUser, own_server: Server, tmp_path: Path, fixed: Fixed
) -> None:
    bot = homeserver.user("forgetting-bot")
    bridge = Bridge(tmp_path / "bridge", homeserver, bot, own_server.start().web).start()
    try:
        room = eva.room_with(bot.user_id)
        asked = eva.sends(room, "What causes leukopenia? otters juggle plums")
        eva.hears(room, bot.user_id, 2)
        own_server.kill()
        waiting = eva.sends(room, "What is leukopenia? badgers paint fences")
        assert bodies(eva.hears(room, bot.user_id)) == [fixed("technical_problem")]
        for event_id in (asked, waiting):
            eva.account.redact(room, event_id)
        wait_until(lambda: noted(bridge) == {(asked, "unwanted"), (waiting, "unwanted")})
        bridge.kill()
        bridge.start()
        assert b"otters juggle plums" in kept(own_server)
        own_server.start()
        wait_until(lambda: b"otters juggle plums" not in kept(own_server))
        wait_until(lambda: noted(bridge) == set())
        eva.sends(room, "How is leukopenia treated?")
        # The question that was taken back while it waited is not answered, and was never asked.
        (answer,) = bodies(eva.hears(room, bot.user_id))
        assert "treat" in answer.lower()
        assert b"badgers paint fences" not in kept(own_server)
        assert "otters" not in bridge.log.read_text()
    finally:
        bridge.kill()


def noted(bridge: Bridge) -> set[tuple[str, str]]:
    """What the bridge has still to take back: event and state."""
    with sqlite3.connect(bridge.folder / "bridge.db") as database:
        found = database.execute(
            "SELECT event_id, 'redacted' FROM redactions UNION SELECT event_id, 'unwanted' FROM sent WHERE unwanted"
        )
        return {(str(event_id), str(state)) for event_id, state in found}
