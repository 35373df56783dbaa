"""The commands as people run them: processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent


def bot(settings: Settings, *arguments: str, text: str | bytes = "", **env: str) -> subprocess.CompletedProcess[bytes]:
    """Runs `bot` with the test run's own state."""
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
        timeout=240,
        cwd=ROOT,
        env={**os.environ, "BOT_STATE": str(settings.state), "BOT_CONTENT_DB": str(settings.content_db), **env},
        check=False,
    )


def test_ask_json_answers_one_question_a_line(settings: Settings) -> None:
    done = bot(
        settings,
        "ask",
        "--json",
        text="what is leukopenia\nwhat about treatment\n\nhow is lupus treated\ni cant breathe\n",
    )
    assert done.returncode == 0, done.stderr.decode()
    records = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert [record["text"] for record in records] == [
        "what is leukopenia", "what about treatment", "", "how is lupus treated", "i cant breathe",
    ]  # fmt: skip
    assert [record["kind"] for record in records] == ["answer", "answer", "conversation", "unknown", "red_flag"]
    assert set(records[0]) >= {"text", "kind", "topic", "condition", "confidence", "answer_ids", "reply", "buttons"}
    assert records[0]["answer_ids"] == ["leukopenia.definition"] and 0.5 < records[0]["confidence"] <= 1.0
    assert "911" in records[4]["reply"]


def test_chat_works_piped_and_without_colour(settings: Settings) -> None:
    done = bot(settings, "chat", text=b"what is leukopenia\n2\nquit \xff\xfe\n/quit\n", NO_COLOR="1")
    assert done.returncode == 0, done.stderr.decode()
    said = " ".join(done.stdout.decode().split())
    assert "I'm a computer program" in said
    assert "fewer white blood cells than it should" in said
    assert "Mouth sores" in said, "2 picks the second button: symptoms"
    assert "\x1b[" not in said
    assert b"Traceback" not in done.stderr


def test_a_conversation_goes_on_between_calls(settings: Settings) -> None:
    assert bot(settings, "ask", "what is leukopenia", "--conversation", "test-1").returncode == 0
    done = bot(settings, "ask", "--json", "where is this from", "--conversation", "test-1")
    assert "Demo content team" in json.loads(done.stdout)["reply"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("content", "show", "weather"), "There is no topic `weather`"),
        (("content", "show", "causes", "--condition", "gout"), "There is no condition `gout`"),
        (("content", "check", "--content", "nowhere"), "There is no content folder"),
        (("content", "import", "nothing.txt"), "nothing.txt: the file is missing"),
        (("evaluate", "nothing.csv"), "nothing.csv"),
        (("evaluate-intents", "--train", "a.csv", "--test", "b.csv"), "a.csv"),
    ],
)
def test_a_mistake_gets_one_clear_line(settings: Settings, arguments: tuple[str, ...], says: str) -> None:
    done = bot(settings, *arguments)
    assert done.returncode != 0
    assert says in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_without_store_or_model_it_says_what_to_run(settings: Settings, tmp_path: Path) -> None:
    done = bot(settings, "ask", "hello", BOT_CONTENT_DB=str(tmp_path / "none.db"))
    assert (done.returncode, "bot content build" in done.stderr.decode()) == (1, True)
    done = bot(settings, "ask", "hello", BOT_MODELS=str(tmp_path))
    assert (done.returncode, "bot train" in done.stderr.decode()) == (1, True)


def test_a_model_that_we_did_not_write_is_not_loaded(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "bot.tar.gz").write_bytes((settings.models / "bot.tar.gz").read_bytes() + b"x")
    (tmp_path / "bot.sha256").write_bytes((settings.models / "bot.sha256").read_bytes())
    done = bot(settings, "ask", "hello", BOT_MODELS=str(tmp_path))
    assert (done.returncode, "its hash differs" in done.stderr.decode()) == (1, True)


def test_content_can_be_read_by_people(settings: Settings) -> None:
    overview, answer = bot(settings, "content", "show"), bot(settings, "content", "show", "contagious")
    assert "clozapine" in overview.stdout.decode() and "Demo content team" in overview.stdout.decode()
    assert "not contagious" in answer.stdout.decode()
    assert "| causes |" in bot(settings, "content", "report").stdout.decode()
    assert "leukopenia" in bot(settings, "content", "history").stdout.decode()
