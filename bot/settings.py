"""Where things are, and how a secret is read. Nothing of ours is imported here.

Commands read `Settings` once and hand it on. What Rasa makes by itself gets nothing but Rasa's own configuration: pipeline
components, policies, actions, and stores and channels that endpoints.yml or credentials.yml name read the settings where
they are made or asked. Other settings are read by the part that they belong to, from the environment that it is given.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def _absolute(path: str | Path) -> Path:
    """`path` from the root. A link stays a link: where content comes as one, its target changes with a release."""
    return Path(os.path.abspath(path))


@dataclass(frozen=True)
class Settings:
    """Paths of one installation, all absolute.

    Attributes:
        root: Holds `config.yml`, `domain.yml`, `data/` and, unless told, `content/` and `models/` (`BOT_ROOT`).
        state: What grows at run time, and, unless told, the built content store (`BOT_STATE`).
        content: The folder clinicians edit (`BOT_CONTENT`).
        content_db: The built content store (`BOT_CONTENT_DB`).
        models: The folder of trained models (`BOT_MODELS`).
    """

    root: Path
    state: Path
    content: Path
    content_db: Path
    models: Path

    @classmethod
    def read(cls) -> Settings:
        """Settings from the environment, else the project folder and its `var/`."""
        root = _absolute(os.environ.get("BOT_ROOT") or PROJECT)
        state = _absolute(os.environ.get("BOT_STATE") or root / "var")
        return cls(
            root=root,
            state=state,
            content=_absolute(os.environ.get("BOT_CONTENT") or root / "content"),
            content_db=_absolute(os.environ.get("BOT_CONTENT_DB") or state / "content.db"),
            models=_absolute(os.environ.get("BOT_MODELS") or root / "models"),
        )

    @property
    def conversations_db(self) -> Path:
        """The SQLite file that holds conversations."""
        return self.state / "conversations.db"


def read_secret(environment: Mapping[str, str], name: str, error: type[ValueError]) -> str:
    """The secret in the variable `name`, or in the file that the variable `<name>_FILE` names; "" where neither is set.

    Raises:
        error: both are set, or the file can't be read or is empty. The text names the variable, never what it holds.
    """
    direct, file = environment.get(name, "").strip(), environment.get(f"{name}_FILE", "").strip()
    if direct and file:
        raise error(f"{name} and {name}_FILE are both set; set one of them.")
    if not file:
        return direct
    try:
        held = Path(file).read_text("utf-8").strip()
    except (OSError, ValueError) as why:
        raise error(f"{name}_FILE: {file} can't be read ({type(why).__name__}).") from None
    if not held:
        raise error(f"{name}_FILE: {file} is empty.")
    return held
