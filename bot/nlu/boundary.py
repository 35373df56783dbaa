"""What a question is about, against what the store has: the mechanisms behind the scope guard, one function each.

Each mechanism reads a `Unit` (one question) and says why the question is outside, or None. docs/understanding.md has
what each is worth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from bot.nlu.knowledge import Knowledge
from bot.nlu.name_index import Mention, fold
from bot.nlu.words import ASSETS, TOKEN, medical_terms, zipf

SPECIFIC = "ask_specific_"
#: Everyday words need no explanation by the store: this common on wordfreq's Zipf scale. A word that looks medical
#: must be more common than that to pass as everyday.
EVERYDAY_ZIPF = 3.0
MEDICAL_ZIPF = 4.0
#: Endings of medical words (illnesses, procedures, medicines); the store must know such a word.
MEDICAL_ENDING = re.compile(
    r".{3,}(?:itis|osis|emia|aemia|penia|paenia|philia|pathy|plasia|oma|omas|ectomy|scopy|gram|cytosis|blast|megaly|algia|"
    r"mab|nib|cillin|mycin|micin|azole|statin|pril|sartan|olol|prazole|cycline|oxacin|vir|tidine|afil|setron|triptan|"
    r"grastim|platin|taxel|rubicin|ine)$"
)
NOT_MEDICAL = frozenset(
    [
        "diagram",
        "program",
        "telegram",
        "machine",
        "medicine",
        "medicines",
        "vaccine",
        "online",
        "magazine",
        "fine",
        "line",
        "mine",
        "nine",
        "wine",
        "combine",
        "define",
        "examine",
        "routine",
        "imagine",
        "determine",
        "decline",
        "genuine",
        "masculine",
        "feminine",
        "engine",
        "discipline",
        "doctrine",
        "headline",
        "deadline",
        "guideline",
        "outline",
        "baseline",
        "airline",
        "pipeline",
        "submarine",
        "marine",
        "shine",
        "spine",
        "pine",
        "dine",
        "vine",
    ]
)
PRONOUN = re.compile(r"\b(?:it|its|it's|this|that|these|they|them)\b")
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
#: Words that ask for a topic; beside an illness that is only explained ("neutropenia") they ask what the articles don't say of it.
TOPIC_WORDS = re.compile(
    r"\b(?:treat\w*|cure\w*|symptom\w*|signs?|caus\w*|prevent\w*|diagnos\w*|complication\w*|danger\w*|serious|fatal|deadly|"
    r"contagious|catch|infants?|risks?|medicines?|drugs?|tests?|levels?|grades?|diet|help)\b"
)
#: "Is it cancer?", "is leukopenia a form of leukemia?": what it is not, the articles don't say.
IDENTITY = re.compile(
    r"\b(?:is|are|does|do) (?:this condition|it|this|that|low wbc)(?: really| always| just| the same as| basically)? "
    r"(?:mean (?:i have |you have |it's |it is )?|(?:a |an )?(?:form|type|kind|sort) of |a |an |the same as |considered )?(?:a |an )?$"
)
#: Words that only say how a fact and the condition hang together.
RELATION_WORDS = frozenset(
    [
        "cause",
        "causes",
        "reason",
        "symptom",
        "symptoms",
        "sign",
        "signs",
        "treatment",
        "treatments",
        "complication",
        "complications",
        "risk",
        "problem",
        "problems",
        "way",
        "thing",
        "things",
        "part",
        "list",
        "effect",
        "effects",
        "help",
        "condition",
        "people",
        "person",
        "someone",
        "something",
        "anything",
        "doctor",
        "doctors",
        "body",
        "count",
        "counts",
        "cell",
        "cells",
        "blood",
        "white",
        "question",
        "time",
        "day",
        "result",
        "number",
        "level",
        "medicine",
        "medicines",
        "drug",
        "drugs",
        "pill",
        "pills",
        "infection",
        "infections",
        "illness",
        "illnesses",
        "disease",
        "diseases",
        "virus",
        "cancer",
        "treatment",
        "lot",
        "kind",
        "type",
        "case",
        "cases",
        "option",
        "options",
        "chance",
        "chances",
        "odds",
        "link",
        "connection",
        "stuff",
    ]
)


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


@lru_cache(maxsize=1)
def detail_patterns() -> tuple[re.Pattern[str], ...]:
    """The compiled lines of `assets/detail_patterns.txt`."""
    lines = (ASSETS / "detail_patterns.txt").read_text("utf-8").splitlines()
    return tuple(re.compile(line.strip()) for line in lines if line.strip() and not line.startswith("#"))


def looks_medical(word: str) -> bool:
    """Whether a word is the name of an illness, a test or a medicine, by list or by its ending."""
    if word in medical_terms() or fold(word) in medical_terms():
        return True
    return word not in NOT_MEDICAL and zipf(word) < MEDICAL_ZIPF and MEDICAL_ENDING.fullmatch(word) is not None


def unknown_words(unit: Unit, known: Knowledge, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """Words with a meaning that nothing explains: no name, no word of the store, of training, or of everyday life."""
    covered = [(item.start, item.end) for item in unit.mentions]
    found = []
    for item in TOKEN.finditer(unit.text):
        word = item.group().lower().removesuffix("'s")
        if any(start <= item.start() < end for start, end in covered):
            continue
        if (len(word) < 3 and word not in medical_terms()) or any(char.isdigit() for char in word):
            continue
        if looks_medical(word):
            if fold(word) not in known.words and word not in known.words:
                found.append(word)
        elif zipf(word) < EVERYDAY_ZIPF and not _forms(word, unit) & (known.words | vocabulary):
            found.append(word)
    return tuple(dict.fromkeys(found))


def told_of(told: Unit, known: Knowledge, vocabulary: frozenset[str]) -> str | None:
    """What a message tells of before it asks ("my aunt has lupus."), when that is an illness or medicine."""
    named = [
        item for item in told.mentions if item.kind == "fact" and {"cause"} & set(known.relations.get(item.ref, ()))
    ]
    if named:
        return told.text[named[-1].start : named[-1].end]
    medical = [word for word in unknown_words(told, known, vocabulary) if looks_medical(word)]
    return medical[-1] if medical else special_kind(told) or another_direction(told, known)


def _forms(word: str, unit: Unit) -> set[str]:
    """A word, its plain form, and the verb in "avoidable" and "treatable"."""
    stem = re.sub(r"(?:ab|ib)(?:le|ility)$", "", word)
    return {word, fold(word), unit.lemmas.get(word, word), stem, stem + "e"}


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


#: Ways in which people think that they catch things.
WAYS_OF_CATCHING = re.compile(
    r"\b(?:foods?|eat|eating|drink|drinking|cups?|plates?|meals?|sex|kids?|child|children|baby|babies|travel\w*|swim\w*|pools?|blood)\b"
)


def missing_detail(unit: Unit) -> str | None:
    """A detail that the articles don't have."""
    text = (
        WAYS_OF_CATCHING.sub("", unit.text) if unit.intent == "ask_contagious" and unit.confidence >= 0.8 else unit.text
    )
    found = (pattern.search(text) for pattern in detail_patterns())
    return next((item.group() for item in found if item), None)


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


