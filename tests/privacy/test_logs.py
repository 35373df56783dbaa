"""Patients' words are in no log line, at any level, whatever fails."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.logs import VALUE, WITHHELD, configure_logging, constant_words, describe
from bot.settings import Settings

MARKER = "quillfeather"
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def output(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Everything that a process writes while patients talk to it and its parts fail."""
    state = tmp_path_factory.mktemp("talk")
    done = subprocess.run(
        [sys.executable, str(HERE / "talk_at_debug.py"), str(state), MARKER],
        capture_output=True,
        text=True,
        timeout=240,
        cwd=settings.root,
        env={**os.environ, "PYTHONPATH": str(settings.root)},
    )
    assert done.returncode == 1, "the last line of the script raises, uncaught"
    return done.stdout + done.stderr


def test_no_word_of_a_patient_is_in_any_line(output: str) -> None:
    lines = [line for line in output.splitlines() if MARKER in line.lower()]
    assert lines == []


@pytest.mark.parametrize(
    "place",
    [
        "processor.message.parse",
        "processor.slots.log",
        "processor.actions.log",
        "Encountered an exception while running action '{…}'.",
        "a turn on channel web ended in the fixed reply: ValueError",
        "a turn on channel web ended in the fixed reply: ConversationStoreError",
        "the event broker failed: ConnectionError",
        "uncaught: ValueError at ",
        "UserWarning at ",
        "Task exception was never retrieved",
    ],
)
def test_the_dangerous_lines_were_logged_without_their_values(output: str, place: str) -> None:
    """Else the test above would hold of a bot that logs nothing."""
    if place.startswith("Task"):  # asyncio builds this line from parts, so its words are withheld, too
        assert f"ERROR asyncio: {WITHHELD} [ValueError at" in output
    else:
        assert place in output


def test_a_line_of_our_own_is_whole_and_an_exception_in_it_is_its_type() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OWN_LINES], capture_output=True, text=True, timeout=60, cwd=HERE.parents[1]
    )
    assert done.stdout == ""
    lines = [line.split(" ", 2)[2] for line in done.stderr.splitlines()]
    assert lines == [
        "INFO bot.turn: 3 conversations",
        "ERROR bot.turn: failed: KeyError",
        f"WARNING other: {WITHHELD}",
        "ERROR bot.turn: ended [KeyError at <string>:11 <module>]",
    ]


OWN_LINES = """
import logging
from bot.logs import configure_logging
configure_logging("INFO")
ours, other = logging.getLogger("bot.turn"), logging.getLogger("other")
ours.info("%d conversations", 3)
ours.debug("not shown")
ours.error("failed: %s", KeyError("secret"))
other.warning("secret %s", "secret")
try:
    raise KeyError("secret")
except KeyError:
    ours.exception("ended")
"""


def test_constant_words_are_read_from_the_source(tmp_path: Path) -> None:
    source = tmp_path / "code.py"
    source.write_text(
        'logger.info(f"a {b} c")\n'
        'logger.error("d %s", e)\n'
        "logger.warning(words)\n"
        'logger.log(10, "f"\n'
        '           "g")\n'
        'structlogger.debug("h.i", text=text)\n'
        'logger.error(msg="j {}".format(k))\n',
        "utf-8",
    )
    found = [constant_words(str(source), line) for line in range(1, 9)]
    assert found == [f"a {VALUE} c", "d %s", WITHHELD, "fg", "fg", "h.i", "j {}", WITHHELD]
    assert constant_words(str(tmp_path / "missing.py"), 1) == WITHHELD


def test_an_exception_is_described_by_types_and_places() -> None:
    try:
        try:
            int("secret")
        except ValueError as error:
            raise RuntimeError("secret") from error
    except RuntimeError as error:
        text = describe(error)
    assert text.startswith("RuntimeError at tests/privacy/test_logs.py:")
    assert " caused by ValueError at tests/privacy/test_logs.py:" in text
    assert "secret" not in text
    assert describe(None) == ""


def test_an_unknown_level_is_refused() -> None:
    factory = logging.getLogRecordFactory()
    with pytest.raises(ValueError, match="unknown log level 'loud'"):
        configure_logging("loud")
    assert logging.getLogRecordFactory() is factory


def test_the_stock_commands_are_covered_by_the_logging_file() -> None:
    code = (
        "import logging, logging.config, yaml\n"
        "logging.config.dictConfig(yaml.safe_load(open('logging.yml')))\n"
        "logging.getLogger('rasa_sdk.endpoint').error('secret')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=HERE.parents[1])
    assert done.returncode == 0
    assert done.stderr.strip().endswith(f"ERROR rasa_sdk.endpoint: {WITHHELD}")
    assert "secret" not in done.stderr
