"""The importer, on text of both shapes, Markdown, HTML and bad input."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.article_file import read_article
from bot.content.build import build
from bot.content.importer import ImportProblem, import_article
from bot.content.importer.facts import facts_in
from bot.content.importer.sections import find_parts, read_date, topic_of
from bot.content.store import ContentStore

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures" / "second_condition"
WIKI = """ |
 ICD9 = |
 MeshID = D000740 | Anemia (or anaemia, from Greek words for no and blood) is a decrease in the number of red blood cells in the \
body. It can make a person weak and tired.CausesLow red cell counts are associated with bleeding, malaria and kidney disease. \
Other causes include: lack of iron, lack of folate, and cancer.DiagnosisThe condition is found with a blood test.Medications \
causing anemiaSome drugs, such as methotrexate and dapsone, can cause it.External linksCategory:Blood disorders de:Anämie es:Anemia
"""


def imported(tmp_path: Path, text: str | bytes, name: str = "raw.txt", **options: object):  # type: ignore[no-untyped-def]
    source = tmp_path / name
    source.write_bytes(text.encode() if isinstance(text, str) else text)
    made = import_article(source, tmp_path / "articles", **options)  # type: ignore[arg-type]
    return made, read_article(made.path, made.path.name)


def test_structured_text(tmp_path: Path) -> None:
    made, article = imported(tmp_path, (FIXTURES / "raw.txt").read_text("utf-8"))
    assert made.path.name == "iron-deficiency-anemia.md"
    assert article.problems == []
    assert article.is_draft and article.front["status"] == "draft"
    assert article.front["names"] == ["iron deficiency anemia"]
    assert article.front["sources"] == [{"id": "source-1", "title": "raw.txt", "updated_on": "2026-05-03"}]
    assert [topic.id for topic in article.topics] == [
        "definition", "causes", "symptoms", "diagnosis", "treatment", "complications", "prevention", "contagious", "seriousness",
    ]  # fmt: skip
    contagious = next(topic for topic in article.topics if topic.id == "contagious")
    assert contagious.questions[0][1] == "Is Iron Deficiency Anemia contagious?"
    assert "No, it can't spread from person to person." in contagious.form("answer")
    causes = [fact.name for fact in article.facts if fact.relation == "cause"]
    assert causes == ["Heavy periods", "Bleeding ulcers", "Diets with little iron", "Pregnancy", "Aspirin"]
    assert "not a substitute for a doctor's advice" in made.path.read_text("utf-8")


def test_wiki_text_with_a_broken_box_and_run_in_headings(tmp_path: Path) -> None:
    made, article = imported(tmp_path, WIKI)
    assert article.problems == []
    assert article.front["names"] == ["anemia", "anaemia"]
    assert [topic.id for topic in article.topics] == ["definition", "causes", "diagnosis", "medicines"]
    names = {fact.name for fact in article.facts}
    assert {
        "Bleeding",
        "Malaria",
        "Kidney disease",
        "Lack of iron",
        "Lack of folate",
        "Cancer",
        "Methotrexate",
        "Dapsone",
    } <= names
    not_placed = made.path.read_text("utf-8").split("## Not placed")[1]
    assert "Category:Blood disorders" in not_placed and "MeshID" not in not_placed


def test_markdown(tmp_path: Path) -> None:
    text = "# Gout\n\n**Gout** is a kind of *arthritis* that comes and goes.\n\n## Causes\n\n* Too much uric acid\n* Beer\n\n## How is it treated?\n\nWith [medicine](http://example.org/x).\n"
    _, article = imported(tmp_path, text, "gout.md")
    assert [topic.id for topic in article.topics] == ["definition", "causes", "treatment"]
    assert [fact.name for fact in article.facts] == ["Too much uric acid", "Beer"]
    assert "With medicine." in article.topics[2].form("answer")


def test_html(tmp_path: Path) -> None:
    text = (
        "<html><head><title>Gout</title><script>var x = 1;</script></head><body><h1>Gout</h1><p>Gout is a kind of arthritis.</p>"
        "<h2>Symptoms</h2><ul><li>Pain</li><li>Swelling</li></ul></body></html>"
    )
    made, article = imported(tmp_path, text, "gout.html")
    assert [topic.id for topic in article.topics] == ["definition", "symptoms"]
    assert [fact.name for fact in article.facts] == ["Pain", "Swelling"]
    assert "var x" not in made.path.read_text("utf-8")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b" \n\n ", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x01", "binary"),
        (b"caf\xe9 " * 50, "UTF-8"),
        (b"word " * 2_000_001, "10.0 MB"),
        ("La leucopenia es una disminución del número de glóbulos blancos en la sangre y puede aumentar el riesgo de infecciones en los pacientes que la tienen.".encode(), "English"),
        ("Лейкопения это снижение количества лейкоцитов в крови человека ниже нормы, она бывает разной и имеет множество причин, среди которых вирусы и лекарства".encode(), "English"),
    ],
)  # fmt: skip
def test_what_can_not_be_imported(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(ImportProblem, match=says):
        imported(tmp_path, data)
    assert not (tmp_path / "articles").exists()


def test_a_draft_is_not_written_over(tmp_path: Path) -> None:
    imported(tmp_path, WIKI)
    with pytest.raises(ImportProblem, match="there already"):
        imported(tmp_path, WIKI)
    imported(tmp_path, WIKI, force=True)


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=400))
def test_no_text_makes_it_crash_and_a_draft_can_be_read(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "raw.txt"
        source.write_text("The thing is a thing of the body.\n" + text, "utf-8", errors="ignore")
        try:
            made = import_article(source, Path(folder) / "articles", condition="thing")
        except ImportProblem:
            return
        assert read_article(made.path, "thing.md").is_draft


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.from_regex(r"[A-Z][a-z]{2,8}( [a-z]{2,8}){2,6}\.", fullmatch=True), min_size=1, max_size=12, unique=True
    )
)
def test_no_sentence_is_lost(sentences: list[str]) -> None:
    parts = find_parts(["# Gout", *sentences])
    kept = [line for section in parts.sections for line in section.lines] + parts.leftovers + parts.disclaimer
    assert set(sentences) <= set(kept)


@pytest.mark.parametrize(
    ("text", "iso"),
    [("18th October 2025", "2025-10-18"), ("October 3, 2024", "2024-10-03"), ("2026-01-31", "2026-01-31"), ("someday", None), ("40th May 2020", None)],
)  # fmt: skip
def test_dates(text: str, iso: str | None) -> None:
    assert read_date(text) == iso


@pytest.mark.parametrize(
    ("heading", "topic"),
    [
        ("Causes of Gout", "causes"),
        ("Medications causing gout", "medicines"),
        ("Can gout be a sign of an underlying condition?", "underlying"),
        ("Is gout a life-threatening condition?", "seriousness"),
        ("What is gout?", "definition"),
        ("Famous people", None),
    ],
)
def test_topics_of_headings(heading: str, topic: str | None) -> None:
    assert topic_of(heading) == topic


def test_facts_of_a_list() -> None:
    found = facts_in("causes", ["- Infections such as flu, colds, and measles", "- Beer or wine", "Nothing here."])
    assert [(fact.name, fact.category) for fact in found] == [
        ("Flu", "Infections"), ("Colds", "Infections"), ("Measles", "Infections"), ("Beer", "causes"), ("Wine", "causes"),
    ]  # fmt: skip


def test_import_review_build_leaves_the_first_condition_as_it_was(content: Path, tmp_path: Path) -> None:
    build(content, tmp_path / "before.db")
    before = ContentStore.open(tmp_path / "before.db").answers("leukopenia")
    source = tmp_path / "raw.txt"
    source.write_bytes((FIXTURES / "raw.txt").read_bytes())
    made = import_article(source, content / "articles")
    drafted = build(content, tmp_path / "draft.db")
    assert (drafted.articles, drafted.drafts) == (1, 1)
    made.path.write_bytes((FIXTURES / "reviewed.md").read_bytes())
    assert build(content, tmp_path / "after.db").articles == 2
    store = ContentStore.open(tmp_path / "after.db")
    assert [condition.id for condition in store.conditions()] == ["iron-deficiency-anemia", "leukopenia"]
    assert store.answers("leukopenia") == before


def test_a_reviewed_article_is_never_written_over(tmp_path: Path) -> None:
    made, _ = imported(tmp_path, (FIXTURES / "raw.txt").read_text("utf-8"))
    reviewed = (FIXTURES / "reviewed.md").read_bytes()
    made.path.write_bytes(reviewed)
    with pytest.raises(ImportProblem, match="never writes over"):
        imported(tmp_path, (FIXTURES / "raw.txt").read_text("utf-8"), force=True)
    assert made.path.read_bytes() == reviewed
