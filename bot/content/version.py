"""The version of a release: a hash over its rows. It names the release, and shows that it is whole."""

from __future__ import annotations

import hashlib
import json
import sqlite3

CONTENT_TABLES = (
    "meta", "topics", "disclaimers", "messages", "conditions", "articles", "sources", "answers", "questions", "facts", "names",
)  # fmt: skip
#: The row of `meta` that holds the version is not part of what is hashed.
OTHERS = " WHERE key != 'version'"


def content_version(connection: sqlite3.Connection) -> str:
    """sha256 over every row of every content table, in a fixed order; the clinic's values are among them.

    Raises:
        sqlite3.DatabaseError: a table is missing or damaged.
    """
    digest = hashlib.sha256()
    for table in CONTENT_TABLES:
        found = connection.execute(f"SELECT * FROM [{table}]{OTHERS if table == 'meta' else ''}")
        rows = sorted(json.dumps(list(row), ensure_ascii=False) for row in found)
        digest.update(json.dumps([table, rows], ensure_ascii=False).encode())
    return digest.hexdigest()
