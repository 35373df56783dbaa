"""What one question comes to: in or out of the articles' reach, about which topic or fact, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.nlu import boundary, details, one_fact, personal, unexplained
from bot.nlu.approved import ApprovedQuestions
from bot.nlu.head import other_head
from bot.nlu.knowledge import Knowledge
from bot.nlu.unit import SPECIFIC, Unit

#: What the scope guard judges by, as `without` names it (docs/understanding.md says what each catches).
MECHANISMS = (
    "approved",
    "personal",
    "kind",
    "direction",
    "identity",
    "term",
    "compound",
    "head",
    "fact",
    "detail",
    "words",
    "things",
    "class",
    "loose",
    "far",
    "clarify",
    "told",
    "whole",
)

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


class Judge:
    """Judges one question after the other. `config` is that of the scope guard, whose mechanisms can be switched off
    by `without`; `vocabulary` are the words of training examples that the store answers."""

    def __init__(self, config: Mapping[str, Any], vocabulary: frozenset[str], approved: ApprovedQuestions) -> None:
        self._config = config
        self._vocabulary = vocabulary
        self._approved = approved

    def judge(self, unit: Unit, known: Knowledge) -> Judgement:
        """What the question is, by the first mechanism that has a say."""
        base = {"confidence": unit.confidence, "condition": unit.condition, "facts": unit.facts}
        approved = self._approved_topic(unit, known) if self.uses("approved") else None
        if approved:
            return Judgement(
                approved, max(unit.confidence, self._config["same"]), "in", "approved_question", unit.condition
            )
        if not unit.ranking or not any(char.isalpha() for char in unit.text):
            return Judgement(OUT, 0.0, "out", "no_words")
        if unit.intent == PERSONAL and not personal.speaks_of_someone(unit):
            unit = replace(unit, ranking=unit.ranking[1:])
        if self.uses("personal") and (unit.intent == PERSONAL or personal.is_personal(unit)):
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

    def _approved_topic(self, unit: Unit, known: Knowledge) -> str | None:
        """The topic of the approved question that this is, all but word for word."""
        same = self._approved.near(unit.masked, known, self._config["same"])
        return "ask_" + same[0].partition(".")[2] if same else None

    def uses(self, mechanism: str) -> bool:
        """Whether a mechanism is on."""
        return mechanism not in self._config["without"]

    def _outside(self, unit: Unit, known: Knowledge) -> Outside | None:
        """Why the question is outside, or None: first what it is about, then its words and its nearness."""
        if found := self._about_another(unit, known):
            return found
        if unit.intent in TALK - ABOUT_IT and unit.confidence >= self._config["threshold"]:
            unknown = unexplained.unknown_words(unit, known, self._vocabulary) if self.uses("words") else ()
            medical = [word for word in unknown if unexplained.looks_medical(word)]
            return ("unknown_words", ", ".join(medical), tuple(medical)) if medical else None
        specific = unit.intent.startswith(SPECIFIC)
        if self.uses("detail") and details.missing_detail(unit):
            return "missing_detail", None, ()
        if unit.intent in ABOUT_IT or one_fact.is_bare_fact(unit) or one_fact.direction(unit):
            return None
        if self.uses("fact") and not self._as_term(unit, known) and (about := one_fact.about_a_fact(unit, known)):
            return "about_a_fact", about, ()
        if found := self._unexplained(unit, known, specific):
            return found
        if self.uses("head") and (about := other_head(unit.masked)):
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
        return next(((reason, about, ()) for name, reason, about in tests if about and self.uses(name)), None)

    def _unexplained(self, unit: Unit, known: Knowledge, specific: bool) -> Outside | None:
        """Words that nothing explains, the trained class, or no example that is near."""
        unknown = unexplained.unknown_words(unit, known, self._vocabulary) if self.uses("words") else ()
        medical = [word for word in unknown if unexplained.looks_medical(word)]
        # "What can go wrong if leukopenia isn't delt with": one odd word does not make it another question.
        clear = unit.condition is not None and unit.confidence >= self._config["certain"] and not medical
        if unknown and not specific and not clear:
            return "unknown_words", ", ".join(medical) or None, unknown
        if self.uses("class") and unit.intent == OUT:
            return "out_of_scope_class", None, unknown
        if self.uses("far") and boundary.far_from_everything(unit, self._config["far"]):
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
        unknown = unexplained.unknown_words(unit, known, self._vocabulary)
        relation = self._relation(unit, asked, relations)
        # "White blood cells" beside "zinc" is what the question is about, not a second thing to look up.
        looked_up = [key for key in unit.facts if set(known.relations.get(key, ())) - {"term", "test"}]
        base = base | {"facts": tuple(looked_up or (() if unknown else unit.facts))}
        if self.uses("loose") and self._is_loose(unit):
            return Judgement(OUT, unit.confidence, "out", "unsure", condition=unit.condition)
        if relation:
            return Judgement(SPECIFIC + relation, unknown=unknown, **base)
        if not unit.facts and not unknown:
            detail = details.named_detail(unit.text)
            rest = unexplained.unexplained_rest(unit, known, self._vocabulary)
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
        unnamed = unexplained.unexplained_things(unit, known, self._vocabulary) if self.uses("things") else ()
        if not unnamed and self.uses("things") and unit.intent in ASKED_OF_PEOPLE:
            unnamed = unexplained.done_to_people(unit, known, self._vocabulary)
        if unnamed and unit.intent in ASKED_OF_A_THING:
            return Judgement(SPECIFIC + ASKED_OF_A_THING[unit.intent], unknown=unnamed, **base)
        if self.uses("clarify") and close:
            return Judgement(CLARIFY, scope="unclear", reason="close_topics", candidates=close, **base)
        if unit.confidence < self._config["threshold"]:
            return Judgement(OUT, unit.confidence, "out", "unsure", condition=unit.condition)
        return Judgement(unit.intent, **base)
