"""Questions about one person's own result, medicine or decision."""

from __future__ import annotations

import re

from bot.nlu.unit import Unit

NUMBER = re.compile(r"(?<!like i'm )(?<!like i am )(?<![\w.])\d+(?:[.,]\d+)?(?![\w])")

COUNT_WORD = re.compile(
    r"\b(?:wbcs?|anc|counts?|white|whites|bloods|cells|neutrophils?|neuts?|platelets?|hemoglobin|level|levels|results?|labs?|blood test)\b"
)

MINE = re.compile(r"\b(?:my|mine|i|i'm|i've|me|our|we)\b")

PERSON = r"(?:my|our) (?:own |little |old |elderly |\d+[- ]year[- ]old )?(?:son|boy|girl|daughter|baby|child|kid|wife|husband|mom|mum|mother|dad|father|sister|brother|friend|partner|boyfriend|girlfriend|grandma|grandpa|niece|nephew|aunt|uncle)"

ADVICE = re.compile(
    r"(?<!how serious )(?<!how seriously )\b(?:should|shall|must|ought) (?:i|we|he|she|my|they)\b(?! (?:know|expect|look|watch|avoid|notice))|\bdo (?:i|we) (?:need|have to)\b(?! (?:my |the |our |these )?(?:white|wbcs?|leu[ck]ocytes?)\b)|\bdo i have\b|\bcan i (?:take|stop|skip|eat|drink|go|fly|travel|use|have|keep|still)\b"
    r"|\bam i (?:going|at|in|too|ok|dying)\b|\bwill i\b|\bwhat (?:should|do|would) (?:i|you|we) (?:do(?! (?:so|to (?:avoid|prevent|keep|stay|not))\b)|recommend|suggest|advise|take|think)\b|\bwhat is wrong with me\b|\bdo you think (?:i|it|it's|its|that|this|my)\b"
    r"|\b(?:is|are|was) (?:my|mine)\b(?!\s+(?:family|kids?|husband|wife|child|(?:treatment )?options|choices))|\bwhy (?:is|are|am|was|were|did|do|does|has|have) (?:my(?! body\b)|mine|i)\b(?! need (?:my |the |our |these )?(?:white|wbcs?|leu[ck]ocytes?)\b)|\b(?:my|our) (?:own )?(?:results?|labs?|lab report|numbers|blood test|bloodwork|test)\b.{0,40}\b(?:mean|normal|ok|okay|bad|say)\b"
    r"|\bwhat (?:does|do) (?:my|his|her) (?:results?|labs?|counts?|numbers?|wbc|levels?)\b.{0,20}\bmean\b|\b(?:means?|best|right|good|safe|bad|ok|okay|normal|serious|dangerous|recommend|suggest)\b.{0,20}\bfor me\b|\bin my case\b|\b(?:please )?advise\b|\bsecond opinion\b"
    r"|\bmean(?:s)? (?:that )?(?:i|he|she|we|my \w+) (?:have|has|am|is|might|could|will)\b|\bwhich of my\b|\bwould you (?:say (?:yes|no)|do it|take it|agree|accept)\b"
    r"|(?<!how )\bdo i (?:cancel|go|stop|take|keep|tell|call|wait|skip|start|say)\b|\b(?:i say|say i|i should say) (?:yes|no)\b|\bi(?:'m| am) (?:on|taking)\?*$"
    r"|\b(?:doctor|oncologist|nurse|specialist|team)\b.{0,60}\b(?:was|is) (?:that|he|she|it|this) (?:right|ok|okay|wrong|normal)\b"
)


def speaks_of_someone(unit: Unit) -> bool:
    """Whether the question names a count, the writer, someone of theirs, or "you" as one who gives advice."""
    return bool(
        MINE.search(unit.text)
        or COUNT_WORD.search(unit.text)
        or unit.mentions
        or re.search(rf"\b(?:{PERSON}|he|she|his|her|him|you|your)\b", unit.text)
    )


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
