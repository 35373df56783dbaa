"""A second reader beside the rules: messages that mean the same as known messages of danger, in words no rule has.

Machines over sentence embeddings and words, trained on `data/safety/examples.csv` by `scripts/train_danger_sense.py`. It
only adds to what the rules find, never takes away, and it is not used when the embedding model is missing.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.preprocessing import normalize

from bot.nlu.embedding_model import embed_one, embedding_model
from bot.nlu.words import medical_terms, tokens, zipf
from bot.safety import Detector, Finding
from bot.safety.model import Level

logger = logging.getLogger(__name__)

ASSET = Path(__file__).parent / "assets" / "danger_sense.npz"
#: What stands in `rules` when the second reader decided.
RULE = "like_known_examples"
#: The kinds, in the order of all figures.
CRISIS, MEDICAL = 0, 1
#: Words and pairs of words, hashed, so that no list of them is kept.
WORDS = HashingVectorizer(
    ngram_range=(1, 2), n_features=2**16, alternate_sign=False, norm=None, token_pattern=r"\b\w[\w']*\b"
)
#: How much the words count beside the meaning.
WORDS_SHARE = 0.2
#: Parts of fewer words say too little; texts of more than `LONG` are read in parts alone. So many parts at most.
MIN_WORDS = 3
LONG = 30
MAX_PARTS = 16
#: Words above which a sentence is read by its clauses, too.
LONG_SENTENCE = 10
SENTENCE_END = re.compile(r"(?<=[.!?;\n])\s+")
CLAUSE = re.compile(r"(?:,|\s-|\(|\.\.+|\b(?:but|and|also|so|because)\b)\s*", re.IGNORECASE)
#: How much farther beyond the border of each kind a part must lie: of many parts one could be near to danger by chance. What is
#: said in passing may be a crisis; of a patient's own illness there is much in passing ("he's on tacrolimus").
Margins = tuple[float, float]
AS_A_WHOLE: Margins = (0.0, 0.0)
AS_A_SENTENCE: Margins = (0.5, 0.5)
IN_PASSING: Margins = (0.5, np.inf)
#: The same for what the rules call a look-alike, for each kind. Of medical danger they are sure ("is fever a symptom?"); a past
#: attempt is a look-alike to them also when one more is near.
LOOKALIKE_MARGINS = np.array([0.5, np.inf])
#: With so many words in a part that do not exist, its vector means nothing ("my next message quillfeather").
UNKNOWN_SHARE = 0.25


class DangerSense:
    """Tells whether a text means danger, and which kind.

    For each kind, `crisis` and `medical`, it adds up two things: how near the sentence's vector is to known messages (a
    kernel machine), and which words and pairs of words it has (a linear machine over TF-IDF).

    Attributes:
        thresholds: For each kind the score beyond which a text counts; see `scripts/train_danger_sense.py`.
    """

    def __init__(self, path: Path = ASSET) -> None:
        with np.load(path, allow_pickle=False) as data:
            self._known = data["known"].astype(np.float32) * data["scale"]
            self._weights = data["weights"]
            self._border = data["border"]
            self._gamma = float(data["gamma"])
            self._idf = data["idf"].astype(np.float32)
            self._word_weights = data["word_weights"].astype(np.float32)
            self._levels: list[Level] = [str(level) for level in data["levels"]]  # type: ignore[misc]  # only levels
            self._level_weights = data["level_weights"]
            self._level_border = data["level_border"]
            self.thresholds: np.ndarray = data["thresholds"]

    def scores(self, parts: Sequence[str]) -> np.ndarray:
        """How much each part sounds like each kind of danger, float32 of shape (parts, 2)."""
        vectors = np.array([embed_one(part) for part in parts])
        nearness = np.exp(-self._gamma * np.maximum(0.0, 2.0 - 2.0 * (vectors @ self._known.T)))
        worded = tfidf(WORDS.transform(parts), self._idf) @ self._word_weights.T
        scores: np.ndarray = nearness @ self._weights.T + self._border + WORDS_SHARE * worded
        return scores

    def level(self, text: str, lookalike: bool = False) -> Level | None:
        """The kind of danger that `text` means, or None. Of a look-alike it says only that it is clearly a crisis."""
        margins = parts_of(text)
        if not margins:
            return None
        parts = list(margins)
        beyond = self.scores(parts) - self.thresholds - np.array(list(margins.values()))
        if lookalike:
            beyond -= LOOKALIKE_MARGINS
        if beyond.max() <= 0:
            return None
        part, kind = np.unravel_index(int(beyond.argmax()), beyond.shape)
        if kind == CRISIS:
            return "crisis"
        levels = self._level_weights @ embed_one(parts[part]) + self._level_border
        return self._levels[int(levels > 0)]


def tfidf(counts: csr_matrix, idf: np.ndarray) -> csr_matrix:
    """Rows of TF-IDF of length 1, with the logarithm of how often each word stands there."""
    weighed = counts.astype(np.float32)
    weighed.data = (1.0 + np.log(weighed.data)) * idf[weighed.indices]
    return normalize(weighed)


@lru_cache(maxsize=256)
def parts_of(text: str) -> Mapping[str, Margins]:
    """The parts of `text` that are read one by one, without meaningless ones, and how far beyond the borders each must lie.

    All of it, unless it is long, its sentences, and the clauses of long sentences, in which one may say in passing what all
    the rest hides. Of a letter, begin and end.
    """
    is_long = len(text.split()) > LONG
    sentences = SENTENCE_END.split(text)
    if len(sentences) > MAX_PARTS:
        sentences = sentences[: MAX_PARTS // 2] + sentences[-MAX_PARTS // 2 :]
    clauses = [
        part for sentence in sentences if len(sentence.split()) > LONG_SENTENCE for part in CLAUSE.split(sentence)
    ]
    parts: dict[str, Margins] = {} if is_long else {text.strip(): AS_A_WHOLE}
    for sentence in sentences:
        parts.setdefault(sentence.strip(), AS_A_SENTENCE if is_long else IN_PASSING)
    for clause in clauses[: 4 * MAX_PARTS]:
        parts.setdefault(clause.strip(), IN_PASSING)
    meant = [part for part in parts if _means_something(part)][:MAX_PARTS]
    return MappingProxyType({part: parts[part] for part in meant})


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
    """What the rules find in `text`; where they find no danger, what the second reader finds.

    A look-alike that the rules know ("is fever a symptom?") stays one, unless it clearly means a crisis. The second reader
    takes the text as a careful typist would have written it (`normalized`), because a badly misspelt question is near to
    anything. When it fails, what the rules found stands.

    Raises:
        Exception: the rules failed.
    """
    finding = detector.check(text)
    if sense is None or finding.level:
        return finding
    try:
        level = sense.level(normalized or text, finding.lookalike)
    except Exception as error:
        # The type alone: an error's text could hold the patient's words.
        logger.error("the second reader of danger failed, the rules go on alone: %s", type(error).__name__)
        return finding
    return replace(finding, level=level, rules=(RULE,), lookalike=False) if level else finding
