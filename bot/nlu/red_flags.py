"""The last component of the pipeline: danger overrules every other intent."""

from __future__ import annotations

import logging
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.danger_sense import DangerSense, check, danger_sense
from bot.nlu.names import NORMALIZED_TEXT
from bot.safety import Detector, Finding
from bot.settings import Settings

logger = logging.getLogger(__name__)

INTENT_RANKING = "intent_ranking"
SAFETY = "safety"


class NotSearched(RasaException):
    """A message could not be searched for danger; it must not be answered as if it held none."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class RedFlagDetector(GraphComponent):
    """Sets the intent to `emergency`, `call_today` or `crisis` when the text says so, and writes `safety`.

    It reads the text alone, so it works when every component before it has found nothing. The rules are those
    of `content/red_flags.yml` at the start of the process; a change needs no training. Where the rules find nothing,
    a second reader looks for the meaning of known messages of danger (`bot.nlu.danger_sense`).
    """

    def __init__(self, detector: Detector, sense: DangerSense | None = None) -> None:
        self._detector = detector
        self._sense = sense

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RedFlagDetector:
        """A detector with the content folder's rules. Raises: ContentError when they can't be used."""
        return cls(Detector.from_files(Settings.read().content), sense_or_none())

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training needs nothing of it."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds `safety` to each message, and the urgent intent where there is danger.

        Raises:
            NotSearched: the detector failed. The guard (`bot.turn.Turns`) then says so, with the number to call.
        """
        for message in messages:
            finding = self._finding(message.get(TEXT), message.get(NORMALIZED_TEXT) or "")
            message.set(SAFETY, finding.to_dict(), add_to_output=True)
            if finding.level:
                self._overrule(message, finding.level)
        return messages

    def _finding(self, text: Any, normalized: str) -> Finding:
        if not isinstance(text, str) or is_payload(text):
            return Finding()
        try:
            return check(self._detector, text, self._sense, normalized)
        except Exception as error:
            # The type alone: an error's text could hold the patient's words.
            raise NotSearched(f"the red-flag detector failed: {type(error).__name__}") from None

    @staticmethod
    def _overrule(message: Message, level: str) -> None:
        chosen = {INTENT_NAME_KEY: level, PREDICTED_CONFIDENCE_KEY: 1.0}
        others = [
            dict(item) for item in message.get(INTENT_RANKING) or [] if item and item.get(INTENT_NAME_KEY) != level
        ]
        message.set(INTENT, chosen, add_to_output=True)
        message.set(INTENT_RANKING, [dict(chosen), *others], add_to_output=True)


def sense_or_none() -> DangerSense | None:
    """The second reader, or None where its files are missing: the rules work without it."""
    try:
        return danger_sense()
    except Exception as error:
        logger.error("the second reader of danger is missing, the rules go on alone: %s", type(error).__name__)
        return None


def is_payload(text: str) -> bool:
    """Whether `text` is the payload of a button (`/ask_causes{"condition":"leukopenia"}`): words of ours."""
    name, brace, rest = text[1:].partition("{")
    return text.startswith("/") and name.replace("_", "").isalnum() and (not brace or rest.rstrip().endswith("}"))
