"""The benchmarks run: the cheapest of them for real, and what turns figures into a page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from benchmarks.articles import write_content
from benchmarks.picture import draw
from benchmarks.questions import base_questions, questions
from benchmarks.report import BEGIN, END, cells, write
from benchmarks.rows import Result, Row, percentile
from benchmarks.systems import both
from bot.content.build import build
from bot.content.check import check
from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
MACHINE = {
    "date": "2026-11-21",
    "processor": "a processor",
    "cores": 2,
    "memory_gb": 8,
    "system": "Linux",
    "python": "3.10",
    "versions": {"rasa": "3.6.21"},
    "minutes": 12,
}
HALF = Row("training", "s", (10.0, 12.0, 11.0), (20.0, 24.0, 44.0), 0.25, target="≤ 1/4")


@pytest.mark.timeout(900)
def test_the_cheapest_measurements_run(settings: Settings, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "build", "--only", "floor"]
    done = subprocess.run(
        [*command, "--results", str(tmp_path)], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    kept = json.loads((tmp_path / "bench-quick.json").read_text("utf-8"))["measurements"]
    rows = {row.what: row for name in kept for row in Result.from_dict(kept[name]).rows}
    assert {"`bot content build`, 1 article", "`bot content build`, 3 articles"} <= set(rows)
    whole, floor = rows["whole turn over HTTP, p50"], rows["bare Sanic handler with one SQLite lookup, p50"]
    assert len(whole.ours) == len(floor.ours) == 1
    assert min(whole.ours + floor.ours) > 0
    assert whole.limit is not None


def test_a_name_that_is_no_measurement_is_refused() -> None:
    command = [sys.executable, "-m", "benchmarks", "--only", "everything"]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True)
    assert done.returncode == 2
    assert "'training'" in done.stderr


def test_no_message_is_asked_twice_and_none_is_in_the_training_data() -> None:
    asked = questions(ROOT, 3000)
    assert len(set(asked)) == 3000
    assert asked == questions(ROOT, 3000)
    training = "\n".join(path.read_text("utf-8") for path in (ROOT / "data" / "nlu").glob("*.yml"))
    plain = {re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", line).strip(" -") for line in training.splitlines()}
    assert not plain & set(base_questions(ROOT))


def test_the_messages_of_a_measurement_are_questions_of_their_own() -> None:
    """Those that begin otherwise alone come after all of them: what is kept of a question must not help in a talk."""
    base = base_questions(ROOT)
    assert len(set(base)) == len(base) >= 500
    assert questions(ROOT, 500) == base[:500]
    with pytest.raises(ValueError, match="different messages"):
        questions(ROOT, 10**6)


def test_made_up_articles_pass_every_check(tmp_path: Path) -> None:
    content = write_content(ROOT / "content", tmp_path / "content", 4)
    assert [str(problem) for problem in check(content, ROOT / "data" / "nlu") if problem.level == "error"] == []
    built = build(content, tmp_path / "content.db")
    assert (built.articles, built.answers) == (4, 4 * 15)


def test_the_start_project_has_all_of_our_data(tmp_path: Path) -> None:
    from rasa.shared.importers.importer import TrainingDataImporter

    _, stock = both(tmp_path, quick=True)
    importer = TrainingDataImporter.load_from_config(
        str(stock.folder / "config.yml"), str(stock.folder / "domain.yml"), [str(stock.folder / "data")]
    )
    domain = importer.get_domain()
    intents = {item for item in yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))["intents"]}
    assert intents <= set(domain.intents)
    assert "{clinic_phone}" not in str(domain.responses)
    assert importer.get_nlu_data().entity_synonyms["leucopenia"] == "leukopenia"
    names = {step.block_name for step in importer.get_stories().story_steps}
    assert {"answer the topic causes", "say so when nothing was understood"} <= names


def test_percentiles_lie_between_the_values() -> None:
    assert percentile([4.0, 1.0, 2.0, 3.0], 0.5) == 2.5
    assert percentile([1.0], 0.99) == 1.0
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (HALF, ("training", "11 s (10–12)", "24 s (20–44)", "0.25 – 0.50 – 0.50", "≤ 1/4", "**missed**")),
        (Row("turn", "ms", (9.0,), (90.0,), 0.25, target="≤ 1/4"), ("turn", "9 ms", "90 ms", "0.10", "≤ 1/4", "met")),
        (Row("turn", "ms", (1234.5,), limit=2000.0, target="≤ 2 s"), ("turn", "1,234 ms", "", "", "≤ 2 s", "met")),
        (Row("size", "MB", (0.0,)), ("size", "0 MB", "", "", "", "")),
    ],
)
def test_a_row_of_the_table(row: Row, said: tuple[str, ...]) -> None:
    assert cells(row) == said


def test_figures_go_between_the_marks_and_results_survive_json(tmp_path: Path) -> None:
    result = Result((HALF,), ("How it was done.",), {"Start-up": "1 s all"}, {"conversation ours": [(25.0, 30.0)]})
    again = Result.from_dict(json.loads(json.dumps(result.to_dict())))
    assert again == result
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    write(page, {"training": again}, MACHINE)
    text = page.read_text("utf-8")
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
    assert "| training | 11 s (10–12) |" in text
    assert "a processor, 2 cores, 8 GB" in text
    write(page, {"training": again}, MACHINE)
    assert page.read_text("utf-8") == text
    page.write_text("no marks", "utf-8")
    with pytest.raises(ValueError, match="bench:begin"):
        write(page, {"training": again}, MACHINE)


def test_the_page_has_its_marks() -> None:
    text = (ROOT / "docs" / "performance.md").read_text("utf-8")
    assert text.index(BEGIN) < text.index(END)


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    curves = {"conversation ours": [(25.0, 30.0), (50.0, 31.0)], "conversation stock": [(25.0, 90.0), (50.0, 95.0)]}
    draw({"training": Result((HALF,), curves=curves)}, tmp_path / "pictures" / "performance.png")
    assert (tmp_path / "pictures" / "performance.png").read_bytes().startswith(b"\x89PNG")
