"""How fuzzing runs: the same examples every time in the gate, new ones for some minutes with `make fuzz MINUTES=…`."""

from __future__ import annotations

import functools
import inspect
import os
import random
import time
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

#: Minutes for each test; without it the gate's fixed examples run.
MINUTES = float(os.environ.get("MINUTES", "0"))
ROUND = 100

Test = Callable[..., None]


def fuzz(examples: int, **strategies: st.SearchStrategy[Any]) -> Callable[[Test], Test]:
    """A test of many inputs: `examples` fixed ones, or new ones until the minutes are over."""

    def decorate(test: Test) -> Test:
        quiet = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}

        @functools.wraps(test)
        def run(**fixtures: Any) -> None:
            bound = _bound(test, fixtures, strategies)
            if not MINUTES:
                settings(max_examples=examples, derandomize=True, **quiet)(given(**strategies)(bound))()
                return
            count, started = 0, time.monotonic()
            while time.monotonic() < started + 60 * MINUTES:
                number = random.SystemRandom().randrange(2**32)
                print(f"seed {number}", flush=True)
                seed(number)(settings(max_examples=ROUND, **quiet)(given(**strategies)(bound)))()
                count += ROUND
            print(f"{test.__name__}: {count} examples in {(time.monotonic() - started) / 60:.1f} minutes")

        kept = [item for name, item in inspect.signature(test).parameters.items() if name not in strategies]
        run.__signature__ = inspect.Signature(kept)  # type: ignore[attr-defined]  # pytest gives the fixtures alone
        if MINUTES:
            import pytest

            return pytest.mark.timeout(60 * MINUTES + 600)(run)  # type: ignore[no-any-return]
        return run

    return decorate


def _bound(test: Test, fixtures: dict[str, Any], strategies: dict[str, Any]) -> Test:
    """`test` with its fixtures given, and a signature of what hypothesis gives."""

    def bound(**drawn: Any) -> None:
        test(**fixtures, **drawn)

    bound.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in strategies]
    )
    bound.__name__ = bound.__qualname__ = test.__name__
    return bound
