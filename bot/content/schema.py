"""Tables of the content store, as sqlite-utils migrations."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("content")


@migrations()
def m001_first(db: Database) -> None:
    """The first shape: strict tables and foreign keys."""
    tables = db.conn.execute
    tables("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID")
    tables(
        "CREATE TABLE topics (id TEXT PRIMARY KEY, intent TEXT NOT NULL UNIQUE, next TEXT NOT NULL, position INTEGER NOT NULL) STRICT"
    )
    tables("CREATE TABLE disclaimers (id TEXT PRIMARY KEY, short TEXT NOT NULL, full TEXT NOT NULL) STRICT")
    tables("CREATE TABLE messages (key TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT")
    tables("CREATE TABLE conditions (id TEXT PRIMARY KEY, title TEXT NOT NULL, common_name TEXT NOT NULL) STRICT")
    tables(
        "CREATE TABLE articles (id TEXT PRIMARY KEY, condition TEXT NOT NULL UNIQUE REFERENCES conditions(id), title TEXT NOT NULL, "
        "status TEXT NOT NULL CHECK (status = 'approved'), version TEXT NOT NULL, reviewed_by TEXT NOT NULL, "
        "reviewed_on TEXT NOT NULL, review_due TEXT NOT NULL, disclaimer TEXT NOT NULL REFERENCES disclaimers(id)) STRICT"
    )
    tables(
        "CREATE TABLE sources (article TEXT NOT NULL REFERENCES articles(id), id TEXT NOT NULL, title TEXT NOT NULL, "
        "updated_on TEXT, PRIMARY KEY (article, id)) STRICT"
    )
    tables(
        "CREATE TABLE answers (id TEXT PRIMARY KEY, condition TEXT NOT NULL REFERENCES conditions(id), "
        "article TEXT NOT NULL REFERENCES articles(id), topic TEXT NOT NULL REFERENCES topics(id), "
        "text TEXT NOT NULL CHECK (length(text) > 0), simpler TEXT NOT NULL, short TEXT NOT NULL, more TEXT NOT NULL, "
        "source TEXT NOT NULL, section TEXT NOT NULL, UNIQUE (condition, topic), "
        "FOREIGN KEY (article, source) REFERENCES sources(article, id)) STRICT"
    )
    tables(
        "CREATE TABLE questions (answer TEXT NOT NULL REFERENCES answers(id), position INTEGER NOT NULL, "
        "text TEXT NOT NULL, PRIMARY KEY (answer, position)) STRICT"
    )
    tables(
        "CREATE TABLE facts (key TEXT NOT NULL, condition TEXT NOT NULL REFERENCES conditions(id), "
        "article TEXT NOT NULL REFERENCES articles(id), relation TEXT NOT NULL, category TEXT NOT NULL, name TEXT NOT NULL, "
        "note TEXT NOT NULL CHECK (length(note) > 0), source TEXT NOT NULL, section TEXT NOT NULL, position INTEGER NOT NULL, "
        "PRIMARY KEY (condition, relation, key), FOREIGN KEY (article, source) REFERENCES sources(article, id)) STRICT"
    )
    tables("CREATE INDEX facts_key ON facts (key)")
    tables(
        "CREATE TABLE names (form TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('condition', 'fact')), ref TEXT NOT NULL, "
        "PRIMARY KEY (form, kind, ref)) STRICT"
    )
