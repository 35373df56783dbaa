"""StoreNameExtractor: finds the conditions and facts of the content store in a message. Nothing is trained."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.knowledge import knowledge
from bot.nlu.name_index import Mention
from bot.nlu.normalizer import HARM, masked
from bot.nlu.plain_component import PlainComponent

NORMALIZED_TEXT = "normalized_text"
MENTIONS = "mentions"


#: "Radiotherapy knocks out white cells", "what destroys my leukocytes".
HARMS = re.compile(
    rf"\b(?:{HARM})(?:e?s|ing|e)?(?: (?:out|up|off|away|with))*(?: (?:your|my|the|our|their|his|her|a person's|someone's|somebody's|people's))? $"
)


def harmed(text: str, mentions: list[Mention], body_terms: Mapping[str, str]) -> list[Mention]:
    """`mentions`, where what harms a part of the body is read as what brings its condition on."""
    read = []
    for item in mentions:
        found = HARMS.search(text[: item.start]) if item.kind == "fact" and item.ref in body_terms else None
        read.append(replace(item, start=found.start(), kind="condition", ref=body_terms[item.ref]) if found else item)
    return read


def as_entity(mention: Mention) -> dict[str, Any]:
    """A mention as a Rasa entity; positions count in the normalised text."""
    return {
        "entity": mention.kind,
        "value": mention.ref,
        "start": mention.start,
        "end": mention.end,
        "extractor": "StoreNameExtractor",
    }


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class StoreNameExtractor(PlainComponent):
    """Adds `condition` and `fact` entities, and masks the conditions in TEXT for the classifier.

    Training data carry their conditions as annotations; the normaliser has masked them.
    """

    def process(self, messages: list[Message]) -> list[Message]:
        """Finds names in the normalised text."""
        known = knowledge()
        for message in messages:
            text = message.get(TEXT) or ""
            mentions = harmed(text, known.index.find(text), known.body_terms)
            plain = [mention for mention in mentions if not mention.modifier]
            message.set(NORMALIZED_TEXT, text)
            message.set(MENTIONS, mentions)
            message.set(ENTITIES, [as_entity(mention) for mention in plain], add_to_output=True)
            spans = {(mention.start, mention.end) for mention in plain if mention.kind == "condition"}
            message.set(TEXT, masked(text, sorted(spans)))
        return messages
