"""What a label in a CSV file means: the topic, or the kind of reply, that would be right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: Words that people use as labels, and what they mean here.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "unknown": ("out_of_scope", "oos", "out of scope", "near_miss", "near miss", "none_of_these", "nlu_fallback", "outside"),
    "personal_advice": ("personal_advice_request", "personal", "advice", "personal_question"),
    "red_flag": ("emergency", "call_today", "urgent", "danger"),
    "crisis": ("self_harm", "suicide"),
    "clarify": ("ambiguous",),
    "conversation": (
        "greeting", "smalltalk", "small_talk", "greet", "goodbye", "thank", "thanks", "bot_challenge", "capabilities",
        "human_handoff", "how_are_you", "complaint", "affirm", "deny", "more", "source", "delete_data", "start_over",
        "deny_condition",
    ),
    "definition": ("what_is", "what is", "meaning", "overview", "ask_condition_only"),
    "word_origin": ("etymology", "name"),
    "function": ("white_cells", "white_cell_function", "role", "role_of_white_cells", "background"),
    "comparison": ("difference", "neutropenia", "pancytopenia", "leukopenia_vs_neutropenia", "terms"),
    "causes": ("cause", "etiology", "reasons", "specific_cause"),
    "infections": ("infection", "infectious_causes"),
    "medicines": ("medicine", "medication", "medications", "drugs", "medications_causing", "drug_causes"),
    "symptoms": ("symptom", "signs", "specific_symptom"),
    "diagnosis": ("diagnose", "diagnosed", "test", "tests", "testing"),
    "treatment": ("treatments", "therapy", "cure", "specific_treatment"),
    "complications": ("complication", "risks", "specific_complication"),
    "prevention": ("prevent", "avoid", "specific_prevention"),
    "contagious": ("transmission", "contagion", "contagiousness"),
    "underlying": ("underlying_condition", "sign_of_underlying_condition", "sign_of_other_condition", "underlying_cause"),
    "seriousness": ("life_threatening", "life-threatening", "severity", "serious", "danger_level", "prognosis", "mortality"),
}  # fmt: skip
#: Topics that overlap by nature: a question about one medicine is rightly answered from either list.
ALSO_RIGHT = {
    "medicines": {"causes"},
    "infections": {"causes"},
    "causes": {"medicines", "infections", "underlying"},
    "underlying": {"causes"},
    "complications": {"seriousness"},
    "seriousness": {"complications"},
}
KINDS = ("unknown", "personal_advice", "red_flag", "crisis", "clarify", "conversation")


@dataclass(frozen=True)
class Label:
    """One expected outcome: `name` is a topic id or a kind."""

    name: str

    @property
    def is_topic(self) -> bool:
        """Whether an answer is expected."""
        return self.name not in KINDS


def canonical(text: str, topics: Iterable[str]) -> Label:
    """The label that `text` stands for. Raises: KeyError when it stands for none."""
    plain = text.strip().lower().replace("-", "_")
    for prefix in ("ask_", "faq_", "faq/"):
        plain = plain.removeprefix(prefix)
    if plain in KINDS or plain in set(topics):
        return Label(plain)
    for name, words in SYNONYMS.items():
        if plain in words or plain.replace("_", " ") in words:
            return Label(name)
    raise KeyError(text)
