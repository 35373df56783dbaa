"""What a turn saw of its conversation. Nothing is kept of a turn that did not see all that came before it.

Locks do not reach that far: `bot privacy erase` is another process than the server that answers, and a Redis that dies
forgets who holds what, so that two servers can be in the midst of one conversation. So the store marks each erasure and
counts saves; a tracker bears what it was read with, and a save is refused when there is something else by then.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

#: Seconds that marks and versions are kept. Trackers live as long as a turn, 25 s; this is for a process that froze.
SEEN_SECONDS = 86_400


class Erased(Exception):
    """The conversation was erased meanwhile; what this turn did must not be kept."""


class Overtaken(Exception):
    """Another turn has saved to the conversation since this one read it; what this one did must not be kept."""


@dataclass(frozen=True)
class Seen:
    """A conversation at one moment.

    Attributes:
        erasure: The mark of its last erasure, None for none lately.
        version: Grows with each save; the time of the save in microseconds, or a little more. None for none lately.
    """

    erasure: str | None
    version: int | None


def new_mark() -> str:
    """The mark of a new erasure, unlike any other."""
    return uuid.uuid4().hex


def next_version(found: Seen) -> int:
    """The version after a save to what was found."""
    return max(int(time.time() * 1_000_000), (found.version or 0) + 1)


def require_same(seen: Seen | None, found: Seen) -> None:
    """Lets a save pass whose conversation is as it was seen; None for somebody who has seen nothing and only adds.

    Raises:
        Erased: it was erased since.
        Overtaken: somebody else has saved since.
    """
    if seen is None:
        return
    if found.erasure is not None and found.erasure != seen.erasure:
        raise Erased("the conversation was erased meanwhile")
    if found.version is not None and found.version != seen.version:
        raise Overtaken("another turn has saved to this conversation meanwhile")
