"""A `Reply` as structure, for pages and programs that build elements from it: no markup is in any string."""

from __future__ import annotations

import re
from typing import Any

from bot.channels.buttons import button_id
from bot.content.clinic import Clinic
from bot.content.reply import AnswerBlock, Button, Phone, Reply

BULLET = re.compile(r"\s*[-•*]\s+(?P<item>\S.*)")
NUMBERED = re.compile(r"\s*\d{1,2}[.)]\s+(?P<item>\S.*)")

Json = dict[str, Any]


def tel(number: str) -> str:
    """The `tel:` address (RFC 3966) of a number that is written for people; "" when it has no digits."""
    digits = re.sub(r"[^\d]", "", number)
    return f"tel:{'+' if number.strip().startswith('+') else ''}{digits}" if digits else ""


class Renderer:
    """Renders replies; the clinic's own numbers in a text become tappable.

    Args:
        clinic: Whose numbers are linked. No other link is ever made.
    """

    def __init__(self, clinic: Clinic) -> None:
        numbers = {clinic.phone, clinic.emergency_number, clinic.crisis_line.number}
        longest_first = sorted((number for number in numbers if tel(number)), key=len, reverse=True)
        self._numbers = re.compile(
            "|".join(rf"(?<![\w+.-]){re.escape(number)}(?![\w-])(?!\.\d)" for number in longest_first) or r"(?!)"
        )

    def reply(self, reply: Reply) -> Json:
        """The reply as the API gives it; see `Reply` in openapi.yml."""
        disclaimer = reply.disclaimer
        return {
            "kind": reply.kind,
            "urgency": reply.urgency,
            "urgent_line": self.text(reply.urgent_line),
            "text": self.text(reply.text),
            "blocks": [self._block(block) for block in reply.blocks],
            "closing": self.text(reply.closing),
            "disclaimer": {"short": disclaimer.short, "full": self.text(disclaimer.full)} if disclaimer else None,
            "phones": [phone(item) for item in reply.phones],
            "buttons": buttons(reply.buttons),
            "topic": reply.topic,
            "condition": reply.condition,
            "content_version": reply.content_version,
            "plain": reply.plain(),
        }

    def text(self, text: str) -> list[Json]:
        """Paragraphs and lists of `text`, in order."""
        parts: list[Json] = []
        for line in text.splitlines():
            if not line.strip():
                continue
            bullet, number = BULLET.fullmatch(line), NUMBERED.fullmatch(line)
            item = bullet or number
            if not item:
                parts.append({"type": "paragraph", "runs": self._runs(line.strip())})
                continue
            kind = "bullets" if bullet else "steps"
            if not parts or parts[-1]["type"] != kind:
                parts.append({"type": kind, "items": []})
            parts[-1]["items"].append(self._runs(item["item"].strip()))
        return parts

    def _runs(self, line: str) -> list[Json]:
        """Stretches of a line: plain text, and numbers to call."""
        runs: list[Json] = []
        position = 0
        for found in self._numbers.finditer(line):
            if found.start() > position:
                runs.append({"text": line[position : found.start()]})
            runs.append({"text": found[0], "href": tel(found[0])})
            position = found.end()
        if position < len(line):
            runs.append({"text": line[position:]})
        return runs

    def _block(self, block: AnswerBlock) -> Json:
        source = block.source
        return {
            "answer_id": block.answer_id,
            "topic": block.topic,
            "condition": block.condition,
            "question": block.question,
            "text": self.text(block.text),
            "notice": block.notice,
            "source": {
                "article": source.article,
                "section": source.section,
                "source_title": source.source_title,
                "reviewed_on": source.reviewed_on,
                "updated_on": source.updated_on,
                "line": source.line(),
            },
        }


def phone(item: Phone) -> Json:
    """A number to call, as the API gives it."""
    return {"label": item.label, "number": item.number, "href": tel(item.number)}


def buttons(items: tuple[Button, ...]) -> list[Json]:
    """Buttons as the API gives them."""
    return [{"id": button_id(item.payload), "title": item.title} for item in items]
