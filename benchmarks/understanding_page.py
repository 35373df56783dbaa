"""Puts a measured table into its place in docs/understanding.md."""

from __future__ import annotations

import sys
from pathlib import Path

DOC = Path(__file__).resolve().parent.parent / "docs" / "understanding.md"


def publish(text: str, name: str, module: str) -> None:
    """Prints `text`; with --write on the command line it goes into the page.

    Args:
        text: The table.
        name: The name of its place. It begins at `<!-- name: python -m module --write -->` and ends at
            `<!-- end of name -->`.
        module: What measures it.
    """
    print(text)
    if "--write" in sys.argv:
        start, end = f"<!-- {name}: python -m {module} --write -->", f"<!-- end of {name} -->"
        before, rest = DOC.read_text("utf-8").split(start)
        DOC.write_text(f"{before}{start}\n{text}\n{end}{rest.split(end)[1]}", "utf-8")
