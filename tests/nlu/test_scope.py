"""The scope guard's own settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException

from bot.nlu.judgement import MECHANISMS
from bot.nlu.scope import ScopeGuard


def test_a_mechanism_that_is_switched_off_must_exist(tmp_path: Path) -> None:
    config = ScopeGuard.get_default_config()
    storage, resource = LocalModelStorage(tmp_path), Resource("guard")
    ScopeGuard(config | {"without": list(MECHANISMS)}, storage, resource)
    with pytest.raises(InvalidConfigException, match="`without` names speling"):
        ScopeGuard(config | {"without": ["speling", "far"]}, storage, resource)


def test_the_docs_say_what_each_mechanism_catches() -> None:
    page = (Path(__file__).parents[2] / "docs" / "understanding.md").read_text("utf-8")
    rows = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert set(rows) == set(MECHANISMS)
