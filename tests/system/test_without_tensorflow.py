"""TensorFlow is left out where nothing needs it, and is there where something does."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot.settings import Settings
from bot.without_tensorflow import (
    STAND_INS,
    SWITCH,
    LeftOut,
    TensorFlowLeftOut,
    for_want_of_tensorflow,
    leave_out_tensorflow,
    needs_tensorflow,
)

ROOT = Path(__file__).resolve().parent.parent.parent
#: A little of everything: answers, facts, typos, two questions, danger, what is outside, small talk, nothing.
QUESTIONS = [
    "what is leukopenia?",
    "wat are teh symtoms of low wbc",
    "can chemo cause it? and is it contagious",
    "does lupus cause a low white blood cell count",
    "what causes and symptoms",
    "i have a fever of 103 and chemo last week",
    "i want to end it all",
    "what's the capital of france",
    "how many mg of zinc",
    "hello",
    "is my count of 2.1 bad?",
    "?!",
]
ASKS = """
import asyncio, json, sys
from bot.runtime import build_turns, quiet
quiet()
from bot.settings import Settings
from bot.answering import ask
turns = build_turns(Settings.read())
async def run():
    return [await ask(turns, text, str(number)) for number, text in enumerate(json.load(sys.stdin))]
records = asyncio.run(run())
print(json.dumps({"modules": sorted({"tensorflow", "keras"} & set(sys.modules)), "records": records}))
"""


def run(code: str, settings: Settings, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(QUESTIONS),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=280,
        env={**os.environ, "BOT_STATE": str(settings.state), "BOT_CONTENT_DB": str(settings.content_db), **environment},
    )


def asked(settings: Settings, **environment: str) -> dict[str, Any]:
    done = run(ASKS, settings, **environment)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_same_replies_with_and_without(settings: Settings) -> None:
    without, with_it = asked(settings), asked(settings, **{SWITCH: "1"})
    assert without["modules"] == []
    assert with_it["modules"] == ["keras", "tensorflow"]
    assert without["records"] == with_it["records"]
    assert len(without["records"]) == len(QUESTIONS)


def test_our_configuration_needs_none() -> None:
    assert needs_tensorflow(ROOT / "config.yml") is False


@pytest.mark.parametrize(
    "text",
    [
        "pipeline: [{name: WhitespaceTokenizer}, {name: DIETClassifier, epochs: 1}]\npolicies: [{name: RulePolicy}]",
        "pipeline: [{name: WhitespaceTokenizer}]\npolicies: [{name: rasa.core.policies.ted_policy.TEDPolicy}]",
        "pipeline: [{name: LanguageModelFeaturizer}]\npolicies: [{name: RulePolicy}]",
        "pipeline:\n# Rasa chooses\npolicies: [{name: RulePolicy}]",
        "language: en",
        "pipeline: [WhitespaceTokenizer]\npolicies: [{name: RulePolicy}]",
        "pipeline: [",
        "",
    ],
)
def test_what_needs_it_or_leaves_the_choice_to_rasa(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text(text, "utf-8")
    assert needs_tensorflow(tmp_path / "config.yml") is True


def test_without_a_configuration_rasa_has_its_say(tmp_path: Path) -> None:
    assert needs_tensorflow(tmp_path / "none.yml") is True


def made(name: str) -> ModuleType:
    finder = LeftOut()
    spec = finder.find_spec(name)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    finder.exec_module(module)
    return module


@pytest.mark.parametrize("name", STAND_INS)
def test_a_stand_in_can_be_compared_and_nothing_else(name: str) -> None:
    module = made(name)
    for attribute in STAND_INS[name]:
        cls = getattr(module, attribute)
        assert (cls.__name__, cls.__module__) == (attribute, name)
        assert not issubclass(cls, Path) and not isinstance(1, cls) and {cls: 1}[cls] == 1
        for use in (cls, lambda cls=cls: cls.load, lambda cls=cls: type("Own", (cls,), {})):
            with pytest.raises(TensorFlowLeftOut, match=rf"{attribute} needs TensorFlow.*Set {SWITCH}=1"):
                use()


def test_every_stand_in_is_a_module_of_this_rasa_with_these_classes() -> None:
    for name, classes in STAND_INS.items():
        spec = importlib.util.find_spec(name.rpartition(".")[0])
        assert spec is not None and spec.submodule_search_locations is not None
        source = Path(next(iter(spec.submodule_search_locations))) / f"{name.rpartition('.')[2]}.py"
        text = source.read_text("utf-8")
        assert all(f"class {cls}(" in text for cls in classes), name
        assert "tensorflow" in text


def test_no_module_of_rasa_that_serves_needs_it_but_those() -> None:
    """`rasa.core.run` imports all that a server has."""
    code = "from bot.runtime import quiet; quiet(); import rasa.core.run, rasa.model_training, spacy, sys\n"
    done = subprocess.run(
        [sys.executable, "-c", code + "print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=280,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr[-3000:]


def test_it_is_not_left_out_once_it_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [item for item in sys.meta_path if not isinstance(item, LeftOut)])
    monkeypatch.setitem(sys.modules, "tensorflow", ModuleType("tensorflow"))
    assert leave_out_tensorflow(ROOT / "config.yml") is False
    assert not any(isinstance(item, LeftOut) for item in sys.meta_path)


def test_an_own_component_that_imports_it_is_told_the_switch() -> None:
    code = "from bot.runtime import quiet; quiet()\nimport tensorflow"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=280)
    assert done.returncode == 1
    assert f"Set {SWITCH}=1" in done.stderr


def test_the_cause_is_found_behind_rasas_own_errors() -> None:
    try:
        try:
            made("rasa.core.policies.ted_policy").TEDPolicy()
        except ImportError as error:
            raise ValueError("a component failed") from error
    except ValueError as error:
        assert isinstance(for_want_of_tensorflow(error), TensorFlowLeftOut)
    assert for_want_of_tensorflow(ValueError("another")) is None


CONFIG = """recipe: default.v1
language: en
assistant_id: small
pipeline:
  - name: WhitespaceTokenizer
  - name: CountVectorsFeaturizer
  - name: DIETClassifier
    epochs: 1
policies:
  - name: RulePolicy
"""
DATA = """version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - hi there
- intent: goodbye
  examples: |
    - bye
    - see you
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
"""
DOMAIN = 'version: "3.1"\nintents: [greet, goodbye]\nresponses: {utter_greet: [{text: Hello}]}\n'
TRAINS = """
import sys
from bot.settings import Settings
from bot.training import train
train(Settings.read())
assert "tensorflow" in sys.modules
"""


def test_a_clinic_that_adds_a_neural_network_trains_it_without_a_switch(settings: Settings, tmp_path: Path) -> None:
    """And a model that was trained with one says what to do when the configuration names it no longer."""
    (tmp_path / "data").mkdir()
    for name, text in (("config.yml", CONFIG), ("domain.yml", DOMAIN), ("data/all.yml", DATA)):
        (tmp_path / name).write_text(text, "utf-8")
    own = {"BOT_ROOT": str(tmp_path), "BOT_CONTENT": str(ROOT / "content")}
    done = run(TRAINS, settings, **own)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "models" / "bot.tar.gz").is_file()
    told = run(ASKS, settings, BOT_MODELS=str(tmp_path / "models"))
    assert told.returncode == 1
    assert "NotReady: DIETClassifier needs TensorFlow" in told.stderr
