"""TextNormalizer: the first component. It writes the text as a careful typist would have.

The typed text stays in `original_text` (the red-flag detector reads it); everything between reads TEXT, which
becomes the normalised text. The scope guard puts the original back at the end.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.frames import without_frame
from bot.nlu.knowledge import knowledge
from bot.nlu.spelling import Speller
from bot.nlu.words import spell_out, tokens

ORIGINAL_TEXT = "original_text"
#: What stands for a condition's name, so that a topic is learnt for any condition.
MASK = "this condition"
#: Stems of verbs that say that something harms a part of the body.
HARM = "kill|destroy|wipe|knock|mess|harm|hurt|damag|attack|affect|suppress|ruin|wreck|weaken"
#: A name of a condition that begins with what brings it on ("lowers white cells").
LOWERS = re.compile(
    rf"(?:lower|reduc|decreas|deplet|diminish|{HARM})(?:(?P<s>e?s)|(?P<ing>ing)|e)?\b",
    re.IGNORECASE,
)
#: "Brings the white count down", "makes white cells drop".
BRINGS = re.compile(
    r"\b(?:bring|take|drag|pull|push|knock|make|send|drive|leave)(?P<s>s)?\s+$|\b(?:bring|tak|dragg|pull|push|knock|mak|send|driv|leav)(?P<ing>ing)\s+$",
    re.IGNORECASE,
)
#: What shows that it is none ("a lower white count").
BEFORE_A_NOUN = re.compile(
    r"(?:^|[.,?!]|\b(?:a|an|the|my|your|his|her|our|their|of|with|is|are|was|has|have|had|having|for|from|in|about|and|or|this|that|much|even))\s*$",
    re.IGNORECASE,
)
VOCABULARY_FILE = "vocabulary.json"


def masked(text: str, spans: list[tuple[int, int]]) -> str:
    """`text` with each span (start, end) replaced by the mask; "lowers white cells" becomes "causes" it, and so does
    "brings white cells down"."""
    for start, end in sorted(spans, reverse=True):
        before = text[:start]
        if found := LOWERS.match(text[start:end]):
            adjective = not (found["s"] or found["ing"]) and BEFORE_A_NOUN.search(before)
            before += "" if adjective else _causes(found)
        elif found := BRINGS.search(before):
            before = before[: found.start()] + _causes(found)
        text = before + MASK + text[end:]
    return text


def _causes(verb: re.Match[str]) -> str:
    """ "Cause" in the form of the verb that was found."""
    return "causing " if verb["ing"] else "causes " if verb["s"] else "cause "


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class TextNormalizer(GraphComponent):
    """Cleans, spells out shorthand and corrects typos; at training it masks the annotated conditions."""

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, vocabulary: Mapping[str, int]
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self.vocabulary = vocabulary
        self._made: tuple[str, Speller] | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`correct_spelling`: whether typos are corrected at all."""
        return {"correct_spelling": True}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TextNormalizer:
        """An untrained component."""
        return cls(config, model_storage, resource, {})

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TextNormalizer:
        """The trained component with the words of its training data."""
        with model_storage.read_from(resource) as folder:
            vocabulary = json.loads((folder / VOCABULARY_FILE).read_text("utf-8"))
        return cls(config, model_storage, resource, vocabulary)

    def train(self, training_data: TrainingData) -> Resource:
        """Learns which words the training examples use, and how often."""
        texts = (spell_out(item.get(TEXT) or "") for item in training_data.training_examples)
        self.vocabulary = Counter(word for text in texts for word in tokens(text))
        with self._model_storage.write_to(self._resource) as folder:
            (folder / VOCABULARY_FILE).write_text(json.dumps(self.vocabulary, sort_keys=True), "utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Normalises the examples and masks the conditions that are annotated in them."""
        for message in training_data.training_examples:
            if not message.get(TEXT):
                continue
            spans = [
                (entity[ENTITY_ATTRIBUTE_START], entity[ENTITY_ATTRIBUTE_END])
                for entity in message.get(ENTITIES) or []
                if entity[ENTITY_ATTRIBUTE_TYPE] == "condition"
            ]
            message.set(TEXT, without_frame(spell_out(masked(message.get(TEXT), spans))))
            message.set(ENTITIES, [])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Normalises messages; a message without text gets an empty one."""
        speller = self._speller() if self._config["correct_spelling"] else None
        for message in messages:
            text = message.get(TEXT) or ""
            message.set(ORIGINAL_TEXT, text)
            message.set(TEXT, without_frame(spell_out(text, speller)))
        return messages

    def _speller(self) -> Speller:
        """The speller for the names that the store has now."""
        known = knowledge()
        if self._made is None or self._made[0] != known.version:
            self._made = (known.version, Speller(self.vocabulary, known.name_words))
        return self._made[1]
