"""The head of a question: the thing whose symptoms, causes or treatment are asked for.

"What happens if malnutrition is not treated" has the shape of a question of ours and is about malnutrition. The shapes
that name their head are few; what stands in the head's place must be the condition, a pronoun for it, or a word that
means no illness of its own ("the count", "an infection").
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.nlu.words import asset_words

#: Up to five words that can be the name of a thing.
NAME = (
    r"(?P<head>(?:(?!\b(?:and|or|but|if|when|in|on|for|from|with|without|by|to|as|at|after|before|because|is|are|was|does|do|"
    r"can|could|that|which|who|not|be|you|i|we)\b)[\w'-]+(?![\w'-])\s*){1,5}?)"
)
END = r"(?=\s*(?:$|[?.!,;]|\b(?:and|or|but|if|when|in|on|for|from|with|by|please|then|again|usually|mostly|at|as|after|because)\b))"
PEOPLE = (
    r"(?:i|you|we|they|he|she|one|people|someone|somebody|anyone|anybody|a person|persons|patients?|doctors?|a doctor)"
)
MODAL = r"(?:can|could|do|does|did|would|will|should|may|might)"
SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"\b(?:symptoms?|signs?|complications?|causes?|treatments?|cures?|diagnosis|reasons?|dangers?|tests?) (?:of|for|in|from) (?:having |getting )?{NAME}{END}",
        rf"\b(?:what|which [\w ]{{3,25}}?) (?:usually |mostly |normally |really )?causes? {NAME}{END}",
        rf"\bwhy {MODAL} {PEOPLE} (?:get|have|develop) {NAME}{END}",
        rf"\b{MODAL} {PEOPLE} (?:catch|spread|pass on) {NAME}{END}",
        rf"\bhow (?:{MODAL}|to)(?: {PEOPLE})? (?:treat|cure|prevent|avoid|heal|diagnose|detect) {NAME}{END}",
        rf"\bhow (?:is|are|was|were|does|do|can|could) {NAME}(?:be |get )?(?:treated|cured|prevented|diagnosed|detected|found)\b",
        rf"\b(?:what|anything) (?:happens|could happen|can happen|will happen|would happen)(?: to \w+)? (?:if|when) {NAME}"
        r"(?:is|are|isn't|aren't|goes|stays|gets|remains|was) (?:not |never |left |un)?(?:treated|untreated|cured|ignored|alone)",
        rf"\b(?:die|dying|death|dead) (?:from|of) {NAME}{END}",
        rf"\bis {NAME}(?:contagious|infectious|catching|catchy|dangerous|serious|deadly|fatal|life[ -]threatening|hereditary|curable|treatable)\b",
        rf"\bis {NAME}the same as\b",
        rf"\b(?:tests?|medicines?|drugs?|treatments?|cures?) (?:is|are) there (?:for|against) {NAME}{END}",
        rf"^\W*{NAME}(?:symptoms?|signs|causes|treatments?|complications?|diagnosis|prevention|medicines?)\W*$",
    )
)


@lru_cache(maxsize=1)
def own_words() -> frozenset[str]:
    """Words that may stand in the head's place beside the condition, or for it (`assets/head_words.txt`)."""
    return asset_words("head_words.txt")


#: The condition, by name or pronoun.
CONDITION = re.compile(r"\b(?:this condition|it|it's|this|that)\b")


def other_head(masked: str) -> str | None:
    """What the question `masked` (condition names replaced by "this condition") is about, when that is another thing.

    A question that speaks of the condition before its head asks how the two hang together ("is it a sign of lupus?").
    """
    for shape in SHAPES:
        for found in shape.finditer(masked):
            if not CONDITION.search(masked[: found.end()]) and set(found["head"].split()) - own_words():
                return found["head"].strip()
    return None
