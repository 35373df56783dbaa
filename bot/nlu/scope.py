"""ScopeGuard: decides whether the store can answer what was asked, and puts the parts of a message together.

It stands after the classifier and the names and has the last word on the intent, except for red flags. What it
knows of the store is read at run time; what it learns are the words and vectors of the training examples.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import SPACY_DOCS
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import boundary, details, one_fact, personal, unexplained
from bot.nlu.embedding_model import embed_one, embedding_model
from bot.nlu.head import other_head
from bot.nlu.knowledge import Knowledge, knowledge
from bot.nlu.label_names import LABEL_NAME
from bot.nlu.names import MENTIONS, NORMALIZED_TEXT
from bot.nlu.normalizer import MASK, ORIGINAL_TEXT, masked
from bot.nlu.unit import SPECIFIC, Unit
from bot.nlu.words import spell_out, tokens

OUT, CLARIFY, PERSONAL = "out_of_scope", "clarify", "personal_advice"
#: Intents about the talk itself: they need no article.
TALK = frozenset(
    [
        "greet",
        "goodbye",
        "thank",
        "how_are_you",
        "bot_challenge",
        "capabilities",
        "complaint",
        "affirm",
        "deny",
        "more",
        "source",
        "simpler",
        "go_back",
        "human_handoff",
        "start_over",
        "delete_data",
        "deny_condition",
        "ask_condition_only",
    ]
)
#: Talk that names the condition: a detail beside the name is a question all the same ("leukopenia diet").
ABOUT_IT = frozenset({"deny_condition", "ask_condition_only"})
#: Topics on which nobody asks about one's own case.
GENERAL = frozenset({"ask_function", "ask_word_origin", "ask_comparison", "ask_contagious"})
#: "How do doctors count white blood cells?": the classifier knows better than the word.
SURE_OF_TERM = frozenset({"ask_function", "ask_diagnosis"})
#: Topics under which a thing that nothing explains is asked about: "can it affect my eyesight?".
ASKED_OF_A_THING = {
    "ask_causes": "cause",
    "ask_symptoms": "symptom",
    "ask_treatment": "treatment",
    "ask_complications": "complication",
    "ask_prevention": "prevention",
    "ask_seriousness": "complication",
}
#: Topics on what the condition does to people.
ASKED_OF_PEOPLE = frozenset({"ask_symptoms", "ask_seriousness", "ask_complications"})
#: Reasons that mean: the question is about another thing.
ABOUT_ANOTHER = frozenset(
    {"special_kind", "another_direction", "about_a_fact", "about_a_term", "about_another", "unknown_words"}
)
#: Why a question is outside: (reason, what it is about, its unknown words).
Outside = tuple[str, str | None, tuple[str, ...]]
EXAMPLES_FILE, VECTORS_FILE = "examples.json", "vectors.npz"


@dataclass(frozen=True)
class Judgement:
    """What one question came to."""

    intent: str
    confidence: float
    scope: str = "in"
    reason: str = ""
    condition: str | None = None
    facts: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    other: str | None = None

    def as_part(self) -> dict[str, Any]:
        """As the actions read it."""
        return {
            "intent": self.intent,
            "confidence": self.confidence,
            "condition": self.condition,
            "facts": list(self.facts),
            "unknown_terms": list(self.unknown),
        }


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
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self.labels = list(labels)
        self.vectors = vectors
        self.vocabulary = vocabulary
        self._questions: tuple[str, list[list[str]], np.ndarray] = ("", [], np.zeros((0, 384), dtype=np.float32))

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

    # --- one question ---

    def _judge_all(self, units: list[Unit], whole: Unit, known: Knowledge) -> list[Judgement]:
        """Judges questions in order. "What causes low platelets, and how is it treated?": what follows a question
        about something else is about that, too, until a condition of the store is named."""
        judged: list[Judgement] = []
        elsewhere = self._told_before(units[0], whole, known)
        for unit in units:
            found = self._judge(unit, known)
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
        if not self._uses("told") or first is whole or whole.condition is not None or first.mentions:
            return None
        asked_at = whole.text.find(first.text)
        before = replace(
            whole, text=whole.text[:asked_at], mentions=tuple(item for item in whole.mentions if item.start < asked_at)
        )
        about = boundary.told_of(before, known, self.vocabulary) if asked_at > 0 else None
        return Judgement(OUT, first.confidence, "out", "about_another", other=about) if about else None

    def _read_again(self, judged: list[Judgement], units: list[Unit], whole: Unit, known: Knowledge) -> list[Judgement]:
        """The message as a whole, where its questions alone are less than what it says ("… Which is the wider term?")."""
        if self._uses("personal") and personal.is_personal(whole) and not self._is_general(judged):
            return [self._judge(whole, known)]
        if not self._uses("whole") or any(item.reason in ABOUT_ANOTHER for item in judged):
            return judged
        leaning = len(units) == 1 and not (units[0].mentions or units[0].has_pronoun)
        if any(item.intent.startswith("ask_") for item in judged) and not (
            leaning and whole.confidence > units[0].confidence
        ):
            return judged
        again = self._judge(whole, known)
        sure = again.scope == "in" and again.intent.startswith("ask_") and again.confidence >= self._config["sure"]
        return [again] if sure else judged

    def _is_general(self, judged: list[Judgement]) -> bool:
        """Whether all that is asked is how things are for everybody ("my daughter asked me what white cells do")."""
        return all(item.intent in GENERAL and item.confidence >= self._config["sure"] for item in judged)

    def _judge(self, unit: Unit, known: Knowledge) -> Judgement:
        base = {"confidence": unit.confidence, "condition": unit.condition, "facts": unit.facts}
        approved = self._approved(unit, known) if self._uses("approved") else None
        if approved:
            return Judgement(
                approved, max(unit.confidence, self._config["same"]), "in", "approved_question", unit.condition
            )
        if not unit.ranking or not any(char.isalpha() for char in unit.text):
            return Judgement(OUT, 0.0, "out", "no_words")
        if unit.intent == PERSONAL and not personal.speaks_of_someone(unit):
            unit = replace(unit, ranking=unit.ranking[1:])
        if self._uses("personal") and (unit.intent == PERSONAL or personal.is_personal(unit)):
            return Judgement(PERSONAL, max(unit.confidence, 0.5), "in", "personal", unit.condition, unit.facts)
        outside = self._outside(unit, known)
        if outside:
            reason, about, unknown = outside
            return Judgement(
                OUT, unit.confidence, "out", reason, unknown=unknown, other=about, condition=unit.condition
            )
        if unit.intent in TALK or unit.intent == PERSONAL:
            return Judgement(unit.intent, **base)  # type: ignore[arg-type]
        term = self._as_term(unit, known)
        if term:
            return Judgement(term, **base)  # type: ignore[arg-type]
        if unit.intent.startswith(SPECIFIC) or one_fact.is_bare_fact(unit) or one_fact.direction(unit):
            return self._specific(unit, known, base)
        return self._topic(unit, known, base)

    def _uses(self, mechanism: str) -> bool:
        return mechanism not in self._config["without"]

    def _outside(self, unit: Unit, known: Knowledge) -> Outside | None:
        """Why the question is outside, or None: first what it is about, then its words and its nearness."""
        if found := self._about_another(unit, known):
            return found
        if unit.intent in TALK - ABOUT_IT and unit.confidence >= self._config["threshold"]:
            unknown = unexplained.unknown_words(unit, known, self.vocabulary) if self._uses("words") else ()
            medical = [word for word in unknown if unexplained.looks_medical(word)]
            return ("unknown_words", ", ".join(medical), tuple(medical)) if medical else None
        specific = unit.intent.startswith(SPECIFIC)
        if self._uses("detail") and details.missing_detail(unit):
            return "missing_detail", None, ()
        if unit.intent in ABOUT_IT or one_fact.is_bare_fact(unit) or one_fact.direction(unit):
            return None
        if self._uses("fact") and not self._as_term(unit, known) and (about := one_fact.about_a_fact(unit, known)):
            return "about_a_fact", about, ()
        if found := self._unexplained(unit, known, specific):
            return found
        if self._uses("head") and (about := other_head(unit.masked)):
            medical = [word for word in about.split() if unexplained.looks_medical(word)]
            return "about_another", " ".join(medical) or None, ()
        return None

    def _about_another(self, unit: Unit, known: Knowledge) -> Outside | None:
        """The question names something that is not the condition."""
        tests: tuple[tuple[str, str, str | None], ...] = (
            ("kind", "special_kind", boundary.special_kind(unit)),
            ("direction", "another_direction", boundary.another_direction(unit, known)),
        )
        if unit.intent not in TALK:
            tests += (
                ("identity", "identity", boundary.identity(unit, known)),
                ("term", "about_a_term", boundary.about_a_term(unit, known)),
                ("compound", "about_a_term", boundary.compound(unit, known)),
            )
        return next(((reason, about, ()) for name, reason, about in tests if about and self._uses(name)), None)

    def _unexplained(self, unit: Unit, known: Knowledge, specific: bool) -> Outside | None:
        """Words that nothing explains, the trained class, or no example that is near."""
        unknown = unexplained.unknown_words(unit, known, self.vocabulary) if self._uses("words") else ()
        medical = [word for word in unknown if unexplained.looks_medical(word)]
        # "What can go wrong if leukopenia isn't delt with": one odd word does not make it another question.
        clear = unit.condition is not None and unit.confidence >= self._config["certain"] and not medical
        if unknown and not specific and not clear:
            return "unknown_words", ", ".join(medical) or None, unknown
        if self._uses("class") and unit.intent == OUT:
            return "out_of_scope_class", None, unknown
        if self._uses("far") and boundary.far_from_everything(unit, self._config["far"]):
            return "far", None, unknown
        return None

    @staticmethod
    def _as_term(unit: Unit, known: Knowledge) -> str | None:
        """ "What is neutropenia?", "what is a CBC?": words that an answer on a topic explains."""
        first = unit.facts[0] if unit.facts else ""
        relations = known.relations.get(first, ())
        if unit.intent not in (
            "ask_definition",
            "ask_comparison",
            "ask_condition_only",
            "ask_function",
            "ask_diagnosis",
            OUT,
        ):
            return None
        if len(unit.text.split()) > 8 or unit.condition is not None:
            return None
        if {"term", "test"} & set(relations) and unit.intent in SURE_OF_TERM and unit.confidence >= 0.6:
            return unit.intent
        if "test" in relations and not details.missing_detail(unit):
            return "ask_diagnosis"
        if "term" in relations and unit.intent != OUT:
            return "ask_function" if first in known.body_terms else "ask_comparison"
        return None

    def _specific(self, unit: Unit, known: Knowledge, base: dict[str, Any]) -> Judgement:
        """A question about one fact: which relation, and which words the store does not know."""
        intent = unit.intent
        relations = [
            name for key in unit.facts for name in known.relations.get(key, ()) if name not in ("term", "test")
        ]
        asked = intent.removeprefix(SPECIFIC)
        unknown = unexplained.unknown_words(unit, known, self.vocabulary)
        relation = self._relation(unit, asked, relations)
        # "White blood cells" beside "zinc" is what the question is about, not a second thing to look up.
        looked_up = [key for key in unit.facts if set(known.relations.get(key, ())) - {"term", "test"}]
        base = base | {"facts": tuple(looked_up or (() if unknown else unit.facts))}
        if self._uses("loose") and self._is_loose(unit):
            return Judgement(OUT, unit.confidence, "out", "unsure", condition=unit.condition)
        if relation:
            return Judgement(SPECIFIC + relation, unknown=unknown, **base)
        if not unit.facts and not unknown:
            detail = details.named_detail(unit.text)
            rest = unexplained.unexplained_rest(unit, known, self.vocabulary)
            unknown = unexplained.things_asked(unit) or ((detail,) if detail else rest)
        if not unit.facts and unit.confidence < self._config["threshold"]:
            about = ", ".join(unknown) or None
            return Judgement(OUT, unit.confidence, "out", "unsure", unknown=unknown, other=about)
        return Judgement(intent, unknown=unknown, **base)

    def _is_loose(self, unit: Unit) -> bool:
        """A thing of the store is named, but nothing ties it to the condition: "what helps against mouth sores"."""
        tied = unit.condition is not None or unit.has_pronoun or one_fact.direction(unit) or one_fact.is_bare_fact(unit)
        return not tied and unit.confidence < self._config["clear"]

    @staticmethod
    def _relation(unit: Unit, asked: str, relations: list[str]) -> str | None:
        """The relation that the words' order or the facts themselves decide; None leaves the classifier's."""
        way = one_fact.direction(unit)
        if unit.intent.startswith(SPECIFIC) and one_fact.raises(unit):
            return "treatment"
        if way == "cause" and "cause" in relations:
            return "cause"
        if way == "effect" and asked == "cause":
            return next((name for name in relations if name in ("complication", "symptom")), "complication")
        if relations and (not unit.intent.startswith(SPECIFIC) or (asked not in relations and unit.confidence < 0.7)):
            return relations[0]
        return None

    def _topic(self, unit: Unit, known: Knowledge, base: dict[str, Any]) -> Judgement:
        if unit.intent == "ask_medicines" and one_fact.raises(unit):
            return Judgement("ask_treatment", **base)  # "can medicine bring white cells up?"
        topics = frozenset(
            name for name, _ in unit.ranking if name.startswith("ask_") and not name.startswith(SPECIFIC)
        )
        close = boundary.close_topics(unit.ranking, topics, self._config["margin"], self._config["clear"])
        unnamed = unexplained.unexplained_things(unit, known, self.vocabulary) if self._uses("things") else ()
        if not unnamed and self._uses("things") and unit.intent in ASKED_OF_PEOPLE:
            unnamed = unexplained.done_to_people(unit, known, self.vocabulary)
        if unnamed and unit.intent in ASKED_OF_A_THING:
            return Judgement(SPECIFIC + ASKED_OF_A_THING[unit.intent], unknown=unnamed, **base)
        if self._uses("clarify") and close:
            return Judgement(CLARIFY, scope="unclear", reason="close_topics", candidates=close, **base)
        if unit.confidence < self._config["threshold"]:
            return Judgement(OUT, unit.confidence, "out", "unsure", condition=unit.condition)
        return Judgement(unit.intent, **base)

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
        found = self._near_questions(message.get(TEXT) or "", known, self._config["near"])
        return list(dict.fromkeys(found))[:3]

    def _approved(self, unit: Unit, known: Knowledge) -> str | None:
        """The topic of the approved question that this is, all but word for word."""
        same = self._near_questions(unit.masked, known, self._config["same"])
        return "ask_" + same[0].partition(".")[2] if same else None

    def _near_questions(self, text: str, known: Knowledge, least: float) -> list[str]:
        """Answer ids of approved questions with a cosine of at least `least`, best first."""
        if self._questions[0] != known.version:
            self._questions = self._read_questions(known)
        _, ids, vectors = self._questions
        if not ids or not text:
            return []
        cosines = vectors @ embed_one(text)
        near = np.flatnonzero(cosines >= least)
        return [answer for index in near[np.argsort(-cosines[near], kind="stable")] for answer in ids[index]]

    def _read_questions(self, known: Knowledge) -> tuple[str, list[list[str]], np.ndarray]:
        """The version, the ids of the answers to each question, and the questions' vectors.

        Questions that differ in the condition's name alone are one, however many articles there are.
        """
        answers: dict[str, list[str]] = {}
        for item in known.questions:
            answers.setdefault(self._mask(item.text, known), []).append(item.answer_id)
        return known.version, list(answers.values()), embedding_model().embed(list(answers))

    @staticmethod
    def _mask(text: str, known: Knowledge) -> str:
        normal = spell_out(text)
        spans = {(item.start, item.end) for item in known.index.find(normal) if item.kind == "condition"}
        return masked(normal, sorted(spans))
