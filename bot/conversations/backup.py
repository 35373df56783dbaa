"""A copy of the file of conversations, made while a server reads and writes."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from bot.conversations.connection import ConversationStoreError, connect


def back_up(path: Path, target: Path) -> None:
    """Copies all that is kept in the file at `path` into the new file `target`, whole and packed.

    Only its owner may read the new file.

    Raises:
        ConversationStoreError: the file can't be read, or `target` exists already or can't be written.
    """
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise ConversationStoreError(f"{target} can't be made ({type(error).__name__}).") from None
    with contextlib.closing(connect(path)) as connection:
        try:
            connection.execute("VACUUM INTO ?", (str(target),))
        except sqlite3.Error as error:
            target.unlink()
            raise ConversationStoreError(f"{path} could not be copied to {target}: {error}") from error
