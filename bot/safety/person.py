"""Who has it? "i have …", "my son's …", "she is …", "having …"."""

from __future__ import annotations

from collections.abc import Sequence

from bot.safety import cues
from bot.safety.scene import Scene
from bot.safety.words import word_set


def called_a_sign(scene: Scene) -> bool:
    """Whether what follows speaks of it as a symptom, a risk, a treatment."""
    return bool(cues.TOPIC_AFTER.search(scene.masked_right) or cues.SIGN_AFTER.search(scene.masked_right))


def without_help(scene: Scene) -> str:
    """The words before it without calls for help ("what do i do"), after which things are meant."""
    left = scene.left_text
    found = cues.HELP.search(left)
    while found:
        following = left[found.end() :].split()
        if following and following[0] in cues.HELP_CONTINUES:
            return left
        left = left[: found.start()] + " " + left[found.end() :]
        found = cues.HELP.search(left)
    return left


NO_QUESTION = (["not"], ["barely"], ["hardly"], ["only"], ["just"], ["still"])


def missing_subject(words: list[str], scene: Scene) -> bool:
    """ "has a fever of 102", "is running a temp", "have chest pain": someone is meant and left out."""
    if scene.asked and words[0] not in ("have", "has", "am"):
        return False
    following = words[1] if len(words) > 1 else (scene.inside[0] if scene.inside else "")
    if words[0] in ("have", "has", "had"):
        return following not in cues.PRONOUNS and following not in cues.GENERIC
    return words[0] in ("am", "is", "was") and following.endswith("ing") and following in cues.STARTS


def personal(scene: Scene) -> bool:
    """Whether someone is said to have it: "i have …", "my …", "she is …", "having …"."""
    if cues.ON_SOMEONE.search(scene.right_text) or (scene.mention.named and cues.THIS_IS.search(scene.left_text)):
        return True
    return claims(scene.left, scene.inside) or _begins_with_verb(scene)


def claims(left: Sequence[str], inside: Sequence[str]) -> bool:
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
    return place if (not before or before in cues.OPENERS) and not text.endswith("s") else None


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
    if cues.ASKING.search(" ".join(words[subject:])) or {"wh", *cues.WH}.intersection(between):
        return False
    return not between or bool(cues.CLAIMS.intersection(between)) or len(between) <= 3


def _begins_with_verb(scene: Scene) -> bool:
    words = [text for text in without_help(scene).split() if text not in cues.OPENERS]
    if not words or words[0] not in cues.STARTS or called_a_sign(scene):
        return False
    if words[0] in cues.AUXILIARIES:
        return missing_subject(words, scene)
    return not cues.TELLS_ABOUT.intersection(words) and not {"wh", *cues.WH}.intersection(words[1:])
