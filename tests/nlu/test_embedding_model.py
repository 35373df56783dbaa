"""Sentence vectors: the same one by one and together, and worked out once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu import embedding_model as module
from bot.nlu.embedding_model import BATCH, DIMENSIONS, RUN_COST, _batches, embed_ahead, embed_one, embedding_model

TEXTS = [
    "what is leukopenia",
    "is it",
    "",
    "i have been told by my doctor that my white blood cells are low, and now i wonder what could have caused it",
    "what is this condition",
    "what is leukopenia",
]


def test_vectors_are_the_same_alone_and_together() -> None:
    together = embedding_model().embed(TEXTS)
    assert together.shape == (len(TEXTS), DIMENSIONS)
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(vector, embedding_model().embed([text])[0], atol=1e-5)
        assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_no_texts_give_no_vectors() -> None:
    assert embedding_model().embed([]).shape == (0, DIMENSIONS)


@given(st.lists(st.integers(min_value=2, max_value=128), max_size=200))
def test_each_text_is_in_one_batch_of_texts_of_like_length(lengths: list[int]) -> None:
    batches = list(_batches(lengths))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert 0 < len(batch) <= BATCH
        longest = max(lengths[index] for index in batch)
        assert sum(longest - lengths[index] for index in batch) <= RUN_COST * len(batch)


def test_what_was_embedded_ahead_is_not_embedded_again() -> None:
    first, second = "a text that no other test has", "another one of those texts"
    embed_ahead([first, second, first])
    kept = module._kept[first]
    embed_ahead([first])
    assert embed_one(first) is kept
    assert embed_one(second) is module._kept[second]


def test_only_recent_vectors_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    for text in ("one", "two", "three"):
        embed_one(text)
    assert list(module._kept) == ["two", "three"]
    assert embed_one("one").shape == (DIMENSIONS,)
