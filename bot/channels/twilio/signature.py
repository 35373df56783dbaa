"""Whether Twilio sent a request: its signature, checked before anything in the request is used.

Twilio signs the address that it called and the form fields (or, for a JSON body, a hash of the body that stands in the
address) with the account's auth token; see "Webhooks Security" in Twilio's documentation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from multidict import MultiDict
from twilio.request_validator import RequestValidator

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
#: Fields of a form at most; Twilio sends about thirty.
MAX_FIELDS = 500
BODY_HASH = "bodySHA256"

Fields = MultiDict[str]


class NotSigned(Exception):
    """The request was not signed by Twilio for this address, or can't be read in the way that Twilio writes."""


class Signatures:
    """Checks signatures.

    Args:
        auth_token: The account's secret.
        public_url: Address of this server as Twilio calls it, without the path; "" takes the request's own.
    """

    def __init__(self, auth_token: str, public_url: str = "") -> None:
        self._validator = RequestValidator(auth_token)
        self._base = public_url.rstrip("/")

    def check(
        self, own_url: str, path: str, query: str, content_type: str, body: bytes, signature: str | None
    ) -> Fields:
        """The fields of a request that Twilio signed. A field that is there twice has both values.

        Args:
            own_url: Scheme and host as this server sees them.
            path: Path of the request.
            query: Query string as it came, without "?".
            content_type: Type of the body, as the header says.
            body: The body.
            signature: The header `X-Twilio-Signature`.

        Raises:
            NotSigned: for any other request.
        """
        url = (self._base or own_url) + path + (f"?{query}" if query else "")
        kind = content_type.split(";")[0].strip().lower()
        try:
            if not signature or not urlsplit(url).hostname:
                raise NotSigned
            if kind == JSON:
                return self._check_json(url, query, body, signature)
            return self._check_form(url, kind, body, signature)
        except (ValueError, RecursionError):
            raise NotSigned from None  # not in the shape that Twilio writes

    def _check_form(self, url: str, kind: str, body: bytes, signature: str) -> Fields:
        if kind != FORM and body:
            raise NotSigned
        # Empty fields are part of the signature: a picture alone comes with "Body=".
        fields = Fields(
            parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS)
        )
        if not self._validator.validate(url, fields, signature):
            raise NotSigned
        return fields

    def _check_json(self, url: str, query: str, body: bytes, signature: str) -> Fields:
        # Without the hash in the address the body would not be signed at all.
        if BODY_HASH not in parse_qs(query) or not self._validator.validate(url, body.decode("utf-8"), signature):
            raise NotSigned
        data = json.loads(body)
        if not isinstance(data, Mapping):
            raise NotSigned
        return Fields((str(key), _text(value)) for key, value in data.items())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
