"""Trains the second reader of `bot/nlu/danger_sense.py` from data/safety/examples.csv. Run it after a change there.

Deterministic: the same examples and the same embedding model give the same file.
"""

from __future__ import annotations

import sys

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.svm import SVC

from bot.nlu.danger_sense import ASSET
from bot.nlu.embedding_model import embedding_model
from bot.safety import Detector
from bot.safety.evaluation import NONE, read_messages
from bot.settings import Settings

GAMMA = 1.0
COST = 10.0
#: Share of ordinary and look-alike examples that may alarm when they are left out of training.
FALSE_ALARMS = 0.0175


def main() -> None:
    """Reads the examples, trains, and writes the asset."""
    settings = Settings.read()
    detector = Detector.from_files(settings.content)
    messages = read_messages(settings.root / "data" / "safety" / "examples.csv")
    vectors = embedding_model().embed([message.text for message in messages])
    levels = np.array([message.level for message in messages])
    danger = levels != NONE
    machine = SVC(C=COST, gamma=GAMMA)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    left_out = cross_val_predict(machine, vectors, danger, cv=folds, method="decision_function")
    # Look-alikes that the rules know are never asked about.
    known = np.array([detector.check(message.text).lookalike for message in messages])
    ordinary = np.sort(left_out[~danger & ~known])[::-1]
    threshold = float(ordinary[int(FALSE_ALARMS * (~danger).sum())])
    machine.fit(vectors, danger)
    kinds = LogisticRegression(C=10.0, max_iter=2000).fit(vectors[danger], levels[danger])
    np.savez_compressed(
        ASSET,
        known=machine.support_vectors_.astype(np.float16),
        weights=machine.dual_coef_[0].astype(np.float32),
        border=np.float32(machine.intercept_[0]),
        gamma=np.float32(GAMMA),
        kinds=np.array(kinds.classes_, dtype="U12"),
        kind_weights=kinds.coef_.astype(np.float32),
        kind_border=kinds.intercept_.astype(np.float32),
        threshold=np.float32(threshold),
    )
    recall = float((left_out[danger] > threshold).mean())
    print(
        f"{len(messages)} examples, {len(machine.support_)} kept; threshold {threshold:.3f}; alone it finds {recall:.1%}"
    )
    print(f"written: {ASSET} ({ASSET.stat().st_size:,} bytes)")


if __name__ == "__main__":
    sys.exit(main())
