"""Only a model that we wrote is loaded, and no file can bring the environment's values into words."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.runtime import HASH_FILE, MODEL_FILE, NotReady, model_path
from bot.settings import Settings
from bot.training import READ_BY_RASA, input_files, inputs_hash, variables_in
from tests.channels.web.client import WebClient
from tests.faults.processes import FaultyServer, reads_sorry


def one_byte(model: Path, _: Path) -> None:
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.write_bytes(data)


def cut_short(model: Path, _: Path) -> None:
    os.truncate(model, model.stat().st_size - 1)


def something_added(model: Path, _: Path) -> None:
    with model.open("ab") as file:
        file.write(b"\0")


def another_file_by_a_link(model: Path, _: Path) -> None:
    other = model.with_name("other.tar.gz")
    other.write_bytes(b"code of somebody else")
    model.unlink()
    model.symlink_to(other)


def a_link_to_nowhere(model: Path, _: Path) -> None:
    model.unlink()
    model.symlink_to(model.with_name("gone"))


def a_folder(model: Path, _: Path) -> None:
    model.unlink()
    model.mkdir()


def no_hash(_: Path, digest: Path) -> None:
    digest.unlink()


def an_empty_hash(_: Path, digest: Path) -> None:
    digest.write_text("")


def a_hash_that_is_none(_: Path, digest: Path) -> None:
    digest.write_bytes(b"\xff\xfe")


@pytest.fixture
def copied(settings: Settings, tmp_path: Path) -> Settings:
    """The model, to be spoilt."""
    for name in (MODEL_FILE, HASH_FILE):
        shutil.copyfile(settings.models / name, tmp_path / name)
    return replace(settings, models=tmp_path)


@pytest.mark.parametrize(
    "spoil",
    [
        one_byte,
        cut_short,
        something_added,
        another_file_by_a_link,
        a_link_to_nowhere,
        a_folder,
        no_hash,
        an_empty_hash,
        a_hash_that_is_none,
    ],
)
def test_a_model_that_we_did_not_write_is_not_loaded(spoil: Callable[[Path, Path], None], copied: Settings) -> None:
    assert model_path(copied) == copied.models / MODEL_FILE
    spoil(copied.models / MODEL_FILE, copied.models / HASH_FILE)
    with pytest.raises(NotReady, match="bot train"):
        model_path(copied)


def test_the_server_does_not_load_it_and_says_so(copied: Settings, settings: Settings, tmp_path: Path) -> None:
    one_byte(copied.models / MODEL_FILE, copied.models / HASH_FILE)
    server = FaultyServer(settings, tmp_path, BOT_MODELS=str(copied.models))
    try:
        server.start(well=False)
        reads_sorry(WebClient(server.web), server)
        assert server.serving() == (503, "model: not loaded")
        log = server.log.read_text()
        assert "is not the model that `bot train` wrote" in log and "Traceback" not in log
    finally:
        server.kill()


def test_no_file_that_rasa_reads_names_a_variable(settings: Settings) -> None:
    assert variables_in(input_files(settings)) == []


@pytest.mark.parametrize("name", ["more.yml", "more.yaml", "more.json"])
def test_every_file_that_rasa_reads_is_known(settings: Settings, tmp_path: Path, name: str) -> None:
    from rasa.shared.data import TRAINING_DATA_EXTENSIONS

    assert set(READ_BY_RASA) == TRAINING_DATA_EXTENSIONS
    own = replace(settings, root=tmp_path, state=tmp_path)
    (tmp_path / "data" / "nlu").mkdir(parents=True)
    for file in ("config.yml", "domain.yml"):
        shutil.copyfile(settings.root / file, tmp_path / file)
    before = inputs_hash(own)
    (tmp_path / "data" / "nlu" / name).write_text('"a": "${HOME}"\n', "utf-8")
    assert inputs_hash(own) != before
    assert variables_in(input_files(own)) == [f"{name}, line 1: ${{HOME}}"]


def test_training_refuses_a_file_that_names_a_variable(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    shutil.copytree(settings.root / "data", root / "data")
    shutil.copyfile(settings.root / "config.yml", root / "config.yml")
    domain = (settings.root / "domain.yml").read_text("utf-8")
    (root / "domain.yml").write_text(re.sub(r'(text: ["|\']?)', r"\1${HOME} ", domain, count=1), "utf-8")
    monkeypatch.setenv("BOT_ROOT", str(root))
    monkeypatch.setenv("BOT_MODELS", str(tmp_path / "models"))
    result = CliRunner().invoke(main, ["train", "--force"])
    assert result.exit_code == 1
    assert "domain.yml, line" in result.output and "${HOME}" in result.output and "Traceback" not in result.output


@pytest.mark.parametrize("name", ["messages.yml", "articles/leukopenia.md", "disclaimers/general.md"])
def test_content_that_names_a_variable_is_refused(name: str, settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "content"
    shutil.copytree(settings.content, folder)
    path = folder / name
    text = path.read_text("utf-8")
    before, word = (
        ("Hello. I can", "Hello. ${HOME} I can") if name == "messages.yml" else (" white ", " ${HOME} white ")
    )
    if before not in text:
        before, word = " the ", " ${HOME} the "
    path.write_text(text.replace(before, word, 1), "utf-8")
    result = CliRunner().invoke(main, ["content", "check", "--content", str(folder)])
    assert result.exit_code == 1, result.output
    assert "HOME" in result.output and path.name in result.output
