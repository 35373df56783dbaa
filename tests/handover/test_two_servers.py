"""Two servers that share conversations and locks: staff call either, whichever the patient's message went to."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from bot.settings import Settings
from tests.channels.twilio.client import environment
from tests.channels.twilio.rest_api import ACCOUNT, RestApi
from tests.handover.staff import SECRET, StaffSystem, call_bot
from tests.handover.test_phone import SAID, brought, hand_over, new_phone, twilio
from tests.services import Postgres, Redis
from tests.serving import Server

__all__ = ["twilio"]

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """Conversations."""
    with Postgres() as running:
        yield running


@pytest.fixture(scope="module")
def servers(
    settings: Settings,
    content: Path,
    office: StaffSystem,
    twilio: RestApi,
    postgres: Postgres,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Server, Server]]:
    """The two."""
    folder = tmp_path_factory.mktemp("two")
    redis = Redis(folder / "redis")
    shared = {
        "BOT_CONTENT": str(content),
        "BOT_STAFF_WEBHOOK": office.url,
        "BOT_STAFF_SECRET": SECRET,
        "BOT_REDIS_URL": redis.url,
        "BOT_DATABASE_URL": postgres.url,
        **environment(BOT_TWILIO_ACCOUNT_SID=ACCOUNT, BOT_TWILIO_API_URL=twilio.url),
    }
    made = []
    for name in "ab":
        (folder / name).mkdir()
        made.append(Server(settings, folder / name, **shared))
    try:
        redis.start()
        with ThreadPoolExecutor() as threads:
            list(threads.map(Server.start, made))
        yield made[0], made[1]
    finally:
        for part in (*made, redis):
            part.kill()


def entries(postgres: Postgres) -> list[Any]:
    """What is kept of open cases."""
    connection = psycopg2.connect(postgres.url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT data FROM events WHERE sender_id LIKE 'case-%'")
            return [str(row[0]) for row in cursor]
    finally:
        connection.close()


def test_staff_call_the_other_server(
    servers: tuple[Server, Server], office: StaffSystem, twilio: RestApi, postgres: Postgres
) -> None:
    one, other = servers
    phone = new_phone(one)
    case = hand_over(phone, office)
    (entry,) = entries(postgres)
    assert '"address"' in entry and phone.address[1:] not in entry

    def say(server: Server) -> int:
        call = {"case": case, "text": "Hello, I am Ana."}
        return call_bot(server.url, "say", call, call_id="to-both-at-once").status_code

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(say, servers * 3)) == {200}
    assert brought(twilio, phone) == [SAID + "Hello, I am Ana."]
    one.kill()
    assert call_bot(other.url, "resume", {"case": case}).status_code == 200
    assert "again" in brought(twilio, phone)[-1] and len(brought(twilio, phone)) == 2
    assert entries(postgres) == []
    phone.url = phone.called = other.url + "twilio/webhook"
    assert "leukopenia" in phone.sends("what causes leukopenia?")[-1].lower()
