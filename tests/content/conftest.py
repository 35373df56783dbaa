"""A copy of the real content that a test may change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A folder `content` with everything the project ships."""
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "content", folder)
    return folder


@pytest.fixture
def article(content: Path) -> Path:
    """The article of the copy."""
    return content / "articles" / "leukopenia.md"
