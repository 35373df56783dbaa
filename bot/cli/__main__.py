"""`python -m bot.cli` is the same as `bot`."""

from bot.cli import main

main(prog_name="bot")
