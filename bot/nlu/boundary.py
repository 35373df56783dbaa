"""What a question is about, against what the store has: the mechanisms behind the scope guard, one function each.

Each mechanism reads a `Unit` (one question) and says why the question is outside, or None. docs/understanding.md has
what each is worth.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.nlu.knowledge import Knowledge
from bot.nlu.unexplained import looks_medical, unknown_words
from bot.nlu.unit import Unit

HIGH = re.compile(
    r"\b(?:high|higher|elevated|raised|increased|increase in|too many|excess|lots of)\b"
    r"(?=[^.?!]{0,40}\b(?:white|wbcs?|leukocytes?|leucocytes?|neutrophils?|count|counts)\b)"
    r"|\b(?:white|wbcs?|leukocytes?|neutrophils?|counts?)\b[^.?!]{0,20}\b(?:high|elevated|raised|too many|through the roof|spik(?:e|ing))\b"
    r"|\b(?:what|which|why)\b(?! (?:medicines?|drugs?|treatments?|shots?|injections?|can|could|helps?|brings?)\b).{0,25}\b(?:makes?|causes?|push\w*|sends?)\b"
    r".{0,25}\b(?:white|wbcs?|leukocytes?|counts?)\b.{0,20}\b(?:up|rise|rising|climb|increase)\b"
)

#: Other parts of the blood; without a word on the white cells a question is about them.
OTHER_CELLS = re.compile(
    r"\b(?:platelets?|red (?:blood )?cells?|h(?:a)?emoglobin|lymphocytes?|eosinophils?|monocytes?|plasma)\b"
)

WHITE = re.compile(r"\b(?:white|whites|wbcs?|leu[ck]ocytes?|this condition)\b")

#: "How do I lower my white cells?": the other way round.
LOWERING = re.compile(
    r"\b(?:how|ways? to|want to|need to|trying to|help (?:me |to )?)\b.{0,25}\b(?:lower|reduce|decrease|bring down)\b(?! (?:the |my |your )?(?:risk|chance|odds))"
    r"(?=.{0,20}\b(?:white|wbcs?|leukocytes?|count|counts)\b)"
)

OTHER_LOW = re.compile(
    r"\b(?:low(?:er)?|high(?:er)?|raised|elevated|increased)\s+(?:red|platelets?|hemoglobin|haemoglobin|iron|sodium|potassium|blood pressure|blood sugar|lymphocytes?|"
    r"neutrophils?|[tb][ -]?cells?|nk cells?|cd4|ig[agm]|eosinophils?|monocytes?|testosterone|thyroid|vitamin|calcium|magnesium)\b"
)


def another_direction(unit: Unit, known: Knowledge) -> str | None:
    """High instead of low, or another thing that is low."""
    if unit.condition is None and (found := HIGH.search(unit.text)):
        return found.group()
    if found := LOWERING.search(unit.text):
        return found.group()
    if unit.condition is None and (found := OTHER_LOW.search(unit.text)):
        # "Low vitamin B12" is a cause that the article names.
        named = any(
            item.start < found.end() and found.start() < item.end and "cause" in known.relations.get(item.ref, ())
            for item in unit.mentions
        )
        return None if named else found.group()
    about_it = WHITE.search(unit.masked) or unit.mentions or re.search(r"\b(?:it|its|this)\b", unit.masked)
    if not about_it and (found := OTHER_CELLS.search(unit.text)):
        return found.group()
    return None


def special_kind(unit: Unit) -> str | None:
    """A special form of what the store has: "cyclic neutropenia", "congenital leukopenia"."""
    found = next((item for item in unit.mentions if item.modifier), None)
    return unit.text[found.start - len(found.modifier) - 1 : found.end] if found else None


def told_of(told: Unit, known: Knowledge, vocabulary: frozenset[str]) -> str | None:
    """What a message tells of before it asks ("my aunt has lupus."), when that is an illness or medicine."""
    named = [
        item for item in told.mentions if item.kind == "fact" and {"cause"} & set(known.relations.get(item.ref, ()))
    ]
    if named:
        return told.text[named[-1].start : named[-1].end]
    medical = [word for word in unknown_words(told, known, vocabulary) if looks_medical(word)]
    return medical[-1] if medical else special_kind(told) or another_direction(told, known)


#: Words that ask for a topic; beside an illness that is only explained ("neutropenia") they ask what the articles don't say of it.
TOPIC_WORDS = re.compile(
    r"\b(?:treat\w*|cure\w*|symptom\w*|signs?|caus\w*|prevent\w*|diagnos\w*|complication\w*|danger\w*|serious|fatal|deadly|"
    r"contagious|catch|infants?|risks?|medicines?|drugs?|tests?|levels?|grades?|diet|help)\b"
)


def about_a_term(unit: Unit, known: Knowledge) -> str | None:
    """A topic of a word that the articles only explain ("neutropenia treatment")."""
    if unit.condition is not None or not TOPIC_WORDS.search(unit.text):
        return None
    own = next((item for item in unit.mentions if item.ref in known.illness_terms), None)
    return unit.text[own.start : own.end] if own else None


#: Words that make another thing of the word before them.
OTHER_HEAD = re.compile(
    r"\s+(?:adhesion |related |count )?"
    r"(?:disorders?|diseases?|cancers?|syndromes?|deficienc(?:y|ies)|tumou?rs?|transfusions?|donations?)\b"
)


def compound(unit: Unit, known: Knowledge) -> str | None:
    """Another thing that has a word of the articles in its name ("white blood cell disorders")."""
    for item in unit.mentions:
        head = OTHER_HEAD.match(unit.text, item.end)
        if item.kind == "fact" and head and "term" in known.relations.get(item.ref, ()):
            return unit.text[item.start : head.end()]
    return None


#: "Is it cancer?", "is leukopenia a form of leukemia?": what it is not, the articles don't say.
IDENTITY = re.compile(
    r"\b(?:is|are|does|do) (?:this condition|it|this|that|low wbc)(?: really| always| just| the same as| basically)? "
    r"(?:mean (?:i have |you have |it's |it is )?|(?:a |an )?(?:form|type|kind|sort) of |a |an |the same as |considered )?(?:a |an )?$"
)

#: "Is it infections that cause this?" asks for a cause.
CAUSE_OF_IT = re.compile(r"\s+(?:that|which|who) (?:causes?|caused|lowers?|brings?|makes?|starts?)\b")


def identity(unit: Unit, known: Knowledge) -> str | None:
    """Whether the condition IS something else is asked, and the articles don't say."""
    text = unit.text
    for item in sorted((item for item in unit.mentions if item.kind == "condition"), key=lambda item: -item.start):
        text = text[: item.start] + "this condition" + text[item.end :]
    shift = len(text) - len(unit.text)
    for item in unit.mentions:
        if item.kind != "fact" or "term" in known.relations.get(item.ref, ()):
            continue
        if IDENTITY.search(text[: item.start + shift]) and not CAUSE_OF_IT.match(unit.text[item.end :]):
            return unit.text[item.start : item.end]
    return None


def far_from_everything(unit: Unit, minimum: float) -> bool:
    """No training example of the predicted intent says nearly the same."""
    return bool(unit.nearest) and unit.nearest.get(unit.intent, 0.0) < minimum


def close_topics(
    ranking: Sequence[tuple[str, float]], topics: frozenset[str], margin: float, low: float
) -> tuple[str, ...]:
    """Two or three topics that are about as likely; empty when one is clear."""
    top = [(name, value) for name, value in ranking if name in topics][:3]
    if len(top) < 2 or top[0][1] >= low or top[0][1] - top[1][1] >= margin:
        return ()
    return tuple(name for name, value in top if top[0][1] - value < margin * 1.5)
