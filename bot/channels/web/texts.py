"""What a patient reads when a request is refused: fixed texts of the widget, with the clinic's numbers."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from bot.content.clinic import Clinic
from bot.content.fixed import phones
from bot.content.reply import Reply
from bot.safety.texts import fill

TEXTS = Path(__file__).resolve().parents[2] / "widget" / "texts"
DEFAULT_LANGUAGE = "en"


@cache
def widget_texts(language: str) -> dict[str, Any]:
    """All texts of the interface in one language; English where there is none."""
    files = {path.stem: path for path in TEXTS.glob("*.json")}
    texts: dict[str, Any] = json.loads(files.get(language, files[DEFAULT_LANGUAGE]).read_text("utf-8"))
    return texts


def refusal_reply(name: str, accept_language: str, clinic: Clinic) -> Reply:
    """The fixed reply `name` in the first language that the reader takes and we have."""
    wanted = [part.split(";")[0].strip().lower().split("-")[0] for part in accept_language.split(",")[:10]]
    known = {path.stem for path in TEXTS.glob("*.json")}
    language = next((item for item in wanted if item in known), DEFAULT_LANGUAGE)
    text = fill(widget_texts(language)["refusals"][name], clinic)
    return Reply(kind="conversation", text=text, phones=phones(clinic))
