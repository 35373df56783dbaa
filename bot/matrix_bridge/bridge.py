"""The loop: what the homeserver tells is noted first, then answered; invitations are accepted by policy."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine
from typing import Any

import aiohttp
from nio import (
    AsyncClient,
    ErrorResponse,
    InviteMemberEvent,
    MegolmEvent,
    RoomMemberEvent,
    RoomMessagesResponse,
    SyncResponse,
)
from nio.api import MessageDirection

from bot.matrix_bridge.account import BridgeError
from bot.matrix_bridge.answering import Answering
from bot.matrix_bridge.fixed import FixedTexts
from bot.matrix_bridge.identity import Identity, IdentityError, Json
from bot.matrix_bridge.questions import redacted
from bot.matrix_bridge.sent import Redacted
from bot.matrix_bridge.settings import BridgeSettings
from bot.matrix_bridge.state import Noted, State

logger = logging.getLogger(__name__)

#: Milliseconds that the homeserver may wait for news.
SYNC_MS = 30_000
#: Seconds between two tries after the homeserver failed: doubled from the first to the longest.
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
FILTER = {"room": {"timeline": {"limit": 50}, "ephemeral": {"types": []}}, "presence": {"types": []}}
#: What happened in a room while the bridge was away is read in pages of so many events, at most about so many
#: pages.
PAGE, MAX_PAGES = 100, 20
SIGNED_OUT = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED"})
#: Answers to joining or leaving a room that another try would not change.
FINAL = frozenset({"M_FORBIDDEN", "M_NOT_FOUND", "M_UNKNOWN", "M_BAD_STATE"})
CLIENT_API = "/_matrix/client/v3"


class Bridge:
    """One account's bridge.

    Args:
        client: The signed-in client.
        settings: Of the bridge.
        state: What was answered.
        texts: The fixed texts.
        answering: Answers messages.
    """

    def __init__(
        self, client: AsyncClient, settings: BridgeSettings, state: State, texts: FixedTexts, answering: Answering
    ) -> None:
        self._client = client
        self._settings = settings
        self._state = state
        self._texts = texts
        self._answering = answering
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Runs until it is cancelled. Raises: BridgeError when the homeserver no longer knows the account."""
        token = self._state.sync_token()
        response = await self._sync(token, full_state=True)
        await self._introduce()
        for noted in self._state.unanswered():
            self._start(noted)
        await self._take(response, token)
        self._answering.taking_back.start()
        self._answering.following.start()
        logger.info("the bridge answers %s", self._client.user_id)
        while True:
            self._state.prune(self._texts.clinic.keep_days)
            token = response.next_batch
            response = await self._sync(token)
            await self._take(response, token)

    async def _sync(self, since: str | None, full_state: bool = False) -> SyncResponse:
        """News from the homeserver, with all that encryption needs done."""
        wait = FIRST_WAIT
        while True:
            try:
                response = await self._client.sync(
                    timeout=SYNC_MS, sync_filter=FILTER, since=since, full_state=full_state or None
                )
                if isinstance(response, SyncResponse):
                    await self._keys()
                    return response
                reason = str(response.status_code)
            except Exception as error:  # whatever a broken connection does, the patients wait: go on
                reason = type(error).__name__
            if reason in SIGNED_OUT:
                raise BridgeError(f"The homeserver has signed the bridge out ({reason}). Start it again.")
            logger.warning("the homeserver gives no news: %s", reason)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _keys(self) -> None:
        """Publishes, asks for and sends keys as needed."""
        client = self._client
        if client.should_upload_keys:
            await client.keys_upload()
        if client.should_query_keys:
            await client.keys_query()
        self._answering.opening.trust.apply()
        if client.should_claim_keys:
            await client.keys_claim(client.get_users_for_key_claiming())
        await client.send_to_device_messages()

    async def _introduce(self) -> None:
        """Sets the display name and the identity, where they are not yet set."""
        name = self._texts.display_name
        if getattr(await self._client.get_displayname(), "displayname", None) != name:
            await self._client.set_displayname(name)
        identity = Identity(self._settings.user_id, self._settings.key)
        try:
            await self._publish_device()
            await identity.publish(self._call, self._client.device_id, self._settings.password)
        except IdentityError as error:
            # Our own words, without anybody's.
            logger.warning("patients' clients will show a warning beside the bot: %s", str(error))
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            logger.warning("the identity is checked at the next start: %s", type(error).__name__)

    async def _publish_device(self) -> None:
        """Publishes the device's keys anew where the homeserver lost them, as it does when the bot is signed out."""
        client = self._client
        _, known = await self._call("POST", "/keys/query", {"device_keys": {client.user_id: []}})
        if client.device_id not in known.get("device_keys", {}).get(client.user_id, {}):
            client.olm.account.shared = False
            await client.keys_upload()

    async def _call(self, method: str, path: str, body: Json) -> tuple[int, Json]:
        headers = {"Authorization": f"Bearer {self._client.access_token}", "Content-Type": "application/json"}
        answer = await self._client.send(method, CLIENT_API + path, json.dumps(body), headers)
        return answer.status, await answer.json(content_type=None)

    async def _take(self, response: SyncResponse, since: str | None) -> None:
        """Notes what wants an answer, together with how far we are, and starts answering it."""
        for room_id, invitation in response.rooms.invite.items():
            self._background(self._invited(room_id, invitation.invite_state))
        for room_id in response.rooms.leave:
            self._client.rooms.pop(room_id, None)
            self._state.forget_room(room_id)
        # Without a token this is the first time: what was said before is not for us.
        wanting, redactions = await self._news(response, since) if since else ({}, [])
        for noted in self._state.note(wanting, response.next_batch, redactions):
            self._start(noted, wanting[noted])
        if redactions:
            self._answering.taking_back.start()
        if response.to_device_events:
            for event in self._answering.opening.keys_came():
                self._start(Noted(event.event_id, event.room_id), event)

    async def _news(self, response: SyncResponse, since: str) -> tuple[dict[Noted, Any], list[Redacted]]:
        """The events that want an answer, oldest first in each room, and what was taken back."""
        wanting: dict[Noted, Any] = {}
        redactions = []
        for room_id, joined in response.rooms.join.items():
            for event in await self._happened(room_id, joined.timeline, since):
                if taken_back := redacted(getattr(event, "source", {})):
                    redactions.append(Redacted(taken_back, room_id))
                elif self._wants_answer(event):
                    wanting[Noted(event.event_id, room_id)] = event
        return wanting, redactions

    async def _happened(self, room_id: str, timeline: Any, since: str) -> list[Any]:
        """Events of a room since `since`, or since the bot was invited, oldest first."""
        events = list(timeline.events)
        if timeline.limited:
            events = await self._missed(room_id, timeline.prev_batch, since) + events
        for index in range(len(events) - 1, -1, -1):
            event = events[index]
            if _is_member(event, self._client.user_id) and event.membership == "invite":
                return events[index + 1 :]
        return events

    async def _missed(self, room_id: str, end_of_gap: str, since: str) -> list[Any]:
        """Events of a room between two syncs that were too many for one, oldest first."""
        found: list[Any] = []
        start: str | None = end_of_gap
        wait = FIRST_WAIT
        while start is not None and len(found) < PAGE * MAX_PAGES:
            page = await self._client.room_messages(room_id, start, since, MessageDirection.back, PAGE)
            if isinstance(page, RoomMessagesResponse):
                found += page.chunk
                start = page.end if page.chunk else None
                if any(_is_member(event, self._client.user_id) for event in page.chunk):
                    break
            elif page.status_code in FINAL:
                break
            else:
                logger.warning("the homeserver does not give what was missed: %s", page.status_code)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
        return found[::-1]

    def _wants_answer(self, event: Any) -> bool:
        sender = getattr(event, "sender", None)
        if sender is None or sender == self._client.user_id or not self._settings.answers(sender):
            return False
        kind = getattr(event, "source", {}).get("type")
        return isinstance(event, MegolmEvent) or kind in ("m.room.message", "m.sticker", "m.reaction")

    async def _invited(self, room_id: str, invite_state: list[Any]) -> None:
        """Accepts or declines an invitation, and tries again while the homeserver fails."""
        inviters = [event.sender for event in invite_state if _is_invitation(event, self._client.user_id)]
        welcome = bool(inviters) and self._settings.answers(inviters[-1])
        if not welcome:
            logger.info("an invitation from outside the allowed servers and users is declined")
        wait = FIRST_WAIT
        while True:
            try:
                answer = await (self._client.join(room_id) if welcome else self._client.room_leave(room_id))
                if not isinstance(answer, ErrorResponse) or answer.status_code in FINAL:
                    return
                reason = str(answer.status_code)
            except Exception as error:  # the homeserver tells of an invitation once: try again
                reason = type(error).__name__
            logger.warning("an invitation could not be answered: %s", reason)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    def _start(self, noted: Noted, event: Any = None) -> None:
        """Answers in the background. Tasks of one room get their turn in the order in which they were started."""
        self._background(self._answering.answer(noted, event))

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_member(event: Any, user_id: str) -> bool:
    return isinstance(event, RoomMemberEvent) and event.state_key == user_id


def _is_invitation(event: Any, user_id: str) -> bool:
    return isinstance(event, InviteMemberEvent) and event.state_key == user_id and event.membership == "invite"
