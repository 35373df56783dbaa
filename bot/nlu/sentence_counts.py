"""SentenceCounts: how often a message has each word, or each run of letters, from the training examples."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.constants import DENSE_FEATURIZABLE_ATTRIBUTES
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from scipy.sparse import spmatrix


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceCounts(CountVectorsFeaturizer):
    """Rasa's featurizer for whole messages alone: it also counts token by token, which costs as much and nobody reads."""

    def _create_features(
        self, attribute: str, all_tokens: list[list[str]]
    ) -> tuple[list[spmatrix | None], list[spmatrix | None]]:
        whole = attribute in DENSE_FEATURIZABLE_ATTRIBUTES
        counted = [self._counts(attribute, " ".join(tokens)) if whole and tokens else None for tokens in all_tokens]
        return [None] * len(all_tokens), counted

    def _counts(self, attribute: str, text: str) -> spmatrix:
        counts = self.vectorizers[attribute].transform([text])
        counts.sort_indices()
        return counts.tocoo()
