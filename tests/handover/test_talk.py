"""A whole handover, turn by turn, with the clinic's clock in the test's hand."""

from __future__ import annotations

import time
from typing import Any

from bot.handover.reach import Letter
from tests.handover.conftest import MONDAY_TEN, Clock, Talker
from tests.handover.staff import StaffSystem

SHARE, PRIVATE, NOBODY = "Yes, share messages", "Yes, but don't share", "No, don't call"
HOUR = 3600.0


async def hand_over(talker: Talker, staff: StaffSystem, answer: str = SHARE) -> str:
    """Calls a person; gives the case's name."""
    await talker.says("I want to talk to someone")
    await talker.taps(answer)
    assert talker.handed_over
    return str(staff.calls[-1]["case"])


async def told(desk: Any, staff: StaffSystem, kind: str, case: str) -> dict[str, Any]:
    """What staff were told in the end."""
    await desk.finish_telling()
    return staff.told(kind, case)


async def test_a_person_is_offered_with_phone_hours_and_what_is_shared(talker: Talker, staff: StaffSystem) -> None:
    contact, offer = await talker.says("I want to talk to a person")
    assert "555-0100" in contact.text and "Monday to Friday" in contact.text and "911" in contact.text
    assert "your last messages (5 at most)" in offer.text and "taken out" in offer.closing
    assert [button.title for button in offer.buttons] == [SHARE, PRIVATE, NOBODY]
    assert all(len(button.title) <= 20 for button in offer.buttons), "WhatsApp shows 20 characters"
    assert not talker.handed_over and staff.calls == []


async def test_the_whole_talk(talker: Talker, staff: StaffSystem, desk: Any, clock: Clock) -> None:
    await talker.says("what is leukopenia?")
    await talker.says("my name is Mary Smith and my number is 212-555-0187. what causes it?")
    case = await hand_over(talker, staff)
    called = talker.heard[-1].text
    assert "until Monday, November 23, 5:00 pm" in called and "type BOT" in called and "911" in called
    opened = staff.calls[0]
    assert opened["messages"][0] == "what is leukopenia?"
    assert "<NAME>" in opened["messages"][1] and "<PHONE>" in opened["messages"][1]
    assert opened["messages"][-1] == "I want to talk to someone"
    assert "Mary" not in str(staff.calls) and talker.sender_id not in str(staff.calls)

    assert "type BOT" in (await talker.says("are you there? it is Mary Smith"))[0].text
    assert staff.calls[-1] == {
        "type": "case.message", "case": case, "at": clock.now, "channel": "web", "shared": True,
        "text": "are you there? it is <NAME>",
    }  # fmt: skip
    assert await talker.says("what is leukopenia?") == [], "the bot is silent"
    assert await talker.says("hello") == []
    clock.now += HOUR - 60
    assert await desk.say(case, "Hello, this is Ana. What can I do for you?", "first-word")
    assert (await talker.hears())[-1] == "A person from Demo Clinic writes:\nHello, this is Ana. What can I do for you?"
    assert await desk.say(case, "Hello, this is Ana. What can I do for you?", "first-word"), "sent twice, said once"
    assert "\n".join(await talker.hears()).count("Ana") == 1
    clock.now += 2 * 60
    assert "silent" in (await talker.says("thank you"))[0].text, "reminded after an hour, no sooner"
    assert await talker.says("that helps") == []

    assert await desk.resume(case)
    assert "computer program, again" in (await talker.hears())[-1]
    assert (await talker.says("what causes leukopenia?"))[0].kind == "answer"
    assert not talker.handed_over
    assert not await desk.resume(case) and not await desk.say(case, "one more thing", "second-word")
    assert staff.of(case) == ["case.opened"] + ["case.message"] * 5
    assert not staff.badly_signed and len(set(staff.ids)) == len(staff.ids)
    assert clock.now > MONDAY_TEN


async def test_words_that_are_not_shared_reach_nobody(talker: Talker, staff: StaffSystem) -> None:
    await talker.says("what is leukopenia?")
    case = await hand_over(talker, staff, PRIVATE)
    assert "can't read what you write" in talker.heard[-1].text and "555-0100" in talker.heard[-1].text
    for _ in range(2):
        assert "No one reads this" in (await talker.says("is somebody there?"))[0].text
    assert staff.of(case) == ["case.opened"]
    assert "messages" not in staff.calls[0] and "leukopenia" not in str(staff.calls)


