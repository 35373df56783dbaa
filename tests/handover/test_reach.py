"""Patients whom staff's words must be brought to: what happens when that fails, and what is kept how long."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.channels.twilio.channel import TwilioChannel
from bot.channels.twilio.settings import TwilioSettings
from bot.handover.ending import Endings
from bot.handover.reach import Letter, NotReached
from bot.handover.sealing import Seal, WrongSeal
from bot.settings import Settings
from tests.channels.twilio.client import SENDER_KEY, TOKEN
from tests.handover.conftest import Clock, Talker
from tests.handover.staff import StaffSystem
from tests.handover.test_talk import HOUR, hand_over, told

ADDRESS = "sealed-0123456789"


@dataclass
class Carrier:
    """A channel that brings letters, or fails to. Of other tests' patients in the same store it takes no note."""

    failure: Exception | None = None
    patient: str = ""
    letters: list[Letter] = field(default_factory=list)

    async def push(self, letter: Letter) -> None:
        if letter.conversation != self.patient:
            return
        if self.failure is not None:
            raise self.failure
        self.letters.append(letter)

    @property
    def said(self) -> list[str]:
        """The texts, in order."""
        return [letter.reply.plain() for letter in self.letters]


@dataclass
class Writer(Talker):
    """A patient of a channel that gives an address."""

    channel: str = "portal"
    address: str | None = ADDRESS

    async def says(self, text: str = "", **more: Any) -> list[Any]:
        return await super().says(text, address=self.address, **more)


@pytest.fixture
def carrier(desk: Any) -> Carrier:
    """The channel, where staff can answer."""
    made = Carrier()
    desk.channels["portal"] = made.push
    return made


@pytest.fixture
def writer(turns: Any, carrier: Carrier) -> Writer:
    """A new patient of it."""
    made = Writer(turns)
    carrier.patient = made.sender_id
    return made


async def entries(turns: Any) -> list[str]:
    """The cases that are open."""
    return [key for key in await turns.agent.tracker_store.keys() if key.startswith("case-")]


def restarted(desk: Any, clock: Clock) -> Endings:
    """What looks after cases in a server that has just started on the same store."""
    before = desk.endings
    return Endings(before._agent, before._fixed, before._cases, desk._bring, desk._ended, clock)


async def test_what_did_not_arrive_is_not_kept_and_can_be_sent_again(
    writer: Writer, carrier: Carrier, staff: StaffSystem, desk: Any
) -> None:
    case = await hand_over(writer, staff)
    carrier.failure = NotReached("nobody is at home", again=True)
    with pytest.raises(NotReached, match="nobody is at home"):
        await desk.say(case, "Hello, I am Ana", "the-first-words")
    assert "Ana" not in "\n".join(await writer.hears())
    carrier.failure = None
    assert await desk.say(case, "Hello, I am Ana", "the-first-words")
    assert carrier.said == ["A person from Demo Clinic writes:\nHello, I am Ana"]
    assert (carrier.letters[0].address, carrier.letters[0].conversation) == (ADDRESS, writer.sender_id)
    assert (await writer.hears())[-1] == carrier.said[0]


@pytest.mark.parametrize(("again", "begins"), [(True, "it is not known"), (False, "the patient did not get")])
def test_staff_are_told_what_is_known(again: bool, begins: str) -> None:
    assert NotReached("why", again).told().startswith(begins)


async def test_a_channel_that_breaks_is_a_letter_that_may_not_have_arrived(
    writer: Writer, carrier: Carrier, staff: StaffSystem, desk: Any, clock: Clock, turns: Any
) -> None:
    case = await hand_over(writer, staff)
    carrier.failure = KeyError("+15550001111")
    with pytest.raises(NotReached, match="the bot failed at it") as raised:
        await desk.say(case, "Hello", "into-a-broken-channel")
    assert raised.value.again
    assert await desk.resume(case)
    clock.now += HOUR
    await desk.endings.look_after()
    assert f"case-{case}" not in await entries(turns)


