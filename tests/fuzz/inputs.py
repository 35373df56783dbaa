"""What patients, strangers and broken files may send."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

#: Pieces that mean something to one of our readers: danger, numbers, conditions, commands, markup, odd characters.
PIECES = (
    "i have a fever", "39.5", "101°F", "38,5 c", "no fever", "chest pain", "can't breathe", "want to die", "kms", "chemo",
    "my mom", "yesterday", "if", "what is", "leukopenia", "low white blood cells", "neutropenia", "clozapine", "causes",
    "symptoms", "and", "or", "not", "never", "delete my data", "more", "the second one", "2", "99999999999999999999",
    "-1", "1e309", "½", "٣٩", "３９．５", "/restart", '/ask_causes{"condition": "x"}', "{clinic_phone}", "{0}", "%s", "${HOME}",
    "$HOME", "{{x}}", "<b>", "&amp;", "]]>", "\u202e", "\u200b", "\u200d", "\ufeff", "\ud7ff", "e\u0301", "ﬁ", "ß", "İ", "ſ",
    "😀", "👩‍👩‍👧", "\u0000", "\x1b[31m", "\r\n", "\n\n\n", "\t", "'", '"', "`", "\\", ";--", "..", "???", "!!!", "a" * 60,
    "fever " * 30, "ha" * 40, "?" * 50, "(" * 30, "1" * 40, "no " * 30, "tener fiebre", "j'ai de la fièvre", "发烧", "حمى",
)  # fmt: skip

wild = st.text(max_size=80)
pieces = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=14)
#: A message: pieces with or without spaces between them, or any text at all.
messages = st.one_of(wild, pieces.map(" ".join), pieces.map("".join))
names = st.text(alphabet="abcdefghijklmnopqrstuvwxyz_", max_size=12)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.sampled_from(PIECES))
json_values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=12,
)  # fmt: skip


def shaped(shape: Any) -> st.SearchStrategy[Any]:
    """Data like `shape`, in which any part may be missing or something else."""
    if isinstance(shape, dict):
        whole = st.fixed_dictionaries({}, optional={key: shaped(value) for key, value in shape.items()})
    elif isinstance(shape, list):
        whole = st.lists(st.one_of(*(shaped(item) for item in shape)), max_size=4)
    else:
        whole = st.just(shape)
    return st.one_of(whole, whole, whole, json_values)


@st.composite
def mutated(draw: st.DrawFn, original: bytes, words: Sequence[str] = PIECES) -> bytes:
    """A file with some of its bytes cut, doubled, moved, or replaced by something else."""
    data = bytearray(original)
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, max(0, len(data) - 1)))
        length = draw(st.sampled_from([0, 1, 1, 3, 20, 200, 5000]))
        piece = bytes(data[start : start + length])
        new = draw(
            st.one_of(
                st.just(b""),
                st.just(piece + piece),
                st.just(piece[::-1]),
                st.binary(max_size=6),
                st.sampled_from([word.encode("utf-8", "surrogatepass") for word in words]),
                st.sampled_from(
                    [b":", b"- ", b"\n", b"\n---\n", b"  ", b"\t", b"[", b"{", b"&a", b"*a", b"!!x ", b"|", b"#"]
                ),
            )
        )
        data[start : start + length] = new
    return bytes(data)


def as_json(value: Any) -> bytes:
    """JSON as a careless sender writes it: NaN and lone surrogates are let through."""
    return json.dumps(value).encode()
