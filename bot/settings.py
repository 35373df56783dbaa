"""Where things are. Read once, at the entry point; nobody else looks at the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def _absolute(path: str | Path) -> Path:
    """`path` from the root. A link stays a link: where content comes as one, its target changes with a release."""
    return Path(os.path.abspath(path))


@dataclass(frozen=True)
class Settings:
    """Paths of one installation.

    `root` holds `config.yml`, `domain.yml`, `data/` and `content/`; `state` holds what is built or
    grows at run time (content store, conversations). Both are absolute.
    """

    root: Path
    state: Path

    @classmethod
    def read(cls) -> Settings:
        """Settings from `BOT_ROOT` and `BOT_STATE`, else the project folder and its `var/`."""
        root = _absolute(os.environ.get("BOT_ROOT") or PROJECT)
        return cls(root=root, state=_absolute(os.environ.get("BOT_STATE") or root / "var"))

    @property
    def content(self) -> Path:
        """The folder clinicians edit (`BOT_CONTENT` points elsewhere)."""
        return _absolute(os.environ.get("BOT_CONTENT") or self.root / "content")

    @property
    def content_db(self) -> Path:
        """The built content store (`BOT_CONTENT_DB` points elsewhere)."""
        return _absolute(os.environ.get("BOT_CONTENT_DB") or self.state / "content.db")

    @property
    def models(self) -> Path:
        """The folder of trained models (`BOT_MODELS` points elsewhere)."""
        return _absolute(os.environ.get("BOT_MODELS") or self.root / "models")

    @property
    def conversations_db(self) -> Path:
        """The SQLite file that holds conversations."""
        return self.state / "conversations.db"
