"""A conversation that is erased stays erased: a turn that began before writes nothing after.

Locks do not reach that far: `bot privacy erase` is another process than the server that answers. So the store marks each
erasure; a tracker bears the mark that its conversation had when it was read, and a save is refused when there is another
one by then.
"""

from __future__ import annotations

import uuid
from typing import Literal

#: Seconds that a mark is kept. Trackers live as long as a turn, 25 s.
MARK_SECONDS = 3600.0


class Erased(Exception):
    """The conversation was erased meanwhile; what this turn did must not be kept."""


#: Rows of somebody who knows nothing of erasures.
ANY: Literal[False] = False
#: A mark; None for no erasure; `ANY`.
Erasure = str | None | Literal[False]


def new_mark() -> str:
    """The mark of a new erasure, unlike any other."""
    return uuid.uuid4().hex


def require_unerased(seen: Erasure, found: str | None) -> None:
    """Raises: Erased, when the mark that is found is another than the one that was seen."""
    if seen is not ANY and found is not None and found != seen:
        raise Erased("the conversation was erased meanwhile")
