"""ScopeGuard: decides whether the store can answer what was asked, and puts the parts of a message together.

It stands after the classifier and the names and has the last word on the intent, except for red flags. What it
knows of the store is read at run time; what it learns are the words and vectors of the training examples.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import SPACY_DOCS
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import boundary, details, personal, unexplained
from bot.nlu.approved import ApprovedQuestions
from bot.nlu.embedding_model import embed_one
from bot.nlu.judgement import ABOUT_ANOTHER, GENERAL, MECHANISMS, OUT, PERSONAL, Judge, Judgement
from bot.nlu.knowledge import Knowledge, knowledge
from bot.nlu.label_names import LABEL_NAME
from bot.nlu.names import MENTIONS, NORMALIZED_TEXT
from bot.nlu.normalizer import MASK, ORIGINAL_TEXT
from bot.nlu.unit import SPECIFIC, Unit
from bot.nlu.words import tokens

EXAMPLES_FILE, VECTORS_FILE = "examples.json", "vectors.npz"


def _vector(example: Message) -> np.ndarray:
    """The sentence embedding of an example, as the featurizer before made it."""
    found = next(item for item in example.features if item.attribute == TEXT and item.is_dense())
    return np.asarray(found.features[-1])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ScopeGuard(GraphComponent):
    """See the module. Each mechanism can be switched off by `without: [...]`, which is how they are measured."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        labels: Sequence[str] = (),
        vectors: np.ndarray | None = None,
        vocabulary: frozenset[str] = frozenset(),
    ) -> None:
        if unknown := set(config["without"]) - set(MECHANISMS):
            raise InvalidConfigException(
                f"ScopeGuard in config.yml: `without` names {', '.join(sorted(unknown))}; "
                f"there are {', '.join(MECHANISMS)}."
            )
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self.labels = list(labels)
        self.vectors = vectors
        self.vocabulary = vocabulary
        self._approved = ApprovedQuestions()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Bounds, set on the development half of tests/questions (docs/understanding.md).

        threshold: least probability of a topic. far: least cosine to an example of the topic. margin and clear:
        two topics are close when the first is below `clear` and leads by less than `margin`. near: least cosine of
        an approved question that is offered. same: from this cosine on a question is the approved one. sure: least
        probability of a topic that a message as a whole has, when its questions alone have none. certain: from this
        probability on a question that names the condition may hold an everyday word that nothing explains.
        """
        return {
            "threshold": 0.30,
            "far": 0.50,
            "margin": 0.15,
            "clear": 0.50,
            "near": 0.60,
            "same": 0.97,
            "sure": 0.60,
            "certain": 0.90,
            "without": [],
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ScopeGuard:
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
    ) -> ScopeGuard:
        """The trained component."""
        with model_storage.read_from(resource) as folder:
            data = json.loads((folder / EXAMPLES_FILE).read_text("utf-8"))
            with np.load(folder / VECTORS_FILE, allow_pickle=False) as arrays:
                vectors = arrays["vectors"].astype(np.float32)
        return cls(config, model_storage, resource, data["labels"], vectors, frozenset(data["vocabulary"]))

    def train(self, training_data: TrainingData) -> Resource:
        """Keeps the vectors and words of the examples."""
        examples = [
            item
            for item in training_data.intent_examples
            if item.get(TEXT) and item.get(INTENT) and not item.get(LABEL_NAME)
        ]
        self.labels = [str(item.get(INTENT)) for item in examples]
        self.vectors = np.array([_vector(item) for item in examples], dtype=np.float32).reshape(len(examples), -1)
        inside = [item.get(TEXT) for item in examples if self._explains(str(item.get(INTENT)))]
        self.vocabulary = frozenset(word for text in inside for word in tokens(text))
        with self._model_storage.write_to(self._resource) as folder:
            data = {"labels": self.labels, "vocabulary": sorted(self.vocabulary)}
            (folder / EXAMPLES_FILE).write_text(json.dumps(data), "utf-8")
            np.savez_compressed(folder / VECTORS_FILE, vectors=self.vectors.astype(np.float16))
        return self._resource

    @staticmethod
    def _explains(intent: str) -> bool:
        """Whether the words of an intent's examples are words of what the store answers."""
        return intent not in (OUT, PERSONAL) and not intent.startswith(SPECIFIC)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples have their intent already."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Judges the message and its questions; only the message itself goes on."""
        if not messages:
            return messages
        message, known = messages[0], knowledge()
        whole = self._unit(message)
        units = [self._unit(item) for item in messages[1:]] or [whole]
        judged = self._judge_all(units, whole, known)
        if len(messages) > 1:
            judged = self._read_again(judged, units, whole, known)
        final = self._combine(judged)
        self._write(message, final, judged, known)
        return [message]

    def _unit(self, message: Message) -> Unit:
        ranking = tuple(
            (str(item["name"]), float(item["confidence"])) for item in message.get(INTENT_RANKING_KEY) or ()
        )
        text = message.get(TEXT) or ""
        nearest = self._cosines(text) if text else {}
        doc = message.get(SPACY_DOCS[TEXT]) or ()
        nouns = tuple(token.text for token in doc if token.pos_ in ("NOUN", "PROPN") and token.text not in MASK.split())
        mentions = tuple(message.get(MENTIONS) or ())
        lemmas = {token.text: token.lemma_.lower() for token in doc}
        return Unit(message.get(NORMALIZED_TEXT) or text, text, mentions, ranking, nearest, nouns, lemmas)

    @cached_property
    def _examples(self) -> tuple[list[str], np.ndarray, np.ndarray]:
        """The intents, the examples' vectors intent by intent, and where each intent begins."""
        assert self.vectors is not None
        order = np.argsort(self.labels, kind="stable")
        intents, starts = np.unique(np.array(self.labels)[order], return_index=True)
        return intents.tolist(), np.ascontiguousarray(self.vectors[order]), starts

    def _cosines(self, text: str) -> dict[str, float]:
        """Each intent's cosine to its example that is nearest to `text`; 0 at least."""
        if self.vectors is None or not len(self.vectors):
            return {}
        intents, vectors, starts = self._examples
        best = np.maximum(np.maximum.reduceat(vectors @ embed_one(text), starts), 0.0)
        return dict(zip(intents, best.tolist(), strict=True))

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self._config, self.vocabulary, self._approved)

    # --- the questions of a message ---

    def _judge_all(self, units: list[Unit], whole: Unit, known: Knowledge) -> list[Judgement]:
        """Judges questions in order. "What causes low platelets, and how is it treated?": what follows a question
        about something else is about that, too, until a condition of the store is named."""
        judged: list[Judgement] = []
        elsewhere = self._told_before(units[0], whole, known)
        for unit in units:
            found = self._judge.judge(unit, known)
            if unit.condition is not None:
                elsewhere = None
            elif elsewhere is not None and found.scope == "in" and found.intent.startswith("ask_"):
                found = elsewhere
            if found.scope == "out" and (found.reason in ABOUT_ANOTHER or self._names_a_test(found, unit)):
                elsewhere = found
            judged.append(found)
        return judged

    @staticmethod
    def _names_a_test(found: Judgement, unit: Unit) -> bool:
        """ "How is a biopsy done, and does it hurt?": the second question is about the first one's thing, too."""
        detail = details.named_detail(unit.text) if found.reason == "missing_detail" else None
        return detail is not None and any(map(unexplained.looks_medical, detail.split()))

    def _told_before(self, first: Unit, whole: Unit, known: Knowledge) -> Judgement | None:
        """ "My aunt has lupus. What are the symptoms?": what a message told of before it asked, when that is another
        thing and no condition of the store."""
        if not self._judge.uses("told") or first is whole or whole.condition is not None or first.mentions:
            return None
        asked_at = whole.text.find(first.text)
        before = replace(
            whole, text=whole.text[:asked_at], mentions=tuple(item for item in whole.mentions if item.start < asked_at)
        )
        about = boundary.told_of(before, known, self.vocabulary) if asked_at > 0 else None
        return Judgement(OUT, first.confidence, "out", "about_another", other=about) if about else None

    def _read_again(self, judged: list[Judgement], units: list[Unit], whole: Unit, known: Knowledge) -> list[Judgement]:
        """The message as a whole, where its questions alone are less than what it says ("… Which is the wider term?")."""
        if self._judge.uses("personal") and personal.is_personal(whole) and not self._is_general(judged):
            return [self._judge.judge(whole, known)]
        if not self._judge.uses("whole") or any(item.reason in ABOUT_ANOTHER for item in judged):
            return judged
        leaning = len(units) == 1 and not (units[0].mentions or units[0].has_pronoun)
        if any(item.intent.startswith("ask_") for item in judged) and not (
            leaning and whole.confidence > units[0].confidence
        ):
            return judged
        again = self._judge.judge(whole, known)
        sure = again.scope == "in" and again.intent.startswith("ask_") and again.confidence >= self._config["sure"]
        return [again] if sure else judged

    def _is_general(self, judged: list[Judgement]) -> bool:
        """Whether all that is asked is how things are for everybody ("my daughter asked me what white cells do")."""
        return all(item.intent in GENERAL and item.confidence >= self._config["sure"] for item in judged)

    # --- the message ---

    @staticmethod
    def _combine(judged: list[Judgement]) -> Judgement:
        """The judgement that decides the intent of the message: the first that can be answered, else the first."""
        asking = [item for item in judged if item.scope == "in" and item.intent.startswith("ask_")]
        return asking[0] if asking else judged[0]

    def _write(self, message: Message, final: Judgement, judged: list[Judgement], known: Knowledge) -> None:
        ranking = [item for item in message.get(INTENT_RANKING_KEY) or [] if item["name"] != final.intent]
        intent = {"name": final.intent, "confidence": final.confidence}
        message.set(INTENT, intent, add_to_output=True)
        message.set(INTENT_RANKING_KEY, [intent, *ranking], add_to_output=True)
        entities = list(message.get(ENTITIES) or [])
        entities += [
            {"entity": "unknown_term", "value": word, "extractor": "ScopeGuard"}
            for item in judged
            for word in item.unknown
        ]
        message.set(ENTITIES, entities, add_to_output=True)
        answerable = (
            [item for item in judged if item.intent.startswith("ask_")] if final.intent.startswith("ask_") else []
        )
        parts = [item for item in judged if item.scope == "out" or item in answerable] if answerable else [final]
        understanding = {
            "parts": [item.as_part() for item in parts],
            "scope": final.scope,
            "reason": final.reason,
            "candidates": [{"intent": name} for name in final.candidates],
            "nearest": self._nearest(message, known) if final.intent in (OUT, PERSONAL) else [],
            "other_condition": final.other,
            "negated_condition": final.intent == "deny_condition",
        }
        message.set("understanding", understanding, add_to_output=True)
        message.set(TEXT, message.get(ORIGINAL_TEXT) or "")

    def _nearest(self, message: Message, known: Knowledge) -> list[str]:
        """Ids of the approved answers whose questions are really near, best first."""
        found = self._approved.near(message.get(TEXT) or "", known, self._config["near"])
        return list(dict.fromkeys(found))[:3]
