"""Trains the model, and only when something that it is made of has changed."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from bot.runtime import HASH_FILE, MODEL_FILE, quiet
from bot.settings import Settings

#: What Rasa takes for an environment variable in the files that it reads.
VARIABLE = re.compile(r"\$\{[^}]*\}")
#: Endings of the files that Rasa reads in `data/`.
READ_BY_RASA = (".yml", ".yaml", ".json")
INPUTS_FILE = "inputs.sha256"


def input_files(settings: Settings) -> list[Path]:
    """Every file that the model depends on. Content is not among them: its text never retrains a model."""
    root = settings.root
    code = Path(__file__).resolve().parent
    data = (path for path in (root / "data").rglob("*") if path.suffix in READ_BY_RASA)
    files = [root / "config.yml", root / "domain.yml", *sorted(data)]
    files += sorted(path for folder in ("nlu", "policies") for path in (code / folder).rglob("*") if path.is_file())
    return [path for path in files if "__pycache__" not in path.parts]


def inputs_hash(settings: Settings) -> str:
    """One hash over the names and bytes of all inputs."""
    digest = hashlib.sha256()
    for path in input_files(settings):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def up_to_date(settings: Settings) -> bool:
    """Whether the model on disk was trained from the inputs as they are now."""
    stamp = settings.models / INPUTS_FILE
    present = (settings.models / MODEL_FILE).is_file() and (settings.models / HASH_FILE).is_file() and stamp.is_file()
    return present and stamp.read_text("ascii").strip() == inputs_hash(settings)


def variables_in(files: Iterable[Path]) -> list[str]:
    """Places where a file that Rasa reads names an environment variable, as "domain.yml, line 3: ${HOME}".

    Rasa puts the variable's value there, and so it could reach a patient.
    """
    return [
        f"{path.name}, line {number}: {found[0]}"
        for path in files
        if path.suffix in READ_BY_RASA
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if (found := VARIABLE.search(line))
    ]


def train(settings: Settings) -> Path:
    """Trains and moves the new model into place with its hash; an old model stays until then.

    Returns:
        The path of the model.

    Raises:
        RuntimeError: Rasa reported that training failed, or a file names an environment variable.
    """
    named = variables_in(input_files(settings))
    if named:
        raise RuntimeError(f"{'; '.join(named)}. A value of the server could reach patients; take the name out.")
    quiet()
    from rasa.model_training import train as rasa_train

    stamp = inputs_hash(settings)
    settings.models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.models) as folder:
        result = rasa_train(
            domain=str(settings.root / "domain.yml"),
            config=str(settings.root / "config.yml"),
            training_files=str(settings.root / "data"),
            output=folder,
            fixed_model_name=MODEL_FILE.removesuffix(".tar.gz"),
            force_training=True,
        )
        if result.code != 0 or result.model is None:
            raise RuntimeError("training failed; the messages above say why")
        model = Path(result.model)
        digest = hashlib.sha256(model.read_bytes()).hexdigest()
        target = settings.models / MODEL_FILE
        (settings.models / INPUTS_FILE).unlink(missing_ok=True)
        os.replace(model, target)
    (settings.models / HASH_FILE).write_text(digest + "\n", "ascii")
    (settings.models / INPUTS_FILE).write_text(stamp + "\n", "ascii")
    return target
