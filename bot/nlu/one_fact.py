"""Questions that name a fact of the store: which way it is asked about, and whether it is what the question is about."""

from __future__ import annotations

import re

from bot.nlu.knowledge import Knowledge
from bot.nlu.name_index import Mention
from bot.nlu.unexplained import things_asked
from bot.nlu.unit import SPECIFIC, Unit
from bot.nlu.words import TOKEN

#: Words that only ask whether a fact and the condition hang together: "tacrolimus and low leukocytes, is there a link".
LINK = frozenset(
    [
        "and",
        "with",
        "or",
        "from",
        "is",
        "there",
        "a",
        "any",
        "are",
        "they",
        "link",
        "links",
        "linked",
        "connection",
        "connected",
        "relation",
        "related",
        "relationship",
        "between",
        "association",
        "to",
        "the",
        "do",
        "does",
        "go",
        "together",
    ]
)


def is_bare_fact(unit: Unit) -> bool:
    """Nothing but a fact is named, with the condition or without: "zinc", "and radiation?", "low wbc lupus"."""
    if not unit.facts:
        return False
    spans = [(item.start, item.end) for item in unit.mentions]
    rest = [
        item.group().lower()
        for item in TOKEN.finditer(unit.text)
        if not any(start <= item.start() < end for start, end in spans)
    ]
    if unit.condition is not None:
        return set(rest) <= LINK
    return set(rest) <= set(
        ["and", "or", "what", "about", "how", "the", "a", "an", "of", "with", "too", "also", "or", "my", "on", "for"]
    )


EFFECT_VERB = re.compile(
    r"\b(?:caus\w*|lead\w*|bring\w*|make|makes|giv\w*|do|does|result\w*|end|turn\w*|becom\w*|lower\w*|drop\w*)\b"
)

#: "Is leukemia a reason for it?", "could lupus be behind it?" and, the other way round, "is it a sign of lupus?".
REASON = re.compile(r"\b(?:reasons?|causes?|behind|why|trigger\w*|to blame|responsible)\b")

SIGN_OF = re.compile(r"\b(?:sign|symptom|result|effect|part|because|due|from|come|comes|caused)\b.{0,12}$")

#: "Does zinc raise white cells?", "which drugs treat it?" ask for a help, not for a cause.
RAISE_VERB = re.compile(
    r"\b(?:treats?|cures?|fix|fixes|rais\w*(?! (?:the |my |your |a )?(?:risk|chance|odds|danger|cancer|likelihood))|increas\w*(?! (?:the |my |your |a )?(?:risk|chance|odds|danger|likelihood))|boost\w*|bring\w* .{0,20}(?:up|back)|improv\w*|build\w* up)\b"
)


def raises(unit: Unit) -> bool:
    """Whether something is said to bring white cells up, or to treat the condition."""
    return (
        bool(RAISE_VERB.search(unit.masked))
        and re.search(r"\b(?:white|wbcs?|counts?|cells|it|this condition)\b", unit.masked) is not None
    )


def direction(unit: Unit) -> str | None:
    """ "cause" when a fact is said to bring the condition on, "effect" when the condition brings it, None if unsaid."""
    fact = next((item for item in unit.mentions if item.kind == "fact"), None)
    if fact is None or unit.intent in FACT_TOPICS - {"ask_causes"}:
        return None
    own = next((item.start for item in unit.mentions if item.kind == "condition"), None)
    if own is None:
        pronoun = re.search(r"\b(?:it|this|that)\b", unit.text)
        own = pronoun.start() if pronoun else None
    if own is None:
        return None
    first, second = sorted((fact.start, own))
    between = unit.text[first:second]
    if REASON.search(between) if fact.start < own else SIGN_OF.search(between):
        return "cause"
    # "betaseron lowers your white count": the verb is part of the condition's name.
    verb_in_name = fact.start < own and re.match(r"(?:lower|drop|decreas|reduc)", unit.text[own:])
    if not EFFECT_VERB.search(between) and not verb_in_name:
        return None
    return "cause" if fact.start < own else "effect"


#: Topics that a named fact may belong to without being what the question is about.
FACT_TOPICS = frozenset({"ask_infections", "ask_medicines", "ask_causes", "ask_comparison"})

#: A question about the fact itself, whatever the classifier makes of it.
DEFINES = re.compile(
    r"(?:\bwhat (?:is|are|was|does) (?:a |an |the )?|\b(?:info|information|details|know|learn|read|tell me|explain|article|facts)\b.{0,12}\b(?:about|on|of)"
    r" (?:a |an |the )?|^(?:define|explain|describe) (?:a |an |the )?)$"
)


def _defined(unit: Unit, known: Knowledge) -> str | None:
    for item in unit.mentions:
        own = known.relations.get(item.ref, ())
        if item.kind == "fact" and not {"term", "test"} & set(own) and DEFINES.search(unit.text[: item.start]):
            return unit.text[item.start : item.end]
    return None


#: "What causes lupus?": the fact is what is asked about.
CAUSE_OF = re.compile(
    r"\b(?:causes?|cause of|causes of|reasons? for) (?:a |an |the )?(?:(?:primary|secondary|chronic|acute|severe|mild) )*$"
)


def _other_things(unit: Unit) -> bool:
    """Whether a question about one fact speaks of further things ("does chemo make your hair fall out?")."""
    named = {word for item in unit.mentions for word in unit.text[item.start : item.end].split()}
    return unit.intent.startswith(SPECIFIC) and any(noun not in named for noun in things_asked(unit))


#: "HIV treatment nowadays", "TB, is it catching?": what stands before is what is asked about.
TOPIC_OF_IT = re.compile(r"\s+(?:symptoms?|signs|treatments?|causes|complications|diagnosis|prevention|vaccine)\b")

CAUSES = re.compile(r"\b(?:caus\w*|lead\w*|lower\w*|bring\w*|mak(?:e|es|ing)|behind|reason)\b")

IS_IT = re.compile(r"\W+(?:is|are|does|do|can|how is|how does|what is) (?:it|that|this|they)\b")


#: "What are the symptoms of …", "how long do people with …".
OF_IT = re.compile(r"\b(?:of|about|is|are|for|with|have|has)\s+(?:a |an |the )?$")


def about_a_fact(unit: Unit, known: Knowledge) -> str | None:
    """The question is about a thing that the article only names ("how is lupus treated?")."""
    if not unit.facts or unit.condition is not None:
        return None
    if asked := _defined(unit, known):
        return asked
    related = {name for key in unit.facts for name in known.relations.get(key, ())} - {"term", "test"}
    if known.body_terms.keys() & set(unit.facts) and related:
        return None  # "Does a growth factor bring white cells up?"
    first = next(item for item in unit.mentions if item.kind == "fact")
    return unit.text[first.start : first.end] if _is_asked_about(first, unit, known) else None


def _is_asked_about(fact: Mention, unit: Unit, known: Knowledge) -> bool:
    """Whether the question is about the fact that it names first."""
    before, after = unit.text[: fact.start], unit.text[fact.end :]
    relations = known.relations.get(fact.ref, ())
    if not unit.has_pronoun and (CAUSE_OF.search(before) or _other_things(unit)):
        return True
    if "cause" in relations and TOPIC_OF_IT.match(after) and not CAUSES.search(after):
        return True
    if unit.intent.startswith(SPECIFIC):
        return False
    if "cause" in relations and not before.strip(" ,") and IS_IT.match(after):
        return True
    if unit.intent in FACT_TOPICS or {"term", "test"} & set(relations):
        return False
    return not unit.has_pronoun or OF_IT.search(before) is not None
