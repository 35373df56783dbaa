"""Is it happening? Tells a danger that is there from one that is denied, feared, past, long known or asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from bot.safety import cues
from bot.safety.model import Concept
from bot.safety.words import Sentence, word_set

#: Words looked at on each side of a danger word.
LEFT, RIGHT = 45, 25


class Status(Enum):
    """How a danger word stands in its sentence."""

    PRESENT = "present"
    LASTING = "lasting"  # there, but for months or years or now and then
    LOOKALIKE = "look-alike"  # asked about, denied, feared or past


@dataclass(frozen=True)
class Mention:
    """One place where a concept's words stand: tokens `start` to `end` of a sentence.

    `sure` means that only someone in danger says these words; `named` that it is the name of an illness, which is
    more often a topic; `figure` that it is a number that was read.
    """

    concept: Concept
    start: int
    end: int
    sure: bool = False
    named: bool = False
    figure: bool = False

    @property
    def weight(self) -> tuple[bool, bool, int]:
        """Which of two readings of the same words is taken: the surer one, then the longer one."""
        return (self.sure, not self.named, self.end)


class Scene:
    """One mention with the words around it, within its clause."""

    def __init__(self, sentence: Sentence, mention: Mention, covered: Sequence[bool]) -> None:
        self.mention = mention
        self.asked = sentence.asked
        floor, ceiling = max(0, mention.start - LEFT), min(len(sentence.tokens), mention.end + RIGHT)
        texts = [token.text for token in sentence.tokens[floor:ceiling]]
        start, end = mention.start - floor, mention.end - floor
        first, last = _clause_start(texts, start), _clause_end(texts, end)
        self.left = texts[first:start]
        self.right = texts[end:last]
        self.inside = texts[start:end]
        covered = covered[floor:ceiling]
        self.masked = _masked(texts, covered, first, start)
        self.masked_right = "".join(" " + text for text in _masked(texts, covered, end, last))
        self.left_text = " ".join(self.left)
        self.right_text = "".join(" " + text for text in self.right)
        self.clause_text = " ".join(texts[first:last])
        self.sentence_text = " ".join(texts)


def status(sentence: Sentence, mention: Mention, covered: Sequence[bool]) -> Status:
    """How `mention` stands in `sentence`.

    Args:
        sentence: Where it stands.
        mention: The danger word.
        covered: For each token, whether it belongs to some mention (so that lists can be told).
    """
    scene = Scene(sentence, mention, covered)
    if _negated(scene) or _gone(scene) or _animal(scene):
        return Status.LOOKALIKE
    if mention.concept.context:
        return Status.LOOKALIKE if _only_asked(scene) or _hypothetical(scene) else Status.PRESENT
    if _hypothetical(scene) or _only_asked(scene) or _past(scene):
        return Status.LOOKALIKE
    if not mention.concept.lasting_counts and _lasting(scene):
        return Status.LASTING
    return Status.PRESENT


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The last place where `pattern` stands in `text`."""
    found = None
    for match in pattern.finditer(text):
        found = match
    return found


# --- clauses ---

_BREAKS = word_set("but however although though except yet plus whereas")
_NO_RESTART = (
    cues.MODALS
    | cues.AUXILIARIES
    | cues.WH
    | word_set("that whether think know sure like as than unless until till than hope wish and")
)
_RESTARTING = word_set("i we he she they")


def _starts_clause(texts: Sequence[str], place: int) -> bool:
    text, before = texts[place], texts[place - 1]
    if before in _BREAKS:
        return True
    if text in _RESTARTING:
        following = texts[place + 1 : place + 3]
        return before not in _NO_RESTART or (before == "and" and not cues.MODALS.intersection(following))
    return text == "my" and before in (",", "and", "so", "also", "now")


def _clause_start(texts: Sequence[str], start: int) -> int:
    return next((place for place in range(start, 0, -1) if _starts_clause(texts, place)), 0)


def _clause_end(texts: Sequence[str], end: int) -> int:
    return next((place for place in range(end, len(texts)) if place and _starts_clause(texts, place)), len(texts))


