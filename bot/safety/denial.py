"""Is it denied? "no fever", "not confused", "without fever, cough or @", "the fever is gone"."""

from __future__ import annotations

from bot.safety import cues
from bot.safety.scene import Scene


def denied(scene: Scene) -> bool:
    """Whether a "no" or "not" before it reaches it."""
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


def gone(scene: Scene) -> bool:
    """Whether it is said to be over: "the fever is gone"."""
    told = cues.HAD_AND_GONE.search(scene.later_text)
    after = scene.later_text[told.end() :] if told else scene.right_text
    found = cues.GONE.search(after)
    return found is not None and not cues.BACK_AGAIN.search(cues.FOR_SOME_TIME.sub(" ", after[found.end() :]))


def of_an_animal(scene: Scene) -> bool:
    """Whether a pet has it."""
    return (
        any(
            text in cues.ANIMALS and before in ("my", "our", "the", "a") and scene.left[at + 1 : at + 2] != ["bite"]
            for at, (before, text) in enumerate(zip(["", *scene.left], scene.left, strict=False))
        )
        and "i" not in scene.left
    )
