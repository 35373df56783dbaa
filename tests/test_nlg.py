"""The clinic's numbers in Rasa's own way of saying a response."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.channels.collector import as_reply
from bot.content.clinic import ClinicError, load_clinic
from bot.nlg import ClinicNLG

ROOT = Path(__file__).resolve().parent.parent
DOMAIN = Domain.from_path(str(ROOT / "domain.yml"))
CLINIC = load_clinic(ROOT / "content" / "clinic.yml")


@pytest.fixture(scope="module")
def nlg() -> NaturalLanguageGenerator:
    """Made as Rasa makes it from endpoints.yml."""
    return NaturalLanguageGenerator.create(EndpointConfig.from_dict({"type": "bot.nlg.ClinicNLG"}), DOMAIN)


def tracker() -> DialogueStateTracker:
    return DialogueStateTracker.from_events("someone", [], slots=DOMAIN.slots)


def test_endpoints_yml_selects_it() -> None:
    from rasa.utils.endpoints import read_endpoint_config

    endpoint = read_endpoint_config(str(ROOT / "endpoints.yml"), "nlg")
    assert isinstance(NaturalLanguageGenerator.create(endpoint, DOMAIN), ClinicNLG)


@pytest.mark.parametrize("name", sorted(DOMAIN.responses))
async def test_every_response_is_filled(nlg: NaturalLanguageGenerator, name: str) -> None:
    message = await nlg.generate(name, tracker(), "web")
    assert message is not None
    assert "{" not in message["text"]


@pytest.mark.parametrize(
    ("name", "kind", "urgency"),
    [
        ("utter_emergency", "red_flag", "emergency"),
        ("utter_call_today", "red_flag", "call_today"),
        ("utter_crisis", "crisis", "crisis"),
    ],
)
async def test_urgent_responses_carry_their_reply(
    nlg: NaturalLanguageGenerator, name: str, kind: str, urgency: str
) -> None:
    message = await nlg.generate(name, tracker(), "sms")
    assert message is not None
    reply = as_reply(BotUttered(message["text"], {"custom": message["custom"]}).message())
    assert reply is not None
    assert (reply.kind, reply.urgency, reply.text) == (kind, urgency, message["text"])
    assert CLINIC.emergency_number in {phone.number for phone in reply.phones}


async def test_slots_and_arguments_cannot_change_the_numbers(nlg: NaturalLanguageGenerator) -> None:
    state = tracker()
    state.update(SlotSet("condition", "leukopenia"))
    message = await nlg.generate("utter_emergency", state, "web", emergency_number="0", text=None)
    assert message is not None
    assert f"call {CLINIC.emergency_number} now" in message["text"]


async def test_a_response_that_does_not_exist_says_nothing(nlg: NaturalLanguageGenerator) -> None:
    assert await nlg.generate("utter_unheard_of", tracker(), "web") is None


def test_a_missing_clinic_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_CONTENT", str(tmp_path))
    with pytest.raises(ClinicError, match=r"clinic\.yml"):
        ClinicNLG(domain=DOMAIN)