def _masked(texts: Sequence[str], covered: Sequence[bool], first: int, start: int) -> list[str]:
    """The words before the mention, with each other mention as one `@`."""
    made: list[str] = []
    for place in range(first, start):
        if not covered[place]:
            made.append(texts[place])
        elif not made or made[-1] != "@":
            made.append("@")
    return made


# --- no ---


def _negated(scene: Scene) -> bool:
    left = scene.masked
    for place in range(len(left) - 1, max(-1, len(left) - 26), -1):
        word = left[place]
        if word not in cues.NO_WORDS and word not in cues.NOT_WORDS:
            continue
        after = left[place + 1 :]
        if cues.NOT_A_NO.search(" ".join(left[place : place + 4])):
            continue
        if word == "never" and cues.NEVER_LIKE_THIS.search(scene.right_text + " " + " ".join(after)):
            continue
        if _reaches(after, cues.NOT_LINKS if word in cues.NOT_WORDS else cues.LINKS, word, scene):
            return True
    return False


def _reaches(after: list[str], links: frozenset[str], word: str, scene: Scene) -> bool:
    """Whether a "no" reaches over the words `after` it: articles and the like, or the items of a list."""
    if word == "no" and after[:1] == [","]:
        return False  # "no, i have a fever"
    items: list[list[str]] = [[]]
    for text in after:
        if text in cues.LIST_MARKS:
            items.append([])
        else:
            items[-1].append(text)
    if scene.mention.sure and len(items) > 1:
        return False
    if len(items) == 1:
        return all(text in links for text in items[0])
    if not all(text in links for text in items[0]) and (word in cues.NOT_WORDS or not _is_item(items[0])):
        return False
    if scene.right and scene.right[0] in cues.INTENSE:
        return False
    return all(_is_item(item) for item in items[1:])


def _is_item(item: list[str]) -> bool:
    return len(item) <= 4 and not cues.NEW_START.intersection(item)


def _gone(scene: Scene) -> bool:
    gone = cues.GONE.search(scene.right_text)
    return bool(gone) and not cues.BACK_AGAIN.search(scene.right_text[gone.end() :] if gone else "")


def _animal(scene: Scene) -> bool:
    return (
        any(
            text in cues.ANIMALS and before in ("my", "our", "the", "a") and scene.left[at + 1 : at + 2] != ["bite"]
            for at, (before, text) in enumerate(zip(["", *scene.left], scene.left, strict=False))
        )
        and "i" not in scene.left
    )


# --- perhaps ---


def _hypothetical(scene: Scene) -> bool:
    left = cues.NO_SUPPOSITION.sub(" ", scene.left_text)
    found = _last(cues.HYPOTHETICAL, left)
    if found is None:
        return bool(cues.FUTURE.search(left)) and not scene.mention.sure
    if scene.mention.sure and found[0] not in ("if", "in case"):
        return False
    rest = left[found.end() :].split()
    if found[0].split()[0] in cues.MODALS - {"if", "when", "whenever", "unless", "whether"} and personal(scene):
        return False
    return not ("," in rest and _claims(rest[rest.index(",") + 1 :], scene.inside))


# --- asked about ---


def _only_asked(scene: Scene) -> bool:
    """Whether it is a topic: nobody says that they have it."""
    if scene.mention.sure or personal(scene):
        return False
    if scene.mention.named and not cues.NOW.search(scene.clause_text) and not cues.RECENT.search(scene.clause_text):
        return True
    if _short_worry(scene) or _asks_with_figure(scene):
        return False
    if cues.ACTS_ON_IT.search(scene.left_text) and not cues.HYPOTHETICAL.search(scene.left_text):
        return not _acts(scene)
    return _framed(scene) or _topic(scene) or (scene.asked and not scene.mention.figure and not scene.left)


def _acts(scene: Scene) -> bool:
    return scene.left[:1] not in (["when"], ["how"], ["what"], ["at"])


def _short_worry(scene: Scene) -> bool:
    """ "is 38.6 bad?": who asks about one figure has it."""
    if not scene.mention.figure or scene.left not in (["is"], ["is", "a"], ["is", "my"], ["would"]):
        return False
    rest = frozenset(scene.right)
    asked = word_set("bad ok okay high dangerous serious safe worrying concern concerning emergency normal")
    return bool(rest & asked) and "considered" not in rest and len(scene.right) <= 7


