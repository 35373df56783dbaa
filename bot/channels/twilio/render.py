"""Replies as Twilio takes them: TwiML for the webhook's answer, and WhatsApp's buttons and lists as templates.

WhatsApp's buttons and lists exist at Twilio only as content templates, and a template can be sent through the REST API
alone: TwiML's `<Message>` knows a body and media and nothing else. A template has a fixed number of buttons or items,
hence one for each number (docs/twilio.md has them ready to create).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from twilio.twiml.messaging_response import MessagingResponse

from bot.channels.buttons import button_id
from bot.channels.plain import plain_text, split_reply
from bot.channels.sms import sms_bodies
from bot.content.reply import Reply

#: Twilio's longest body on WhatsApp, in characters, and WhatsApp's longest above buttons or a list.
WHATSAPP_LIMIT, INTERACTIVE_LIMIT = 1_600, 1_024
#: WhatsApp's limits: buttons and their titles, items of a list and their descriptions. An item's own title may have 24
#: characters, too few for a question: there stands its number, and the question below it.
MAX_BUTTONS, BUTTON_TITLE = 3, 20
MAX_ITEMS, ITEM_DESCRIPTION = 10, 72


@dataclass(frozen=True)
class Outgoing:
    """One message to send: a text, or a content template with its variables."""

    body: str = ""
    template: str = ""
    variables: str = ""


def bodies(reply: Reply, surface: str, more: str) -> list[str]:
    """The reply as texts, with its choices numbered.

    Args:
        reply: What is said.
        surface: `sms` or `whatsapp`.
        more: The fixed text that offers the whole answer where SMS shortened it.
    """
    return sms_bodies(reply, more) if surface == "sms" else split_reply(reply, WHATSAPP_LIMIT)


def twiml(texts: Iterable[str]) -> str:
    """Twilio's answer format with one message for each text."""
    response = MessagingResponse()
    for text in texts:
        response.message(text)
    return str(response)


def interactive(reply: Reply, templates: Mapping[str, str]) -> Outgoing | None:
    """The reply as a WhatsApp message with buttons or a list; None where its limits or the templates do not allow it.

    Args:
        reply: What is said.
        templates: Content templates by kind (`buttons3`, `list10` …).
    """
    buttons = reply.buttons
    body = plain_text(replace(reply, buttons=()))
    if not buttons or len(body) > INTERACTIVE_LIMIT or len({button.title for button in buttons}) < len(buttons):
        return None
    if len(buttons) <= MAX_BUTTONS and all(len(button.title) <= BUTTON_TITLE for button in buttons):
        template = templates.get(f"buttons{len(buttons)}")
        if template:
            return _filled(template, body, [(button.title, button_id(button.payload)) for button in buttons])
    if len(buttons) <= MAX_ITEMS and all(len(button.title) <= ITEM_DESCRIPTION for button in buttons):
        template = templates.get(f"list{len(buttons)}")
        if template:
            items = [(f"{number}.", button_id(item.payload), item.title) for number, item in enumerate(buttons, 1)]
            return _filled(template, body, items)
    return None


def _filled(template: str, body: str, rows: Iterable[tuple[str, ...]]) -> Outgoing:
    values = [body, *(value for row in rows for value in row)]
    variables = {str(number): value for number, value in enumerate(values, 1)}
    return Outgoing(template=template, variables=json.dumps(variables, ensure_ascii=False))
