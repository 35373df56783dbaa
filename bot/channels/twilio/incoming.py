"""One message from Twilio as a value, read from the fields of a signed request."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.channels.twilio.keywords import Keyword

Surface = Literal["sms", "whatsapp"]
#: What Twilio calls from, as surfaces of ours. Other prefixes (Messenger, RCS, …) are not served.
#: Strict, because a signature does not say where a name ends and its value begins: without this, parts of other fields
#: could be moved into an id or an address of a recorded request. WhatsApp has ids without a number, too.
ADDRESS = re.compile(r"\+?\d{3,15}|(?P<prefix>whatsapp:)[\w.+-]{5,64}", re.ASCII)
OPT_OUT_TYPES: dict[str, Keyword] = {"STOP": "stop", "START": "start", "HELP": "help"}
SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
#: Fields that make a message what it is. Twilio adds others when it calls again (`ErrorCode`, `ErrorUrl`).
SAYING = ("From", "To", "Body", "NumMedia", "ButtonPayload", "ButtonText", "ListId", "Latitude", "Longitude")


class BadMessage(Exception):
    """A signed request that is no message; the text names the field."""


@dataclass(frozen=True)
class Incoming:
    """A patient's message.

    Attributes:
        sid: Twilio's id of the message.
        sender: The patient's address, such as `whatsapp:+15550001111`. It is never stored or logged.
        receiver: The clinic's address that it was sent to.
        surface: `sms` or `whatsapp`.
        text: What was typed.
        button: Id of the button or list item that was tapped, "" for none.
        attached: Whether a picture, a sound, a file or a place came with it.
        handled_by_twilio: The keyword that it was, when Twilio has answered it with the clinic's own text ("Advanced
            Opt-Out", which may have other words for it).
        fingerprint: Of all that it says.
    """

    sid: str
    sender: str = field(repr=False)
    receiver: str
    surface: Surface
    text: str = field(default="", repr=False)
    button: str = ""
    attached: bool = False
    handled_by_twilio: Keyword | None = None
    fingerprint: str = ""

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Incoming | None:
        """The message in `fields`, None for a report on a message of ours (sent, delivered, failed).

        Raises:
            BadMessage: an id or an address is missing or malformed.
        """
        if fields.get("MessageStatus") or fields.get("SmsStatus", "received") not in ("received", "receiving"):
            return None
        sid = fields.get("MessageSid") or fields.get("SmsMessageSid") or fields.get("SmsSid") or ""
        if not SID.fullmatch(sid):
            raise BadMessage("MessageSid is missing or malformed")
        sender, receiver = (ADDRESS.fullmatch(fields.get(name, "").strip()) for name in ("From", "To"))
        for name, address in (("From", sender), ("To", receiver)):
            if not address:
                raise BadMessage(f"{name} is missing, or no phone number or WhatsApp address")
        assert sender and receiver
        media = fields.get("NumMedia") or "0"
        said = {name: fields.get(name, "") for name in SAYING}
        return cls(
            sid=sid,
            sender=sender[0],
            receiver=receiver[0],
            surface="whatsapp" if sender["prefix"] else "sms",
            text=fields.get("Body") or fields.get("ButtonText") or fields.get("ListTitle") or "",
            button=fields.get("ButtonPayload") or fields.get("ListId") or "",
            attached=(media.isdecimal() and int(media) > 0) or bool(fields.get("Latitude")),
            handled_by_twilio=OPT_OUT_TYPES.get(fields.get("OptOutType", "").strip().upper()),
            fingerprint=hashlib.sha256(json.dumps(said).encode("utf-8", "surrogatepass")).hexdigest(),
        )

    def is_from(self, numbers: frozenset[str]) -> bool:
        """Whether it came from one of `numbers` or from the very number that it was sent to."""
        own = _number(self.sender)
        return own in numbers or own == _number(self.receiver)


def _number(address: str) -> str:
    return address.removeprefix("whatsapp:")


def keyed_hash(value: str, key: str) -> str:
    """A hash of `value` that nobody can work out or look up without `key` (HMAC-SHA-256, 160 bits of it)."""
    return hmac.new(key.encode(), value.strip().lower().encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[
        :40
    ]


def sender_id(address: str, key: str) -> str:
    """The conversation of an address: a keyed hash, never the number itself."""
    return "tw-" + keyed_hash(address, key)
