"""One question as the pipeline sees it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.nlu.name_index import Mention

SPECIFIC = "ask_specific_"

PRONOUN = re.compile(r"\b(?:it|its|it's|this|that|these|they|them)\b")


@dataclass(frozen=True)
class Unit:
    """One question as the pipeline sees it.

    `text` is normalised, `masked` has the conditions' names replaced, `ranking` is the classifier's, `nearest` maps
    each intent to the cosine of its nearest training example, `nouns` are the names of things in it and
    `lemmas` the plain forms of its words (spaCy's tags).
    """

    text: str
    masked: str
    mentions: tuple[Mention, ...]
    ranking: tuple[tuple[str, float], ...]
    nearest: Mapping[str, float] = field(default_factory=dict)
    nouns: tuple[str, ...] = ()
    lemmas: Mapping[str, str] = field(default_factory=dict)

    @property
    def intent(self) -> str:
        """The classifier's first intent ("" without words)."""
        return self.ranking[0][0] if self.ranking else ""

    @property
    def confidence(self) -> float:
        """Its probability."""
        return self.ranking[0][1] if self.ranking else 0.0

    @property
    def condition(self) -> str | None:
        """The condition named, when it is named as itself."""
        return next((item.ref for item in self.mentions if item.kind == "condition" and not item.modifier), None)

    @property
    def facts(self) -> tuple[str, ...]:
        """Facts of the store that are named, in order."""
        keys = (item.ref for item in self.mentions if item.kind == "fact" and not item.modifier)
        return tuple(dict.fromkeys(keys))

    @property
    def has_pronoun(self) -> bool:
        """Whether "it" or "this" stands for the condition."""
        return bool(PRONOUN.search(self.masked))
