"""Counts of a whole message are those of Rasa's featurizer."""

from __future__ import annotations

from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.shared.nlu.constants import TEXT

from bot.graph_runner import PlainGraphRunner
from bot.nlu.sentence_counts import SentenceCounts
from bot.turn import Turns

MESSAGES = [["what", "be", "leukopenia"], [], ["leukopenia", "leukopenia", "zzzzqqqq"], ["why"]]


def test_they_are_rasas_without_those_of_tokens(turns: Turns) -> None:
    assert turns.agent is not None
    runner = turns.agent.processor.graph_runner
    assert isinstance(runner, PlainGraphRunner)
    components = [item for item in runner.components if isinstance(item, SentenceCounts)]
    assert len(components) == 2  # words, and letters
    for component in components:
        tokens, ours = component._create_features(TEXT, MESSAGES)
        _, theirs = CountVectorsFeaturizer._create_features(component, TEXT, MESSAGES)
        assert tokens == [None] * len(MESSAGES)
        for mine, rasas in zip(ours, theirs, strict=True):
            assert (mine is None) == (rasas is None)
            assert mine is None or (mine != rasas).nnz == 0
        assert any(item is not None and item.nnz for item in ours)
