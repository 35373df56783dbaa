"""The name of an intent is one more example of it, for the classifier alone."""

from __future__ import annotations

import pytest
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.evaluation.intents import intent_names
from bot.nlu.label_names import LABEL_NAME, LabelNames, words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("card_arrival", "card arrival"),
        ("ask_word_origin", "word origin"),
        ("Refund_not_showing_up", "refund not showing up"),
        ("bookFlight", "book flight"),
        ("42", ""),
        ("ask", ""),
    ],
)
def test_the_words_of_a_name(name: str, words: str) -> None:
    assert words_of(name) == words


def test_one_example_for_each_intent_that_has_words() -> None:
    data = TrainingData(
        [Message({TEXT: "where is my card", INTENT: "card_arrival"}), Message({TEXT: "x", INTENT: "7"})]
    )
    made = LabelNames().process_training_data(data)
    added = [item for item in made.intent_examples if item.get(LABEL_NAME)]
    assert [(item.get(TEXT), item.get(INTENT)) for item in added] == [("card arrival", "card_arrival")]
    assert len(made.intent_examples) == 3


def test_labels_of_any_shape_become_names_that_rasa_reads() -> None:
    labels = ["card arrival?", "card/arrival", "0", "Überweisung+gebühr", "oos"]
    names = intent_names(labels)
    assert len(set(names.values())) == len(labels)
    assert all("/" not in name and "+" not in name and name for name in names.values())
    assert words_of(names["card arrival?"]) == "card arrival" and words_of(names["0"]) == ""
