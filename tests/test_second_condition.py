"""A second condition through import, review and build: no code, no training; the first stays as it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.content.build import build
from bot.content.importer import import_article
from bot.settings import Settings
from tests.kit import Patient

FIXTURES = Path(__file__).resolve().parent / "fixtures" / "second_condition"
ABOUT_THE_FIRST = (
    "what is leukopenia", "what causes low white cells", "is leukopenia contagious", "can clozapine cause leukopenia",
    "how is leukopenia treated", "what is neutropenia",
)  # fmt: skip


@pytest.fixture
def two_conditions(settings: Settings, tmp_path: Path, turns: object) -> Iterator[Callable[[], None]]:
    """Adds the second condition to the running bot's store when called; the store is put back afterwards."""
    content = tmp_path / "content"
    shutil.copytree(settings.content, content)

    def add() -> None:
        source = tmp_path / "raw.txt"
        source.write_bytes((FIXTURES / "raw.txt").read_bytes())
        made = import_article(source, content / "articles")
        build(content, settings.content_db)
        made.path.write_bytes((FIXTURES / "reviewed.md").read_bytes())
        build(content, settings.content_db)

    yield add
    build(settings.content, settings.content_db)


def test_both_answer_and_the_first_is_unchanged(
    two_conditions: Callable[[], None], new_patient: Callable[[], Patient]
) -> None:
    before = [new_patient().says(question).blocks for question in ABOUT_THE_FIRST]
    assert new_patient().says("what is iron deficiency anemia").kind == "unknown"
    two_conditions()
    assert [new_patient().says(question).blocks for question in ABOUT_THE_FIRST] == before
    for question, topic in (
        ("what is iron deficiency anemia", "definition"),
        ("what causes iron deficiency anaemia?", "causes"),
        ("how is low iron anemia treated", "treatment"),
        ("can you catch iron deficiency anemia", "contagious"),
    ):
        assert new_patient().says(question).answer_ids == (f"iron-deficiency-anemia.{topic}",), question
    assert new_patient().says("can aspirin cause iron deficiency anemia").answer_ids == (
        "iron-deficiency-anemia.cause.aspirin",
    )


def test_a_question_that_fits_both_asks_which_one(
    two_conditions: Callable[[], None], new_patient: Callable[[], Patient]
) -> None:
    two_conditions()
    patient = new_patient()
    asked = patient.says("what causes it")
    assert asked.kind == "clarify"
    assert [button.title for button in asked.buttons] == ["iron deficiency anemia", "low white blood cell count"]
    assert patient.says("the second one").answer_ids == ("leukopenia.causes",)
    assert patient.says("how is it treated").answer_ids == ("leukopenia.treatment",)
    assert patient.says("and iron deficiency anemia?").condition == "iron-deficiency-anemia"
    assert patient.says("how is it treated").answer_ids == ("iron-deficiency-anemia.treatment",)
