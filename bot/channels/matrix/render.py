"""A `Reply` as a Matrix message: an `m.notice` with plain text, and the same as HTML for programs that show it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from bot.channels.matrix.events import Message
from bot.channels.plain import numbered, split_reply
from bot.channels.render import Renderer
from bot.content.clinic import Clinic
from bot.content.reply import Reply

Json = dict[str, Any]

#: Longest reply that goes into one message, in characters. An event may have 65,536 bytes, and the reply is in it twice.
MAX_TEXT = 12_000


class MatrixRenderer:
    """Renders replies.

    Args:
        clinic: Whose replies they are.
    """

    def __init__(self, clinic: Clinic) -> None:
        self._parts = Renderer(clinic).text

    def contents(self, reply: Reply) -> list[Json]:
        """The content of each message that says the reply: one, unless it is very long."""
        plain = "\n\n".join([*reply.paragraphs(), *filter(None, [numbered(reply.buttons)])])
        if len(plain) > MAX_TEXT:
            return [_notice(part) for part in split_reply(reply, MAX_TEXT)]
        return [_notice(plain) | {"format": "org.matrix.custom.html", "formatted_body": self.html(reply)}]

    def html(self, reply: Reply) -> str:
        """The reply as HTML, with source and disclaimer set apart."""
        parts = [self._text(reply.urgent_line, "strong"), self._text(reply.text, "strong" if reply.urgency else "")]
        for block in reply.blocks:
            parts += [self._text(block.notice, "em"), self._text(block.text)]
            parts.append(f"<blockquote>{self._text(block.source.line())}</blockquote>")
        parts.append(self._text(reply.closing))
        if reply.disclaimer:
            parts += ["<hr>", self._text(reply.disclaimer.short, "em")]
        if reply.buttons:
            parts.append(_list("ol", (escape(button.title, quote=False) for button in reply.buttons)))
        return "".join(parts)

    def _text(self, text: str, mark: str = "") -> str:
        """Paragraphs and lists, each paragraph in the element `mark` if there is one."""
        before, after = (f"<{mark}>", f"</{mark}>") if mark else ("", "")
        html = []
        for part in self._parts(text):
            if part["type"] == "paragraph":
                html.append(f"<p>{before}{_runs(part['runs'])}{after}</p>")
            else:
                html.append(_list("ul" if part["type"] == "bullets" else "ol", map(_runs, part["items"])))
        return "".join(html)


def addressed_to(content: Json, message: Message, group: bool) -> Json:
    """The content as an answer to a message: in its thread, and in a group as a reply that names its sender."""
    target = message.replaces or message.event_id
    reply = {"m.in_reply_to": {"event_id": target}}
    mentions = {"m.mentions": {"user_ids": [message.sender]} if group else {}}
    if message.thread:
        thread = {"rel_type": "m.thread", "event_id": message.thread, "is_falling_back": not group}
        return content | mentions | {"m.relates_to": thread | reply}
    if group or message.reply_to:
        return content | mentions | {"m.relates_to": reply}
    return content | mentions


def _notice(text: str) -> Json:
    return {"msgtype": "m.notice", "body": text}


def _runs(runs: Iterable[Json]) -> str:
    """Words without links: Matrix allows none to a telephone number."""
    return "".join(escape(run["text"], quote=False) for run in runs)


def _list(kind: str, items: Iterable[str]) -> str:
    return f"<{kind}>" + "".join(f"<li>{item}</li>" for item in items) + f"</{kind}>"
