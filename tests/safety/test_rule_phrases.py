"""Every rule against its own file of phrases: those it must catch, and look-alikes that nothing may catch."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.safety import Detector, RuleBook
from bot.safety.evaluation import evaluate, read_messages, summary
from tests.safety.conftest import CONTENT, RED_FLAGS
from tests.safety.typos import mistyped

FILES = sorted(RED_FLAGS.glob("*.yml"))


def load(path: Path) -> dict[str, Any]:
    data = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(data, dict)
    return data


def test_every_rule_has_its_file_and_every_file_its_rule() -> None:
    rules = {rule.id: rule.level for rule in RuleBook.load(CONTENT / "red_flags.yml").rules}
    assert {load(path)["rule"]: load(path)["level"] for path in FILES} == rules
    assert [path.stem for path in FILES] == [load(path)["rule"] for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_there_are_enough_phrases(path: Path) -> None:
    data = load(path)
    assert len(set(data["caught"]) | set(data.get("other_languages", []))) >= 15
    assert len(set(data["lookalikes"])) >= 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_rule_catches_its_phrases(path: Path, detector: Detector) -> None:
    data = load(path)
    phrases = [*data["caught"], *data.get("other_languages", [])]
    missed = {text: detector.check(text).rules for text in phrases if data["rule"] not in detector.check(text).rules}
    assert missed == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_lookalikes_do_not_alarm(path: Path, detector: Detector) -> None:
    alarms = {text: detector.check(text).rules for text in load(path)["lookalikes"] if detector.check(text).level}
    assert alarms == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_typing_mistakes_lose_few_flags(path: Path, detector: Detector) -> None:
    """One mistake in one long word of each phrase, drawn with a seed: at least 9 of 10 are still caught."""
    data = load(path)
    source = random.Random(data["rule"])
    tried = [typo for text in data["caught"] for typo in mistyped(text, source, detector)]
    lost = [text for text in tried if not detector.check(text).level]
    assert len(lost) <= 0.1 * len(tried), lost


@pytest.mark.parametrize(
    "name", ["independent.csv", "independent_second.csv", "independent_third.csv", "more_forms.csv"]
)
def test_measured_messages_stay_caught(name: str, detector: Detector) -> None:
    figures = summary(evaluate(detector.check, read_messages(RED_FLAGS / name)))
    assert figures["levels"]["emergency"]["recall"] >= 0.98
    assert figures["levels"]["crisis"]["recall"] >= 0.98
    assert figures["levels"]["call_today"]["recall"] >= 0.95
    assert figures["ordinary"]["false_alarm_rate"] <= 0.01


def test_what_patients_ask_in_the_training_data_does_not_alarm(detector: Detector) -> None:
    """The examples of every intent but those the detector sets; symptoms that a person has are rightly caught."""
    asked: list[str] = []
    for path in sorted((CONTENT.parent / "data" / "nlu").glob("*.yml")):
        for item in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
            if item.get("intent") not in ("emergency", "call_today", "crisis"):
                asked += [line.lstrip("- ").strip() for line in item.get("examples", "").splitlines() if line.strip()]
    alarms = [text for text in asked if detector.check(text).level]
    assert len(asked) > 500
    assert len(alarms) <= 0.005 * len(asked), alarms
