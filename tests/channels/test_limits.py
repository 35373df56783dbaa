"""Rate limits."""

from __future__ import annotations

import pytest

from bot.channels import limits
from bot.channels.limits import RateLimit, network


def test_a_limit_lets_so_many_through_and_tells_how_long_to_wait() -> None:
    now = [0.0]
    limit = RateLimit(30, clock=lambda: now[0])
    assert [limit.wait("a") for _ in range(30)] == [0.0] * 30
    assert limit.wait("a") == pytest.approx(2.0)
    assert limit.wait("b") == 0.0
    now[0] = 2.0
    assert limit.wait("a") == 0.0
    assert limit.wait("a") == pytest.approx(2.0)
    now[0] = 600.0
    assert [limit.wait("a") for _ in range(31)].count(0.0) == 30


def test_its_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BUCKETS", 100)
    limit = RateLimit(1)
    for number in range(1_000):
        limit.wait(str(number))
    assert len(limit._buckets) == 100


@pytest.mark.parametrize(
    ("address", "shared"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("no address", "no address"),
    ],
)
def test_a_household_shares_one_limit(address: str, shared: str) -> None:
    assert network(address) == shared
