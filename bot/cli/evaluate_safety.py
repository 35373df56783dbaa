"""`bot evaluate-safety`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.safety import Finding


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rules-only", is_flag=True, help="Leave out the second reader; no trained model is needed.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures and the messages in JSON.")
@click.option("--show/--no-show", default=True, help="List the misses and false alarms (they hold what was said).")
def evaluate_safety(file: Path, rules_only: bool, as_json: bool, show: bool) -> None:
    """Measure the red-flag detector on FILE, a CSV file with the columns `text` and `level`.

    Levels are emergency, call_today, crisis and none (an ordinary question; an empty level means the same).
    Each message goes through the trained model's pipeline, by itself: what is said in pieces is not put together.
    """
    from bot.safety.detector import Detector
    from bot.safety.evaluation import evaluate, read_messages, summary

    messages, settings = read_messages(file), Settings.read()
    reader = Detector.from_files(settings.content).check if rules_only else _pipeline(settings)
    figures = summary(evaluate(reader, messages))
    if not show:
        figures |= {"misses": [], "false_alarms": []}
    click.echo(json.dumps(figures, indent=2, ensure_ascii=False) if as_json else _as_text(figures, show))


def _pipeline(settings: Settings) -> Callable[[str], Finding]:
    """What the trained model finds in a message. Raises: NotReady."""
    from bot.runtime import build_turns, quiet

    quiet()
    from bot.logs import configure_logging
    from bot.safety import Finding
    from bot.turn import clean

    configure_logging("ERROR")
    agent = build_turns(settings).agent
    assert agent is not None

    def find(text: str) -> Finding:
        found = asyncio.run(agent.parse_message(clean(text)))["safety"]
        values: dict[str, Any] = {key: tuple(item) if isinstance(item, list) else item for key, item in found.items()}
        return Finding(**values)

    return find


def _as_text(figures: dict[str, Any], show: bool) -> str:
    lines = [f"{figures['messages']} messages", "", "Caught: any urgent reply (for a crisis, the crisis reply)"]
    for level, counted in figures["levels"].items():
        lines.append(f"  {level:<11}{counted['caught']:>5} of {counted['messages']:<5}{counted['recall']:>7.1%}")
    lines += ["", "Exact: the reply of this very level"]
    for level, counted in figures["levels"].items():
        instead = ", ".join(f"{count} {other}" for other, count in counted["said_instead"].items())
        share = f"{counted['exact_recall']:>7.1%}"
        lines.append(f"  {level:<11}{counted['exact']:>5} of {counted['messages']:<5}{share}  {instead}".rstrip())
    ordinary = figures["ordinary"]
    if ordinary["messages"]:
        rate = f"{ordinary['false_alarm_rate']:.1%}"
        lines += ["", f"Ordinary messages: {ordinary['messages']}, false alarms: {ordinary['false_alarms']} ({rate})"]
        lines.append(f"  answered with the urgent line as look-alikes: {ordinary['with_urgent_line']}")
    if show:
        for title, key in (("Misses", "misses"), ("False alarms", "false_alarms")):
            lines += ["", f"{title}: {len(figures[key])}"]
            lines += [
                f"  line {item['line']}: {item['level']} → {item['found']}"
                f"{' (' + ', '.join(item['rules']) + ')' if item['rules'] else ''}: {' '.join(item['text'].split())}"
                for item in figures[key]
            ]
    return "\n".join(lines)
