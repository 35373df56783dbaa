"""What the checks find, with file and line, all at once."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.build import build
from bot.content.check import check
from bot.content.crosscheck import crosscheck
from bot.content.folder import read_folder
from bot.content.problems import ContentError
from tests.editing import change

TODAY = date(2026, 11, 21)
ROOT = Path(__file__).resolve().parent.parent.parent


def found(content: Path, level: str = "error", today: date = TODAY) -> list[str]:
    return [str(problem) for problem in check(content, today=today) if problem.level == level]


def test_the_projects_own_content_is_in_order() -> None:
    assert [str(problem) for problem in check(ROOT / "content", ROOT / "data" / "nlu", TODAY)] == []


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("## Topic: causes", "## Topic: colour", "## Topic: colour", "unknown topic `colour`"),
        ("disclaimer: general", "disclaimer: none", "disclaimer: none", "unknown disclaimer `none`"),
        ('Source: overview, section "Causes of Leukopenia"', "", "## Topic: causes", "has no `Source:"),
        ('Source: overview, section "Causes of Leukopenia"', 'Source: blog, section "X"', "## Topic: causes", "unknown source `blog`"),
        ("reviewed_on: 2026-11-21", "reviewed_on: yesterday", "reviewed_on:", "must be a date"),
        ("reviewed_on: 2026-11-21", "reviewed_on: 2027-01-01", "reviewed_on:", "lies in the future"),
        ("status: approved", "status: final", "status:", "must be `draft` or `approved`"),
        ("- malaria [infection]", "- malaria infection", "- malaria", "a fact is"),
        ('{overview, "Causes of Leukopenia"} Malaria is', '{blog, "X"} Malaria is', "- malaria", "unknown source `blog`"),
        ("- malaria [infection]", "- tuberculosis [infection]", "- tuberculosis [infection]", "stands on line"),
        ("### Simpler\nYour blood", "### Easier\nYour blood", "### Easier", "unknown part"),
        ("## Facts: symptom", "## Facts: colour", "## Facts: colour", "unknown relation `colour`"),
        ("neutropenic) [illness]", "neutropenic) [word]", "- neutropenia", "the kind of a term is one of [illness], [body]"),
        ("It is a Greek word.", "Это греческое слово, оно означает слишком мало белых клеток в крови.", "### Simpler", "English"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(
    content: Path, article: Path, old: str, new: str, line: str, says: str
) -> None:
    change(article, old, new)
    lines = article.read_text("utf-8").splitlines()
    matching = [problem for problem in found(content) if says in problem]
    assert matching, found(content)
    number = int(matching[0].split(":")[1])
    assert lines[number - 1].startswith(line), (matching[0], lines[number - 1])


def test_all_problems_are_told_at_once(content: Path, article: Path) -> None:
    change(article, "## Topic: causes", "## Topic: colour")
    change(article, "disclaimer: general", "disclaimer: none")
    change(content / "clinic.yml", 'phone: "555-0100"', 'phone: "call us"')
    change(content / "messages.yml", "articles. You can ask {clinic_name}", "articles. You can ask {clinic_nome}")
    problems = "\n".join(found(content))
    for part in ("unknown topic", "unknown disclaimer", "no phone number", "unknown placeholder {clinic_nome}"):
        assert part in problems


def test_a_text_that_is_too_long_or_too_hard(content: Path, article: Path) -> None:
    change(article, "No, a low white blood cell count is not contagious.", "No. " + "It does not spread at all. " * 40)
    hard = (
        "Notwithstanding the considerable heterogeneity regarding pathophysiological manifestations, interindividual "
        "transmissibility remains categorically unsubstantiated throughout contemporary epidemiological literature."
    )
    change(article, "No. It does not spread from person to person.", hard)
    problems = "\n".join(found(content))
    assert "words; at most" in problems
    assert "Use shorter words" in problems


def test_dates_are_warned_of_ahead(content: Path) -> None:
    assert found(content, "warning", date(2027, 9, 1)) == []
    assert "in 52 days" in found(content, "warning", date(2027, 9, 30))[0]
    assert "carry a notice" in found(content, "warning", date(2027, 12, 1))[0]
    assert "withdrawn" in found(content, "warning", date(2028, 2, 1))[0]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe", "binary"),
        (b"caf\xe9", "UTF-8"),
        (b"text with a \x00 byte", "binary"),
        (b"# An article\n\nwithout front matter\n", "front matter is missing"),
        (b"---\ntitle: x\n", "no end"),
        (b"---\ntitle: 'x\n---\n", "no valid YAML"),
        (b"---\ntitle: a\ntitle: b\n---\n", "keep one"),
        (b"---\n- a list\n---\n", "field: value"),
        (b"x" * 10_000_000, "10.0 MB"),
    ],
)
def test_a_file_that_is_no_article(content: Path, data: bytes, says: str) -> None:
    (content / "articles" / "other.md").write_bytes(data)
    problems = [problem for problem in found(content) if "other.md" in problem]
    assert len(problems) == 1 and says in problems[0], problems


def test_two_articles_with_one_name(content: Path, article: Path) -> None:
    (content / "articles" / "second.md").write_text(article.read_text("utf-8"), "utf-8")
    assert any("second.md" in problem and "is about `leukopenia` already" in problem for problem in found(content))
    other = article.read_text("utf-8").replace("condition: leukopenia", "condition: anemia")
    (content / "articles" / "second.md").write_text(other, "utf-8")
    assert any('the name "leukopenia" belongs to' in problem for problem in found(content))


def test_a_draft_is_only_a_warning(content: Path, article: Path) -> None:
    change(article, "status: approved", "status: draft")
    assert found(content) == []
    assert "not answered from" in found(content, "warning")[0]


def test_a_topic_that_nobody_could_ask_for(content: Path, tmp_path: Path) -> None:
    problems = check(content, tmp_path, TODAY)
    assert any("`ask_causes`" in problem.text for problem in problems)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("review_due: 2027-11-21", "reveiw_due: 2027-11-21", "---", "unknown field `reveiw_due`"),
        ("title: Low white blood cell count (leukopenia)", "title: [a, b]", "title:", "`title` must be a text"),
        ("  - leukopenia\n", "  - 5\n", "names:", "`names.1` must be a text"),
        ("    title: an encyclopedia article on leukopenia\n", "", "sources:", "`sources.1` needs `title`"),
        ("names:\n", "names: none\nothers:\n", "names:", "`names` must be a list"),
        ("    updated_on: 2025-10-18", "    updated_on: last year", "  - id: overview", "`updated_on` must be a date"),
        ("condition: leukopenia", "condition: Low Count", "condition:", "`condition` is an id"),
        ("No. It does not spread from person to person.", "You can stop your medicine now.", "### Simpler", "only their doctor decides"),
        ("No. It does not spread from person to person.", "REWRITE: it does not spread.", "### Simpler", "the mark `REWRITE`"),
        ("No. It does not spread from person to person.", "No. " + "It really does not spread. " * 14, "### Short", "fit two text messages"),
        ("Question: Is leukopenia contagious?", "Question: ¿Es la leucopenia una enfermedad que se contagia?", "Question: ¿Es", "English"),
        ("Malaria is an infection that can cause a low white blood cell count.", "", "- malaria", "has no sentence"),
        ("## Topic: contagious", "## Topic: causes", "## Topic: causes", "stands twice"),
        ("## Notes", "## Remarks", "## Remarks", "unknown heading"),
        ("### Answer\nNo, a low", "### Short\nNo, a low", "### Short", "stands twice in this topic"),
    ],
)  # fmt: skip
def test_more_mistakes_are_named_with_their_line(
    content: Path, article: Path, old: str, new: str, line: str, says: str
) -> None:
    if line == "### Short" and "two text" in says:
        old = "No, a low white blood cell count does not spread from person to person."
    change(article, old, new)
    lines = article.read_text("utf-8").splitlines()
    matching = [problem for problem in found(content) if says in problem]
    assert matching, found(content)
    numbers = [int(problem.split(":")[1]) for problem in matching]
    assert any(lines[number - 1].startswith(line) for number in numbers), matching


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("topics.yml", "next: [causes, symptoms, seriousness]", "next: [colour]", "names the unknown topic `colour`"),
        ("messages.yml", "What would you like to know?", "What { would you like to know?", "lone brace"),
        ("messages.yml", 'text: "Which one do you mean?"', "text:", "needs a `text`"),
        ("messages.yml", "Which one do you mean?", "Please stop taking your pills.", "only their doctor decides"),
        ("disclaimers/general.md", "\n---\n", "\n", "a disclaimer is the short form"),
    ],
)
def test_the_other_files_are_checked_too(content: Path, name: str, old: str, new: str, says: str) -> None:
    change(content / name, old, new)
    assert any(name in problem and says in problem for problem in found(content)), found(content)


@pytest.mark.parametrize("name", ["topics.yml", "messages.yml", "clinic.yml", "disclaimers/general.md"])
def test_a_missing_or_binary_file_is_named(content: Path, name: str) -> None:
    (content / name).write_bytes(b"\xff\xfe\x00binary")
    assert any(Path(name).name in problem for problem in found(content)), name
    (content / name).unlink()
    assert any(Path(name).name in problem or "there is no disclaimer" in problem for problem in found(content)), name


def test_a_draft_is_checked_but_keeps_nothing_from_being_built(content: Path, article: Path, tmp_path: Path) -> None:
    draft = article.read_text("utf-8").replace("status: approved", "status: draft").replace("### Simpler", "### Easier")
    (content / "articles" / "second.md").write_text(draft, "utf-8")
    assert found(content) == []
    warnings = "\n".join(found(content, "warning"))
    for part in ("is about `leukopenia` already", "unknown part", "not answered from"):
        assert part in warnings
    assert build(content, tmp_path / "x.db").drafts == 1


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_damaged_article_gives_problems_and_no_crash(data: st.DataObject) -> None:
    """Lines cut, doubled, moved and overwritten at random: the check always ends in a list."""
    with tempfile.TemporaryDirectory() as folder:
        content = Path(folder) / "content"
        shutil.copytree(ROOT / "content", content)
        path = content / "articles" / "leukopenia.md"
        lines = path.read_text("utf-8").splitlines()
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, min(len(lines) - 1, 60)))
            junk = data.draw(st.sampled_from(["", "---", "- ", "key: [", "status: draft", "names: {a: 1}", "sources: 3", "\t\x07", "## Topic: ", "- - -", "é: é"]))  # fmt: skip
            lines[at : at + data.draw(st.integers(0, 2))] = [junk]
        path.write_text("\n".join(lines), "utf-8")
        problems = check(content, today=TODAY)
        if any(problem.level == "error" for problem in crosscheck(read_folder(content))):
            with pytest.raises(ContentError):
                build(content, Path(folder) / "x.db")
        assert all(problem.file and problem.text and problem.line >= 0 for problem in problems)
