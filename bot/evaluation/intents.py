"""Trains the intent part of `config.yml`, unchanged, on any labelled texts, to compare it with published results."""

from __future__ import annotations

import asyncio
import csv
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.evaluation.questions import BadCsv

TEXT_COLUMNS = ("text", "utterance", "sentence", "query", "question")
LABEL_COLUMNS = ("label", "intent", "category", "class")
THRESHOLDS = tuple(round(step / 10, 1) for step in range(1, 10))
#: The last component of the intent part of the pipeline.
LAST = "bot.nlu.intent_classifier.LinearIntentClassifier"
#: Components that read the content store or split messages: they are about our content, not about intents.
CONTENT_ONLY = frozenset({"bot.nlu.questions.QuestionSplitter", "bot.nlu.names.StoreNameExtractor"})


@dataclass(frozen=True)
class Predictions:
    """For each test text: its label, the best in-scope intent and that intent's probability."""

    labels: tuple[str, ...]
    predicted: tuple[str, ...]
    confidence: np.ndarray

    def table(self, oos: str | None) -> dict[str, Any]:
        """In-scope accuracy, and for each threshold the accuracy in scope and the recall out of scope.

        Below the threshold, or with the out-of-scope label itself, a text counts as out of scope.
        """
        outside = np.array([label == oos for label in self.labels])
        right = np.array([label == guess for label, guess in zip(self.labels, self.predicted, strict=True)])
        guessed_out = np.array([guess == oos for guess in self.predicted])
        rows = []
        for threshold in THRESHOLDS:
            refused = guessed_out | (self.confidence < threshold)
            inside = ~outside
            rows.append(
                {
                    "threshold": threshold,
                    "in_scope_accuracy": _mean((right & ~refused)[inside]),
                    "oos_recall": _mean(refused[outside]),
                }
            )
        return {"rows": len(self.labels), "in_scope_accuracy": _mean(right[~outside]), "thresholds": rows}


def _mean(values: np.ndarray) -> float | None:
    return round(float(values.mean()), 4) if len(values) else None


def read_labelled(path: Path) -> list[tuple[str, str]]:
    """(text, label) pairs of a CSV file; a first line of column names is understood, else text and label in order.

    Raises:
        BadCsv: no such file, no CSV, or a row without text or label.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
    except OSError as error:
        raise BadCsv(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadCsv(f"{path.name}: this is no CSV file in UTF-8 ({error})") from None
    if not rows:
        raise BadCsv(f"{path.name}: the file is empty")
    head = [cell.strip().lower() for cell in rows[0]]
    text_at = next((head.index(name) for name in TEXT_COLUMNS if name in head), None)
    label_at = next((head.index(name) for name in LABEL_COLUMNS if name in head), None)
    first = 1
    if text_at is None or label_at is None:
        text_at, label_at, first = 0, 1, 0
    pairs = []
    for number, row in enumerate(rows[first:], first + 1):
        if len(row) <= max(text_at, label_at) or not row[text_at].strip() or not row[label_at].strip():
            raise BadCsv(f"{path.name}, row {number}: text or label is missing")
        pairs.append((row[text_at].strip(), row[label_at].strip()))
    if not pairs:
        raise BadCsv(f"{path.name}: there are no rows")
    return pairs


def intent_pipeline(config: dict[str, Any]) -> list[dict[str, Any]]:
    """The pipeline of `config` up to and including the classifier. Raises: BadCsv when it has none."""
    pipeline = list(config.get("pipeline") or [])
    names = [item["name"] for item in pipeline]
    if LAST not in names:
        raise BadCsv(f"config.yml has no {LAST} in its pipeline")
    return [item for item in pipeline[: names.index(LAST) + 1] if item["name"] not in CONTENT_ONLY]


def train_and_predict(
    config: dict[str, Any], train: Sequence[tuple[str, str]], test: Sequence[tuple[str, str]]
) -> Predictions:
    """Trains by Rasa itself on `train` and understands every text of `test`, one by one."""
    names = intent_names(label for _, label in train)
    labels = {name: label for label, name in names.items()}
    with tempfile.TemporaryDirectory() as folder:
        model = _train(Path(folder), config, [(text, names[label]) for text, label in train])
        parsed = asyncio.run(_understand(model, [text for text, _ in test]))
    guesses = [labels.get(str(item["intent"]["name"]), "") for item in parsed]
    confidence = np.array([float(item["intent"]["confidence"] or 0.0) for item in parsed])
    return Predictions(tuple(label for _, label in test), tuple(guesses), confidence)


def _train(place: Path, config: dict[str, Any], train: Sequence[tuple[str, str]]) -> str:
    """The path of a model of the intent part of `config` alone, trained in `place` on (text, intent) pairs."""
    import yaml
    from rasa.model_training import train_nlu

    examples: dict[str, list[str]] = {}
    for text, intent in train:
        examples.setdefault(intent, []).append(text)
    _write_nlu(place / "nlu.yml", examples)
    used = {key: config[key] for key in ("recipe", "language", "assistant_id") if key in config}
    (place / "config.yml").write_text(yaml.safe_dump(used | {"pipeline": intent_pipeline(config)}), "utf-8")
    model = train_nlu(str(place / "config.yml"), str(place / "nlu.yml"), str(place), fixed_model_name="intents")
    if model is None:
        raise RuntimeError("training failed; the messages above say why")
    return model


async def _understand(model: str, texts: Sequence[str]) -> list[dict[str, Any]]:
    from rasa.core.agent import Agent

    agent = Agent.load(model)
    return [await agent.parse_message(_no_command(text)) for text in texts]


def intent_names(labels: Iterable[str]) -> dict[str, str]:
    """An intent's name for each label: its words, which the pipeline learns from, too, and a number against doubles."""
    return {
        label: "_".join([*re.findall(r"[^\W_]+", label), str(number)])
        for number, label in enumerate(dict.fromkeys(labels))
    }


def _no_command(text: str) -> str:
    """Rasa obeys text that starts with a slash; here everything is text."""
    return text.lstrip("/")


def _write_nlu(path: Path, examples: dict[str, list[str]]) -> None:
    """Training data as Rasa's YAML. Brackets would be read as entity marks, so they are left out."""
    lines = ['version: "3.1"', "nlu:"]
    for name, texts in examples.items():
        lines += [f"  - intent: {name}", "    examples: |"]
        lines += ["      - " + " ".join(text.translate(str.maketrans("[]{}", "    ")).split()) for text in texts]
    path.write_text("\n".join(lines) + "\n", "utf-8")
