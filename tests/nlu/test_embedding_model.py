"""Sentence vectors: the same one by one and together, and worked out once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu import embedding_model as module
from bot.nlu.embedding_model import BATCH, DIMENSIONS, RUN_COST, Run, _batches, embed_ahead, embed_one, embedding_model
from bot.nlu.names import NORMALIZED_TEXT
from bot.nlu.sentence_embedding import EmbeddingStart

ROOT = Path(__file__).resolve().parents[2]
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
    runs = [module._kept[first], module._kept[second]]
    assert [run for run, _ in runs] == [runs[0][0]] * 2
    embed_ahead([first])
    assert module._kept[first] is runs[0]
    vector = embed_one(first)
    np.testing.assert_allclose(vector, embedding_model().embed([first])[0], atol=1e-5)
    embed_ahead([first])
    assert embed_one(first) is vector


def test_only_recent_vectors_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    for text in ("one", "two", "one", "three"):
        embed_one(text)
    assert list(module._kept) == ["one", "three"]
    assert embed_one("one").shape == (DIMENSIONS,)


def test_an_error_of_the_model_is_an_error_of_the_caller() -> None:
    model = embedding_model()
    with pytest.raises(RuntimeError, match="the sentence model failed"):
        _ = Run(model._session, model._inputs, [[10**9]]).vectors


def test_all_that_the_pipeline_asks_for_is_started_at_once() -> None:
    whole, part, spoken = "what is it, and why", "what is it then", "what is leukopenia and why is it there"
    messages = [Message({TEXT: whole, NORMALIZED_TEXT: spoken}), Message({TEXT: part})]
    assert EmbeddingStart().process(messages) is messages
    assert {whole, part, spoken} <= set(module._kept)
    assert EmbeddingStart().process([]) == []
    EmbeddingStart().process([Message({})])
    assert "" in module._kept


def test_a_process_that_ends_while_the_model_works_ends_well() -> None:
    program = (
        "from bot.nlu.embedding_model import embed_ahead\n"
        "embed_ahead(f'{number} ' + 'word ' * 120 for number in range(30))\n"
        "print('leaving')"
    )
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
        assert (done.returncode, done.stdout) == (0, "leaving\n"), done.stderr
