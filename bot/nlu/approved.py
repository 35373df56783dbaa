"""The approved questions of the store as vectors: which of them a text is, or comes near to."""

from __future__ import annotations

import numpy as np

from bot.nlu.embedding_model import embed_one, embedding_model
from bot.nlu.knowledge import Knowledge
from bot.nlu.normalizer import masked
from bot.nlu.words import spell_out


class ApprovedQuestions:
    """Read once for each version of the store."""

    def __init__(self) -> None:
        # Version of the store, the ids of the answers to each question, the questions' vectors: set in one step.
        self._questions: tuple[str, list[list[str]], np.ndarray] = ("", [], np.zeros((0, 384), dtype=np.float32))

    def near(self, text: str, known: Knowledge, least: float) -> list[str]:
        """Answer ids of approved questions with a cosine of at least `least` to `text`, best first."""
        if self._questions[0] != known.version:
            self._questions = _read(known)
        _, answers, vectors = self._questions
        if not answers or not text:
            return []
        cosines = vectors @ embed_one(text)
        near = np.flatnonzero(cosines >= least)
        return [answer for index in near[np.argsort(-cosines[near], kind="stable")] for answer in answers[index]]


def _read(known: Knowledge) -> tuple[str, list[list[str]], np.ndarray]:
    """Questions that differ in the condition's name alone are one, however many articles there are."""
    answers: dict[str, list[str]] = {}
    for item in known.questions:
        answers.setdefault(_mask(item.text, known), []).append(item.answer_id)
    return known.version, list(answers.values()), embedding_model().embed(list(answers))


def _mask(text: str, known: Knowledge) -> str:
    normal = spell_out(text)
    spans = {(item.start, item.end) for item in known.index.find(normal) if item.kind == "condition"}
    return masked(normal, sorted(spans))
