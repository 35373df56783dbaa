"""LinearIntentClassifier: logistic regression over sparse and dense sentence features; no TensorFlow.

The dense vector says what a question means; it is measured from the middle of all training examples, so that what
they have in common does not count. The sparse counts say how it is put; they become TF-IDF weights, block by block
(words, characters). Each part is scaled by a weight of its own before one multinomial model learns both. Saved as
arrays (npz) and JSON, never as pickled code.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression

WEIGHTS_FILE = "weights.npz"
LABELS_FILE = "labels.json"
SEED = 20261121


@dataclass(frozen=True)
class Weights:
    """What was learnt: a row of coefficients for each feature and a column for each label, an intercept for each label,
    the IDF weight of each sparse feature, and the middle of the dense vectors."""

    coefficients: np.ndarray
    intercept: np.ndarray
    idf: np.ndarray
    middle: np.ndarray


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, GraphComponent):
    """Ranks all intents by probability. A message without features ranks nothing (intent None)."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        labels: Sequence[str] = (),
        weights: Weights | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self.labels = list(labels)
        self._weights = weights

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Settings, chosen by cross-validation (docs/understanding.md).

        C: inverse strength of regularisation. dense_weight, sparse_weight: scale of the two unit-length parts.
        tol: gradient at which fitting ends; smaller ones take a third longer and rank the same.
        exclude_intents: intents that are never learnt (a detector sets them).
        """
        return {
            "C": 60.0,
            "dense_weight": 1.0,
            "sparse_weight": 0.5,
            "balanced": True,
            "max_iter": 300,
            "tol": 1e-2,
            "exclude_intents": [],
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        """An untrained component."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        """The trained component."""
        with model_storage.read_from(resource) as folder:
            labels = json.loads((folder / LABELS_FILE).read_text("utf-8"))
            with np.load(folder / WEIGHTS_FILE, allow_pickle=False) as saved:
                weights = Weights(**{field.name: saved[field.name].astype(np.float64) for field in fields(Weights)})
        return cls(config, model_storage, resource, labels, weights)

    def _matrix(self, messages: list[Message]) -> tuple[csr_matrix, np.ndarray, np.ndarray]:
        """One row a message: [sparse, dense] as `_row` makes them; and the IDF weights and the middle it learns for it."""
        rows = [_features(message) for message in messages]
        blocks = [vstack(block).tocsr() for block in zip(*(sparse for sparse, _ in rows), strict=True)]
        idf = np.concatenate([_idf(block) for block in blocks]) if blocks else np.zeros(0)
        vectors = [dense for _, dense in rows if dense is not None]
        middle = np.mean(vectors, axis=0) if vectors else np.zeros(0)
        weights = Weights(np.zeros((0, 0)), np.zeros(0), idf, middle)
        made = [self._row(sparse, dense, weights) for sparse, dense in rows]
        width = sum(block.shape[1] for block in blocks)
        sparse_part = csr_matrix(
            (
                np.concatenate([values for values, _, _ in made]),
                np.concatenate([indices for _, indices, _ in made]),
                np.cumsum([0, *(len(indices) for _, indices, _ in made)]),
            ),
            shape=(len(made), width),
        )
        return csr_matrix(hstack([sparse_part, csr_matrix(np.array([vector for _, _, vector in made]))])), idf, middle

    def _row(
        self, sparse: list[csr_matrix], dense: np.ndarray | None, weights: Weights
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(values, columns) of the sparse part, and the dense part of one message, each of unit length before weighting.

        TF-IDF with a logarithmic count, each block of unit length (Manning, Raghavan, Schütze: Introduction to
        Information Retrieval, 6.4).
        """
        values, columns, start = [np.zeros(0)], [np.zeros(0, dtype=np.int64)], 0
        for block in sparse:
            found = block.indices.astype(np.int64) + start
            values.append(_unit((1 + np.log(block.data)) * weights.idf[found]))
            columns.append(found)
            start += block.shape[1]
        vector = _unit(_unit(dense) - weights.middle) if dense is not None else np.zeros(0)
        return (
            self._config["sparse_weight"] * _unit(np.concatenate(values)),
            np.concatenate(columns),
            self._config["dense_weight"] * vector,
        )

    def _scores(self, message: Message, weights: Weights) -> np.ndarray:
        """One score a label, the highest 0."""
        sparse, dense = _features(message)
        values, columns, vector = self._row(sparse, dense, weights)
        coefficients = weights.coefficients
        width = len(weights.idf)
        scores = weights.intercept + values @ coefficients[columns] + vector @ coefficients[width : width + len(vector)]
        return np.asarray(scores - scores.max())

    def train(self, training_data: TrainingData) -> Resource:
        """Fits the model to the examples of all intents but the excluded ones."""
        excluded = set(self._config["exclude_intents"])
        examples = [
            item
            for item in training_data.intent_examples
            if item.get(INTENT) and item.get(TEXT) and item.get(INTENT) not in excluded
        ]
        model = LogisticRegression(
            C=self._config["C"],
            max_iter=self._config["max_iter"],
            tol=self._config["tol"],
            class_weight="balanced" if self._config["balanced"] else None,
            random_state=SEED,
        )
        matrix, idf, middle = self._matrix(examples)
        model.fit(matrix, [item.get(INTENT) for item in examples])
        binary = len(model.classes_) == 2
        coefficients = np.vstack([-model.coef_, model.coef_]) / 2 if binary else model.coef_
        intercept = np.concatenate([-model.intercept_, model.intercept_]) / 2 if binary else model.intercept_
        self.labels = [str(label) for label in model.classes_]
        self._weights = Weights(np.ascontiguousarray(coefficients.T), intercept, idf, middle)
        with self._model_storage.write_to(self._resource) as folder:
            (folder / LABELS_FILE).write_text(json.dumps(self.labels), "utf-8")
            small = {field.name: getattr(self._weights, field.name).astype(np.float32) for field in fields(Weights)}
            np.savez_compressed(folder / WEIGHTS_FILE, **small)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples have their intent already."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets `intent` and `intent_ranking`, best first."""
        if self._weights is None:
            return messages
        for message in messages:
            message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
            message.set(INTENT_RANKING_KEY, [], add_to_output=True)
        worded = [message for message in messages if (message.get(TEXT) or "").strip()]
        for message in worded:
            row = np.exp(self._scores(message, self._weights))
            row /= row.sum()
            order = np.argsort(-row, kind="stable")
            ranking = [{"name": self.labels[index], "confidence": float(row[index])} for index in order]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages


def _features(message: Message) -> tuple[list[csr_matrix], np.ndarray | None]:
    """The sparse blocks of the whole text, one for each featurizer, and its dense vector. Raises: ValueError without any."""
    found = [item for item in message.features if item.attribute == TEXT and item.type == FEATURE_TYPE_SENTENCE]
    sparse = [csr_matrix(item.features) for item in found if item.is_sparse()]
    dense = [item.features[-1] for item in found if item.is_dense()]
    if not sparse and not dense:
        raise ValueError("LinearIntentClassifier needs a featurizer before it in the pipeline")
    return sparse, np.concatenate(dense) if dense else None


def _idf(counts: csr_matrix) -> np.ndarray:
    """Inverse document frequency of each column, smoothed as if one more text had every word."""
    texts = counts.shape[0]
    having = np.bincount(counts.indices, minlength=counts.shape[1])
    return np.asarray(np.log((1 + texts) / (1 + having)) + 1)


def _unit(values: np.ndarray) -> np.ndarray:
    """`values` made one long; all zeros stay zeros."""
    length = np.linalg.norm(values)
    return values / length if length else values.astype(np.float64)
