"""The account's cross-signing identity, so that patients' clients trust the bot's device and show no warning.

Keys are made from the clinic's key (HKDF-SHA-256), so there is nothing more to keep and nothing that can get lost
while that key is there. See "Cross-signing" in the Matrix client-server specification.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa
from nio.api import Api

logger = logging.getLogger(__name__)

USAGES = ("master", "self_signing", "user_signing")

Json = dict[str, Any]
#: method, path behind `/_matrix/client/v3`, body → status and answer.
Call = Callable[[str, str, Json], Awaitable[tuple[int, Json]]]


class IdentityError(Exception):
    """The identity could not be published; the text says why and what to do."""


class Identity:
    """The three signing keys of one account.

    Args:
        user_id: The account.
        key: The clinic's key.
    """

    def __init__(self, user_id: str, key: str) -> None:
        self.user_id = user_id
        self._keys = {usage: _signing_key(user_id, key, usage) for usage in USAGES}

    @property
    def fingerprint(self) -> str:
        """The master key, by which people can verify the account."""
        return self._public("master")

    async def publish(self, call: Call, device_id: str, password: str) -> None:
        """Publishes the identity where there is none, and signs the device with it. Doing it again changes nothing.

        Args:
            call: Makes a request to the homeserver, signed in.
            device_id: The bot's device, whose keys are published.
            password: Of the account, for homeservers that ask for it; may be "".

        Raises:
            IdentityError: the account has another identity, or the homeserver refuses.
        """
        _, known = await call("POST", "/keys/query", {"device_keys": {self.user_id: []}})
        master = (known.get("master_keys") or {}).get(self.user_id)
        if master is None:
            await self._upload(call, password)
        elif self._key_id("master") not in master.get("keys", {}):
            raise IdentityError(
                "The account has a cross-signing identity that was not made with this key. Use the key it was made "
                "with, or reset the account's identity; until then clients show its device as not verified."
            )
        device = ((known.get("device_keys") or {}).get(self.user_id) or {}).get(device_id)
        if device is None:
            raise IdentityError("The homeserver does not have the device's keys.")
        if self._key_id("self_signing") not in (device.get("signatures") or {}).get(self.user_id, {}):
            await self._sign_device(call, device_id, device)

    async def _upload(self, call: Call, password: str) -> None:
        keys: Json = {f"{usage}_key": self._described(usage) for usage in USAGES}
        for usage in USAGES[1:]:
            self._sign(keys[f"{usage}_key"], "master")
        status, answer = await call("POST", "/keys/device_signing/upload", keys)
        if status == 401 and password and answer.get("session"):
            keys["auth"] = {
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": self.user_id},
                "password": password,
                "session": answer["session"],
            }
            status, answer = await call("POST", "/keys/device_signing/upload", keys)
        if status != 200:
            raise IdentityError(f"The homeserver refuses the account's identity ({answer.get('errcode') or status}).")
        logger.info("the account's cross-signing identity is published")

    async def _sign_device(self, call: Call, device_id: str, device: Json) -> None:
        signed = {key: value for key, value in device.items() if key not in ("signatures", "unsigned")}
        self._sign(signed, "self_signing")
        status, answer = await call("POST", "/keys/signatures/upload", {self.user_id: {device_id: signed}})
        if status != 200 or answer.get("failures"):
            raise IdentityError("The homeserver refuses the signature of the device.")
        logger.info("the device is signed with the account's identity")

    def _described(self, usage: str) -> Json:
        return {"user_id": self.user_id, "usage": [usage], "keys": {self._key_id(usage): self._public(usage)}}

    def _sign(self, what: Json, usage: str) -> None:
        """Adds a signature over the canonical JSON of `what` (without signatures)."""
        message = Api.to_canonical_json({key: value for key, value in what.items() if key != "signatures"}).encode()
        signature = _base64(eddsa.new(self._keys[usage], "rfc8032").sign(message))
        what["signatures"] = {self.user_id: {self._key_id(usage): signature}}

    def _key_id(self, usage: str) -> str:
        return f"ed25519:{self._public(usage)}"

    def _public(self, usage: str) -> str:
        return _base64(self._keys[usage].public_key().export_key(format="raw"))


def _signing_key(user_id: str, key: str, usage: str) -> ECC.EccKey:
    seed = HKDF(key.encode(), 32, user_id.encode(), SHA256, context=f"matrix cross-signing {usage}".encode())
    return ECC.construct(curve="Ed25519", seed=seed)


def _base64(data: bytes) -> str:
    """Unpadded base64, as Matrix writes keys."""
    return base64.b64encode(data).decode().rstrip("=")