async def test_no_calls_nobody(talker: Talker, staff: StaffSystem) -> None:
    for no in ("no", "3"):
        await talker.says("can I talk to a nurse please")
        await talker.says(no)
        assert not talker.handed_over and staff.calls == []
    assert (await talker.says("what is leukopenia?"))[0].kind == "answer"


async def test_a_typed_yes_shares(talker: Talker, staff: StaffSystem) -> None:
    await talker.says("I want to talk to a person")
    await talker.says("yes please")
    assert talker.handed_over and staff.calls[0]["shared"]


async def test_the_second_choice_by_its_number(talker: Talker, staff: StaffSystem) -> None:
    await talker.says("I want to talk to a person")
    await talker.says("2")
    assert talker.handed_over and "shared" not in staff.calls[0]


async def test_outside_hours_it_says_so(talker: Talker, staff: StaffSystem, clock: Clock) -> None:
    clock.now = MONDAY_TEN - 48 * HOUR  # a Saturday
    contact, closed = await talker.says("I want to talk to a person")
    assert "555-0100" in contact.text and "911" in contact.text
    assert "They are back on Monday, November 23, 8:00 am" in closed.text and closed.buttons == ()
    assert not talker.handed_over and staff.calls == []


async def test_hours_that_end_between_offer_and_yes(talker: Talker, staff: StaffSystem, clock: Clock) -> None:
    await talker.says("I want to talk to a person")
    clock.now = MONDAY_TEN + 7 * HOUR
    assert "back on Tuesday, November 24, 8:00 am" in (await talker.taps(SHARE))[-1].text
    assert not talker.handed_over and staff.calls == []


async def test_danger_is_answered_while_the_bot_is_silent(talker: Talker, staff: StaffSystem, desk: Any) -> None:
    case = await hand_over(talker, staff)
    reply = (await talker.says("I have chest pain and I can't breathe"))[0]
    assert reply.urgency == "emergency" and "911" in reply.text
    danger = await told(desk, staff, "case.danger", case)
    assert (danger["level"], danger["text"]) == ("emergency", "I have chest pain and I can't breathe")
    assert talker.handed_over, "it stays silent for all else"
    assert (await talker.says("i want to kill myself"))[0].urgency == "crisis"


async def test_danger_in_pieces_and_without_leave_to_share(talker: Talker, staff: StaffSystem, desk: Any) -> None:
    case = await hand_over(talker, staff, PRIVATE)
    await talker.says("I am on chemo")
    assert (await talker.says("I have a fever of 39"))[0].urgency
    danger = await told(desk, staff, "case.danger", case)
    assert danger["level"] and "text" not in danger


async def test_danger_is_said_at_once_while_the_staff_hang(talker: Talker, staff: StaffSystem, desk: Any) -> None:
    case = await hand_over(talker, staff)
    staff.held.clear()
    assert (await talker.says("I have chest pain"))[0].urgency == "emergency"
    staff.held.set()
    await desk.finish_telling()
    assert (await told(desk, staff, "case.danger", case))["level"] == "emergency"


async def test_the_patient_has_the_bot_back_by_a_word(talker: Talker, staff: StaffSystem, desk: Any) -> None:
    case = await hand_over(talker, staff)
    assert "computer program, again" in (await talker.says('"Bot".'))[0].text
    assert not talker.handed_over
    assert (await told(desk, staff, "case.ended", case))["reason"] == "patient"
    assert (await talker.says("what is leukopenia?"))[0].kind == "answer"
    await talker.says("bot")
    assert staff.of(case) == ["case.opened", "case.ended"], "a word like any other again"


async def test_the_time_ends_a_silence(talker: Talker, staff: StaffSystem, clock: Clock, desk: Any) -> None:
    case = await hand_over(talker, staff)
    clock.now += HOUR
    over, answer = await talker.says("what is leukopenia?")
    assert "so I am back" in over.text and answer.kind == "answer"
    assert (await told(desk, staff, "case.ended", case))["reason"] == "time"
    assert not await desk.say(case, "too late", "too-late-1")


async def test_the_end_of_the_hours_ends_it_too(talker: Talker, staff: StaffSystem, clock: Clock, desk: Any) -> None:
    clock.now = MONDAY_TEN + 6.9 * HOUR
    case = await hand_over(talker, staff)
    assert "until Monday, November 23, 5:00 pm" in talker.heard[-1].text
    assert await desk.settle(talker.sender_id)
    clock.now = MONDAY_TEN + 7 * HOUR
    assert not await desk.settle(talker.sender_id), "a page that asks is told"
    assert "so I am back" in (await talker.hears())[-1]
    assert (await told(desk, staff, "case.ended", case))["reason"] == "time"


