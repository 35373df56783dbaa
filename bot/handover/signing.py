"""Signed calls in both directions, as the Standard Webhooks specification 1.0 has them (standardwebhooks.com).

The signature is HMAC-SHA-256 over `id.timestamp.body` in Base64, with the shared secret's UTF-8 bytes as the key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import uuid
from collections.abc import Mapping

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
#: Seconds that the two clocks may differ, and a call may travel.
TOLERANCE = 300
CALL_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class WrongSignature(Exception):
    """The call is not signed with the secret, or is too old. The text says which, and nothing of the call."""


def sign(secret: str, body: bytes, now: float, call_id: str = "") -> dict[str, str]:
    """The headers of a signed call; the same `call_id` marks the same call when it is sent again."""
    call_id = call_id or uuid.uuid4().hex
    timestamp = str(int(now))
    return {ID: call_id, TIMESTAMP: timestamp, SIGNATURE: f"v1,{_digest(secret, call_id, timestamp, body)}"}


def check(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> str:
    """The id of a call that is signed with `secret` and not older than five minutes.

    Raises:
        WrongSignature: it is not.
    """
    call_id, timestamp = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if not CALL_ID.fullmatch(call_id) or not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise WrongSignature(f"the headers {ID}, {TIMESTAMP} and {SIGNATURE} are required")
    expected = f"v1,{_digest(secret, call_id, timestamp, body)}".encode()
    given = headers.get(SIGNATURE, "").split(" ")
    # Every one is compared, so that the time tells nothing.
    if not any([hmac.compare_digest(expected, one.encode("utf-8", "surrogatepass")) for one in given]):
        raise WrongSignature("the signature is wrong")
    if abs(now - int(timestamp)) > TOLERANCE:
        raise WrongSignature(f"the call is older than {TOLERANCE} seconds, or one of the two clocks is off")
    return call_id


def _digest(secret: str, call_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{call_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
