"""Files as people save and mistype them: each ends in a problem that names file and line, and never in a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.content.clinic import load_clinic
from bot.content.crosscheck import crosscheck
from bot.content.fixed import filled_message, read_messages
from bot.content.folder import read_folder
from bot.content.problems import ContentError, Problem
from bot.safety.rulebook import RuleBook
from tests.editing import change

YAML_FILES = ("clinic.yml", "messages.yml", "red_flags.yml", "topics.yml")
FILES = (*YAML_FILES, "articles/leukopenia.md", "disclaimers/general.md")


def found(content: Path, name: str) -> list[Problem]:
    """What reading the folder finds in one file, without the measuring of texts."""
    if name == "red_flags.yml":
        try:
            RuleBook.load(content / name, f"content/{name}")
        except ContentError as error:
            return error.problems
        return []
    folder = read_folder(content)
    problems = [*folder.problems, *crosscheck(folder)]
    return [problem for problem in problems if problem.file == f"content/{name}" and problem.level == "error"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda data: b"", "the file is empty"),
        (lambda data: b"\n \n", "the file is empty"),
        (lambda data: data.replace(b"e", "é".encode("latin-1"), 1), "no text in UTF-8"),
        (lambda data: data.decode().encode("utf-16"), "no text in UTF-8"),
        (lambda data: data[:40] + b"\0" + data[40:], "binary file"),
        (lambda data: data + b"#" * 1_000_000, "at most 1 MB"),
    ],
)
def test_a_file_that_can_not_be_read(content: Path, name: str, spoil: Callable[[bytes], bytes], says: str) -> None:
    path = content / name
    path.write_bytes(spoil(path.read_bytes()))
    problems = found(content, name)
    assert len(problems) == 1 and says in problems[0].text, problems


@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_the_place_of_a_file(content: Path, name: str) -> None:
    (content / name).unlink()
    (content / name).mkdir()
    assert "the file can't be read" in found(content, name)[0].text


@pytest.mark.parametrize("name", FILES)
def test_the_command_names_each_file(content: Path, name: str) -> None:
    (content / name).write_bytes(b"\xff")
    done = CliRunner().invoke(main, ["content", "check", "--content", str(content)])
    assert done.exit_code == 1 and isinstance(done.exception, SystemExit)
    assert f"content/{name}: error: this is no text in UTF-8" in done.output


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_a_byte_order_mark_and_other_line_ends_change_nothing(content: Path, end: bytes) -> None:
    before = load_clinic(content / "clinic.yml"), read_messages(content)
    for name in FILES:
        data = (content / name).read_bytes()
        (content / name).write_bytes(b"\xef\xbb\xbf" + data.replace(b"\n", end))
    assert [found(content, name) for name in FILES] == [[] for _ in FILES]
    assert (load_clinic(content / "clinic.yml"), read_messages(content)) == before


@pytest.mark.parametrize("name", YAML_FILES)
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a list\n- of words\n", "expected"),
        ("a word", "expected"),
        ("key:\n\tother: 1\n", "no valid YAML"),
        ("key: 1\nkey: 2\n", "keep one"),
        ("key: [1, 2\n", "no valid YAML"),
        ("key: 2026-02-30\n", "no valid YAML"),
        ('key: "\\ud800"\n', "no valid YAML"),
    ],
)
def test_yaml_that_is_none(content: Path, name: str, text: str, says: str) -> None:
    (content / name).write_text(text, "utf-8")
    problems = found(content, name)
    assert problems and (says in problems[0].text or name == "red_flags.yml"), problems


def test_yaml_without_an_end(content: Path) -> None:
    (content / "topics.yml").write_text("key: " + "[" * 1_000, "utf-8")
    assert "deeply nested" in found(content, "topics.yml")[0].text


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("topics.yml", "next: [causes, symptoms, seriousness]", "next: causes", "`next` of `definition` must be a list"),
        ("topics.yml", "next: [causes, symptoms, seriousness]", "next: [[causes]]", "must be a list"),
        ("topics.yml", "next: [causes, symptoms, seriousness]", "next: [2026-01-01, 3]", "must be a list"),
        ("topics.yml", "{next: [causes, symptoms, seriousness]}", "causes", "needs an id"),
        ("topics.yml", "next: [causes, symptoms", "nxt: [causes, symptoms", "unknown field `nxt`"),
        ("messages.yml", "filled: [condition, questions]", "filled: condition", "`filled` of `capabilities` must be a list"),
        ("messages.yml", "filled: [condition, questions]", "filed: [condition]", "unknown field `filed`"),
        ("messages.yml", 'text: "What can I ask?"', "text: [What, can, I, ask]", "needs a `text`"),
        ("messages.yml", 'text: "What can I ask?"', "text: 5", "needs a `text`"),
        ("messages.yml", "What can I ask?", "What { can I ask?", "lone brace"),
        ("messages.yml", "What can I ask?", "What can {clinic_name!z} ask?", "more than a name"),
        ("messages.yml", "What can I ask?", "What can {clinic_name:>z} ask?", "more than a name"),
        ("messages.yml", "What can I ask?", "What can {0} ask?", "unknown placeholder {0}"),
        ("clinic.yml", 'phone: "555-0100"', "phone: 0205550100", "`phone` must be a text; put it in quotes"),
        ("clinic.yml", 'phone: "555-0100"', "phone: +15550100", "`phone` must be a text; put it in quotes"),
        ("clinic.yml", 'phone: "555-0100"', "phone: [555-0100]", "`phone` must be a text"),
        ("clinic.yml", 'emergency_number: "911"', "emergency_number: 000", "`emergency_number` must be a text"),
        ("clinic.yml", "name: Demo Clinic", "name: {a: b}", "`name` must be a text"),
        ("clinic.yml", '  number: "988"', "  number: 0800", "`crisis_line.number` must be a text"),
        ("clinic.yml", "demo: true", "demo: no", "`demo` must be true or false"),
        ("clinic.yml", "keep_days: 30", "keep_days: thirty", "whole number of days"),
        ("clinic.yml", "keep_days: 30", "keep_days: 2026-01-01", "whole number of days"),
        ("clinic.yml", "fever_c: 38.0", "fever_c: [38.0]", "`fever_c` must be a number"),
        ("clinic.yml", "  closed_on: [2026-12-25", "  closed_on: [25.12.2026", "is no date"),
        ("clinic.yml", '  monday: "08:00-17:00"', "  monday: [08:00-17:00]", "is no time of day"),
        ("articles/leukopenia.md", "names:\n", "names: leukopenia\nothers:\n", "`names` must be a list"),
        ("articles/leukopenia.md", "reviewed_on: 2026-11-21", "reviewed_on: 21.11.2026", "must be a date"),
        ("articles/leukopenia.md", "reviewed_on: 2026-11-21", "reviewed_on: [2026-11-21]", "`reviewed_on` must be a text"),
        ("articles/leukopenia.md", "disclaimer: general", "disclaimer: [general]", "`disclaimer` must be a text"),
    ],
)  # fmt: skip
def test_a_field_of_the_wrong_kind(content: Path, name: str, old: str, new: str, says: str) -> None:
    line = change(content / name, old, new)
    problems = found(content, name)
    told = [problem for problem in problems if says in problem.text]
    assert told, problems
    # A field has its own line; what is wrong inside a topic, a text or a list stands at the line of its key.
    assert any(line - 9 <= problem.line <= line for problem in told), (line, told)


def test_words_of_danger_are_not_lost_unseen(content: Path) -> None:
    """A second list under the same name, and words that YAML reads as true and false."""
    path = content / "red_flags.yml"
    whole = path.read_text("utf-8")
    start = whole.index("concepts:\n") + len("concepts:\n")
    concept = "  made_up: {label: made up, says: [one two three]}\n"
    path.write_text(whole[:start] + concept * 2 + whole[start:], "utf-8")
    line = whole[:start].count("\n") + 2
    assert [problem.line for problem in found(content, "red_flags.yml")] == [line]
    path.write_text(whole[:start] + concept.replace("one two three", "yes, no") + whole[start:], "utf-8")
    assert "put yes, no, on, off, true and false in quotes" in found(content, "red_flags.yml")[0].text


@pytest.mark.parametrize("entry", ["text only", "5", "[a]", "{text: [a]}", "{}", "{text: 'x { y'}"])
def test_a_fixed_text_that_is_none_is_a_content_error(content: Path, entry: str) -> None:
    """Also where the file is read without a check before it; the sentence for a failure is found all the same."""
    before = filled_message(content, "technical_problem")
    path = content / "messages.yml"
    path.write_text(path.read_text("utf-8") + f"made_up: {entry}\n", "utf-8")
    with pytest.raises(ContentError, match=r"messages\.yml:\d+: error: `made_up`"):
        read_messages(content)
    assert filled_message(content, "technical_problem") == before
