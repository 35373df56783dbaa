"""A person takes over by SMS and WhatsApp: the real server, a server that plays Twilio's API, and the staff's system."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from bot.channels.twilio.incoming import sender_id
from bot.channels.twilio.memory import Memory
from bot.channels.twilio.reach import WHATSAPP_WINDOW, Reach
from bot.channels.twilio.rest import Rest
from bot.channels.twilio.settings import TwilioSettings
from bot.cli.privacy import privacy
from bot.content.reply import Reply
from bot.handover.reach import Letter, NotReached
from bot.handover.sealing import Seal
from tests.channels.matrix.kit import wait_until
from tests.channels.twilio.client import CLINIC, SENDER_KEY, TOKEN, Phone, environment
from tests.channels.twilio.rest_api import ACCOUNT, HANG_UP, RestApi
from tests.handover.staff import StaffSystem, call_bot
from tests.serving import Server

SAID = "A person from Demo Clinic writes:\n"


@pytest.fixture(scope="module")
def twilio() -> Iterator[RestApi]:
    """Twilio's API."""
    running = RestApi()
    yield running
    running.close()


@pytest.fixture(scope="module")
def clinic(new_staffed: Callable[..., Server], twilio: RestApi) -> Iterator[Server]:
    """The server with Twilio's account and the staff's webhook."""
    running = new_staffed(**environment(BOT_TWILIO_ACCOUNT_SID=ACCOUNT, BOT_TWILIO_API_URL=twilio.url))
    yield running
    running.kill()


@pytest.fixture
def server(clinic: Server, twilio: RestApi) -> Iterator[Server]:
    """The same; it runs again after a test that killed it, and Twilio takes messages again."""
    yield clinic
    twilio.held.set()
    twilio.refusals.clear()
    clinic.resume()


def new_phone(server: Server, whatsapp: bool = False) -> Phone:
    """A new patient's phone."""
    return Phone(server.url + "twilio/webhook", whatsapp=whatsapp)


def hand_over(phone: Phone, office: StaffSystem) -> str:
    """Calls a person; gives the case's name."""
    offered = phone.sends("I want to talk to a person")[-1]
    assert offered.endswith("1. Yes, share messages\n2. Yes, but don't share\n3. No, don't call")
    assert "type BOT" in phone.sends("1")[-1]
    return str(office.calls[-1]["case"])


def brought(twilio: RestApi, phone: Phone) -> list[str]:
    """What Twilio was given for this patient, in order."""
    return [message["Body"] for message in twilio.sent if message["To"] == phone.address]


def kept(server: Server) -> bytes:
    """Every byte of the state folder."""
    return b"".join(path.read_bytes() for path in sorted(server.state.iterdir()) if path.is_file())


@pytest.mark.parametrize("whatsapp", [False, True])
def test_the_whole_talk(server: Server, office: StaffSystem, twilio: RestApi, whatsapp: bool) -> None:
    phone, other = new_phone(server, whatsapp), new_phone(server, whatsapp)
    phone.sends("what is leukopenia?")
    case, other_case = hand_over(phone, office), hand_over(other, office)
    opened = office.told("case.opened", case)
    assert opened["channel"] == ("whatsapp" if whatsapp else "sms")
    assert opened["messages"] == ["what is leukopenia?", "I want to talk to a person"]
    assert "type BOT" in phone.sends("are the results in")[0]
    assert phone.sends("what is leukopenia?") == [], "the bot is silent"
    assert office.calls[-1]["text"] == "what is leukopenia?"

    assert call_bot(server.url, "say", {"case": case, "text": "Hello, I am Ana."}).json() == {"done": True}
    assert brought(twilio, phone) == [SAID + "Hello, I am Ana."] and brought(twilio, other) == []
    assert twilio.sent[-1]["From"] == phone.clinic
    assert "911 now" in phone.sends("I have chest pain and can't breathe")[0]
    assert office.told("case.danger", case)["level"] == "emergency"
    assert phone.sends("thank you Ana") == []

    # While a person has the conversation the number is kept, and nobody can read it there.
    assert case.encode() in kept(server) and b'"address"' in kept(server)
    digits = phone.address.removeprefix("whatsapp:")[1:].encode()
    assert digits not in kept(server)
    assert call_bot(server.url, "resume", {"case": case}).status_code == 200
    assert "again" in brought(twilio, phone)[-1] and len(brought(twilio, phone)) == 2
    assert "leukopenia" in phone.sends("what causes leukopenia?")[-1].lower()
    assert call_bot(server.url, "say", {"case": case, "text": "one more thing"}).status_code == 404
    assert "again" in other.sends("BOT")[0]
    assert office.told("case.ended", other_case)["reason"] == "patient"
    assert b'"address"' not in kept(server) and digits not in kept(server)


def kill_in_the_middle(server: Server, twilio: RestApi, path: str, call: dict[str, str]) -> None:
    """Kills the server while Twilio has not yet answered it, so that staff's call ends without an answer, too.

    Twilio takes nothing of what it was told in the middle.
    """
    failures: list[Exception] = []

    def calls() -> None:
        try:
            call_bot(server.url, path, call, call_id="the-same-call")
        except httpx.TransportError as error:
            failures.append(error)

    tried = twilio.tried
    twilio.held.clear()
    calling = threading.Thread(target=calls)
    calling.start()
    twilio.wait_for_tries(tried + 1)
    server.kill()
    calling.join()
    assert failures
    twilio.refusals[:] = [(503, 20500)] * (twilio.tried - tried)
    twilio.held.set()
    wait_until(lambda: not twilio.refusals)


