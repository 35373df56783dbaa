"""Leaves TensorFlow out of this process: 4 to 9 s of start and about 300 MB, with which nothing in our pipeline computes.

Rasa imports it for classes that the default pipeline doesn't need, and thinc (spaCy) to see whether it is there.
After `leave_out_tensorflow()`, it counts as not installed, and the modules of Rasa that are built on it are stand-ins:
their classes can be imported and compared, which is all that Rasa does with those that config.yml doesn't name.

The real one stays when config.yml names a component that needs it, when `BOT_TENSORFLOW=1` is set, and in every
process that doesn't call this, such as `rasa run`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

SWITCH = "BOT_TENSORFLOW"
#: Rasa's modules that subclass TensorFlow's classes, and what others import of them.
STAND_INS: Mapping[str, Sequence[str]] = {
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": ("RasaBatchDataGenerator",),
    "rasa.nlu.classifiers.diet_classifier": ("DIETClassifier",),
    "rasa.nlu.selectors.response_selector": ("ResponseSelector",),
    "rasa.nlu.featurizers.dense_featurizer.convert_featurizer": ("ConveRTFeaturizer",),
    "rasa.nlu.featurizers.dense_featurizer.lm_featurizer": ("LanguageModelFeaturizer",),
    "rasa.core.policies.ted_policy": ("TEDPolicy",),
    "rasa.core.policies.unexpected_intent_policy": ("UnexpecTEDIntentPolicy",),
}


class TensorFlowLeftOut(ImportError):
    """Something needs TensorFlow after all; the text says how to have it."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} needs TensorFlow, which this process left out, because config.yml names none of Rasa's components "
            f"that run on it. Set {SWITCH}=1 to have it."
        )


class StandInType(type):
    """The type of a stand-in: such a class can be named and compared, and nothing else."""

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise TensorFlowLeftOut(cls.__name__)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise TensorFlowLeftOut(cls.__name__)


def stand_in(module: str, name: str) -> type:
    """A class that stands for `module`.`name`. Raises `TensorFlowLeftOut` when it is called, subclassed or asked."""

    def refuse(cls: type, **_: Any) -> NoReturn:
        raise TensorFlowLeftOut(name)

    return StandInType(name, (), {"__module__": module, "__init_subclass__": classmethod(refuse)})


class LeftOut(MetaPathFinder, Loader):
    """Finds stand-ins in place of the modules that are built on TensorFlow, and no TensorFlow."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """See `importlib.abc.MetaPathFinder`. Raises: TensorFlowLeftOut for TensorFlow itself."""
        if fullname in ("tensorflow", "keras"):
            raise TensorFlowLeftOut("Something that is imported")
        return ModuleSpec(fullname, self) if fullname in STAND_INS else None

    def create_module(self, spec: ModuleSpec) -> None:
        """A plain module."""

    def exec_module(self, module: ModuleType) -> None:
        """Fills the module with its stand-ins."""
        for name in STAND_INS[module.__name__]:
            setattr(module, name, stand_in(module.__name__, name))


def needs_tensorflow(config: Path) -> bool:
    """Whether a Rasa configuration names a component that runs on TensorFlow, or leaves the choice to Rasa."""
    import yaml

    try:
        read = yaml.safe_load(config.read_text("utf-8"))
        parts = [part for key in ("pipeline", "policies") for part in read[key] or [{}]]
        names = {str(part["name"]).rpartition(".")[-1] for part in parts}
    except (OSError, ValueError, LookupError, TypeError, yaml.YAMLError):
        return True  # without pipeline or policies Rasa chooses such ones; and it says what is wrong with a file
    return any(name in names for classes in STAND_INS.values() for name in classes)


def leave_out_tensorflow(config: Path) -> bool:
    """Leaves TensorFlow out of this process, unless `config` needs it or the switch is set; call before Rasa's import.

    Returns:
        Whether it is left out. False also when it is imported already.
    """
    if any(isinstance(finder, LeftOut) for finder in sys.meta_path):
        return True
    if "tensorflow" in sys.modules or os.environ.get(SWITCH) == "1" or needs_tensorflow(config):
        return False
    sys.meta_path.insert(0, LeftOut())
    return True


def for_want_of_tensorflow(error: BaseException | None) -> TensorFlowLeftOut | None:
    """The `TensorFlowLeftOut` that an error came from, or None."""
    while error is not None and not isinstance(error, TensorFlowLeftOut):
        error = error.__cause__ or error.__context__
    return error
