"""Python's garbage collector and freed memory around a start.

While a process starts it makes some 700,000 objects that stay. Left alone, the collector looks through them again and
again, first while starting, then every now and then while a patient waits.
"""

from __future__ import annotations

import ctypes
import gc

#: New objects before a collection, while starting.
WHILE_STARTING = 200_000
#: A message makes some thousand objects, nearly all of which go by themselves: a collection every few messages is enough.
AFTERWARDS = (10_000, 10, 10)


def collect_rarely() -> None:
    """Makes collections rare until `settle`."""
    gc.set_threshold(WHILE_STARTING, *AFTERWARDS[1:])


def settle() -> None:
    """Call when all is loaded: what is there now is not looked through again, and freed memory goes back."""
    gc.set_threshold(*AFTERWARDS)
    if gc.get_freeze_count():  # loaded once more in this process: the parts of before may be garbage by now
        gc.unfreeze()
        gc.collect()
    gc.freeze()
    give_back()


def give_back() -> None:
    """Hands freed memory back to the system, where the C library can do so (glibc); some 60 MB after a start."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):
        return
