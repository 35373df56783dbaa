"""A second reader beside the rules: messages that mean the same as known messages of danger, in words no rule has.

A kernel machine over sentence embeddings, trained on `data/safety/examples.csv` by `scripts/train_danger_sense.py`. It
only adds to what the rules find, never takes away, and it is not used when the embedding model is missing.
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.nlu.embedding_model import embed_one, embedding_model
from bot.nlu.words import medical_terms, tokens, zipf
from bot.safety import Detector, Finding
from bot.safety.model import Level

logger = logging.getLogger(__name__)

ASSET = Path(__file__).parent / "assets" / "danger_sense.npz"
#: What stands in `rules` when the second reader decided.
RULE = "like_known_examples"
#: Parts of fewer words say too little; texts of more than `LONG` are read in parts alone. So many parts at most.
MIN_WORDS = 3
LONG = 30
MAX_PARTS = 16
#: Words above which a sentence is read by its clauses, too.
LONG_SENTENCE = 10
SENTENCE_END = re.compile(r"(?<=[.!?;\n])\s+")
CLAUSE = re.compile(r"(?:,|\s-|\(|\.\.+|\b(?:but|and|also|so|because)\b)\s*", re.IGNORECASE)
#: How much farther beyond the border a part must lie. Of many parts one could be near to danger by chance.
PART_MARGIN = 0.4
#: With so many words in a part that do not exist, its vector means nothing ("my next message quillfeather").
UNKNOWN_SHARE = 0.25


class DangerSense:
    """Tells whether a text means danger, and which kind.

    Attributes:
        threshold: Distance from the border beyond which a text counts; set at training so that about one in a
            hundred of the ordinary and look-alike examples, left out of training in turn, would alarm.
    """

    def __init__(self, path: Path = ASSET) -> None:
        with np.load(path, allow_pickle=False) as data:
            self._known = data["known"].astype(np.float32)
            self._weights = data["weights"]
            self._border = float(data["border"])
            self._gamma = float(data["gamma"])
            self._kinds: list[str] = [str(kind) for kind in data["kinds"]]
            self._kind_weights = data["kind_weights"]
            self._kind_border = data["kind_border"]
            self.threshold = float(data["threshold"])

    def distance(self, vector: np.ndarray) -> float:
        """How far inside danger (above 0) or outside (below 0) a sentence's vector lies."""
        nearness = np.exp(-self._gamma * np.maximum(0.0, 2.0 - 2.0 * (self._known @ vector)))
        return float(self._weights @ nearness + self._border)

    def level(self, text: str) -> Level | None:
        """The kind of danger that `text` means, or None."""
        for part in parts_of(text):
            vector = embed_one(part)
            if self.distance(vector) > self.threshold + (PART_MARGIN if part != text.strip() else 0.0):
                kind = self._kinds[int(np.argmax(self._kind_weights @ vector + self._kind_border))]
                return kind  # type: ignore[return-value]  # the asset holds levels only
        return None


@lru_cache(maxsize=256)
def parts_of(text: str) -> tuple[str, ...]:
    """The parts of `text` that are read one by one, without meaningless ones: all of it unless it is long, its sentences,
    and the clauses of long sentences, in which one may say in passing what all the rest hides."""
    sentences = SENTENCE_END.split(text)
    clauses = [
        part for sentence in sentences if len(sentence.split()) > LONG_SENTENCE for part in CLAUSE.split(sentence)
    ]
    whole = [text] if len(text.split()) <= LONG else []
    parts = dict.fromkeys(part.strip() for part in [*whole, *sentences, *clauses][: 4 * MAX_PARTS])
    return tuple(part for part in parts if _means_something(part))[:MAX_PARTS]


def _means_something(part: str) -> bool:
    words = tokens(part)
    worded = [word for word in words if any(char.isalpha() for char in word)]
    unknown = [word for word in worded if zipf(word) == 0.0 and word not in medical_terms()]
    return len(worded) >= MIN_WORDS and len(unknown) < UNKNOWN_SHARE * len(worded)


@lru_cache(maxsize=1)
def danger_sense() -> DangerSense:
    """The one reader of this process. Raises: OSError when its file is missing."""
    return DangerSense()


def loaded_sense() -> DangerSense | None:
    """The second reader when this process has loaded it and its sentence model, else None: nobody waits for it here."""
    loaded = danger_sense.cache_info().currsize and embedding_model.cache_info().currsize
    return danger_sense() if loaded else None


def check(detector: Detector, text: str, sense: DangerSense | None, normalized: str = "") -> Finding:
    """What the rules find in `text`; where they find nothing at all, what the second reader finds.

    A look-alike that the rules know ("is fever a symptom?") stays one. The second reader takes the text as a careful
    typist would have written it (`normalized`), because a badly misspelt question is near to anything. When it fails,
    what the rules found stands.

    Raises:
        Exception: the rules failed.
    """
    finding = detector.check(text)
    if sense is None or finding.level or finding.lookalike:
        return finding
    try:
        level = sense.level(normalized or text)
    except Exception as error:
        # The type alone: an error's text could hold the patient's words.
        logger.error("the second reader of danger failed, the rules go on alone: %s", type(error).__name__)
        return finding
    return replace(finding, level=level, rules=(RULE,)) if level else finding
