"""YAML with line numbers, so that a problem can name its line."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.content.problems import ContentError, Problem


def load_yaml(text: str, file: str, first_line: int = 1) -> Any:
    """Maps and lists that know their lines (ruamel's round-trip types).

    Args:
        text: The YAML.
        file: Name shown in problems.
        first_line: Line of the file at which `text` starts.

    Raises:
        ContentError: the text is no YAML, or has a key twice.
    """
    try:
        return YAML(typ="rt").load(text)
    except DuplicateKeyError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + first_line
        raise ContentError([Problem(file, line, f"{error.problem}; keep one of them")]) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = (mark.line if mark else 0) + first_line
        raise ContentError([Problem(file, line, f"this is no valid YAML: {error.problem}")]) from None
    except (YAMLError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ContentError([Problem(file, first_line, f"this is no valid YAML: {reason}")]) from None


def line_of(node: Any, key: Any = None, first_line: int = 1) -> int:
    """The line of `node[key]` (of `node` itself when `key` is None), counted from `first_line`."""
    position = getattr(node, "lc", None)
    if position is None:
        return first_line
    try:
        if key is None:
            return int(position.line) + first_line
        place = position.item(key) if isinstance(key, int) else position.key(key)
        return int(place[0]) + first_line
    except (KeyError, IndexError, TypeError, AttributeError):
        return first_line


def plain(node: Any) -> Any:
    """The same data as plain dicts, lists and scalars; dates become ISO text."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [plain(value) for value in node]
    if hasattr(node, "isoformat"):
        return node.isoformat()
    if isinstance(node, str):
        return str(node)
    return node
