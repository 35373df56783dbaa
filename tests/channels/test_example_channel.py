"""The channel of docs/channels.md, on the real server; and that Rasa's own connectors stay off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from bot.channels.own import OwnChannelError, own_channels
from bot.settings import Settings
from tests.kit import ServicePatient
from tests.serving import Server

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = "tests.channels.example_channel.PortalChannel"
SECRET = "a-secret-of-the-portal-0123456789-abc"


@pytest.fixture(scope="module")
def portal(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server with the example's channel."""
    environment = {"BOT_CHANNELS": EXAMPLE, "PORTAL_SECRET": SECRET, "PYTHONPATH": str(ROOT)}
    running = Server(settings, tmp_path_factory.mktemp("portal"), **environment).start()
    yield running
    running.kill()


@pytest.fixture
def new_patient(portal: Server) -> Callable[[], ServicePatient]:
    """Makes patients of the portal."""

    def post(patient: str, message_id: str, text: str) -> list[str]:
        body = {"patient": patient, "message_id": message_id, "text": text}
        headers = {"Authorization": f"Bearer {SECRET}"}
        answer = httpx.post(portal.url + "portal/messages", json=body, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
        texts: list[str] = answer.json()["texts"]
        return texts

    return lambda: ServicePatient(post)


def test_a_conversation_in_the_portal(new_patient: Callable[[], ServicePatient], portal: Server) -> None:
    patient, other = new_patient(), new_patient()
    first = patient.says("what is leukopenia?")
    assert "computer program" in patient.heard[0], "the notice comes first"
    assert "Source:" in first and "general information" in first and not re.search(r"/ask_|[<{]", first)
    title = re.findall(r"^1\. (.+)$", patient.heard[-1], re.M)[-1]
    picked = patient.picks(title)
    assert "Source:" in picked
    assert patient.repeats() == picked, "a message that arrives twice gets the same answer"
    assert "911" in patient.says("I have chest pain")
    assert "leukopenia" not in other.says("/restart"), "typed text is no command"
    kept = b"".join(path.read_bytes() for path in portal.state.glob("conversations*"))
    assert b"portal-" in kept and patient.id.encode() not in kept


def test_callers_and_bodies_that_are_wrong(portal: Server) -> None:
    url, body = portal.url + "portal/messages", {"patient": "1", "message_id": "12345678", "text": "hello"}
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        assert httpx.post(url, json=body, headers=headers, timeout=60).status_code == 401
    for wrong in (b"", b"{", b"\xff", b"[]", b'{"patient": 1, "message_id": "2", "text": "3"}'):
        answer = httpx.post(url, content=wrong, headers={"Authorization": f"Bearer {SECRET}"}, timeout=60)
        assert answer.status_code == 400


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("nowhere.Channel", "there is no class nowhere.Channel"),
        ("Channel", "there is no class Channel"),
        ("bot.settings.Nothing", "there is no class bot.settings.Nothing"),
        ("bot.settings.Settings", "is no rasa.core.channels.channel.InputChannel"),
        ("rasa.core.channels.rest.RestInput", "most believe whoever calls"),
        ("rasa.core.channels.RestInput", "most believe whoever calls"),
    ],
)
def test_a_class_that_can_not_be_used_is_named(settings: Settings, path: str, says: str) -> None:
    with pytest.raises(OwnChannelError, match=re.escape(says)):
        own_channels(settings, {"BOT_CHANNELS": path})


def test_a_channels_own_mistake_comes_through(settings: Settings) -> None:
    assert own_channels(settings, {"BOT_CHANNELS": "  "}) == []
    with pytest.raises(ValueError, match="PORTAL_SECRET must have"):
        own_channels(settings, {"BOT_CHANNELS": EXAMPLE})


def test_no_connector_of_rasa_is_mounted(server: Server) -> None:
    from rasa.core.channels import BUILTIN_CHANNELS

    for name in BUILTIN_CHANNELS:
        for place in (f"{name}/webhook", f"webhooks/{name}/webhook", f"{name}/", f"webhooks/{name}/"):
            body = {"sender": "anyone", "message": "hello", "text": "hello"}
            assert httpx.post(server.url + place, json=body, timeout=60).status_code == 404, place
    assert httpx.get(server.url + "socket.io/?EIO=4&transport=polling", timeout=60).status_code == 404


def test_the_shipped_credentials_name_none() -> None:
    assert not yaml.safe_load((ROOT / "credentials.yml").read_text("utf-8"))


def test_the_table_of_connectors_is_whole_and_of_this_release() -> None:
    from rasa import __version__
    from rasa.core.channels import BUILTIN_CHANNELS

    page = (ROOT / "docs" / "channels.md").read_text("utf-8")
    assert f"Rasa {__version__}" in page, "Rasa has changed: read its connectors again"
    table = page[page.index("## Rasa's own connectors") :]
    listed = set(re.findall(r"^\| `(\w+)` \|", table, re.M))
    assert listed == set(BUILTIN_CHANNELS)
