"""Compares ways to classify intents by seeded cross-validation: python -m benchmarks.intents [--write].

Paraphrases of one seed question stay in one fold: examples whose sentence embeddings are nearer than `PARAPHRASE`
(cosine, condition names masked) are one group, so that no model is tested on a question it has all but seen. `--write`
puts the table into docs/understanding.md.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy.sparse import csr_matrix, hstack
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from benchmarks.understanding_page import publish

ROOT = Path(__file__).resolve().parent.parent
SEEDS = (1, 2)
FOLDS = 3
#: From this cosine on two examples are paraphrases of one question.
PARAPHRASE = 0.80
OUT = "out_of_scope"
SET_BY_DETECTOR = frozenset({"emergency", "call_today", "crisis", "clarify"})
CONDITION = re.compile(r"\[[^\]]+\]\(condition\)")
Classifier = Callable[[], Any]


def examples() -> tuple[list[str], np.ndarray]:
    """The training examples, condition names masked as the pipeline masks them, and their intents."""
    texts, labels = [], []
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for item in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
            if item.get("intent") in (None, *SET_BY_DETECTOR):
                continue
            for line in item["examples"].splitlines():
                texts.append(CONDITION.sub("this condition", line.removeprefix("- ").strip()))
                labels.append(str(item["intent"]))
    return texts, np.array(labels)


def groups_of(vectors: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """A group number for each example: near ones of one intent are paraphrases of one seed question."""
    near = (vectors @ vectors.T >= PARAPHRASE) & (labels[:, None] == labels[None, :])
    return np.asarray(connected_components(csr_matrix(near), directed=False)[1])


def weighted(texts: list[str], make: type[CountVectorizer], **settings: Any) -> csr_matrix:
    """Words and character n-grams as config.yml has them, each part of unit length, and the whole."""
    parts = [
        make(token_pattern=r"(?u)\b\w+\b", **settings),
        make(analyzer="char_wb", ngram_range=(2, 5), **settings),
    ]
    return normalize(hstack([normalize(part.fit_transform(texts)) for part in parts]).tocsr())


def spacy_features(texts: list[str]) -> csr_matrix:
    """What spaCy adds: counts of lemmas and of pairs of part-of-speech tags."""
    from bot.nlu.spacy_language import MODEL, SpacyLanguage

    model = SpacyLanguage.load_model(MODEL).model
    documents = [
        " ".join([*(token.lemma_.lower() for token in document), *(
            f"tag_{first.pos_}_{second.pos_}" for first, second in pairwise(document)
        )])
        for document in model.pipe(texts)
    ]  # fmt: skip
    return CountVectorizer(token_pattern=r"\S+").fit_transform(documents)


def candidates(texts: list[str], dense: np.ndarray) -> Iterator[tuple[str, csr_matrix, Classifier]]:
    """(name, features, classifier) of everything that is compared."""
    counts = weighted(texts, CountVectorizer)
    terms = weighted(texts, TfidfVectorizer, sublinear_tf=True)
    plain = csr_matrix(dense)
    centred = csr_matrix(normalize(dense - dense.mean(axis=0)))
    lemmas = normalize(spacy_features(texts))

    def regression(strength: float, weight: str | None = "balanced") -> Classifier:
        return lambda: LogisticRegression(C=strength, max_iter=300, class_weight=weight)

    both = hstack([terms * 0.5, centred]).tocsr()
    yield "counts of words and characters, regression C 60", counts, regression(60)
    yield "TF-IDF of words and characters, regression C 60", terms, regression(60)
    yield "embedding, nearest centroid", plain, NearestCentroid
    yield "embedding, 5 nearest neighbours", plain, lambda: KNeighborsClassifier(5, metric="cosine")
    yield "embedding, regression C 60", plain, regression(60)
    yield "centred embedding, regression C 60", centred, regression(60)
    yield "embedding, counts × 1, regression C 60", hstack([counts, plain]).tocsr(), regression(60)
    yield "centred embedding, TF-IDF × 1, regression C 60", hstack([terms, centred]).tocsr(), regression(60)
    for strength in (10.0, 60.0, 150.0):
        chosen = " (config.yml)" if strength == 60.0 else ""
        yield f"centred embedding, TF-IDF × 0.5, regression C {strength:g}{chosen}", both, regression(strength)
    yield "the same with C 60, no class weights", both, regression(60, None)
    yield "the same features, ridge", both, lambda: RidgeClassifier(class_weight="balanced")
    yield "the same features, linear SVM", both, lambda: LinearSVC(C=1.0, class_weight="balanced")
    yield "the same with C 60 and spaCy's lemmas and tags", hstack([both, lemmas * 0.5]).tocsr(), regression(60)


def scores(features: csr_matrix, labels: np.ndarray, groups: np.ndarray, make: Classifier) -> dict[str, float]:
    """In-scope accuracy, the share of out-of-scope examples found, spread over the seeds, and processor seconds to fit."""
    inside, outside, seconds = [], [], []
    for seed in SEEDS:
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
        right = np.zeros(len(labels), dtype=bool)
        for train, test in folds.split(features, labels, groups):
            started = time.process_time()
            model = make().fit(features[train], labels[train])
            seconds.append(time.process_time() - started)
            right[test] = model.predict(features[test]) == labels[test]
        inside.append(right[labels != OUT].mean())
        outside.append(right[labels == OUT].mean())
    return {
        "inside": float(np.mean(inside)),
        "spread": float(np.max(inside) - np.min(inside)),
        "outside": float(np.mean(outside)),
        "seconds": float(np.median(seconds)),
    }


def table() -> str:
    """The comparison as a Markdown table."""
    from rich.progress import track

    from bot.nlu.embedding_model import embedding_model

    texts, labels = examples()
    dense = embedding_model().embed(texts)
    groups = groups_of(dense, labels)
    lines = [
        f"{len(texts)} examples of {len(set(labels))} intents in {groups.max() + 1} groups of paraphrases; {FOLDS} folds, "
        f"{len(SEEDS)} seeds.",
        "",
        "| features and classifier | in scope | spread of seeds | out of scope found | fit |",
        "|---|---|---|---|---|",
    ]
    for name, features, make in track(list(candidates(texts, dense)), "cross-validation", transient=True):
        found = scores(features.tocsr(), labels, groups, make)
        lines.append(
            f"| {name} | {found['inside']:.1%} | {found['spread']:.1%} | {found['outside']:.1%} | {found['seconds']:.1f} s |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    publish(table(), "cross-validation", "benchmarks.intents")
