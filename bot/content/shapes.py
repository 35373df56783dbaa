"""The shape of the front matter, as JSON Schema, and its faults in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_TEXT = {"type": "string", "minLength": 1, "maxLength": 300}
#: YAML reads `version: 2` as a number; that is fine.
_LABEL = {"type": ["string", "number"]}

FRONT_MATTER: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "title": _TEXT,
        "condition": _TEXT,
        "common_name": _TEXT,
        "names": {"type": "array", "minItems": 1, "items": _TEXT},
        "status": _TEXT,
        "version": _LABEL,
        "sources": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "title"],
                "properties": {"id": _TEXT, "title": _TEXT, "updated_on": {"type": ["string", "null"]}},
            },
        },
        "reviewed_by": {"type": ["string", "null"]},
        "reviewed_on": {"type": ["string", "null"]},
        "review_due": {"type": ["string", "null"]},
        "disclaimer": _TEXT,
    },
}
_KINDS = {"string": "a text", "array": "a list with `- ` lines", "object": "`field: value` lines", "number": "a number"}


def shape_faults(front: dict[str, Any]) -> Iterator[tuple[list[Any], str]]:
    """Where the front matter departs from its shape: the path to the place, and what to do. Empty fields are passed over."""
    from jsonschema import Draft7Validator

    filled = {key: value for key, value in front.items() if value is not None}
    for error in sorted(
        Draft7Validator(FRONT_MATTER).iter_errors(filled), key=lambda error: list(map(str, error.path))
    ):
        path = list(error.path)
        yield path, _words(error.validator, error.validator_value, error.instance, path, error.schema)


def _words(rule: str, wanted: Any, found: Any, path: list[Any], schema: Any) -> str:
    name = "`" + ".".join(str(part if isinstance(part, str) else part + 1) for part in path) + "`" if path else "it"
    if rule == "type":
        kinds = [_KINDS.get(kind, kind) for kind in ([wanted] if isinstance(wanted, str) else wanted) if kind != "null"]
        return f"{name} must be {' or '.join(kinds)}; put a text that looks like something else in quotes"
    if rule == "additionalProperties":
        unknown = sorted(set(found) - set(schema["properties"]))
        known = ", ".join(schema["properties"])
        return f"unknown field{'s' * (len(unknown) > 1)} `{'`, `'.join(map(str, unknown))}`; there are {known}"
    if rule == "required":
        missing = [key for key in wanted if key not in found]
        return f"{name} needs `{'` and `'.join(missing)}`"
    if rule == "maxLength":
        return f"{name} has {len(found)} characters; at most {wanted}"
    return f"{name} must not be empty"
