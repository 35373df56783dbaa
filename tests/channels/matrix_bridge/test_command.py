"""`bot matrix bridge` before its environment is made, and what that environment holds."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import matrix_bridge
from tests.channels.matrix_bridge.kit import PYTHON, ROOT


@pytest.mark.parametrize(("made", "words"), [(False, "is missing"), (True, "is not complete")])
def test_a_missing_environment_is_named(
    made: bool, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "bin" / "python"
    if made:
        python.parent.mkdir()
        python.touch()
    monkeypatch.setattr(matrix_bridge, "ENVIRONMENT", tmp_path)
    result = CliRunner().invoke(matrix_bridge.bridge)
    assert result.exit_code == 1
    assert words in result.output and "make bridge" in result.output


def test_the_bridge_needs_nothing_of_rasa() -> None:
    check = "import sys, bot.matrix_bridge.__main__; print([name for name in sys.modules if name.startswith('rasa')])"
    ended = subprocess.run([PYTHON, "-c", check], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert (ended.stdout, ended.stderr) == ("[]\n", "")