def _asks_with_figure(scene: Scene) -> bool:
    """ "how do i bring down a fever of 101": the figure is theirs. "when should i call, at 38.5?": it is not."""
    if not scene.mention.figure or not {"i", "my", "me"}.intersection(scene.left):
        return False
    return not {"when", "if", "which"}.intersection(scene.left) and not cues.HYPOTHETICAL.search(scene.left_text)


def _framed(scene: Scene) -> bool:
    """Whether the clause is a question for knowledge that starts before the mention."""
    left = _without_help(scene)
    words = left.split()
    while words and words[0] in cues.OPENERS:
        words = words[1:]
    if cues.ASKING.search(left):
        return True
    if not words:
        return False
    if words[0] in cues.AUXILIARIES and words[1:2] not in _NO_QUESTION and not _missing_subject(words, scene):
        return True
    return words[0] in cues.WH or any(
        word in ("what", "why", "how", "which") and words[at] not in ("know", "idea", "sure", "understand", "and")
        for at, word in enumerate(words[1:])
    )


_NO_QUESTION = (["not"], ["barely"], ["hardly"], ["only"], ["just"], ["still"])


def _missing_subject(words: list[str], scene: Scene) -> bool:
    """ "has a fever of 102", "is running a temp", "have chest pain": someone is meant and left out."""
    if scene.asked and words[0] not in ("have", "has", "am"):
        return False
    following = words[1] if len(words) > 1 else (scene.inside[0] if scene.inside else "")
    if words[0] in ("have", "has", "had"):
        return following not in cues.PRONOUNS and following not in cues.GENERIC
    return words[0] in ("am", "is", "was") and following.endswith("ing") and following in cues.STARTS


def _without_help(scene: Scene) -> str:
    left = scene.left_text
    found = cues.HELP.search(left)
    while found:
        following = left[found.end() :].split()
        if following and following[0] in cues.HELP_CONTINUES:
            return left
        left = left[: found.start()] + " " + left[found.end() :]
        found = cues.HELP.search(left)
    return left


def _topic(scene: Scene) -> bool:
    before = cues.TOPIC_BEFORE.search(" ".join(scene.masked))
    if before and not (before[0].startswith("for") and cues.GOING_FOR.search(scene.left_text)):
        return True
    if _called_sign(scene):
        return True
    return not scene.mention.figure and _generic_subject(scene.left)


def _called_sign(scene: Scene) -> bool:
    return bool(cues.TOPIC_AFTER.search(scene.masked_right) or cues.SIGN_AFTER.search(scene.masked_right))


def _generic_subject(left: Sequence[str]) -> bool:
    for place in range(len(left) - 1, -1, -1):
        if left[place] in cues.PRONOUNS or left[place] in cues.POSSESSIVES:
            return False
        if left[place] in cues.GENERIC:
            return place == 0 or left[place - 1] not in ("my", "our", "the")
    return False


def personal(scene: Scene) -> bool:
    """Whether someone is said to have it: "i have …", "my …", "she is …", "having …"."""
    return (
        _claims(scene.left, scene.inside) or _begins_with_verb(scene) or bool(cues.ON_SOMEONE.search(scene.right_text))
    )


def _claims(left: Sequence[str], inside: Sequence[str]) -> bool:
    words = [*left]
    for place in range(len(words) - 1, max(-1, len(words) - 14), -1):
        text = words[place]
        between = words[place + 1 :]
        if text in cues.POSSESSIVES and len(between) <= 5 and _is_owned(words, place, between):
            return True
        subject = _subject_at(words, place)
        if subject is not None:
            return _subject_has_it(words, subject, between)
    return bool(inside) and inside[0] in ("i", "my", "we") and not (words and words[-1] in cues.MODALS)


def _subject_at(words: Sequence[str], place: int) -> int | None:
    """Where the subject that ends at `place` begins: "i", "my son", "dad"; None when no one stands there."""
    text, before = words[place], words[place - 1] if place else ""
    if text in cues.PRONOUNS:
        return place
    if text not in cues.RELATIVES:
        return None
    if before in cues.POSSESSIVES:
        return place - 1
    return place if not before or before in cues.OPENERS else None


