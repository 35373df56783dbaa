"""Every fixed text as a reply, with something in each placeholder."""

from __future__ import annotations

import yaml

from bot.content.clinic import load_clinic
from bot.content.fixed import read_messages
from bot.content.reply import Reply
from bot.fixed_replies import FixedReplies
from bot.safety.texts import PLACEHOLDER
from bot.settings import Settings


def fixed_replies(settings: Settings) -> dict[str, Reply]:
    """The texts of content/messages.yml and the responses of domain.yml, by name."""
    clinic = load_clinic(settings.content / "clinic.yml")
    fixed = FixedReplies.load(settings.root / "domain.yml", settings.content, clinic)
    names = yaml.safe_load((settings.root / "domain.yml").read_text("utf-8"))["responses"]
    found = {name: fixed.reply(name) for name in names}
    for name, text in read_messages(settings.content).items():
        others = set(PLACEHOLDER.findall(text)) - set(clinic.values())
        filled = text.format_map(clinic.values() | dict.fromkeys(others, "something"))
        found[name] = Reply("conversation", text=filled) if others else fixed.reply(name)
    return found
