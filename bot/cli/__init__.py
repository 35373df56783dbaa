"""The `bot` command. Subcommands are imported only when used, so that `bot content` never loads Rasa."""

from __future__ import annotations

import importlib
from typing import Any

import click

from bot.cli.told import is_told

#: subcommand → "module:attribute"; the module is imported when the subcommand is used.
COMMANDS: dict[str, str] = {
    "actions": "bot.cli.actions:actions",
    "ask": "bot.cli.ask:ask",
    "chat": "bot.cli.chat:chat",
    "content": "bot.cli.content:content",
    "evaluate": "bot.cli.evaluate:evaluate",
    "evaluate-intents": "bot.cli.evaluate_intents:evaluate_intents",
    "evaluate-safety": "bot.cli.evaluate_safety:evaluate_safety",
    "feedback": "bot.cli.feedback:feedback",
    "matrix": "bot.cli.matrix:matrix",
    "privacy": "bot.cli.privacy:privacy",
    "serve": "bot.cli.serve:serve",
    "train": "bot.cli.train:train",
}


class LazyGroup(click.Group):
    """A click group whose commands are imported on first use. Errors that are meant for people end in their text."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, attribute = target.split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            if not is_told(error):
                raise
            raise click.ClickException(str(error)) from None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """A patient education chatbot: answers from approved articles, and nothing else."""
