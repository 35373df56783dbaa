"""The real rules, read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.safety import Detector

ROOT = Path(__file__).resolve().parent.parent.parent
CONTENT = ROOT / "content"
RED_FLAGS = ROOT / "tests" / "red_flags"


@pytest.fixture(scope="session")
def detector() -> Detector:
    """The detector with the project's own rules and a threshold of 38.0 °C."""
    from bot.safety.rulebook import RuleBook

    return Detector(RuleBook.load(CONTENT / "red_flags.yml"), 38.0, 100.4)
