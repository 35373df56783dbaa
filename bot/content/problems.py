"""A problem in the content: where it is, what it is and what to do. Problems are gathered and shown together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, order=True)
class Problem:
    """One finding. `line` is 1-based; 0 means the file as a whole."""

    file: str
    line: int
    text: str
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.level}: {self.text}"


class ContentError(Exception):
    """Content that can't be used; `problems` says why, one line each."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def relative(path: Path, root: Path) -> str:
    """`path` as shown to people: relative to the content folder's parent where possible."""
    try:
        return path.resolve().relative_to(root.resolve().parent).as_posix()
    except ValueError:
        return path.name
