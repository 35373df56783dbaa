"""Any file at all: raw articles, content files, tables of questions."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import strategies as st

from bot.cli import main
from bot.settings import Settings
from tests.fuzz.fuzzing import fuzz
from tests.fuzz.inputs import PIECES, mutated, pieces

WIKI = """{{Infobox medical condition|name=Leukopenia}}
'''Leukopenia''' is a low number of [[white blood cells]].<ref name="a">Book</ref>

== Causes ==
* [[Chemotherapy]]
* ''Viral'' infections such as {{nowrap|HIV}}
# one
== Symptoms ==
There are often none.<!-- note --> It is '''not''' contagious.
{| class="wikitable"
| a || b
|}
[[Category:Blood]]
"""
HTML = """<html><head><title>Leukopenia</title><script>x()</script></head><body><h1>Leukopenia</h1><p>It is a low
number of white blood cells &amp; it can be <b>found</b> by a test.</p><h2>Causes</h2><ul><li>Drugs<li>Viruses</ul>
<table><tr><td>a<td>b</table></body></html>"""
MARKDOWN = (
    "# Leukopenia\n\nLeukopenia is a low number of white blood cells.\n\n## Causes\n\n- chemotherapy\n- [x](y)\n\n> a\n"
)
SOURCES = st.one_of(
    st.binary(max_size=400),
    *(mutated(text.encode()) for text in (WIKI, HTML, MARKDOWN)),
    st.tuples(st.just("The cause of this is that it can be "), pieces.map("\n".join))
    .map("".join)
    .map(lambda text: text.encode("utf-8", "surrogatepass")),
)


def ends_in_words(result: Result) -> None:
    """It worked, or it said what is wrong: no traceback, and no other exception than click's own exit."""
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code in (0, 1, 2)
    assert "Traceback" not in result.output
    assert result.exit_code == 0 or result.output.strip()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(item) for item in arguments])


@pytest.fixture(scope="module")
def folder(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A content folder to break, and to take draughts."""
    made = tmp_path_factory.mktemp("content") / "content"
    shutil.copytree(settings.content, made)
    return made


@fuzz(60, data=SOURCES, ending=st.sampled_from([".txt", ".md", ".html", ".wiki", ""]))
def test_any_file_is_imported_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, ending: str
) -> None:
    place = tmp_path_factory.mktemp("import")
    source = place / f"source{ending}"
    source.write_bytes(data)
    content = place / "content"
    (content / "articles").mkdir(parents=True)
    ends_in_words(run("content", "import", source, "--content", content))
    shutil.rmtree(place)


FILES = (
    "articles/leukopenia.md",
    "clinic.yml",
    "messages.yml",
    "red_flags.yml",
    "topics.yml",
    "disclaimers/general.md",
    "history.jsonl",
)


def broken_file(settings_content: Path, name: str) -> st.SearchStrategy[bytes]:
    return mutated(
        (settings_content / name).read_bytes(), (*PIECES, "id", "text", "null", "true", "2026-02-30", "1e400")
    )


CONTENT = Path(__file__).resolve().parents[2] / "content"
KNOWN = [name for name in FILES if (CONTENT / name).is_file()]


@fuzz(40, broken=st.sampled_from(KNOWN).flatmap(lambda name: st.tuples(st.just(name), broken_file(CONTENT, name))))
def test_any_content_file_is_checked_in_words(folder: Path, broken: tuple[str, bytes]) -> None:
    name, data = broken
    whole = (CONTENT / name).read_bytes()
    (folder / name).write_bytes(data)
    try:
        ends_in_words(run("content", "check", "--content", folder))
    finally:
        (folder / name).write_bytes(whole)


def test_every_kind_of_content_file_is_broken_on_purpose() -> None:
    assert len(KNOWN) >= 4


TABLES = st.one_of(
    st.binary(max_size=200),
    mutated(b'text,label\nwhat is leukopenia,definition\ni have a fever,call_today\n"a, b",unknown\n'),
    mutated("\ufefftext;level\nx;y\n".encode()),
)


@fuzz(60, data=TABLES)
def test_any_table_of_messages_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    from bot.evaluation.intents import read_labelled
    from bot.evaluation.questions import BadCsv, read_rows
    from bot.safety.evaluation import read_messages

    path = tmp_path_factory.mktemp("table") / "table.csv"
    path.write_bytes(data)
    readers: list[Callable[[Path], object]] = [
        read_labelled,
        lambda file: read_rows(file, ["definition"]),
        read_messages,
    ]
    for read in readers:
        try:
            read(path)
        except (BadCsv, ValueError) as error:
            assert type(error).__module__.startswith("bot."), repr(error)
            assert str(error).strip()
    shutil.rmtree(path.parent)
