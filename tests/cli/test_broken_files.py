"""Commands that start the bot say what is wrong with a file that a clinic edits: file, line and text, and no traceback."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.cli.told import TOLD, is_told
from bot.settings import Settings
from tests.cli.test_cli import bot
from tests.editing import change

#: File → (what is there, what is put there, what is said).
BROKEN = {
    "clinic.yml": ('phone: "555-0100"', "phone: 5550100", "`phone` must be a text"),
    "messages.yml": ('text: "What can I ask?"', "text: [what]", "`button_capabilities` needs a `text`"),
    "red_flags.yml": ("\nrules:", "\nruels:", "unknown field `ruels`"),
}


def spoiled(settings: Settings, folder: Path, name: str) -> tuple[Path, str]:
    """A copy of the content with one broken file, and what must be said of it."""
    content = folder / "content"
    shutil.copytree(settings.content, content)
    old, new, says = BROKEN[name]
    change(content / name, old, new)
    return content, says


CHAT, ASK, SERVE = ("chat",), ("ask", "what is leukopenia"), ("serve", "--demo")


@pytest.mark.parametrize(
    ("name", "command"),
    [
        *((name, CHAT) for name in BROKEN),
        ("messages.yml", ASK),
        ("red_flags.yml", ASK),
        ("messages.yml", SERVE),
        ("red_flags.yml", SERVE),
    ],
)
def test_a_broken_file_is_named(settings: Settings, tmp_path: Path, name: str, command: tuple[str, ...]) -> None:
    content, says = spoiled(settings, tmp_path, name)
    done = bot(settings, *command, BOT_CONTENT=str(content))
    told = done.stderr.decode()
    assert done.returncode == 1
    assert f"Error: {name}:" in told and says in told, told
    assert "uncaught" not in told and "Traceback" not in told


def test_the_address_of_the_action_server_is_named(settings: Settings) -> None:
    done = bot(settings, "ask", "what is leukopenia", BOT_ACTION_SERVER="nowhere")
    assert done.returncode == 1
    assert "BOT_ACTION_SERVER" in done.stderr.decode() and "uncaught" not in done.stderr.decode()


def test_counting_segments_names_a_broken_file(settings: Settings, tmp_path: Path) -> None:
    content, _ = spoiled(settings, tmp_path, "messages.yml")
    messages = content / "messages.yml"
    messages.write_text(messages.read_text("utf-8").replace("sms_more:\n  text:", "sms_more:\n  txt:"), "utf-8")
    done = bot(settings, "content", "sms", BOT_CONTENT=str(content))
    assert done.returncode == 1 and "`sms_more` needs a `text`" in done.stderr.decode()


@pytest.mark.parametrize("name", TOLD)
def test_every_error_that_is_told_is_one(name: str) -> None:
    module, kind = name.split(":")
    error = getattr(__import__(module, fromlist=[kind]), kind)
    assert issubclass(error, Exception)
    made = error.__new__(error)
    assert is_told(made) and not is_told(ValueError("anything else"))
