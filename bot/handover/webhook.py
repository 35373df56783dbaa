"""Staff who are called through a webhook: one signed POST for each message, tried again while it makes sense."""

from __future__ import annotations

import asyncio
import json
import time
import uuid

import aiohttp

from bot.handover.desk import DeskUnreachable, StaffMessage
from bot.handover.signing import sign

#: Seconds that one try may take, and that are between the first and the second one; then twice as long each time.
TRY_SECONDS = 5.0
FIRST_WAIT = 0.3
LONGEST_WAIT = 10.0
#: Answers that may be another one the next time.
TRY_AGAIN = frozenset({408, 425, 429})


class WebhookDesk:
    """The clinic's own system at `url`, which shares `secret` with us."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret

    async def tell(self, message: StaffMessage, patience: float) -> None:
        """See `StaffDesk.tell`. Only an answer from 200 to 299 counts as received; redirects are not followed."""
        body = json.dumps(message.as_json(), ensure_ascii=False).encode()
        call_id, wait = message.key or uuid.uuid4().hex, FIRST_WAIT
        deadline = time.monotonic() + patience
        async with aiohttp.ClientSession() as session:
            while True:
                left = deadline - time.monotonic()
                try:
                    status = await self._post(session, body, call_id, min(TRY_SECONDS, left))
                except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
                    status = 0
                if 200 <= status < 300:
                    return
                if 300 <= status < 500 and status not in TRY_AGAIN:
                    raise DeskUnreachable(f"the staff's webhook answered {status}")
                if time.monotonic() + wait >= deadline:
                    raise DeskUnreachable("the staff's webhook could not be reached in time")
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)

    async def _post(self, session: aiohttp.ClientSession, body: bytes, call_id: str, seconds: float) -> int:
        headers = {"Content-Type": "application/json", **sign(self._secret, body, time.time(), call_id)}
        limit = aiohttp.ClientTimeout(total=max(seconds, 0.1))
        async with session.post(self._url, data=body, headers=headers, timeout=limit, allow_redirects=False) as answer:
            return answer.status
