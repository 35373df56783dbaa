"""Is it happening? Tells a danger that is there from one that is denied, feared, past, long known or asked about."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from bot.safety.asking import only_asked, supposed
from bot.safety.denial import denied, gone, of_an_animal
from bot.safety.scene import Mention, Scene
from bot.safety.times import lasting, past
from bot.safety.words import Sentence


class Status(Enum):
    """How a danger word stands in its sentence."""

    PRESENT = "present"
    LASTING = "lasting"  # there, but for months or years or now and then
    ASKED = "asked"  # asked about, feared or told of: nobody is said to have it
    LOOKALIKE = "look-alike"  # denied, gone, past, or an animal's


def status(sentence: Sentence, mention: Mention, covered: Sequence[bool]) -> Status:
    """How `mention` stands in `sentence`.

    Args:
        sentence: Where it stands.
        mention: The danger word.
        covered: For each token, whether it belongs to some mention (so that lists can be told).
    """
    scene = Scene(sentence, mention, covered)
    if denied(scene) or gone(scene) or of_an_animal(scene):
        return Status.LOOKALIKE
    if mention.concept.context:
        return Status.ASKED if only_asked(scene) or supposed(scene) else Status.PRESENT
    if past(scene):
        return Status.LOOKALIKE
    if supposed(scene) or only_asked(scene):
        return Status.ASKED
    if not mention.concept.lasting_counts and lasting(scene):
        return Status.LASTING
    return Status.PRESENT
