"""Whose devices are trusted: each device of an allowed user from its first sight on, blocked ones never.

A device is known by its id and key. The key that was seen first stays: matrix-nio refuses another one under the same
id. A message counts only when the key it was sent with belongs to a known device of its sender.
"""

from __future__ import annotations

from typing import Any

from nio import AsyncClient

from bot.matrix_bridge.settings import BridgeSettings


class Trust:
    """The policy.

    Args:
        client: The signed-in client.
        settings: Names the blocked users and devices.
    """

    def __init__(self, client: AsyncClient, settings: BridgeSettings) -> None:
        self._client = client
        self._blocked = settings.blocked

    def apply(self) -> None:
        """Marks blocked devices, so that no message is encrypted for them, and frees those no longer blocked."""
        for user_id in list(self._client.device_store.users):
            for device in self._client.device_store[user_id].values():
                blocked = user_id in self._blocked or f"{user_id}/{device.id}" in self._blocked
                if blocked and not device.blacklisted:
                    self._client.blacklist_device(device)
                elif device.blacklisted and not blocked:
                    self._client.unblacklist_device(device)

    def device_of(self, event: Any) -> Any:
        """The known device that a decrypted event came from, None when its sender has no device with that key."""
        session = self._client.olm.inbound_group_store.get(event.room_id, event.sender_key, event.session_id)
        if session is None or event.sender not in self._client.device_store.users:
            return None
        for device in self._client.device_store[event.sender].values():
            if device.curve25519 == event.sender_key and device.ed25519 == session.ed25519:
                return device
        return None
