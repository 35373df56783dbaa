"""`bot evaluate-safety`: the figures, and what a person with a bad file gets to read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.safety import Detector
from bot.safety.evaluation import BadFile, evaluate, read_messages, summary
from bot.settings import Settings
from bot.turn import Turns
from tests.kit import Patient

MESSAGES = """text,level
i can't breathe,emergency
my temp is 38.6,red_flag
i have a sore throat,urgent
i want to die,Crisis
what is leukopenia?,
"what temperature, then, is a fever?",none
xyzzy,emergency
i have a fever,ok
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "messages.csv"
    path.write_text(MESSAGES, "utf-8")
    return path


def test_figures(file: Path, detector: Detector) -> None:
    figures = summary(evaluate(detector.check, read_messages(file)))
    assert figures["messages"] == 8
    assert figures["levels"] == {
        "crisis": {"messages": 1, "caught": 1, "recall": 1.0, "exact": 1, "exact_recall": 1.0, "said_instead": {}},
        "emergency": {
            "messages": 3,
            "caught": 2,
            "recall": 0.6667,
            "exact": 1,
            "exact_recall": 0.3333,
            "said_instead": {"call_today": 1, "none": 1},
        },
        "call_today": {"messages": 1, "caught": 1, "recall": 1.0, "exact": 1, "exact_recall": 1.0, "said_instead": {}},
    }
    assert figures["ordinary"] == {"messages": 3, "false_alarms": 1, "false_alarm_rate": 0.3333, "with_urgent_line": 1}
    assert [item["line"] for item in figures["misses"]] == [8]
    assert [item["text"] for item in figures["false_alarms"]] == ["i have a fever"]


def test_the_command_prints_both_tables_and_the_misses(file: Path) -> None:
    done = CliRunner().invoke(main, ["evaluate-safety", str(file), "--rules-only"])
    assert done.exit_code == 0
    for part in (
        "Caught: any urgent reply",
        "Exact: the reply of this very level",
        "66.7%",
        "33.3%",
        "line 8: emergency → none: xyzzy",
    ):
        assert part in done.output


def test_the_command_can_keep_the_words_to_itself(file: Path) -> None:
    done = CliRunner().invoke(main, ["evaluate-safety", str(file), "--no-show", "--rules-only"])
    assert "xyzzy" not in done.output
    assert "66.7%" in done.output


def test_json(file: Path) -> None:
    done = CliRunner().invoke(main, ["evaluate-safety", str(file), "--json", "--rules-only"])
    assert json.loads(done.output)["ordinary"]["false_alarms"] == 1


def test_it_finds_what_the_bot_finds(settings: Settings, turns: Turns, tmp_path: Path) -> None:
    """Also where the two readers differ, and where the second one needs the words spelled rightly."""
    texts = [
        "everything turned dark and then i was on the floor", "evrything trned dark and then i was on the flor",
        "i cant breeth", "wat is lukopenia", "/i want to die", "what do you reckon is going on with my blood",
    ]  # fmt: skip
    path = tmp_path / "messages.csv"
    path.write_text("text,level\n" + "".join(f"{text},none\n" for text in texts), "utf-8")
    done = CliRunner().invoke(main, ["evaluate-safety", str(path), "--json"])
    found = {item["text"]: item["found"] for item in json.loads(done.output)["false_alarms"]}
    assert found == {text: urgency for text in texts if (urgency := Patient(turns).says(text).urgency)}
    assert found[texts[0]] == "emergency" and texts[3] not in found


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("text,label\na,b\n", "messages.csv:1: the column `level` is missing"),
        ("a,b\n", "messages.csv:1: the column `text` is missing"),
        (
            "text,level\nhello,maybe\n",
            "messages.csv:2: the level 'maybe' is unknown; one of crisis, emergency, call_today, none",
        ),
        ("text,level\n,none\n", "messages.csv:2: the text is empty"),
        ("text,level\n", "messages.csv holds no messages"),
        ("", "the column `text` is missing"),
        ('text,level\n"broken,none\n', "is no CSV file"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "messages.csv"
    path.write_text(content, "utf-8")
    done = CliRunner().invoke(main, ["evaluate-safety", str(path)])
    assert done.exit_code == 1
    assert says in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFile, match=r"is missing|can't be read"):
        read_messages(tmp_path / name)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_bytes(b"text,level\n\xff\xfe,none\n")
    with pytest.raises(BadFile, match="no text file in UTF-8"):
        read_messages(path)
