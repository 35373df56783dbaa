"""QuestionSplitter: two questions in one message become two units that are understood one by one.

The units travel through the pipeline as further messages behind the first; the scope guard puts them together.
"""

from __future__ import annotations

import re

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.plain_component import PlainComponent

MAX_PARTS = 3
QUESTION_START = (
    r"(?:and |also |but |so |then )*(?:what|how|why|which|who|where|when|is|are|was|can|could|do|does|did|will|would|should|"
    r"may|might|has|have|tell me|explain)\b"
)
#: "…, which was new to me", "…, where malaria was common" go on with a statement.
RELATIVE = r"(?:who|where|when)\b|which (?:is|was|are|were|has|have|had|can|could|means|makes|i|he|she|they|we|my|the|really|of)\b"
#: Where one question may end and the next begin.
BOUNDARY = re.compile(
    rf"(?:[?!;]+|\.(?!\d)|\n)\s*|,?\s+(?:and|plus|&)\s+(?:also\s+)?(?={QUESTION_START})|,?\s+also,?\s+(?=(?:what|how|why|which|is it|can|could|do|does)\b)|(?:,\s+|:\s+|\s+[-–—]+\s+)(?={QUESTION_START})(?!{RELATIVE})",
    re.IGNORECASE,
)
QUESTION = re.compile(rf"^\W*{QUESTION_START}", re.IGNORECASE)
#: "Would you be so kind as to explain …", "can anyone tell me …".
POLITE = re.compile(
    r"^\W*(?:can|could|would|will|might|may|do|does|is there) (?:you|someone|somebody|anyone|anybody|one|i|we|it be)\b",
    re.IGNORECASE,
)
NOUNS = "causes|cause|symptoms|signs|treatment|treatments|complications|diagnosis|prevention|risks"
#: "causes and symptoms", "the cause, symptoms and treatment": topics asked as a list of nouns.
NOUN_LIST = re.compile(
    rf"\b(?P<list>(?:{NOUNS})(?:\s*,\s*(?:the\s+)?(?:{NOUNS}))*\s*,?\s+(?:and|&)\s+(?:the\s+)?(?:{NOUNS}))\b(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
#: Ends that ask nothing by themselves: they belong to what stands before ("low white cells from pills, which ones?").
TAIL = re.compile(
    r"^(?:and )?(?:which (?:ones?|are (?:they|these|those))|what (?:are (?:they|those)|is (?:that|it|this)|does (?:it|that|this) "
    r"(?:mean|stand for)|ones?)|is (?:that|it|this) (?:right|true|correct|so)|right|why|how|how come)$",
    re.IGNORECASE,
)
#: "Could you kindly enlighten us?", "how would you put it?": what is asked stands before.
ASKS_NOTHING = re.compile(
    r"^\W*(?:how |what |and |so )*(?:can|could|would|will|might|may|do) (?:you|someone|anyone|i|we)(?: please| kindly| perhaps)?"
    r" (?:put|say|explain|enlighten|supply|help|tell|answer|describe|clarify|elaborate|ask|list|get)"
    r"(?: (?:it|me|us|that|this|them|to|a|an|better|good|answer|one|simple|simply|for|out|here|some|light))*\W*$",
    re.IGNORECASE,
)
#: "I got to wondering which infections bring it on", "would you be so kind as to explain what it is": the question is the
#: end, from its question word on.
INDIRECT = re.compile(
    r"\b(?:ask(?:s|ed|ing)?|wonder(?:s|ed|ing)?|knows?|known|tell(?:s|ing)?|told|says?|said|explain(?:s|ed|ing)?|understand|learn|"
    r"find out|figure out|work out|set out|curious|idea|clue|sure|see|question|hear|clear|remember|puzzled|confused|thinking|interested|"
    r"getting at is|need is|know is|want is)\b(?:,| (?:me|us|him|her|you|about|to|as to|of|is|in|out|for|just|exactly|really|everyone|"
    r"an? \w+(?: \w+)?)){0,3}:? (?P<core>(?:what|how|why|which|who|whether|if|where)\b.+)$",
    re.IGNORECASE,
)
#: What follows a question inside its sentence without being part of it: ", so i said i'd ask".
AFTERWARDS = re.compile(
    r",\s*(?:and|so|but|because|as|since|though|that's why|nobody|no one)\b(?! (?:what|how|why|which)\b).*$",
    re.IGNORECASE,
)
#: "When white cells are low, is that …", "besides lupus, what …": the first half belongs to the question.
HALF = re.compile(
    r"^\W*(?:when|if|once|since|because|after|with|besides|apart from|other than|as for|about|in)\b", re.IGNORECASE
)
#: A statement, not just the name of a thing ("low platelets, what are the symptoms").
STATEMENT = re.compile(
    r"\b(?:i|i'm|i've|he|she|we|they|is|are|was|were|am|have|has|had|got|said|says|told|it's|thanks?|hi|hello|hey|ok|okay|"
    r"please|so|well|yes|no|sorry|doctor)\b",
    re.IGNORECASE,
)
#: What stands between half a sentence and its question.
OPENING = frozenset(",:-–—")
#: "Washing hands and keeping clean, does that lower the risk?"
GERUND = re.compile(r"^\W*\w+ing\b", re.IGNORECASE)
ONE_THING = re.compile(r"\bsigns?\s+(?:and|&|or)\s+symptoms?\b", re.IGNORECASE)


def split_questions(text: str) -> list[str]:
    """The questions in `text`, in order; at most three, and just [text] when there is one.

    Statements around a single question are left out, so that "i have leukopenia. is it serious?" is understood as
    its question; of a question inside a long sentence stays the question.
    """
    listed = _noun_list(text)
    if listed:
        return listed
    pieces = _pieces(text)
    asked = [(_core(piece) if POLITE.match(piece) else None) or piece for piece in pieces if QUESTION.match(piece)]
    if all(ASKS_NOTHING.match(piece) for piece in asked):
        asked = [core for core in map(_core, pieces) if core]
    elif asked == pieces or (len(asked) == 1 and TAIL.match(asked[0])):
        return [text] if len(asked) == 1 else asked[:MAX_PARTS]
    return asked[:MAX_PARTS] or [text]


def _pieces(text: str) -> list[str]:
    """`text` cut where one question may end and the next begin; what only opens a question stays with it."""
    pieces: list[str] = []
    start, held = 0, ""
    for found in [*BOUNDARY.finditer(text), None]:
        piece = held + text[start : found.start() if found else len(text)]
        held = ""
        if found and found.group().strip() in OPENING and _opens(piece):
            held = piece.strip() + ", "
        elif piece.strip(" ,.?!"):
            pieces.append(piece.strip(" ,."))
        start = found.end() if found else len(text)
    return pieces


def _opens(piece: str) -> bool:
    """Whether a question goes on behind the comma: after half a sentence, or a thing that it is about."""
    return bool(HALF.match(piece)) or (
        len(piece.split()) <= (7 if GERUND.match(piece) else 5) and not STATEMENT.search(piece) and bool(piece.strip())
    )


#: Fewer words than this stand for themselves.
LONG = 9


def _core(piece: str) -> str | None:
    """The question inside a long piece that tells of one ("neither of us could say how they find that out")."""
    found = INDIRECT.search(piece)
    if not found or len(piece.split()) <= LONG:
        return None
    core = AFTERWARDS.sub("", found["core"])
    return core if len(core.split()) >= 3 else None


def _noun_list(text: str) -> list[str]:
    found = NOUN_LIST.search(ONE_THING.sub("symptoms", text))
    if not found:
        return []
    nouns = re.split(r"\s*,\s*(?:and\s+)?(?:the\s+)?|\s+(?:and|&)\s+(?:the\s+)?", found["list"])
    rest = found["rest"].strip(" ?.!")
    return [f"what are the {noun} {rest}".strip() for noun in nouns if noun][:MAX_PARTS]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class QuestionSplitter(PlainComponent):
    """Appends one message for each question when a message holds several, or one among statements."""

    def process(self, messages: list[Message]) -> list[Message]:
        """The message, followed by its questions where they are not the message itself."""
        if len(messages) != 1:
            return messages
        text = messages[0].get(TEXT) or ""
        parts = split_questions(text)
        if parts == [text]:
            return messages
        return [*messages, *(Message(data={TEXT: part}) for part in parts)]
