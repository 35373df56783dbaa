"""The floor under every bot: a bare Sanic handler that looks one row up in SQLite. python -m benchmarks.floor PORT DB"""

from __future__ import annotations

import sqlite3
import sys

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json


def make_app(db: str) -> Sanic:
    """The app; `POST /` with any JSON gives one answer of the store."""
    app = Sanic("floor")
    connection = sqlite3.connect(f"file:{db}?mode=ro", uri=True, check_same_thread=False)
    keys = [row[0] for row in connection.execute("SELECT id FROM answers ORDER BY id")]

    @app.post("/")
    async def answer(request: Request) -> HTTPResponse:
        text = str(request.json["text"])
        row = connection.execute("SELECT text FROM answers WHERE id = ?", (keys[len(text) % len(keys)],)).fetchone()
        return json({"text": row[0]})

    return app


if __name__ == "__main__":
    make_app(sys.argv[2]).run(host="127.0.0.1", port=int(sys.argv[1]), access_log=False)
