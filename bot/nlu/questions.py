"""QuestionSplitter: two questions in one message become two units that are understood one by one.

The units travel through the pipeline as further messages behind the first; the scope guard puts them together.
"""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

MAX_PARTS = 3
QUESTION_START = (
    r"(?:and |also |but |so |then )*(?:what|how|why|which|who|where|when|is|are|was|can|could|do|does|did|will|would|should|"
    r"may|might|has|have|tell me|explain)\b"
)
#: Where one question may end and the next begin.
BOUNDARY = re.compile(
    rf"(?:[?!;]+|\.(?!\d)|\n)\s*|,?\s+(?:and|also|plus|&)\s+(?:also\s+)?(?={QUESTION_START})|,\s+(?={QUESTION_START})",
    re.IGNORECASE,
)
QUESTION = re.compile(rf"^\W*{QUESTION_START}", re.IGNORECASE)
NOUNS = "causes|cause|symptoms|signs|treatment|treatments|complications|diagnosis|prevention|risks"
#: "causes and symptoms", "the cause, symptoms and treatment": topics asked as a list of nouns.
NOUN_LIST = re.compile(
    rf"\b(?P<list>(?:{NOUNS})(?:\s*,\s*(?:the\s+)?(?:{NOUNS}))*\s*,?\s+(?:and|&)\s+(?:the\s+)?(?:{NOUNS}))\b(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
#: Ends that ask nothing by themselves: they belong to what stands before ("low white cells from pills, which ones?").
TAIL = re.compile(
    r"^(?:and )?(?:which (?:ones?|are (?:they|these|those))|what (?:are (?:they|those)|is (?:that|it|this)|does (?:it|that|this) "
    r"(?:mean|stand for)|ones?)|is (?:that|it|this) (?:right|true|correct|so)|right|why|how|how come)$",
    re.IGNORECASE,
)
ONE_THING = re.compile(r"\bsigns?\s+(?:and|&|or)\s+symptoms?\b", re.IGNORECASE)


def is_question(text: str) -> bool:
    """Whether a piece of text asks something: it starts like a question, or is a bare fragment of up to four words."""
    return bool(QUESTION.match(text)) or len(text.split()) <= 4


def split_questions(text: str) -> list[str]:
    """The questions in `text`, in order; at most three, and just [text] when there is one.

    Statements around a single question are left out, so that "i have leukopenia. is it serious?" is understood as
    its question.
    """
    listed = _noun_list(text)
    if listed:
        return listed
    pieces = [piece.strip(" ,.") for piece in BOUNDARY.split(text) if piece and piece.strip(" ,.?!")]
    asked = [piece for piece in pieces if QUESTION.match(piece)]
    if not asked or len(pieces) == 1 or (len(asked) == 1 and TAIL.match(asked[0])):
        return [text]
    return asked[:MAX_PARTS]


def _noun_list(text: str) -> list[str]:
    found = NOUN_LIST.search(ONE_THING.sub("symptoms", text))
    if not found:
        return []
    nouns = re.split(r"\s*,\s*(?:and\s+)?(?:the\s+)?|\s+(?:and|&)\s+(?:the\s+)?", found["list"])
    rest = found["rest"].strip(" ?.!")
    return [f"what are the {noun} {rest}".strip() for noun in nouns if noun][:MAX_PARTS]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class QuestionSplitter(GraphComponent):
    """Appends one message for each question when a message holds several, or one among statements."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> QuestionSplitter:
        """A component; it has no settings."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples are single questions."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """The message, followed by its questions where they are not the message itself."""
        if len(messages) != 1:
            return messages
        text = messages[0].get(TEXT) or ""
        parts = split_questions(text)
        if parts == [text]:
            return messages
        return [*messages, *(Message(data={TEXT: part}) for part in parts)]
