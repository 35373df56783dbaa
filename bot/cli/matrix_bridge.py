"""`bot matrix bridge`: starts the bridge in its own environment."""

from __future__ import annotations

import os
from pathlib import Path

import click

CODE = Path(__file__).resolve().parents[2]
ENVIRONMENT = CODE / ".venv-bridge"


@click.command()
@click.option("--fingerprint", is_flag=True, help="Print what people compare to verify the bot, and end.")
def bridge(fingerprint: bool) -> None:
    """Answer in end-to-end encrypted rooms, through a running `bot serve`.

    Everything is set in BOT_MATRIX_BRIDGE_… variables; see docs/matrix-bridge.md.
    """
    python = ENVIRONMENT / "bin" / "python"
    if not python.is_file():
        raise click.ClickException(f"The bridge's own environment {ENVIRONMENT} is missing. Make it with: make bridge")
    if not any(ENVIRONMENT.glob("lib/python*/site-packages/vodozemac")):
        raise click.ClickException(f"The environment {ENVIRONMENT} is not complete. Remove it, then: make bridge")
    environment = {**os.environ, "PYTHONPATH": str(CODE)}
    arguments = ["--fingerprint"] if fingerprint else []
    os.execve(python, [str(python), "-m", "bot.matrix_bridge", *arguments], environment)
