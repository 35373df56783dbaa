"""The garbage collector around a start."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from bot.memory import AFTERWARDS, WHILE_STARTING, collect_rarely, give_back, settle


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


class Ring:
    """Two objects that hold each other: only the collector can free them."""

    def __init__(self) -> None:
        self.other: Ring | None = None


def ring() -> Ring:
    one, two = Ring(), Ring()
    one.other, two.other = two, one
    return one


def test_collections_are_rare_until_all_is_loaded() -> None:
    collect_rarely()
    assert gc.get_threshold()[0] == WHILE_STARTING and gc.isenabled()
    settle()
    assert gc.get_threshold() == AFTERWARDS and gc.isenabled()


def test_what_is_loaded_is_not_looked_through_again() -> None:
    loaded = ring()
    settle()
    assert gc.get_freeze_count() > 0
    assert not any(item is loaded for item in gc.get_objects())


def test_what_a_load_before_left_is_freed_by_the_next() -> None:
    left = ring()
    settle()
    gone = weakref.ref(left)
    del left
    gc.collect()
    assert gone() is not None
    settle()
    assert gone() is None


def test_giving_memory_back_never_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    give_back()
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())  # another C library
    give_back()
