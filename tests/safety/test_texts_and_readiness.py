"""The fixed urgent texts, filled, and who may be shown them."""

from __future__ import annotations

import dataclasses
import re
import shutil
from pathlib import Path

import pytest
import textstat
import yaml

from bot.content.clinic import Clinic, load_clinic
from bot.content.fixed import FAILURES, technical_problem
from bot.content.problems import ContentError
from bot.content.reply import Phone
from bot.fixed_replies import FixedReplies
from bot.safety.readiness import NotForPatients, require_real_clinic
from bot.safety.texts import PLACEHOLDER, fill, urgent_reply
from bot.settings import Settings
from tests.editing import change
from tests.safety.conftest import CONTENT, ROOT

URGENT = ("utter_emergency", "utter_call_today", "utter_crisis")
RESPONSES = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))["responses"]


@pytest.fixture
def clinic() -> Clinic:
    """The demo clinic with numbers of its own."""
    demo = load_clinic(CONTENT / "clinic.yml")
    line = dataclasses.replace(demo.crisis_line, name="Lifeline", number="988")
    return dataclasses.replace(
        demo, demo=False, name="North Clinic", phone="+1 212 736 5000", emergency_number="911", crisis_line=line
    )


@pytest.mark.parametrize("name", URGENT)
def test_urgent_texts_have_one_variation_and_are_easy_to_read(name: str, clinic: Clinic) -> None:
    [variation] = RESPONSES[name]
    assert set(variation) == {"text"}
    text = fill(variation["text"], clinic)
    assert textstat.flesch_kincaid_grade(text) <= 5
    assert textstat.automated_readability_index(text) <= 5
    assert textstat.coleman_liau_index(text) <= 5
    assert "\n\n" not in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("utter_emergency", ["911", "low white"]),
        ("utter_call_today", ["+1 212 736 5000", "911", "38.0 °C", "100.4 °F"]),
        ("utter_crisis", ["Lifeline", "988", "911"]),
    ],
)
def test_urgent_texts_show_the_numbers(name: str, shown: list[str], clinic: Clinic) -> None:
    text = fill(RESPONSES[name][0]["text"], clinic)
    assert [part for part in shown if part not in text] == []
    assert not PLACEHOLDER.search(text)


@pytest.mark.parametrize("name", URGENT)
def test_urgent_texts_say_nothing_about_medicines(name: str) -> None:
    text = RESPONSES[name][0]["text"].lower()
    assert [
        word for word in ("stop taking", "take your", "paracetamol", "ibuprofen", "medicine", "dose") if word in text
    ] == []


@pytest.mark.parametrize(
    ("name", "kind", "urgency", "first"),
    [
        ("utter_emergency", "red_flag", "emergency", Phone("Emergency", "911")),
        ("utter_call_today", "red_flag", "call_today", Phone("North Clinic", "+1 212 736 5000")),
        ("utter_crisis", "crisis", "crisis", Phone("Lifeline", "988")),
    ],
)
def test_urgent_replies_have_numbers_to_tap(name: str, kind: str, urgency: str, first: Phone, clinic: Clinic) -> None:
    reply = urgent_reply(name, RESPONSES[name][0]["text"], clinic)
    assert reply is not None
    assert (reply.kind, reply.urgency, reply.phones[0]) == (kind, urgency, first)
    assert "{" not in reply.text


@pytest.mark.parametrize("name", ["utter_goodbye", "technical_problem", "emergency_unknown"])
def test_other_texts_are_no_urgent_replies(clinic: Clinic, name: str) -> None:
    assert urgent_reply(name, "bye", clinic) is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("responses:\n", "answers:\n", "domain.yml:1: error: `responses` are missing"),
        ("  utter_crisis:\n    - text:", "  utter_crisis:\n    - txt:", "error: `utter_crisis` needs a `text`"),
        ("  utter_crisis:\n    -", "  utter_crisis:\n    ", "error: `utter_crisis` needs a `text`"),
        ("call {emergency_number} now", "call {emergency_nr} now", "has the unknown placeholder {emergency_nr}"),
        ("responses:\n", "responses: [\n", "no valid YAML"),
    ],
)
def test_a_broken_urgent_text_is_named_before_anyone_needs_it(
    tmp_path: Path, clinic: Clinic, old: str, new: str, says: str
) -> None:
    domain = Path(shutil.copy(ROOT / "domain.yml", tmp_path))
    change(domain, old, new)
    with pytest.raises(ContentError, match=re.escape(says)):
        FixedReplies.load(domain, CONTENT, clinic)


@pytest.mark.parametrize("name", sorted(FAILURES))
def test_what_failed_is_said_in_one_way_with_the_numbers_to_call(clinic: Clinic, name: str) -> None:
    reply = FixedReplies({name: "Call {emergency_number}."}, clinic).reply(name)
    assert (reply.kind, reply.urgency, reply.text) == ("unknown", None, "Call 911.")
    assert reply.phones == (Phone("Emergency", "911"), Phone("North Clinic", "+1 212 736 5000"))


def test_an_action_says_it_as_the_guard_does() -> None:
    settings = Settings.read()
    fixed = FixedReplies.load(
        settings.root / "domain.yml", settings.content, load_clinic(settings.content / "clinic.yml")
    )
    assert technical_problem(settings.content) == fixed.reply("technical_problem")


def test_an_unknown_placeholder_is_named(clinic: Clinic) -> None:
    with pytest.raises(ValueError, match=r"nothing fills \{clinic_fax\}"):
        fill("Fax {clinic_fax}", clinic)


def test_every_fixed_text_can_be_filled(clinic: Clinic) -> None:
    for name, variations in RESPONSES.items():
        for variation in variations:
            assert fill(variation["text"], clinic).strip(), name


def test_a_real_clinic_may_start(clinic: Clinic) -> None:
    require_real_clinic(clinic)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"demo": True}, "demo: true"),
        ({"phone": "555-0100"}, "phone: 555-0100` is a number kept for fiction"),
        ({"phone": "+44 1632 960123"}, "kept for fiction"),
        ({"phone": ""}, "phone: ` is no number"),
        ({"emergency_number": "-"}, "emergency_number: -` is no number"),
    ],
)
def test_demo_and_made_up_numbers_do_not_start(clinic: Clinic, change: dict[str, object], says: str) -> None:
    with pytest.raises(NotForPatients) as caught:
        require_real_clinic(dataclasses.replace(clinic, **change))
    assert says in str(caught.value)
    assert "content/clinic.yml" in str(caught.value)


def test_the_projects_own_clinic_is_a_demo() -> None:
    with pytest.raises(NotForPatients):
        require_real_clinic(load_clinic(CONTENT / "clinic.yml"))