async def test_staff_who_write_at_the_last_moment_go_on(
    writer: Writer, carrier: Carrier, staff: StaffSystem, desk: Any, clock: Clock
) -> None:
    case = await hand_over(writer, staff)
    assert not await desk.endings.end(case, "handover_over"), "its time is not over"
    clock.now += HOUR
    assert not await desk.endings.end(case, "handover_back"), "its time is over"
    assert await desk.endings.end(case, "handover_over")
    assert len(carrier.said) == 1


async def test_a_letter_that_is_brought_again_has_the_same_key(
    writer: Writer, carrier: Carrier, staff: StaffSystem, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await hand_over(writer, staff)

    async def dies(*_: Any) -> bool:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(desk, "_note_said", dies)
        with pytest.raises(OSError):
            await desk.say(case, "Hello", "words-of-a-nurse")
    assert await desk.say(case, "Hello", "words-of-a-nurse")
    assert len(carrier.letters) == 2 and len({letter.key for letter in carrier.letters}) == 1
    assert await desk.say(case, "Hello", "other-words")
    assert len({letter.key for letter in carrier.letters}) == 2


async def test_who_can_not_be_reached_is_offered_nobody(
    writer: Writer, carrier: Carrier, staff: StaffSystem, turns: Any
) -> None:
    before = await entries(turns)
    writer.address = ""
    (contact,) = await writer.says("I want to talk to a person")
    assert "555-0100" in contact.text and contact.buttons == ()
    await writer.says(payload='/human_handoff{"confirmed": "yes"}')
    assert not writer.handed_over and staff.calls == [] and await entries(turns) == before


async def test_a_channel_that_is_not_served_any_more(
    writer: Writer, carrier: Carrier, staff: StaffSystem, desk: Any
) -> None:
    case = await hand_over(writer, staff)
    del desk.channels["portal"]
    with pytest.raises(NotReached, match="does not serve the channel"):
        await desk.say(case, "Hello", "into-the-void")
    assert "Hello" not in "\n".join(await writer.hears())


async def test_the_address_goes_with_the_case(
    writer: Writer, carrier: Carrier, staff: StaffSystem, turns: Any, desk: Any, clock: Clock
) -> None:
    for end in ("resume", "word", "time", "delete"):
        case = await hand_over(writer, staff)
        tracker = await turns.agent.tracker_store.retrieve(f"case-{case}")
        assert ADDRESS in str([event.as_dict() for event in tracker.events])
        kept = await turns.agent.tracker_store.retrieve_full_tracker(writer.sender_id)
        assert ADDRESS not in str([event.as_dict() for event in kept.events])
        if end == "resume":
            assert await desk.resume(case)
        elif end == "word":
            await writer.says("bot")
        elif end == "time":
            clock.now += HOUR
            await desk.endings.look_after()
        else:
            await writer.says("delete my data")
            await writer.taps("Yes, delete it")
        assert await turns.agent.tracker_store.retrieve(f"case-{case}") is None, end


async def test_a_patient_who_does_not_write_is_told_that_the_time_is_over(
    writer: Writer, carrier: Carrier, staff: StaffSystem, desk: Any, clock: Clock
) -> None:
    case = await hand_over(writer, staff)
    await desk.endings.look_after()
    assert carrier.said == []
    clock.now += HOUR
    await desk.endings.look_after()
    await desk.endings.look_after()
    assert len(carrier.said) == 1 and "so I am back" in carrier.said[0]
    assert (await told(desk, staff, "case.ended", case))["reason"] == "time"
    assert (await writer.says("what is leukopenia?"))[0].kind == "answer"


async def test_who_could_not_be_told_is_told_later(
    writer: Writer, carrier: Carrier, staff: StaffSystem, desk: Any, clock: Clock, turns: Any
) -> None:
    case = await hand_over(writer, staff)
    carrier.failure = NotReached("away", again=True)
    assert await desk.resume(case)
    assert (await writer.says("what is leukopenia?"))[0].kind == "answer", "the bot answers again all the same"
    assert not await desk.say(case, "Hello?", "too-late-for-that")
    await desk.endings.look_after()
    carrier.failure = None
    await restarted(desk, clock).look_after()
    assert len(carrier.said) == 1 and "again" in carrier.said[0]
    assert f"case-{case}" not in await entries(turns)


async def test_deleting_leaves_nothing_of_a_case_whose_end_could_not_be_told(
    writer: Writer, carrier: Carrier, staff: StaffSystem, desk: Any, turns: Any
) -> None:
    case = await hand_over(writer, staff)
    carrier.failure = NotReached("away", again=True)
    assert await desk.resume(case) and f"case-{case}" in await entries(turns)
    await writer.says("delete my data")
    await writer.taps("Yes, delete it")
    assert f"case-{case}" not in await entries(turns)


@pytest.mark.parametrize("again", [True, False])
async def test_it_is_not_tried_for_ever(
    writer: Writer, carrier: Carrier, staff: StaffSystem, desk: Any, clock: Clock, turns: Any, again: bool
) -> None:
    case = await hand_over(writer, staff)
    carrier.failure = NotReached("away", again)
    assert await desk.resume(case)
    assert (f"case-{case}" in await entries(turns)) == again
    clock.now += HOUR
    await desk.endings.look_after()
    assert f"case-{case}" not in await entries(turns)


async def test_a_new_case_is_not_disturbed_by_the_end_of_the_one_before(
    writer: Writer, carrier: Carrier, staff: StaffSystem, desk: Any
) -> None:
    first = await hand_over(writer, staff)
    carrier.failure = NotReached("away", again=True)
    assert await desk.resume(first)
    second = await hand_over(writer, staff)
    carrier.failure = None
    await desk.endings.look_after()
    assert carrier.said == [] and await desk.say(second, "Hello", "to-the-second")
    assert await writer.says("hello") or writer.handed_over


async def test_a_server_that_dies_while_it_ends_a_case_finishes_it_later(
    writer: Writer, carrier: Carrier, staff: StaffSystem, desk: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: Any) -> None:
        raise OSError

    case = await hand_over(writer, staff)
    with monkeypatch.context() as patch:
        patch.setattr(desk.endings, "_finish", dies)
        with pytest.raises(OSError):
            await desk.resume(case)
    assert carrier.said == []
    await restarted(desk, clock).look_after()
    assert len(carrier.said) == 1 and (await writer.says("what is leukopenia?"))[0].kind == "answer"


async def test_a_server_that_dies_while_it_opens_a_case_leaves_no_address(
    writer: Writer, carrier: Carrier, desk: Any, clock: Clock, turns: Any
) -> None:
    name = await desk._cases.open(writer.sender_id, ADDRESS)
    await restarted(desk, clock).look_after()
    assert f"case-{name}" not in await entries(turns) and carrier.said == []


async def test_phones_without_the_account_get_the_clinics_number(
    turns: Any, desk: Any, settings: Settings, staff: StaffSystem, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING")
    TwilioChannel(settings, TwilioSettings(TOKEN, SENDER_KEY)).attach(turns)
    assert "BOT_TWILIO_ACCOUNT_SID" in caplog.text
    for channel in ("sms", "whatsapp"):
        (contact,) = await Talker(turns, channel=channel).says("I want to talk to a person")
        assert "555-0100" in contact.text and contact.buttons == ()


def test_a_seal_opens_for_its_own_conversation_and_key_alone() -> None:
    seal = Seal(b"a key")
    sealed = seal.close("tw-1", "+15550001111", "+15552220000")
    assert seal.open("tw-1", sealed) == ["+15550001111", "+15552220000"]
    assert "5550001111" not in sealed and sealed != seal.close("tw-1", "+15550001111", "+15552220000")
    other = "A" if sealed[20] != "A" else "B"
    damaged = [sealed[:20] + other + sealed[21:], sealed[:-8], "", "?", "ü", "A" * 16]
    attempts = [(seal, "tw-2", sealed), (Seal(b"another key"), "tw-1", sealed)]
    for opener, conversation, text in attempts + [(seal, "tw-1", text) for text in damaged]:
        with pytest.raises(WrongSeal):
            opener.open(conversation, text)
