"""Details of a condition that articles may not have: doses, numbers, everyday life with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from bot.nlu.unit import SPECIFIC, Unit
from bot.nlu.words import ASSETS

#: How such a line of `assets/detail_patterns.txt` begins.
OF_FACTS_TOO = "also of facts: "


@lru_cache(maxsize=1)
def detail_patterns() -> tuple[re.Pattern[str], ...]:
    """The compiled lines of `assets/detail_patterns.txt`."""
    return tuple(re.compile(line.removeprefix(OF_FACTS_TOO)) for line in _detail_lines())


@lru_cache(maxsize=1)
def fact_detail_patterns() -> tuple[re.Pattern[str], ...]:
    """Those of them that hold for a question about one fact, too ("do the shots hurt?")."""
    lines = (line for line in _detail_lines() if line.startswith(OF_FACTS_TOO))
    return tuple(re.compile(line.removeprefix(OF_FACTS_TOO)) for line in lines)


def _detail_lines() -> list[str]:
    lines = (ASSETS / "detail_patterns.txt").read_text("utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


#: So sure the classifier must be of a topic under which some details are no details.
SURE = 0.8
#: "Is it a blood test or a scan?"
ONE_OF_TWO = re.compile(
    r"\bor (?:is it |do they use |with |by |through )?(?:an? |the )?(?:\w+ )?(?:scans?|x-?rays?|urine(?: test)?)\b|\b(?:scans?|x-?rays?)(?=,? or\b)|\bscan to spot .{0,30} or\b"
)
#: Ways in which people think that they catch things.
WAYS_OF_CATCHING = re.compile(
    r"\b(?:foods?|eat|eating|drink|drinking|cups?|plates?|meals?|sex|kids?|child|children|baby|babies|travel\w*|swim\w*|pools?|blood)\b"
)


def missing_detail(unit: Unit) -> str | None:
    """A detail that the articles don't have."""
    if unit.intent.startswith(SPECIFIC):
        return _first(fact_detail_patterns(), unit.text) if unit.facts else None
    if unit.intent == "ask_contagious" and unit.confidence >= SURE:
        return named_detail(WAYS_OF_CATCHING.sub("", unit.text))
    if unit.intent == "ask_diagnosis" and unit.confidence >= SURE and unit.condition is not None:
        return named_detail(ONE_OF_TWO.sub("", unit.text))
    return named_detail(unit.text)


def named_detail(text: str) -> str | None:
    """The first thing in `text` that articles may not have, whatever is asked about it ("smoking")."""
    return _first(detail_patterns(), text)


def _first(patterns: Iterable[re.Pattern[str]], text: str) -> str | None:
    found = (pattern.search(text) for pattern in patterns)
    return next((item.group() for item in found if item), None)