def test_kill_9_while_staff_write(server: Server, office: StaffSystem, twilio: RestApi) -> None:
    phone = new_phone(server)
    call = {"case": hand_over(phone, office), "text": "Can you come today?"}
    kill_in_the_middle(server, twilio, "say", call)
    server.start()
    for _ in range(2):
        assert call_bot(server.url, "say", call, call_id="the-same-call").status_code == 200
    assert brought(twilio, phone) == [SAID + "Can you come today?"]
    phone.sends("yes I can")
    assert office.calls[-1]["text"] == "yes I can"


def test_kill_9_while_a_conversation_is_given_back(server: Server, office: StaffSystem, twilio: RestApi) -> None:
    phone = new_phone(server)
    kill_in_the_middle(server, twilio, "resume", {"case": hand_over(phone, office)})
    server.start()
    wait_until(lambda: brought(twilio, phone))
    assert len(brought(twilio, phone)) == 1 and "again" in brought(twilio, phone)[0]
    assert "leukopenia" in phone.sends("what causes leukopenia?")[-1].lower()


@pytest.mark.parametrize(
    ("refusals", "status", "says"),
    [
        ([(400, 21610)], 409, "the patient did not get this: Twilio did not take it (status 400, code 21610)"),
        ([HANG_UP] * 4, 503, "it is not known that the patient got this"),
    ],
)
def test_staff_are_told_what_did_not_arrive(
    server: Server, office: StaffSystem, twilio: RestApi, refusals: list[tuple[int, int]], status: int, says: str
) -> None:
    phone = new_phone(server)
    case = hand_over(phone, office)
    twilio.refusals[:] = refusals
    answer = call_bot(server.url, "say", {"case": case, "text": "Hello"}, call_id="once-and-again")
    assert answer.status_code == status and answer.json()["error"].startswith(says)
    twilio.refusals.clear()
    assert call_bot(server.url, "say", {"case": case, "text": "Hello"}, call_id="once-and-again").status_code == 200
    assert brought(twilio, phone) == [SAID + "Hello"]
    assert phone.address not in server.log.read_text() and phone.address[1:] not in server.log.read_text()


def test_who_has_stopped_messages_gets_none_of_staff(server: Server, office: StaffSystem, twilio: RestApi) -> None:
    phone = new_phone(server)
    case = hand_over(phone, office)
    phone.sends("STOP")
    answer = call_bot(server.url, "say", {"case": case, "text": "Hello"})
    assert answer.status_code == 409 and "stopped" in answer.json()["error"]
    assert "911 now" in phone.sends("I have chest pain and can't breathe")[0]
    phone.sends("START")
    assert call_bot(server.url, "say", {"case": case, "text": "Hello"}).status_code == 200
    assert brought(twilio, phone) == [SAID + "Hello"]


def test_erasing_leaves_no_way_to_the_patient(server: Server, office: StaffSystem, twilio: RestApi) -> None:
    deleting, erased = new_phone(server), new_phone(server)
    cases = [hand_over(phone, office) for phone in (deleting, erased)]
    deleting.sends("delete my data")
    assert "deleted" in deleting.sends("1")[-1]
    assert office.told("case.ended", cases[0])["reason"] == "deleted"
    conversation = sender_id(erased.address, SENDER_KEY)
    store = str(server.state / "conversations.db")
    done = CliRunner().invoke(privacy, ["erase", "--store", store, "--conversation", conversation])
    assert done.exit_code == 0, done.output
    files = kept(server)
    for case in cases:
        assert call_bot(server.url, "say", {"case": case, "text": "Hello"}).status_code == 404
        assert case.encode() not in files
    assert brought(twilio, deleting) == brought(twilio, erased) == []


async def test_whatsapps_day_is_kept(twilio: RestApi, tmp_path: Path) -> None:
    settings = TwilioSettings(TOKEN, SENDER_KEY, account_sid=ACCOUNT, api_url=twilio.url)
    memory, seal = Memory(tmp_path / "twilio.db"), Seal(SENDER_KEY.encode())
    now = 1_800_000_000.0
    reach = Reach(Rest(settings), memory, seal, "More?", lambda: now)

    async def write(to: str, heard_at: float) -> None:
        sealed = seal.close("tw-1", to, CLINIC)
        await reach.push(Letter("tw-1", Reply("person", "Hello"), "key", sealed, heard_at))

    sent = len(twilio.sent)
    await write("whatsapp:+15550001111", now - WHATSAPP_WINDOW)
    with pytest.raises(NotReached, match="24 hours"):
        await write("whatsapp:+15550001111", now - WHATSAPP_WINDOW - 1)
    await write("+15550001111", now - 10 * WHATSAPP_WINDOW)
    assert [message["To"] for message in twilio.sent[sent:]] == ["whatsapp:+15550001111", "+15550001111"]
    with pytest.raises(NotReached, match="BOT_TWILIO_SENDER_KEY"):
        await reach.push(Letter("tw-2", Reply("person", "Hello"), "key", seal.close("tw-1", "+15550001111", CLINIC)))
    memory.close()
