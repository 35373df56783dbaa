"""YAML with line numbers, so that a problem can name its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.content.files import read_text
from bot.content.problems import ContentError, Problem


def load_yaml(text: str, file: str, first_line: int = 1) -> Any:
    """Maps and lists that know their lines (ruamel's round-trip types).

    Args:
        text: The YAML.
        file: Name shown in problems.
        first_line: Line of the file at which `text` starts.

    Raises:
        ContentError: the text is no YAML, has a key twice, or holds what is no text.
    """
    try:
        node = YAML(typ="rt").load(text)
        "".join(_strings(plain(node))).encode()
        return node
    except DuplicateKeyError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + first_line
        raise ContentError([Problem(file, line, f"{error.problem}; keep one of them")]) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = (mark.line if mark else 0) + first_line
        tabs = "; use spaces, no tabs" if "\\t" in str(error.problem) else ""
        raise ContentError([Problem(file, line, f"this is no valid YAML: {error.problem}{tabs}")]) from None
    except RecursionError:
        raise ContentError([Problem(file, first_line, "this is too deeply nested, or contains itself")]) from None
    except (YAMLError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ContentError([Problem(file, first_line, f"this is no valid YAML: {reason}")]) from None


def load_map(path: Path, file: str) -> dict[str, Any]:
    """The `key: value` lines of a file, as `load_yaml` gives them.

    Raises:
        ContentError: the file can't be read (see `read_text`), is no YAML, or holds something else.
    """
    node = load_yaml(read_text(path, file), file)
    if not isinstance(node, dict):
        raise ContentError([Problem(file, 1, "expected `key: value` lines")])
    return node


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


def _strings(value: Any) -> Iterator[str]:
    """Every text in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
