"""Builds the content store: all files into one SQLite file, in one transaction, moved into place at the end."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from bot.content.check import check_folder
from bot.content.folder import ContentFolder, read_folder
from bot.content.problems import ContentError
from bot.content.rows import all_rows
from bot.content.schema import migrations
from bot.content.version import content_version


@dataclass(frozen=True)
class Built:
    """What a build made: its version (sha256 over the rows) and how much is in it."""

    version: str
    articles: int
    answers: int
    facts: int
    drafts: int


def build(content: Path, db_path: Path, nlu: Path | None = None) -> Built:
    """Builds the folder `content` into `db_path`, when all checks find no error in it.

    The same content gives the same version, and the same bytes of every row. Until the last step the old file
    stays as it is.

    Args:
        content: The folder.
        db_path: The file to write.
        nlu: `data/nlu`, see `bot.content.check.check`.

    Raises:
        ContentError: the content has errors; nothing was written.
        OSError: the new file can't be written.
    """
    folder = read_folder(content)
    errors = [problem for problem in check_folder(folder, nlu) if problem.level == "error"]
    if errors:
        raise ContentError(errors)
    db_path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".content-", suffix=".db", dir=db_path.parent)
    os.close(handle)
    fresh = Path(name)
    try:
        built = _write(folder, fresh)
        os.chmod(fresh, 0o644)
        with fresh.open("rb") as file:
            os.fsync(file.fileno())  # else a power cut could leave an empty file under the good name
        os.replace(fresh, db_path)
    finally:
        fresh.unlink(missing_ok=True)
    return built


def _write(folder: ContentFolder, path: Path) -> Built:
    db = Database(str(path))
    try:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA synchronous = OFF")  # nobody reads this file before it is whole and synced
        migrations.apply(db)
        # When a migration ran is no content: two builds of the same files must have the same rows.
        db.execute("UPDATE _sqlite_migrations SET applied_at = ''")
        with db.atomic():
            for table, rows in all_rows(folder).items():
                db.table(table).insert_all(rows)
            version = content_version(db.conn)
            db.table("meta").insert({"key": "version", "value": version})
        counts = {table: db.table(table).count for table in ("articles", "answers", "facts")}
        db.execute("PRAGMA optimize")
        db.execute("VACUUM")
        return Built(version=version, drafts=len(folder.articles) - len(folder.approved), **counts)
    finally:
        db.close()
