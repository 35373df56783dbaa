"""What content is made of. All values are immutable; dates are ISO text (`2026-01-31`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.content.reply import DisclaimerText, SourceRef

ReviewState = Literal["current", "grace", "withdrawn"]
#: Topics that most people ask first.
FIRST_TOPICS = ("definition", "causes", "symptoms", "treatment")
RELATIONS = ("cause", "symptom", "treatment", "complication", "prevention", "test", "term")


@dataclass(frozen=True)
class Topic:
    """What can be asked of any condition; `next` are fitting next topics."""

    id: str
    intent: str
    next: tuple[str, ...] = ()


@dataclass(frozen=True)
class Condition:
    """A condition that an approved article is about. `names` are all the ways people write it."""

    id: str
    title: str
    common_name: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Article:
    """One reviewed article."""

    id: str
    condition: str
    title: str
    status: str
    version: str
    reviewed_by: str
    reviewed_on: str
    review_due: str
    disclaimer: str


@dataclass(frozen=True)
class Answer:
    """The approved answer of one article to one topic; `questions[0]` is what its button says."""

    id: str
    condition: str
    topic: str
    questions: tuple[str, ...]
    text: str
    simpler: str
    short: str
    more: str
    source: SourceRef
    disclaimer: DisclaimerText
    review_state: ReviewState = "current"

    def __post_init__(self) -> None:
        if not (self.text.strip() and self.questions and self.source.article and self.disclaimer.short):
            raise ValueError(f"answer {self.id!r} lacks text, question, source or disclaimer")


@dataclass(frozen=True)
class Fact:
    """One thing the article names in a relation to the condition, with the one sentence it says of it."""

    key: str
    condition: str
    relation: str
    category: str
    name: str
    note: str
    source: SourceRef


@dataclass(frozen=True)
class Name:
    """A surface form and what it names: `ref` is a condition's id or a fact's key."""

    form: str
    kind: Literal["condition", "fact"]
    ref: str
