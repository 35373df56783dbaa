"""A phone at the Twilio webhook, for tests: it sends what Twilio sends, signed the way that Twilio documents.

"Webhooks Security" in Twilio's documentation: take the full address that is called, append each POST field (sorted by
name, name and value without anything between them), sign with HMAC-SHA1 and the auth token, write in Base64. Written
out here instead of called from the `twilio` package, so that the tests do not check the package against itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

import httpx

TOKEN = "0123456789abcdef0123456789abcdef"
SENDER_KEY = "a-sender-key-of-the-tests-alone-0123456789"
CLINIC, PATIENT = "+15552220000", "+15550001111"
FORM = "application/x-www-form-urlencoded"

Fields = Iterable[tuple[str, str]]


def environment(**more: str) -> dict[str, str]:
    """What a server needs to offer the channel. The deadline is the longest there is: the machine may be busy."""
    return {
        "BOT_TWILIO_AUTH_TOKEN": TOKEN,
        "BOT_TWILIO_SENDER_KEY": SENDER_KEY,
        "BOT_TWILIO_DEADLINE": "14",
        **more,
    }


def sign(url: str, fields: Fields = (), token: str = TOKEN) -> str:
    """The signature of a request with a form."""
    text = url + "".join(name + value for name, value in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def sid() -> str:
    """A new message's id."""
    return "SM" + secrets.token_hex(16)


def number() -> str:
    """A number of a patient who has never written before."""
    return f"+1555{secrets.randbelow(10**7):07d}"


def texts(response: httpx.Response) -> list[str]:
    """The messages in a TwiML answer."""
    assert response.status_code == 200, (response.status_code, response.text)
    assert response.headers["content-type"].startswith("text/xml"), response.headers
    root = ElementTree.fromstring(response.text)
    assert root.tag == "Response"
    assert [child.tag for child in root] == ["Message"] * len(root)
    return [child.text or "" for child in root]


class Phone:
    """One patient's phone.

    Args:
        url: The webhook as this process reaches it.
        address: The patient's number, or WhatsApp address; a new one when "".
        called: The webhook as Twilio calls it, when a proxy stands in between.
        whatsapp: Whether it writes through WhatsApp.
    """

    def __init__(self, url: str, address: str = "", called: str = "", whatsapp: bool = False) -> None:
        prefix = "whatsapp:" if whatsapp else ""
        self.url = url
        self.called = called or url
        self.address = address or prefix + number()
        self.clinic = prefix + CLINIC
        self.http = httpx.Client(timeout=60)

    def fields(self, body: str, **more: str) -> dict[str, str]:
        """What Twilio sends for a message; `more` adds and replaces fields."""
        return {
            "MessageSid": sid(), "AccountSid": "AC" + "0" * 32, "From": self.address, "To": self.clinic, "Body": body,
            "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01", **more,
        }  # fmt: skip

    def post(self, fields: Mapping[str, str] | Fields, signature: str | None = None, query: str = "") -> httpx.Response:
        """Posts a form; signed unless a `signature` is given ("" sends none)."""
        pairs = list(fields.items() if isinstance(fields, Mapping) else fields)
        query = f"?{query}" if query else ""
        signature = sign(self.called + query, pairs) if signature is None else signature
        headers = {"Content-Type": FORM, **({"X-Twilio-Signature": signature} if signature else {})}
        return self.http.post(self.url + query, content=urlencode(pairs).encode(), headers=headers)

    def sends(self, body: str, **more: str) -> list[str]:
        """Sends a message; the texts that come back in the webhook's answer."""
        return texts(self.post(self.fields(body, **more)))
