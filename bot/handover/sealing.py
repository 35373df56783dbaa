"""Seals the address of a patient, so that it can be kept while a person has the conversation and read by nobody else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class WrongSeal(Exception):
    """It was sealed with another key or for another conversation, or is damaged."""


class Seal:
    """AES-256-GCM with a key of the channel's own; what is sealed for one conversation opens for no other.

    Args:
        secret: The channel's secret; the key is derived from it and opens nothing else.
    """

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(hmac.new(secret, b"address of a patient", hashlib.sha256).digest())

    def close(self, conversation: str, *parts: str) -> str:
        """The parts, sealed, as a text."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, json.dumps(parts).encode(), conversation.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, conversation: str, sealed: str) -> list[str]:
        """The parts. Raises: WrongSeal."""
        try:
            data = base64.urlsafe_b64decode(sealed)
            found = self._cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], conversation.encode())
        except (ValueError, InvalidTag):
            raise WrongSeal from None
        return [str(part) for part in json.loads(found)]