def things_asked(unit: Unit) -> tuple[str, ...]:
    """The things a question about one fact asks about, when no name of the store is among them."""
    return tuple(noun for noun in unit.nouns if noun not in RELATION_WORDS and fold(noun) not in RELATION_WORDS)


YES_NO = re.compile(r"^\W*(?:and |but |so )?(?:is|are|can|could|do|does|did|will|would|may|might)\b")
#: Nouns more common than this are too general to be what a question is about ("can it be a problem at night?").
GENERAL_ZIPF = 4.6


def unexplained_things(unit: Unit, known: Knowledge, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """Things in a yes-or-no question that neither store nor training knows: "can it affect my eyesight?"."""
    return _unexplained(things_asked(unit), unit, known, vocabulary) if YES_NO.search(unit.text) else ()


#: "Can it make people depressed?", "does it stop you sleeping?": a word that is no noun, but a thing all the same.
DOES_TO_PEOPLE = re.compile(
    r"\b(?:makes?|making|leaves?|stops?|keeps?)\s+(?:you|people|someone|somebody|a person|me|us|one|patients|them) (?:feel |from |get |go )?(?P<what>\w+)"
)


def done_to_people(unit: Unit, known: Knowledge, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """What the condition is asked to make of people, when neither store nor training knows it."""
    found = DOES_TO_PEOPLE.search(unit.text) if unit.condition is not None or unit.has_pronoun else None
    if found is None or any(item.start <= found.start("what") < item.end for item in unit.mentions):
        return ()
    word = found["what"]
    return () if _forms(word, unit) & (known.words | vocabulary | RELATION_WORDS) else (word,)


def unexplained_rest(unit: Unit, known: Knowledge, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """As `unexplained_things`, whatever kind of word: for a question about one fact that names none."""
    words = tuple(item.group().lower() for item in TOKEN.finditer(unit.masked))
    return _unexplained(words, unit, known, vocabulary)


def _unexplained(words: Sequence[str], unit: Unit, known: Knowledge, vocabulary: frozenset[str]) -> tuple[str, ...]:
    explained = known.words | vocabulary | RELATION_WORDS
    named = {word for item in unit.mentions for word in unit.text[item.start : item.end].split()}
    return tuple(
        word
        for word in words
        if word.isalpha() and word not in named and zipf(word) < GENERAL_ZIPF and not _forms(word, unit) & explained
    )


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


def about_a_fact(unit: Unit, known: Knowledge) -> str | None:
    """The question is about a thing that the article only names ("how is lupus treated?")."""
    if not unit.facts or unit.condition is not None:
        return None
    if asked := _defined(unit, known):
        return asked
    first = next(item for item in unit.mentions if item.kind == "fact")
    name = unit.text[first.start : first.end]
    related = {name for key in unit.facts for name in known.relations.get(key, ())} - {"term", "test"}
    if known.body_terms.keys() & set(unit.facts) and related:
        return None  # "Does a growth factor bring white cells up?"
    if not unit.has_pronoun and (CAUSE_OF.search(unit.text[: first.start]) or _other_things(unit)):
        return name
    after, cause = unit.text[first.end :], "cause" in known.relations.get(first.ref, ())
    if cause and TOPIC_OF_IT.match(after) and not CAUSES.search(after):
        return name
    if unit.intent.startswith(SPECIFIC):
        return None
    if cause and not unit.text[: first.start].strip(" ,") and IS_IT.match(after):
        return name
    if unit.intent in FACT_TOPICS:
        return None
    if {"term", "test"} & set(known.relations.get(first.ref, ())):
        return None
    if unit.has_pronoun and not re.search(
        r"\b(?:of|about|is|are|for|with|have|has)\s+(?:a |an |the )?$", unit.text[: unit.mentions[0].start]
    ):
        return None
    return unit.text[first.start : first.end]


def far_from_everything(unit: Unit, minimum: float) -> bool:
    """No training example of the predicted intent says nearly the same."""
    return bool(unit.nearest) and unit.nearest.get(unit.intent, 0.0) < minimum


NUMBER = re.compile(r"(?<!like i'm )(?<!like i am )(?<![\w.])\d+(?:[.,]\d+)?(?![\w])")
COUNT_WORD = re.compile(
    r"\b(?:wbcs?|anc|counts?|white|whites|bloods|cells|neutrophils?|neuts?|platelets?|hemoglobin|level|levels|results?|labs?|blood test)\b"
)
MINE = re.compile(r"\b(?:my|mine|i|i'm|i've|me|our|we)\b")
PERSON = r"(?:my|our) (?:own |little |old |elderly |\d+[- ]year[- ]old )?(?:son|boy|girl|daughter|baby|child|kid|wife|husband|mom|mum|mother|dad|father|sister|brother|friend|partner|boyfriend|girlfriend|grandma|grandpa|niece|nephew|aunt|uncle)"
ADVICE = re.compile(
    r"(?<!how serious )(?<!how seriously )\b(?:should|shall|must|ought) (?:i|we|he|she|my|they)\b(?! (?:know|expect|look|watch|avoid|notice))|\bdo (?:i|we) (?:need|have to)\b(?! (?:my |the |our |these )?(?:white|wbcs?|leu[ck]ocytes?)\b)|\bdo i have\b|\bcan i (?:take|stop|skip|eat|drink|go|fly|travel|use|have|keep|still)\b"
    r"|\bam i (?:going|at|in|too|ok|dying)\b|\bwill i\b|\bwhat (?:should|do|would) (?:i|you|we) (?:do|recommend|suggest|advise|take|think)\b|\bwhat is wrong with me\b|\bdo you think (?:i|it|it's|its|that|this|my)\b"
    r"|\b(?:is|are|was) (?:my|mine)\b(?!\s+(?:family|kids?|husband|wife|child|(?:treatment )?options|choices))|\bwhy (?:is|are|am|was|were|did|do|does|has|have) (?:my(?! body\b)|mine|i)\b(?! need (?:my |the |our |these )?(?:white|wbcs?|leu[ck]ocytes?)\b)|\b(?:my|our) (?:own )?(?:results?|labs?|lab report|numbers|blood test|bloodwork|test)\b.{0,40}\b(?:mean|normal|ok|okay|bad|say)\b"
    r"|\bwhat (?:does|do) (?:my|his|her) (?:results?|labs?|counts?|numbers?|wbc|levels?)\b.{0,20}\bmean\b|\b(?:means?|best|right|good|safe|bad|ok|okay|normal|serious|dangerous|recommend|suggest)\b.{0,20}\bfor me\b|\bin my case\b|\b(?:please )?advise\b|\bsecond opinion\b"
    r"|\bmean(?:s)? (?:that )?(?:i|he|she|we|my \w+) (?:have|has|am|is|might|could|will)\b|\bwhich of my\b|\bwould you (?:say (?:yes|no)|do it|take it|agree|accept)\b"
    r"|(?<!how )\bdo i (?:cancel|go|stop|take|keep|tell|call|wait|skip|start|say)\b|\b(?:i say|say i|i should say) (?:yes|no)\b|\bi(?:'m| am) (?:on|taking)\?*$"
    r"|\b(?:doctor|oncologist|nurse|specialist|team)\b.{0,60}\b(?:was|is) (?:that|he|she|it|this) (?:right|ok|okay|wrong|normal)\b"
)


def speaks_of_someone(unit: Unit) -> bool:
    """Whether the question names the writer, someone of theirs, or "you" as one who gives advice."""
    return bool(MINE.search(unit.text) or re.search(rf"\b(?:{PERSON}|he|she|his|her|him|you|your)\b", unit.text))


def is_personal(unit: Unit) -> bool:
    """The question is about one person's own result, medicine or decision."""
    text = unit.text
    if ADVICE.search(text) and unit.intent not in ("human_handoff", "ask_contagious", "capabilities"):
        return True
    if NUMBER.search(text) and (
        COUNT_WORD.search(text) or re.match(r"^\W*(?:is|are|what about)?\s*(?:a |an )?\d", text)
    ):
        asks_value = re.search(
            r"\b(?:bad|low|ok|okay|normal|dangerous|serious|good|worry|worried|mean|high|fine)\b", text
        )
        return bool(MINE.search(text) or asks_value)
    if re.search(r"\bwhat my (?:blood tests?|results?|labs?|numbers?|counts?) (?:mean|means|say|says)\b", text):
        return True
    asks_meaning = unit.intent == "ask_definition" and unit.confidence >= 0.9
    return bool(re.search(rf"\b{PERSON}\b", text)) and len(text.split()) > 12 and not asks_meaning


def close_topics(
    ranking: Sequence[tuple[str, float]], topics: frozenset[str], margin: float, low: float
) -> tuple[str, ...]:
    """Two or three topics that are about as likely; empty when one is clear."""
    top = [(name, value) for name, value in ranking if name in topics][:3]
    if len(top) < 2 or top[0][1] >= low or top[0][1] - top[1][1] >= margin:
        return ()
    return tuple(name for name, value in top if top[0][1] - value < margin * 1.5)
