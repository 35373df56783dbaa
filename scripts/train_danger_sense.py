"""Trains the second reader of `bot/nlu/danger_sense.py` from data/safety/examples.csv. Run it after a change there.

Deterministic: the same examples and the same embedding model give the same file.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

from bot.nlu.danger_sense import ASSET, CRISIS, MEDICAL, WORDS, WORDS_SHARE, parts_of, tfidf
from bot.nlu.embedding_model import embedding_model
from bot.safety import Detector
from bot.safety.evaluation import NONE, read_messages
from bot.settings import Settings

GAMMA = 1.0
COST = 10.0
WORDS_COST = 10.0
#: Share of ordinary and look-alike examples that may alarm when they are left out of training: for `crisis`, for `medical`.
#: Half of these examples were made to mislead it.
FALSE_ALARMS = (0.025, 0.0075)


class Vectors:
    """Embeddings of texts, each worked out once."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._rows = {text: row for row, text in enumerate(texts)}
        self._vectors = embedding_model().embed(list(texts))

    def of(self, texts: Sequence[str]) -> np.ndarray:
        """Their vectors, of shape (texts, 384)."""
        vectors: np.ndarray = self._vectors[[self._rows[text] for text in texts]]
        return vectors


@dataclass
class Machine:
    """What tells one kind of danger from all else."""

    kernel: SVC
    idf: np.ndarray
    words: LogisticRegression

    @classmethod
    def trained(cls, texts: Sequence[str], vectors: Vectors, danger: np.ndarray) -> Machine:
        """Learns from texts of which some are danger of this kind."""
        counts = WORDS.transform(texts)
        idf = TfidfTransformer().fit(counts).idf_.astype(np.float32)
        words = LogisticRegression(C=WORDS_COST, solver="liblinear", random_state=0).fit(tfidf(counts, idf), danger)
        return cls(SVC(C=COST, gamma=GAMMA, cache_size=1000).fit(vectors.of(texts), danger), idf, words)

    def scores(self, texts: Sequence[str], vectors: Vectors) -> np.ndarray:
        """As `DangerSense.scores`, for one kind."""
        worded = self.words.decision_function(tfidf(WORDS.transform(texts), self.idf))
        scores: np.ndarray = self.kernel.decision_function(vectors.of(texts)) + WORDS_SHARE * worded
        return scores


def left_out_scores(
    texts: Sequence[str], vectors: Vectors, danger: np.ndarray, levels: np.ndarray, kind: int
) -> np.ndarray:
    """The score of each message by a machine that did not learn from it: that of its part which sounds worst."""
    scores = np.full(len(texts), -np.inf)
    for learned, left_out in StratifiedKFold(5, shuffle=True, random_state=0).split(texts, levels):
        machine = Machine.trained([texts[index] for index in learned], vectors, danger[learned])
        parts = list(dict.fromkeys(part for index in left_out for part in parts_of(texts[index])))
        score = dict(zip(parts, machine.scores(parts, vectors), strict=True))
        for index in left_out:
            for part, margins in parts_of(texts[index]).items():
                scores[index] = max(scores[index], score[part] - margins[kind])
    return scores


def border(scores: np.ndarray, asked: np.ndarray, ordinary: np.ndarray, share: float) -> float:
    """The score that this share of the ordinary messages goes beyond, all of which are among those that are asked about."""
    return float(np.sort(scores[ordinary & asked])[::-1][int(share * ordinary.sum())])


def main() -> None:
    """Reads the examples, trains, and writes the asset."""
    settings = Settings.read()
    detector = Detector.from_files(settings.content)
    messages = read_messages(settings.root / "data" / "safety" / "examples.csv")
    texts = [message.text for message in messages]
    levels = np.array([message.level for message in messages])
    vectors = Vectors(list(dict.fromkeys([*texts, *(part for text in texts for part in parts_of(text))])))
    found = [detector.check(text) for text in texts]
    asked = np.array([not finding.lookalike and not finding.level for finding in found])  # else the rules have the word
    kinds = (levels == "crisis", (levels != NONE) & (levels != "crisis"))
    thresholds, machines = [], []
    for kind, name in ((CRISIS, "crisis"), (MEDICAL, "medical")):
        danger, share = kinds[kind], FALSE_ALARMS[kind]
        scores = left_out_scores(texts, vectors, danger, levels, kind)
        thresholds.append(border(scores, asked, levels == NONE, share))
        machines.append(Machine.trained(texts, vectors, danger))
        by_itself = float((scores[danger] > thresholds[-1]).mean())
        together = float(((scores > thresholds[-1]) | ~asked)[danger].mean())
        print(
            f"{name}: threshold {thresholds[-1]:.3f}; left out, it finds {by_itself:.1%}, with the rules {together:.1%}"
        )
    medical = kinds[MEDICAL]
    level = LogisticRegression(C=10.0, max_iter=2000).fit(
        vectors.of([text for text, is_it in zip(texts, medical, strict=True) if is_it]), levels[medical]
    )
    kept = np.unique(np.concatenate([machine.kernel.support_ for machine in machines]))
    known = vectors.of([texts[index] for index in kept])
    scale = np.float32(np.abs(known).max() / 127)
    weights = np.zeros((len(machines), len(kept)), dtype=np.float32)
    for row, machine in zip(weights, machines, strict=True):
        row[np.searchsorted(kept, machine.kernel.support_)] = machine.kernel.dual_coef_[0]
    np.savez_compressed(
        ASSET,
        known=np.round(known / scale).astype(np.int8),
        scale=scale,
        weights=weights,
        border=np.array(
            [machine.kernel.intercept_[0] + WORDS_SHARE * machine.words.intercept_[0] for machine in machines],
            dtype=np.float32,
        ),
        gamma=np.float32(GAMMA),
        idf=machines[0].idf.astype(np.float16),
        word_weights=np.concatenate([machine.words.coef_ for machine in machines]).astype(np.float16),
        levels=np.array(level.classes_, dtype="U12"),
        level_weights=level.coef_[0].astype(np.float32),
        level_border=np.float32(level.intercept_[0]),
        thresholds=np.array(thresholds, dtype=np.float32),
    )
    print(f"{len(messages)} examples, {len(kept)} kept; written: {ASSET} ({ASSET.stat().st_size:,} bytes)")


if __name__ == "__main__":
    sys.exit(main())
