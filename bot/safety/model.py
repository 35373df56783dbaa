"""The values of the safety core: concepts, rules and findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["emergency", "call_today", "crisis"]
#: The most urgent first. Words of suicide come before all else: that reply names the emergency number too.
LEVELS: tuple[Level, ...] = ("crisis", "emergency", "call_today")


@dataclass(frozen=True)
class Concept:
    """One thing patients speak of: a sign of danger, or a circumstance that makes signs more dangerous.

    Attributes:
        id: Short name, used by rules.
        label: What it is, for people.
        context: A circumstance (chemo, low counts); it never alarms by itself.
        happens: It happens at a moment ("fainted"), so that the past tense is the usual way to tell it.
        lasting_counts: It is urgent also when it has been there for months.
    """

    id: str
    label: str
    context: bool = False
    happens: bool = False
    lasting_counts: bool = False


@dataclass(frozen=True)
class Rule:
    """What makes a level: one of `signs`, and one of each set in `together_with`.

    `sources` are ids of the file's sources; `why` is one sentence for reviewers.
    """

    id: str
    level: Level
    signs: frozenset[str]
    together_with: tuple[frozenset[str], ...]
    sources: tuple[str, ...]
    why: str

    @property
    def concepts(self) -> frozenset[str]:
        """All concepts that the rule looks at."""
        return self.signs.union(*self.together_with)

    def fires(self, present: Iterable[str]) -> bool:
        """Whether the concepts in `present` make this rule fire."""
        there = frozenset(present)
        return bool(self.signs & there) and all(group & there for group in self.together_with)


@dataclass(frozen=True)
class Finding:
    """What a message says about danger.

    Attributes:
        level: The urgent reply to give, or None.
        rules: Ids of the rules that fired, the most urgent first.
        concepts: Concepts that are there now; they can combine with those of other messages.
        lookalike: Words of danger stand in it, but nobody is said to be in danger: it is a question, a denial, a
            fear or long past. Such a message gets its answer and one urgent line.
        lookalike_concepts: The concepts those words belong to.
    """

    level: Level | None = None
    rules: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    lookalike: bool = False
    lookalike_concepts: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data: what the NLU component writes as `safety`."""
        return {
            "level": self.level,
            "rules": list(self.rules),
            "concepts": list(self.concepts),
            "lookalike": self.lookalike,
            "lookalike_concepts": list(self.lookalike_concepts),
        }


def most_urgent(levels: Iterable[str | None]) -> Level | None:
    """The most urgent of `levels`, or None."""
    given = set(levels)
    return next((level for level in LEVELS if level in given), None)
