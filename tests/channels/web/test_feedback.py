"""Marks go from the web API into the conversation, and from there to `bot feedback`."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from bot.cli.feedback import COLUMNS, REASON_HEADS, feedback
from bot.feedback import REASONS
from tests.channels.web.client import WebClient
from tests.serving import Server

Body = dict[str, object]


def give(client: WebClient, answer_id: str, version: str, value: str = "up", **more: str) -> int:
    body = {"answer_id": answer_id, "content_version": version, "value": value, **more}
    return client.post("feedback", body).status_code


def test_a_mark_is_kept_and_changes_nothing_that_is_said(new_client: Callable[[], WebClient]) -> None:
    marked, plain = new_client(), new_client()
    replies = []
    for client in (marked, plain):
        first = client.says("What is leukopenia?")
        if client is marked:
            assert give(client, "leukopenia.definition", first["content_version"], "down", reason="other") == 200
        replies.append([client.says(text) for text in ("what causes it?", "tell me more", "go back", "2")])
    assert replies[0] == replies[1]
    assert marked.history()[1]["feedback"] == {"leukopenia.definition": "down"}


def test_only_what_was_shown_can_be_marked(client: WebClient) -> None:
    version = client.says("What is leukopenia?")["content_version"]
    assert give(client, "leukopenia.treatment", version) == 404
    assert give(client, "leukopenia.definition", "another version") == 404
    assert give(client, "leukopenia.definition", version, "maybe") == 400
    assert give(client, "leukopenia.definition", version, "down", reason="because") == 400
    assert give(client, "leukopenia.definition", version) == 200


def test_export_and_summary_tell_the_marks(own_server: Server) -> None:
    own_server.start()
    store = own_server.state / "conversations.db"
    for values in (["up", "down"], ["down"]):
        client = WebClient(own_server.web)
        version = client.says("What is leukopenia?")["content_version"]
        client.says("what causes it?")
        for value in values:
            more = {"reason": "hard_to_understand"} if value == "down" else {}
            assert give(client, "leukopenia.definition", version, value, **more) == 200
        assert give(client, "leukopenia.causes", version) == 200
    result = run(store, "export")
    rows = list(csv.DictReader(io.StringIO(result)))
    assert list(rows[0]) == list(COLUMNS)
    assert [(row["topic"], row["value"], row["reason"]) for row in rows] == [
        ("definition", "down", "hard_to_understand"),
        ("causes", "up", ""),
    ] * 2
    assert "web-" not in result
    summary = [line.split() for line in run(store, "summary").splitlines()[1:]]
    assert summary == [
        ["leukopenia.definition", "2", "0%", "0", "2", "0", "0", "0"],
        ["leukopenia.causes", "2", "100%", "0", "0", "0", "0", "0"],
    ]
    assert run(store, "export", "--since", "2099-01-01").splitlines() == [",".join(COLUMNS)]
    client.erase()
    assert len(run(store, "export").splitlines()) == 3


def run(store: Path, command: str, *more: str) -> str:
    result = CliRunner().invoke(feedback, [command, "--store", str(store), *more])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_store_that_is_not_there_is_named(tmp_path: Path) -> None:
    for command in ("export", "summary"):
        result = CliRunner().invoke(feedback, [command, "--store", str(tmp_path / "none.db")])
        assert result.exit_code == 1 and "none.db" in result.output and "answer_id" not in result.output


def test_every_reason_has_its_column() -> None:
    assert set(REASON_HEADS) == set(REASONS)
