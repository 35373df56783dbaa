"""What is asked: the same questions in the same order to both systems, none of them twice."""

from __future__ import annotations

import random
from itertools import islice, product
from pathlib import Path

import yaml

SEED = 20261121
#: Topics whose answers come from a custom action that reads the store.
TOPICS = ("causes", "complications", "contagious", "definition", "diagnosis", "prevention", "seriousness", "symptoms",
          "treatment", "underlying", "medicines", "infections")  # fmt: skip
#: Ways to begin, where more messages are wanted than there are questions. A bot that leaves a greeting out may know the
#: vector of the question: no measurement compares such messages with others.
OPENINGS = ("", "please, ", "hello, ", "ok ", "sorry, ", "tell me, ", "so ", "well, ", "hi, ", "thanks, ", "and ",
            "um, ", "now ", "also ", "oh ", "hey, ", "alright, ", "yes, ", "good, ", "then ")  # fmt: skip


def base_questions(root: Path) -> list[str]:
    """The project's own test questions on the topics; none of them is in the training data."""
    found: list[str] = []
    for topic in TOPICS:
        data = yaml.safe_load((root / "tests" / "questions" / f"{topic}.yml").read_text("utf-8"))
        found += [str(item) for item in (*data["dev"], *data["held_out"])]
    random.Random(SEED).shuffle(found)
    return found


def questions(root: Path, count: int) -> list[str]:
    """`count` messages, all different, in a fixed order.

    Raises:
        ValueError: so many different ones can't be made.
    """
    base = base_questions(root)
    first = [opening + question for opening, question in product(OPENINGS, base)]
    more = (f"{second}{opening}{question}" for second, opening, question in product(OPENINGS[1:], OPENINGS[1:], base))
    made = list(dict.fromkeys([*first, *islice(more, max(0, count - len(first)))]))
    if len(made) < count:
        raise ValueError(f"{count} different messages were wanted, {len(made)} can be made")
    return made[:count]
