"""A reply of the web API as a Matrix message: plain text, and the same with paragraphs and lists."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

#: Longest formatted body in bytes; a longer reply goes out as plain text alone. An event may have 65,536 bytes, and
#: encryption makes a third more of it.
MAX_FORMATTED = 24_000

Json = dict[str, Any]


def message(reply: Mapping[str, Any], choices: bool = True) -> Json:
    """The content of an `m.room.message` event.

    Args:
        reply: `Reply` of openapi.yml.
        choices: Whether the buttons are numbered, so that a number picks one. Our server takes a number for a button
            of its last reply; those of an earlier one are listed without.
    """
    titles = [str(button["title"]) for button in reply["buttons"]]
    lines = [f"{number}. {title}" if choices else f"• {title}" for number, title in enumerate(titles, 1)]
    body = "\n".join([str(reply["plain"]), *lines])
    formatted = _formatted(reply, titles, "ol" if choices else "ul")
    content: Json = {"msgtype": "m.notice", "body": body, "m.mentions": {}}
    if len(formatted.encode()) <= MAX_FORMATTED:
        content |= {"format": "org.matrix.custom.html", "formatted_body": formatted}
    return content


def sentence(text: str) -> Json:
    """The content of a message that says one fixed text."""
    return {"msgtype": "m.notice", "body": text, "m.mentions": {}}


def _formatted(reply: Mapping[str, Any], titles: list[str], kind: str) -> str:
    urgent = reply["urgency"] is not None
    parts = [_text(reply["urgent_line"], "strong"), _text(reply["text"], "strong" if urgent else "")]
    for block in reply["blocks"]:
        parts.append(f"<p><em>{escape(block['notice'])}</em></p>" if block["notice"] else "")
        parts += [_text(block["text"]), f"<p><em>{escape(block['source']['line'])}</em></p>"]
    parts.append(_text(reply["closing"]))
    if reply["disclaimer"]:
        parts.append(f"<p>{escape(reply['disclaimer']['short'])}</p>")
    if titles:
        parts.append(_list(kind, [escape(title) for title in titles]))
    return "".join(parts)


def _text(parts: list[Json], wrapped: str = "") -> str:
    """Paragraphs and lists of a `Text` of openapi.yml, each stretch inside the element `wrapped`."""
    html = []
    for part in parts:
        if part["type"] == "paragraph":
            html.append(f"<p>{_runs(part['runs'], wrapped)}</p>")
        else:
            items = [_runs(item, wrapped) for item in part["items"]]
            html.append(_list("ul" if part["type"] == "bullets" else "ol", items))
    return "".join(html)


def _runs(runs: list[Json], wrapped: str) -> str:
    words = "".join(escape(str(run["text"])) for run in runs)
    return f"<{wrapped}>{words}</{wrapped}>" if wrapped else words


def _list(kind: str, items: list[str]) -> str:
    return f"<{kind}>{''.join(f'<li>{item}</li>' for item in items)}</{kind}>"
