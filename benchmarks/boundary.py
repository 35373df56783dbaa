"""What each mechanism of the scope guard earns: python -m benchmarks.boundary [--write].

All questions of tests/questions are asked in the real bot, once as it is and once without each mechanism. `--write` puts
the table into docs/understanding.md.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import uuid
from pathlib import Path
from typing import Any

import yaml

from benchmarks.understanding_page import publish
from bot.nlu.judgement import MECHANISMS

ROOT = Path(__file__).resolve().parent.parent


def _guard(turns: Any) -> Any:
    """The scope guard of the model that `turns` talks with."""
    nodes = turns.agent.processor.graph_runner._instantiated_nodes.values()
    return next(node._component for node in nodes if type(node._component).__name__ == "ScopeGuard")


async def _measure(turns: Any, rows: list[Any]) -> Any:
    from bot.answering import ask
    from bot.evaluation.questions import run, score

    async def asked(text: str) -> dict[str, Any]:
        conversation = uuid.uuid4().hex
        record = await ask(turns, text, conversation)
        await turns.forget(conversation)
        return record

    return score(await run(rows, asked))


def _questions() -> list[Any]:
    from bot.evaluation.labels import canonical
    from bot.evaluation.questions import Row

    files = sorted((ROOT / "tests" / "questions").glob("*.yml"))
    topics = [path.stem for path in files]
    data = [yaml.safe_load(path.read_text("utf-8")) for path in files]
    return [Row(text, canonical(item["label"], topics)) for item in data for text in item["dev"] + item["held_out"]]


def table() -> str:
    """The four figures with everything, and without each mechanism, as a Markdown table."""
    from rich.progress import track

    from bot.logs import configure_logging
    from bot.runtime import build_turns, quiet
    from bot.settings import Settings

    quiet()
    configure_logging("ERROR")
    with tempfile.TemporaryDirectory() as state:
        settings = Settings.read()
        os.environ |= {"BOT_CONTENT_DB": str(settings.content_db), "BOT_STATE": state}
        turns = build_turns(Settings.read())
        guard, rows = _guard(turns), _questions()
        lines = [
            f"{len(rows)} questions of tests/questions.",
            "",
            "| without | right topic | answered all the same | wrongly refused | personal |",
            "|---|---|---|---|---|",
        ]
        for name in track(("", *MECHANISMS), "ablation", transient=True):
            guard._config["without"] = [name] if name else []
            found = asyncio.run(_measure(turns, rows))
            figures = (found.in_scope_right, found.false_answers, found.in_scope_refused, found.personal_recall)
            lines.append(f"| {name or '(nothing)'} | " + " | ".join(f"{value:.1%}" for value in figures) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    publish(table(), "ablation", "benchmarks.boundary")
