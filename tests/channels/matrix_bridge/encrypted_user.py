"""A patient's encrypting client, run in the bridge's environment: commands come and answers go as lines of JSON.

encrypted_user.py FOLDER URL USER_ID DEVICE_ID TOKEN
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from nio import AsyncClient, AsyncClientConfig, MegolmEvent, SyncResponse
from nio.event_builders import ToDeviceMessage
from nio.store import SqliteStore


class User:
    """One device of a patient."""

    def __init__(self, folder: str, url: str, user_id: str, device_id: str, token: str) -> None:
        config = AsyncClientConfig(store=SqliteStore, pickle_key="a key of the tests alone")
        self.client = AsyncClient(url, user_id, device_id=device_id, store_path=folder, config=config)
        self.client.restore_login(user_id, device_id, token)
        self.said: list[dict[str, Any]] = []
        self.kept_back: list[dict[str, Any]] = []

    async def sync(self, timeout: int = 0) -> None:
        """Takes what is new and does what encryption needs."""
        answer = await self.client.sync(timeout=timeout)
        assert isinstance(answer, SyncResponse), answer
        for room_id, joined in answer.rooms.join.items():
            self.said += [self._told(room_id, event) for event in joined.timeline.events if self._is_message(event)]
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        if self.client.should_query_keys:
            await self.client.keys_query()
        if self.client.should_claim_keys:
            await self.client.keys_claim(self.client.get_users_for_key_claiming())
        await self.client.send_to_device_messages()

    async def create_room(self, invite: list[str], encrypted: bool = True, **settings: Any) -> str:
        """A private room; its id."""
        state = []
        if encrypted:
            content = {"algorithm": "m.megolm.v1.aes-sha2"}
            state.append({"type": "m.room.encryption", "state_key": "", "content": content})
        made = await self.client.room_create(invite=invite, is_direct=len(invite) == 1, initial_state=state, **settings)
        while made.room_id not in self.client.rooms:
            await self.sync(1000)
        return str(made.room_id)

    async def joined(self, room: str, user_id: str, timeout: float) -> bool:
        """Waits until somebody is in the room."""
        deadline = time.monotonic() + timeout
        while user_id not in self.client.rooms[room].users and time.monotonic() < deadline:
            await self.sync(1000)
        return user_id in self.client.rooms[room].users

    async def join(self, room: str) -> bool:
        """Joins a room."""
        await self.client.join(room)
        while room not in self.client.rooms:
            await self.sync(1000)
        return True

    async def send(self, room: str, content: dict[str, Any], kind: str = "m.room.message") -> str:
        """Sends an event, encrypted in an encrypted room; its id."""
        await self.sync()
        sent = await self.client.room_send(room, kind, content, ignore_unverified_devices=True)
        return str(getattr(sent, "event_id", sent))

    async def leave_out(self, user_id: str) -> int:
        """Encrypts for nobody of this user from now on: their devices are blocked here. How many there are."""
        await self.sync()
        devices = list(self.client.device_store[user_id].values())
        for device in devices:
            self.client.blacklist_device(device)
        self.client.olm.outbound_group_sessions.clear()
        return len(devices)

    async def send_before_its_key(self, room: str, content: dict[str, Any]) -> str:
        """Sends an encrypted event and keeps its key back until `send_key`; its id."""
        await self.sync()
        olm = self.client.olm
        await self.client.keys_claim(self.client.get_missing_sessions(room))
        olm.create_outbound_group_session(room)
        members = list(self.client.rooms[room].users)
        self.kept_back = [messages for _, messages in olm.share_group_session_parallel(room, members, True)]
        olm.outbound_group_sessions[room].shared = True
        sent = await self.client.room_send(room, "m.room.message", content)
        return str(sent.event_id)

    async def send_key(self) -> int:
        """Sends the keys that were kept back; to how many users."""
        count = 0
        for messages in self.kept_back:
            for user_id, devices in messages["messages"].items():
                for device_id, content in devices.items():
                    message = ToDeviceMessage("m.room.encrypted", user_id, device_id, content)
                    await self.client.to_device(message)
                    count += 1
        return count

    async def messages(self, room: str, sender: str, count: int, timeout: float) -> list[dict[str, Any]]:
        """All messages of a sender in a room, as soon as there are `count`."""
        deadline = time.monotonic() + timeout
        while True:
            found = [told for told in self.said if told["room"] == room and told["sender"] == sender]
            if len(found) >= count or time.monotonic() > deadline:
                return found
            await self.sync(1000)

    @staticmethod
    def _is_message(event: Any) -> bool:
        return isinstance(event, MegolmEvent) or event.source.get("type") == "m.room.message"

    @staticmethod
    def _told(room: str, event: Any) -> dict[str, Any]:
        return {
            "room": room,
            "sender": event.sender,
            "event_id": event.event_id,
            "encrypted": bool(event.decrypted),
            "readable": not isinstance(event, MegolmEvent),
            "content": event.source["content"],
        }


async def main(arguments: list[str]) -> None:
    """Obeys the lines of standard input until it ends."""
    user = User(*arguments)
    await user.sync()
    print(json.dumps("ready"), flush=True)
    while line := await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        answer = await getattr(user, command.pop("do"))(**command)
        print(json.dumps(answer), flush=True)
    await user.client.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