async def test_two_cases_at_once_are_never_mixed(turns: Any, desk: Any, staff: StaffSystem) -> None:
    one, two, bystander = Talker(turns), Talker(turns), Talker(turns)
    first, second = await hand_over(one, staff), await hand_over(two, staff)
    assert first != second
    await one.says("I am the first")
    await two.says("I am the second")
    assert await desk.say(second, "to the second", "for-second")
    assert await desk.say(first, "to the first", "for-first-")
    assert "to the first" in (await one.hears())[-1] and "to the second" not in "".join(await one.hears())
    assert "to the second" in (await two.hears())[-1] and "to the first" not in "".join(await two.hears())
    for case, words in ((first, "I am the first"), (second, "I am the second")):
        assert [call.get("text") for call in staff.calls if call["case"] == case] == [None, words]
    await desk.resume(first)
    assert (await one.says("what is leukopenia?"))[0].kind == "answer"
    assert await two.says("what is leukopenia?") == []
    assert (await bystander.says("what is leukopenia?"))[0].kind == "answer"


async def test_delete_my_data_ends_the_case(talker: Talker, staff: StaffSystem, desk: Any) -> None:
    case = await hand_over(talker, staff)
    await talker.says("delete my data")
    assert "deleted" in (await talker.taps("Yes, delete it"))[0].text
    assert not talker.handed_over
    assert (await told(desk, staff, "case.ended", case))["reason"] == "deleted"
    assert await talker.hears() == [] and not await desk.say(case, "hello?", "after-that")
    assert not [key for key in await talker.turns.agent.tracker_store.keys() if case in key]


async def test_a_late_yes_deletes_nothing(talker: Talker, staff: StaffSystem) -> None:
    await hand_over(talker, staff)
    await talker.says("delete my data")
    await talker.says("no wait, I have one more question")
    await talker.says("yes")
    assert staff.calls[-1]["text"] == "yes" and talker.handed_over


async def test_a_button_of_the_bot_is_answered_with_the_way_back(talker: Talker, staff: StaffSystem) -> None:
    await talker.says("what is leukopenia?")
    title = talker.heard[-1].buttons[0].title
    case = await hand_over(talker, staff)
    assert "type BOT" in (await talker.taps(title))[0].text
    assert staff.of(case) == ["case.opened"]


async def test_a_message_that_arrives_twice_is_passed_on_once(talker: Talker, staff: StaffSystem) -> None:
    await hand_over(talker, staff)
    await talker.says("hello")
    for _ in range(2):
        assert await talker.says("one thing", metadata={"message_id": "the-same-id"}) == []
        assert talker.handed_over
    assert [call.get("text") for call in staff.calls].count("one thing") == 1


async def test_where_staff_can_not_answer_nobody_is_offered(turns: Any, desk: Any, staff: StaffSystem) -> None:
    patient = Talker(turns, channel="terminal")
    assert [reply.buttons for reply in await patient.says("I want to talk to a person")] == [()]


async def test_without_staff_it_is_phone_and_hours(turns: Any) -> None:
    patient = Talker(turns)
    (reply,) = await patient.says("I want to talk to a person")
    assert "555-0100" in reply.text and "Monday to Friday" in reply.text and reply.buttons == ()


async def test_staff_that_are_not_set_up_any_more_leave_nobody_in_silence(talker: Talker, staff: StaffSystem) -> None:
    await hand_over(talker, staff)
    talker.turns.handover = talker.turns.agent.processor.handover = None
    assert (await talker.says("what is leukopenia?"))[0].kind == "answer"


async def test_a_channel_of_its_own_gets_the_words_brought(turns: Any, desk: Any, staff: StaffSystem) -> None:
    brought: list[Letter] = []

    async def push(letter: Letter) -> None:
        brought.append(letter)

    desk.channels["portal"] = push
    patient = Talker(turns, channel="portal")
    before = time.time()
    case = await hand_over(patient, staff)
    assert await desk.say(case, "Hello", "hello-there")
    assert await desk.say(case, "Hello", "hello-there"), "sent twice, brought once"
    assert await desk.resume(case)
    assert [letter.conversation for letter in brought] == [patient.sender_id] * 2
    said, back = (letter.reply.plain() for letter in brought)
    assert said == "A person from Demo Clinic writes:\nHello" and "again" in back
    assert len({letter.key for letter in brought}) == 2 and {letter.address for letter in brought} == {""}
    assert all(before <= letter.heard_at <= time.time() for letter in brought)
