"""docs/operations.md names every setting that the code reads, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = (ROOT / "docs" / "operations.md").read_text("utf-8")
NAME = re.compile(r"\bBOT_[A-Z]+(?:_[A-Z]+)*\b(?!_)")
PREFIX = re.compile(r'^PREFIX = "(BOT_[A-Z_]+_)"$', re.MULTILINE)


def settings() -> set[str]:
    """Every name in the code, without the `_FILE` forms of secrets; names that are put together included."""
    found: set[str] = set()
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "actions").rglob("*.py")]:
        text = path.read_text("utf-8")
        found.update(NAME.findall(text))
        if prefix := PREFIX.search(text):
            found.update(prefix[1] + rest for rest in re.findall(r"\{PREFIX\}([A-Z]+(?:_[A-Z]+)*)", text))
    return {name.removesuffix("_FILE") for name in found}


def test_every_setting_is_in_the_table() -> None:
    assert sorted(settings() - set(NAME.findall(TABLE))) == []


def test_every_setting_of_the_table_is_in_the_code() -> None:
    named = {name.removesuffix("_FILE") for name in NAME.findall(TABLE)}
    assert sorted(named - settings() - {"BOT_RELEASE"}) == []  # a variable of deploy/compose.yml


def test_every_metric_is_told() -> None:
    metrics = {
        name
        for path in (ROOT / "bot").rglob("*.py")
        for name in re.findall(r'(?:Counter|Gauge|Histogram)\(\s*"([a-z_]+)"', path.read_text("utf-8"))
    }
    assert metrics and sorted(name for name in metrics if name not in TABLE) == []
