"""LinearIntentClassifier: logistic regression over sparse and dense sentence features; no TensorFlow.

The dense vector says what a question means, the sparse n-grams how it is put. Each is scaled by a weight of its
own before one multinomial model learns both. Saved as arrays (npz) and JSON, never as pickled code.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

WEIGHTS_FILE = "weights.npz"
LABELS_FILE = "labels.json"
SEED = 20261121


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, GraphComponent):
    """Ranks all intents by probability. A message without features ranks nothing (intent None)."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        labels: list[str] | None = None,
        coefficients: np.ndarray | None = None,
        intercept: np.ndarray | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self.labels = labels or []
        self._coefficients = coefficients
        self._intercept = intercept

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Settings, chosen by cross-validation (docs/understanding.md).

        C: inverse strength of regularisation. dense_weight, sparse_weight: scale of the two unit-length parts.
        exclude_intents: intents that are never learnt (a detector sets them).
        """
        return {
            "C": 60.0,
            "dense_weight": 1.0,
            "sparse_weight": 1.0,
            "balanced": True,
            "max_iter": 300,
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
            with np.load(folder / WEIGHTS_FILE, allow_pickle=False) as weights:
                return cls(config, model_storage, resource, labels, weights["coefficients"], weights["intercept"])

    def _matrix(self, messages: list[Message]) -> csr_matrix:
        """One row a message: [sparse · weight, dense · weight], each part of unit length before weighting."""
        sparse = [message.get_sparse_features(TEXT)[1] for message in messages]
        dense = [message.get_dense_features(TEXT)[1] for message in messages]
        parts = []
        if sparse and sparse[0] is not None:
            parts.append(
                normalize(vstack([csr_matrix(item.features) for item in sparse])) * self._config["sparse_weight"]
            )
        if dense and dense[0] is not None:
            rows = np.vstack([item.features[-1:] for item in dense])
            parts.append(csr_matrix(normalize(rows) * self._config["dense_weight"]))
        if not parts:
            raise ValueError("LinearIntentClassifier needs a featurizer before it in the pipeline")
        return csr_matrix(hstack(parts))

    @cached_property
    def _columns(self) -> np.ndarray:
        """The coefficients, one row a feature."""
        assert self._coefficients is not None
        return np.ascontiguousarray(self._coefficients.T, dtype=np.float64)

    def _scores(self, message: Message) -> np.ndarray:
        """One score a label, the highest 0: what `_matrix` gives for one message, by its few words alone."""
        sparse, dense = message.get_sparse_features(TEXT)[1], message.get_dense_features(TEXT)[1]
        if sparse is None and dense is None:
            raise ValueError("LinearIntentClassifier needs a featurizer before it in the pipeline")
        scores, width = np.array(self._intercept, dtype=np.float64), 0
        if sparse is not None:
            row = csr_matrix(sparse.features)
            width = row.shape[1]
            scores += self._config["sparse_weight"] * (_unit(row.data) @ self._columns[row.indices])
        if dense is not None:
            scores += self._config["dense_weight"] * (_unit(dense.features[-1]) @ self._columns[width:])
        return scores - scores.max()

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
            class_weight="balanced" if self._config["balanced"] else None,
            random_state=SEED,
        )
        model.fit(self._matrix(examples), [item.get(INTENT) for item in examples])
        binary = len(model.classes_) == 2
        self.labels = [str(label) for label in model.classes_]
        self._coefficients = np.vstack([-model.coef_, model.coef_]) / 2 if binary else model.coef_
        self._intercept = np.concatenate([-model.intercept_, model.intercept_]) / 2 if binary else model.intercept_
        with self._model_storage.write_to(self._resource) as folder:
            (folder / LABELS_FILE).write_text(json.dumps(self.labels), "utf-8")
            np.savez_compressed(
                folder / WEIGHTS_FILE,
                coefficients=self._coefficients.astype(np.float32),
                intercept=self._intercept.astype(np.float32),
            )
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples have their intent already."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets `intent` and `intent_ranking`, best first."""
        if self._coefficients is None:
            return messages
        for message in messages:
            message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
            message.set(INTENT_RANKING_KEY, [], add_to_output=True)
        worded = [message for message in messages if (message.get(TEXT) or "").strip()]
        for message in worded:
            row = np.exp(self._scores(message))
            row /= row.sum()
            order = np.argsort(-row, kind="stable")
            ranking = [{"name": self.labels[index], "confidence": float(row[index])} for index in order]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages


def _unit(values: np.ndarray) -> np.ndarray:
    """`values` made one long; all zeros stay zeros."""
    length = np.linalg.norm(values)
    return values / length if length else values.astype(np.float64)
