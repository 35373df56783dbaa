"""`bot content …` as a nurse runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.content.store import ContentStore


def bot(*arguments: str | Path, **env: str) -> Result:
    return CliRunner().invoke(main, ["content", *map(str, arguments)], env={"COLUMNS": "100", **env})


@pytest.fixture
def db(content: Path, tmp_path: Path) -> Path:
    path = tmp_path / "var" / "content.db"
    assert bot("build", "--content", content, "--db", path).exit_code == 0
    return path


def test_check_of_content_in_order(content: Path) -> None:
    done = bot("check", "--content", content)
    assert (done.exit_code, done.output) == (0, "Content is in order (0 warnings).\n")


def test_check_prints_all_problems_and_exits_with_1(content: Path, article: Path) -> None:
    text = article.read_text("utf-8")
    article.write_text(text.replace("## Topic: causes", "## Topic: x").replace("disclaimer: general", "disclaimer: y"))
    done = bot("check", "--content", content)
    assert done.exit_code == 1
    assert "content/articles/leukopenia.md:" in done.output
    assert "unknown topic `x`" in done.output and "unknown disclaimer `y`" in done.output
    assert "2 errors to mend" in done.output


def test_build_says_what_is_in_it(content: Path, tmp_path: Path) -> None:
    path = tmp_path / "new" / "content.db"
    done = bot("build", "--content", content, "--db", path)
    assert done.exit_code == 0
    assert done.output.startswith("Built content.db: 1 article(s), 15 answers, ")
    assert done.output.endswith(f"version {ContentStore.open(path).version[:12]}.\n")


def test_build_refuses_what_is_too_hard_to_read_and_leaves_the_old_store(
    content: Path, article: Path, db: Path
) -> None:
    before = db.read_bytes()
    hard = "Notwithstanding considerable interindividual heterogeneity, transmissibility remains categorically unsubstantiated throughout contemporary epidemiological literature."
    article.write_text(article.read_text("utf-8").replace("No. It does not spread from person to person.", hard))
    done = bot("build", "--content", content, "--db", db)
    assert done.exit_code == 1
    assert "Use shorter words" in done.output and "the store is as it was" in done.output
    assert db.read_bytes() == before


def test_show_the_whole_and_one_topic(db: Path) -> None:
    whole = bot("show", "--db", db).output
    assert "Content version" in whole and "contagious" in whole and "clozapine" in whole
    one = bot("show", "contagious", "--db", db).output
    flat = " ".join(one.replace("│", " ").split())
    answer = ContentStore.open(db).answer("leukopenia", "contagious")
    assert answer is not None
    for text in (
        *answer.questions,
        answer.text,
        answer.simpler,
        answer.short,
        answer.source.line(),
        answer.disclaimer.short,
    ):
        assert text in flat
    assert "\x1b[" not in one


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "colour"), "There is no topic `colour`. One of: "),
        (("show", "causes", "--condition", "lupus"), "There is no condition `lupus`. One of: leukopenia."),
    ],
)
def test_what_is_not_there_is_said(db: Path, arguments: tuple[str, ...], says: str) -> None:
    done = bot(*arguments, "--db", db)
    assert done.exit_code == 1 and says in done.output


def test_no_store_and_no_folder_are_said(tmp_path: Path) -> None:
    done = bot("show", "--db", tmp_path / "none.db")
    assert done.exit_code == 1 and "Run `bot content build`" in done.output
    for command in ("check", "build", "report", "history", "release"):
        done = bot(command, "--content", tmp_path / "none")
        assert done.exit_code == 1 and "There is no content folder" in done.output, command


def test_a_store_that_can_not_be_written(content: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = bot("build", "--content", content, "--db", tmp_path / "file" / "content.db")
    assert done.exit_code == 1 and "can't be written" in done.output


def test_report_as_markdown_and_as_html(content: Path, tmp_path: Path) -> None:
    page = bot("report", "--content", content).output
    assert page.startswith("# Content for review")
    assert "| contagious | answer | " in page and "CDC Clear Communication Index" in page
    out = tmp_path / "review.html"
    assert bot("report", "--content", content, "--out", out).exit_code == 0
    html = out.read_text("utf-8")
    assert html.startswith("<!doctype html>") and "<table>" in html and "<script" not in html
    done = bot("report", "--content", content, "--out", tmp_path / "none" / "x.html")
    assert done.exit_code == 1 and "can't be written" in done.output


def test_release_and_history(content: Path, article: Path) -> None:
    (content / "history.jsonl").unlink()
    assert "No release was noted yet" in bot("history", "--content", content).output
    assert bot("release", "--content", content).output.startswith("Noted release ")
    assert bot("release", "--content", content).output == "Nothing changed since the last release.\n"
    article.write_text(article.read_text("utf-8").replace("It is a Greek word.", "It is an old Greek word."))
    assert "is not noted" in bot("history", "--content", content).output
    bot("release", "--content", content)
    table = bot("history", "--content", content).output
    assert "leukopenia.word_origin" in table.replace("\n", "") or "word_o" in table
    line = (content / "history.jsonl").read_text("utf-8").splitlines()[-1]
    version = line.split('"version": "')[-1][:12]
    one = bot("history", version, "--content", content).output
    assert "changed: leukopenia.word_origin" in one and "Demo content team" in one
    assert bot("history", "zzz", "--content", content).exit_code == 1


def test_import_is_one_of_the_commands() -> None:
    done = bot("--help")
    assert "import" in done.output
    assert bot("import", "--help").exit_code == 0
