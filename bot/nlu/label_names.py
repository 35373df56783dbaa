"""LabelNames: the name of an intent is one more example of it ("card_arrival": "card arrival").

With ten examples an intent this is worth one question in a hundred (docs/understanding.md).
"""

from __future__ import annotations

import re

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.plain_component import PlainComponent

#: Marks a training example that nobody wrote.
LABEL_NAME = "label_name"
#: Words of a name that say nothing of its meaning.
EMPTY_WORDS = frozenset({"ask", "intent", "faq"})


def words_of(name: str) -> str:
    """The words of an intent's name, in small letters; "" when it has none ("42")."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    return " ".join(word.lower() for word in words if word.lower() not in EMPTY_WORDS)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class LabelNames(PlainComponent):
    """Adds one training example for each intent: the words of its name, marked by `LABEL_NAME`."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """The data with the examples added, in the order of the names."""
        names = sorted({str(item.get(INTENT)) for item in training_data.intent_examples})
        added = [Message({TEXT: words_of(name), INTENT: name, LABEL_NAME: True}) for name in names if words_of(name)]
        return training_data.merge(TrainingData(training_examples=added))

    def process(self, messages: list[Message]) -> list[Message]:
        """Messages of patients stay as they are."""
        return messages
