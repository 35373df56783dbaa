"""Numbers for the operator, in Prometheus' form. No label ever holds a patient's words or a conversation's id."""

from __future__ import annotations

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

TURNS = Counter("bot_turns_total", "Turns by channel and kind of reply", ["channel", "kind"])
FAILURES = Counter(
    "bot_failed_turns_total", "Turns that ended in the fixed reply, by the type of error", ["channel", "reason"]
)
SECONDS = Histogram(
    "bot_turn_seconds",
    "Time from message to reply, in seconds",
    ["channel"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 25),
)
STREAM_FAILURES = Counter("bot_event_stream_failures_total", "Events that the event broker did not take", ["reason"])
RUNNING = Gauge(
    "bot_turns_running", "Turns that are being worked on, by channel", ["channel"], multiprocess_mode="livesum"
)
READY = Gauge("bot_ready", "1 when the last readiness check was well, 0 when it was not", multiprocess_mode="livemin")


def count_turn(channel: str, kinds: list[str], seconds: float, failed: str) -> None:
    """Counts one turn."""
    for kind in kinds:
        TURNS.labels(channel, kind).inc()
    SECONDS.labels(channel).observe(seconds)
    if failed:
        FAILURES.labels(channel, failed).inc()


def exposition() -> str:
    """All numbers as Prometheus reads them; those of all workers together under `bot serve --workers`."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):  # prometheus_client's own setting, made by bot.supervisor
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry).decode()