_PREPOSITIONS = word_set("about for with of if when after during from to in on at because before while")


def _is_owned(words: Sequence[str], place: int, between: Sequence[str]) -> bool:
    if _PREPOSITIONS.intersection(between):
        return False
    if cues.TELLS_ABOUT.intersection(between) or cues.MODALS.intersection(between):
        return False
    if words[place] in ("this", "these") and between and between[0] in cues.CLAIMS:
        return False
    return not (cues.CLAIMS.intersection(between) and place and words[place - 1] in cues.MODALS | cues.AUXILIARIES)


def _subject_has_it(words: Sequence[str], subject: int, between: Sequence[str]) -> bool:
    if cues.TELLS_ABOUT.intersection(between):
        return False
    before = words[subject - 1] if subject else ""
    if before in cues.AUXILIARIES or before in cues.MODALS:
        if "why" in words[:subject] or "long" in words[:subject]:
            return True
        return before in ("am", "is", "are") and bool({"having", "getting", "bleeding"}.intersection(between))
    if words[subject] == "it" and not {"feels", "hurts", "burns", "is"}.intersection(between):
        return False
    if cues.FUTURE.search(" ".join(between)) or cues.THOUGHT_OF.search(" ".join(between)):
        return False
    if cues.ASKING.search(" ".join(between)) or {"wh", *cues.WH}.intersection(between):
        return False
    return not between or bool(cues.CLAIMS.intersection(between)) or len(between) <= 3


def _begins_with_verb(scene: Scene) -> bool:
    words = [text for text in _without_help(scene).split() if text not in cues.OPENERS]
    if not words or words[0] not in cues.STARTS or _called_sign(scene):
        return False
    if words[0] in cues.AUXILIARIES:
        return _missing_subject(words, scene)
    return not cues.TELLS_ABOUT.intersection(words) and not {"wh", *cues.WH}.intersection(words[1:])


# --- when ---


def _past(scene: Scene) -> bool:
    if _at_a_time(scene, cues.LIFELONG):
        return True
    if _at_a_time(scene, cues.DISTANT):
        return not cues.NOW.search(_segment(scene))
    if cues.NOW.search(scene.sentence_text) or cues.RECENT.search(scene.clause_text):
        return False
    if scene.mention.concept.happens or scene.mention.figure:
        return False
    verbs = [text for text in scene.left if text in cues.PAST or text in ("have", "has", "am", "is", "are")]
    if not verbs or verbs[-1] not in cues.PAST:
        return False
    return not (len(verbs) > 1 and verbs[-1] == "had" and verbs[-2] in ("have", "has"))


def _segment(scene: Scene) -> str:
    """The mention with the words around it up to the next "and" or comma on each side."""
    left, right = scene.left[::-1], scene.right
    before = next((at for at, text in enumerate(left) if text in ("and", ",")), len(left))
    after = next((at for at, text in enumerate(right) if text in ("and", ",")), len(right))
    return " ".join([*left[:before][::-1], *scene.inside, *right[:after]])


def _lasting(scene: Scene) -> bool:
    if cues.NOW.search(scene.sentence_text) or cues.SUDDEN.search(scene.clause_text):
        return False
    return _at_a_time(scene, cues.HABIT)


def _at_a_time(scene: Scene, times: re.Pattern[str]) -> bool:
    """Whether a word of `times` belongs to the mention and not to something else in the clause."""
    found = _last(times, scene.left_text)
    if found:
        between = scene.left_text[found.end() :].split()
        if not {"and", ",", "with", "now", "so"}.intersection(between):
            return True
    found = times.search(scene.right_text)
    if not found:
        return False
    before = scene.right_text[: found.start()].split()
    parting = {"and", ",", "since"} if "year" in found[0] or "in " in found[0] else {"and", ",", "since", "after"}
    marks = [place for place, text in enumerate(before) if text in parting]
    return not (marks and cues.OWN_VERB.intersection(before[marks[0] :]))
