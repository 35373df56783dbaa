"""docs/content-facts.md against the store: every fact of the two articles is where the list says, in the words it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.content.build import build
from bot.content.store import ContentStore

ROOT = Path(__file__).resolve().parent.parent.parent
ROW = re.compile(r"^\| (\d+) \| (E|O|E, O) \| (.+?) \| `([\w.:-]+)` \| (.+?) \|$", re.MULTILINE)
ROWS = ROW.findall((ROOT / "docs" / "content-facts.md").read_text("utf-8"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ContentStore:
    path = tmp_path_factory.mktemp("store") / "content.db"
    build(ROOT / "content", path)
    return ContentStore.open(path)


@pytest.fixture(scope="module")
def texts(store: ContentStore) -> dict[str, str]:
    """Every text by its id."""
    found = {f"disclaimer:{item.id}": f"{item.short} {item.full}" for item in store.disclaimers()}
    for answer in store.answers():
        found[answer.id] = " ".join((answer.text, answer.simpler, answer.short, answer.more, answer.source.line()))
    for fact in store.facts("leukopenia"):
        found[f"leukopenia.{fact.relation}.{fact.key}"] = fact.note
    return found


def test_the_list_is_numbered_without_gaps() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, len(ROWS) + 1))
    assert len(ROWS) > 100


@pytest.mark.parametrize(("number", "article", "fact", "where", "words"), ROWS)
def test_each_fact_is_where_the_list_says(
    texts: dict[str, str], number: str, article: str, fact: str, where: str, words: str
) -> None:
    assert where in texts, (number, fact)
    assert words in texts[where], (number, fact)


def test_no_fact_of_the_store_is_missing_in_the_list(texts: dict[str, str]) -> None:
    listed = {where for _, _, _, where, _ in ROWS}
    facts = {key for key in texts if key.count(".") == 2}
    assert facts - listed == set()


def test_each_fact_stands_once(store: ContentStore) -> None:
    facts = [(fact.relation, fact.key) for fact in store.facts("leukopenia")]
    assert len(facts) == len(set(facts))


def test_all_ten_questions_have_an_answer(store: ContentStore) -> None:
    page = (ROOT / "docs" / "content-facts.md").read_text("utf-8")
    ten = re.findall(r"^\| .+\? \| `leukopenia\.(\w+)` \|$", page, re.MULTILINE)
    assert len(ten) == len(set(ten)) == 10
    assert all(store.answer("leukopenia", topic) for topic in ten)
