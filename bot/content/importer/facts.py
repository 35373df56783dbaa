"""Finds facts in lists and in enumerations: "infections such as tuberculosis, malaria, and sepsis"."""

from __future__ import annotations

import re
from dataclasses import dataclass

RELATION_OF_TOPIC = {
    "causes": "cause",
    "infections": "cause",
    "medicines": "cause",
    "symptoms": "symptom",
    "treatment": "treatment",
    "complications": "complication",
    "prevention": "prevention",
}
#: "… such as a, b and c", "… include: a, b", "… like a, b".
ENUMERATION = re.compile(
    r"\b(?:such as|including|includes?:?|like|particularly|e\.?g\.?,?|associated with|caused by)\s+(?P<items>[^.;]+)",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[.!?])\s*(?=[A-Z])")
#: Bullets of these relations name things, so "a or b" are two facts; steps to take ("do a and b") stay whole.
NAMING = frozenset({"cause", "symptom", "treatment", "complication"})
SPLIT = re.compile(r",\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+")
LEAD = re.compile(
    r"^(?:such as |a |an |the |some |certain |other |increased risk of |deficienc(?:y|ies) in )", re.IGNORECASE
)
MAX_NAME_WORDS = 5


@dataclass(frozen=True)
class FoundFact:
    """A guess: what is named, in which relation, in which words of the source."""

    relation: str
    name: str
    category: str
    said: str


def facts_in(topic: str | None, lines: list[str]) -> list[FoundFact]:
    """The facts that the lines of a section name, in order, each once."""
    relation = RELATION_OF_TOPIC.get(topic or "")
    if relation is None:
        return []
    found: dict[str, FoundFact] = {}
    for line in lines:
        bullet = line.startswith("- ")
        for said in [line[2:]] if bullet else SENTENCE.split(line):
            for name, category in _named(said, bullet, relation):
                found.setdefault(name.lower(), FoundFact(relation, name, category or topic or "", said.strip()))
    return list(found.values())


def _named(said: str, bullet: bool, relation: str) -> list[tuple[str, str]]:
    """(name, category) of what one bullet or sentence names."""
    text = re.sub(r"\([^)]*\)", "", said)
    found = []
    enumerations = list(ENUMERATION.finditer(text))
    for item in enumerations:
        category = _name(text[: item.start()]) if bullet else ""
        found += [(_name(name), category) for name in SPLIT.split(item["items"])]
    if bullet and not enumerations:
        whole = _name(text)
        names = re.split(r"\s+(?:or|and)\s+", whole) if relation in NAMING else [whole]
        found += [(_name(name), "") for name in names]
    return [(name, category) for name, category in found if name]


def _name(text: str) -> str:
    """A name without brackets, clauses and articles; "" when what is left is no name."""
    text = re.sub(r"[(\[{].*?[)\]}]|[()\[\]{}|]", "", text)
    text = re.split(r",|\bwhich\b|\bwhere\b|\bto (?:treat|stimulate|reduce)\b|\bin severe\b|\bdue to\b|\bthat\b", text)[
        0
    ]
    text = LEAD.sub("", text.strip(" .:;-")).strip()
    return (
        text[:1].upper() + text[1:] if 0 < len(text.split()) <= MAX_NAME_WORDS and any(map(str.isalpha, text)) else ""
    )
