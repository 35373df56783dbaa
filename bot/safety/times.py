"""Is it now? "last year", "as a child", "for months"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.safety import cues
from bot.safety.scene import Scene, last_match


def past(scene: Scene) -> bool:
    """Whether it was, and is no more: "had … last year", "as a child"."""
    if _at_a_time(scene, cues.LIFELONG):
        return True
    if _at_a_time(scene, cues.DISTANT):
        return not cues.NOW.search(_segment(scene))
    if _told_of_then(scene) or _then_it_was(scene):
        return True
    if cues.NOW.search(scene.sentence_text) or cues.RECENT.search(scene.clause_text):
        return False
    if scene.mention.concept.happens or scene.mention.figure or scene.mention.sure:
        return False
    verbs = [text for text in [*scene.left, *scene.inside] if text in cues.PAST or text in cues.PRESENT]
    if not verbs or verbs[-1] not in cues.PAST:
        return False
    return not (len(verbs) > 1 and verbs[-1] == "had" and verbs[-2] in ("have", "has"))


def _told_of_then(scene: Scene) -> bool:
    """ "when i had chemo in 2015 i got @"."""
    if not cues.DISTANT.search(scene.earlier_text) or cues.NOW.search(scene.sentence_text):
        return False
    words = [*scene.left, *scene.inside]
    if cues.PRESENT.intersection(_since_and(words)):
        return False  # "last week i was diagnosed and have a fever"
    return bool({"got", "had", "was", "were", "developed", "became", "did"}.intersection(words))


def _then_it_was(scene: Scene) -> bool:
    """ "last year i had @": the time stands right before the clause, and nothing in between is about now."""
    then = last_match(cues.DISTANT, scene.earlier_text)
    if then is None or scene.earlier_text[then.end() :].strip(" ,"):
        return False
    if (cues.PARTING | cues.PRESENT | {"started", "began"}).intersection(scene.left):
        return False
    return not cues.NOW.search(_segment(scene)) and not cues.RECENT.search(_segment(scene))


def _segment(scene: Scene) -> str:
    """The mention with the words around it up to the next "and" or comma on each side."""
    after = _since_and(scene.right[::-1])[::-1]
    return " ".join([*_since_and(scene.left), *scene.inside, *after])


def _since_and(words: Sequence[str]) -> Sequence[str]:
    """The words after the last "and" or comma; all of them when there is none."""
    return words[max((at + 1 for at, text in enumerate(words) if text in ("and", ",")), default=0) :]


def lasting(scene: Scene) -> bool:
    """Whether it has been there for months or comes now and then, and nothing says that it is worse now."""
    if cues.NOW.search(scene.sentence_text) or cues.SUDDEN.search(scene.clause_text):
        return False
    return _at_a_time(scene, cues.HABIT)


def _at_a_time(scene: Scene, times: re.Pattern[str]) -> bool:
    """Whether a word of `times` belongs to the mention and not to something else in the clause."""
    found = last_match(times, scene.left_text)
    if found:
        between = scene.left_text[found.end() :].split()
        if not cues.PARTING.intersection(between):
            return True
    found = times.search(scene.right_text)
    if not found:
        return False
    before = scene.right_text[: found.start()].split()
    if cues.TREATED.intersection(before) and not cues.AFTER.intersection(before):
        return False  # "fever, kidney transplant 2 years ago"
    parting = {"and", ",", "since"} if "year" in found[0] or "in " in found[0] else {"and", ",", "since", "after"}
    marks = [place for place, text in enumerate(before) if text in parting]
    return not (marks and cues.OWN_VERB.intersection(before[marks[0] :]))
