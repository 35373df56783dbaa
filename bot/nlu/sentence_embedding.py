"""SentenceEmbeddingFeaturizer: one unit-length 384-d vector a message, from all-MiniLM-L6-v2.

EmbeddingStart, as early in the pipeline as the text is final, lets the model begin while other components work.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.danger_sense import parts_of
from bot.nlu.embedding_model import embed_ahead, embed_one, embedding_model
from bot.nlu.names import NORMALIZED_TEXT
from bot.nlu.plain_component import PlainComponent


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class EmbeddingStart(PlainComponent):
    """Starts the sentence model on all that will be asked of it: each message, and what is read for danger."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Starts, and gives the messages on as they are."""
        # The first message is all that was said; the second reader of danger reads it as it was before names were masked.
        spoken = messages[0].get(NORMALIZED_TEXT) or "" if messages else ""
        embed_ahead([*(message.get(TEXT) or "" for message in messages), *parts_of(spoken)])
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbeddingFeaturizer(DenseFeaturizer, GraphComponent):
    """Adds the sentence's embedding as a dense sentence feature; see `bot.nlu.embedding_model`."""

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        # Loaded here, so that the first patient does not wait for it.
        embedding_model()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """No settings of its own."""
        return DenseFeaturizer.get_default_config()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbeddingFeaturizer:
        """A component. Raises: WrongModelFile when a model file is not the expected one."""
        return cls(config, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Any config is valid: there is nothing to set."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the feature to each message."""
        for message in messages:
            self._add(message, embed_one(message.get(TEXT) or ""))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Adds the feature to all examples, in batches."""
        examples = [example for example in training_data.training_examples if example.get(TEXT)]
        vectors = embedding_model().embed([example.get(TEXT) for example in examples])
        for example, vector in zip(examples, vectors, strict=True):
            self._add(example, vector)
        return training_data

    def _add(self, message: Message, vector: np.ndarray) -> None:
        message.add_features(
            Features(vector.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, self._config[FEATURIZER_CLASS_ALIAS])
        )
