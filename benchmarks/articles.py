"""Makes up content for measurements: articles on conditions that do not exist, which pass all checks."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

from benchmarks.questions import SEED

STARTS = ("bor", "cal", "dem", "fal", "gor", "hel", "jan", "kel", "lom", "mir", "nol", "pel", "rav", "sol", "tam", "vel",
          "wim", "zar")  # fmt: skip
MIDDLES = ("ad", "eb", "id", "ol", "um", "ar", "en", "iv", "ok", "us")
ENDS = ("axis", "emia", "itis", "osis", "oma", "ura")


def made_up_names(count: int) -> list[str]:
    """`count` different words that sound like illnesses and are none, always the same ones."""
    chance = random.Random(SEED)
    names: dict[str, None] = {}
    while len(names) < count:
        middle = "".join(chance.choice(MIDDLES) for _ in range(2))
        names[chance.choice(STARTS) + middle + chance.choice(ENDS)] = None
    return list(names)


def write_content(source: Path, target: Path, articles: int) -> Path:
    """A content folder with `articles` articles: the real one on low white cells, and made-up ones of the same length.

    Args:
        source: The project's content folder.
        target: The new folder; what is there is replaced.
        articles: How many articles in all, 1 or more.
    """
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    # The history tells how the real articles were changed; made-up ones have none.
    pattern = (source / "articles" / "leukopenia.md").read_text("utf-8")
    for name in made_up_names(articles - 1):
        (target / "articles" / f"{name}.md").write_text(_article(pattern, name), "utf-8")
    return target


def _article(pattern: str, name: str) -> str:
    """The real article's text with another condition in its place."""
    text = re.sub(r"(?m)^names:\n(?:  - .*\n)+", f"names:\n  - {name}\n", pattern)
    text = re.sub(r"(?m)^title: .*$", f"title: {name.capitalize()}", text)
    text = re.sub(r"(?m)^condition: .*$", f"condition: {name}", text)
    text = re.sub(r"(?m)^common_name: .*$", f"common_name: {name}", text)
    text = re.sub(r"leu[ck]openia|leukocytopenia|low white blood cell count", name, text)
    return re.sub(r"Leu[ck]openia|Low white blood cell count", name.capitalize(), text)
