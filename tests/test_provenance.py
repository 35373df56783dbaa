"""Nothing reaches a patient that is not a row of the store or a fixed text: the check itself, on real replies."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.channels.guard import turns_of
from bot.content.clinic import load_clinic
from bot.content.reply import Button, Reply
from bot.content.store import ContentStore
from bot.fixed_replies import FixedReplies
from bot.provenance import Provenance
from bot.settings import Settings
from bot.turn import Turns
from tests.kit import Patient

QUESTIONS = (
    "what is leukopenia", "can clozapine cause it", "can ibuprofen cause it", "where is this from", "simpler please",
    "what can you do", "what causes it and is it contagious?", "how is lupus treated", "should i stop my methimazole",
    "i want to talk to a person", "i have a fever of 39", "i want to die", "what counts as a fever?", "hello",
)  # fmt: skip


@pytest.fixture
def provenance(settings: Settings) -> Provenance:
    clinic = load_clinic(settings.content / "clinic.yml")
    fixed = FixedReplies.load(settings.root / "domain.yml", settings.content, clinic)
    return Provenance(settings.content_db, fixed.texts(), clinic)


def test_what_the_bot_says_is_approved(patient: Patient, provenance: Provenance) -> None:
    for question in QUESTIONS:
        patient.says(question)
        assert patient.last is not None and not patient.last.failed, question
    assert len(patient.heard) >= len(QUESTIONS)
    assert [reply.text for reply in patient.heard if provenance.strays(reply)] == []


def test_every_fixed_text_is_approved_without_a_store(settings: Settings, tmp_path: Path) -> None:
    clinic = load_clinic(settings.content / "clinic.yml")
    fixed = FixedReplies.load(settings.root / "domain.yml", settings.content, clinic)
    without = Provenance(tmp_path / "missing.db", fixed.texts(), clinic)
    for name in ("utter_emergency", "utter_crisis", "technical_problem", "too_long", "opening_notice"):
        assert without.strays(fixed.reply(name)) == []
    assert without.strays(Reply(kind="conversation", text="Rest and drink tea.")) != []


def altered(reply: Reply, part: str) -> Reply:
    """The reply with one invented thing in it."""
    block = reply.blocks[0]
    assert reply.disclaimer is not None
    return {
        "a sentence in the answer": lambda: replace(reply, blocks=(replace(block, text=block.text + " Eat garlic."),)),
        "another answer's short form": lambda: replace(reply, blocks=(replace(block, short_text="Eat garlic."),)),
        "a source": lambda: replace(reply, blocks=(replace(block, source=replace(block.source, article="A blog")),)),
        "a review date": lambda: replace(
            reply, blocks=(replace(block, source=replace(block.source, reviewed_on="2031-01-01")),)
        ),
        "a notice": lambda: replace(reply, blocks=(replace(block, notice="This is brand new."),)),
        "a lead": lambda: replace(reply, text="Garlic is the best cure."),
        "a closing": lambda: replace(reply, closing="Stop your medicine."),
        "an urgent line": lambda: replace(reply, urgent_line="There is no need to call."),
        "a disclaimer": lambda: replace(reply, disclaimer=replace(reply.disclaimer, short="This is medical advice.")),
        "a button": lambda: replace(reply, buttons=(Button("Buy garlic", "/greet"),)),
        "a fact that is none": lambda: replace(
            reply, text="Yes. The article names garlic as a possible cause of a low white blood cell count."
        ),
    }[part]()


@pytest.mark.parametrize(
    "part",
    ["a sentence in the answer", "another answer's short form", "a source", "a review date", "a notice", "a lead",
     "a closing", "an urgent line", "a disclaimer", "a button", "a fact that is none"],
)  # fmt: skip
def test_an_invented_part_is_found(patient: Patient, provenance: Provenance, part: str) -> None:
    reply = patient.says("what is leukopenia")
    assert provenance.strays(reply) == []
    assert provenance.strays(altered(reply, part)) != []


@pytest.mark.parametrize("guard", ["of bot serve", "of a channel under rasa run"])
def test_an_invented_reply_is_never_said(
    turns: Turns, settings: Settings, monkeypatch: pytest.MonkeyPatch, guard: str
) -> None:
    """An action that adds a sentence of its own: the patient reads the fixed sentence, danger is still caught."""
    if guard != "of bot serve":
        app: Any = SimpleNamespace(ctx=SimpleNamespace(agent=turns.agent))
        turns = turns_of(app, settings)
    patient = Patient(turns)
    from actions import action_answer

    original = action_answer.ActionAnswer.say

    def invents(self: action_answer.ActionAnswer, *given: object) -> object:
        said = original(self, *given)  # type: ignore[arg-type]
        return replace(said, reply=replace(said.reply, text="Garlic is the best cure."))

    monkeypatch.setattr(action_answer.ActionAnswer, "say", invents)
    reply = patient.says("what is leukopenia")
    assert patient.last is not None and patient.last.failed == "not approved"
    assert reply == turns.fixed.reply("technical_problem")


def test_a_reply_of_the_release_before_still_passes(settings: Settings, tmp_path: Path, patient: Patient) -> None:
    from bot.content.build import build

    content, store = tmp_path / "content", tmp_path / "content.db"
    shutil.copytree(settings.content, content)
    build(content, store)
    clinic = load_clinic(content / "clinic.yml")
    fixed = FixedReplies.load(settings.root / "domain.yml", content, clinic)
    provenance = Provenance(store, fixed.texts(), clinic)
    reply = patient.says("what is leukopenia")
    assert provenance.strays(reply) == []
    messages = content / "messages.yml"
    messages.write_text(messages.read_text().replace("We start afresh.", "We begin again."))
    build(content, store)
    assert ContentStore.open(store).version != reply.content_version
    assert provenance.strays(reply) == []


def test_many_words_that_nobody_knows_get_the_honest_answer(patient: Patient) -> None:
    reply = patient.says(
        "what is " + " ".join(f"quillfeather{'abcdefghij'[number % 10] * 9}itis" for number in range(90))
    )
    assert reply.kind == "unknown"
    assert patient.last is not None and not patient.last.failed
