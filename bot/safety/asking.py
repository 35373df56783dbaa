"""Is it only asked about? "what is …", "can it cause …", "if i get …", "the risk of …"."""

from __future__ import annotations

from collections.abc import Sequence

from bot.safety import cues
from bot.safety.person import NO_QUESTION, called_a_sign, claims, missing_subject, personal, without_help
from bot.safety.scene import Scene, last_match
from bot.safety.words import word_set


def supposed(scene: Scene) -> bool:
    """Whether it stands under an "if", a "can i get" or a "might"."""
    left = cues.NO_SUPPOSITION.sub(" ", scene.left_text)
    found = last_match(cues.HYPOTHETICAL, left)
    if found is None:
        return bool(cues.FUTURE.search(left)) and not scene.mention.sure
    if scene.mention.sure and found[0] not in ("if", "in case"):
        return False
    rest = left[found.end() :].split()
    if found[0].split()[0] in cues.MODALS - {"if", "when", "whenever", "unless", "whether"} and personal(scene):
        return False
    return not ("," in rest and claims(rest[rest.index(",") + 1 :], scene.inside))


def only_asked(scene: Scene) -> bool:
    """Whether it is a topic: nobody says that they have it."""
    if _told_in_a_story(scene):
        return True
    if scene.mention.sure or personal(scene):
        return False
    if scene.mention.named and not cues.NOW.search(scene.clause_text) and not cues.RECENT.search(scene.clause_text):
        return True
    if _short_worry(scene) or _asks_with_figure(scene):
        return False
    if cues.ACTS_ON_IT.search(scene.left_text) and not cues.HYPOTHETICAL.search(scene.left_text):
        return not _acts(scene)
    if scene.mention.figure and "which" in scene.right:
        return True  # "100.4 or 101, which one is right?"
    return _framed(scene) or _topic(scene) or (scene.asked and not scene.mention.figure and not scene.left)


def _told_in_a_story(scene: Scene) -> bool:
    """ "saw a film where a woman coughed blood", "my aunt says patients get blue lips": it is not the writer's."""
    text = f"{scene.earlier_text} {scene.left_text}"
    told = last_match(cues.STORY, text) or last_match(cues.HEARSAY, text)
    if told is None:
        return False
    return not {"i", "my", "me", "we", "our"}.intersection([*text[told.end() :].split(), *scene.inside])


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
    left = without_help(scene)
    words = left.split()
    while words and words[0] in cues.OPENERS:
        words = words[1:]
    if cues.ASKING.search(left):
        return True
    if not words:
        return False
    if words[0] in cues.AUXILIARIES and words[1:2] not in NO_QUESTION and not missing_subject(words, scene):
        return True
    return words[0] in cues.WH or any(
        word in ("what", "why", "how", "which") and words[at] not in ("know", "idea", "sure", "understand", "and")
        for at, word in enumerate(words[1:])
    )


def _topic(scene: Scene) -> bool:
    before = cues.TOPIC_BEFORE.search(" ".join(scene.masked))
    if before and not (before[0].startswith("for") and cues.GOING_FOR.search(scene.left_text)):
        return True
    if called_a_sign(scene):
        return True
    return not scene.mention.figure and _generic_subject(scene.left)


def _generic_subject(left: Sequence[str]) -> bool:
    for place in range(len(left) - 1, -1, -1):
        if left[place] in cues.PRONOUNS or left[place] in cues.POSSESSIVES:
            return False
        if left[place] in cues.GENERIC:
            return place == 0 or left[place - 1] not in ("my", "our", "the", "wee", "little")
    return False
