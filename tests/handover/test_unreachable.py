"""Staff who can't be reached: the patient is told the truth, with the number to call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.handover import handover as module
from bot.handover.owed import FIRST_PAUSE, GIVE_UP_SECONDS, LONGEST_PAUSE
from tests.handover.conftest import Clock, Talker
from tests.handover.staff import StaffSystem
from tests.handover.test_talk import SHARE, hand_over


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets how many seconds staff are waited for."""

    def set_patience(seconds: float) -> None:
        monkeypatch.setattr(module, "PATIENCE", seconds)
        monkeypatch.setattr(module, "LONG_PATIENCE", seconds)

    set_patience(60.0)
    return set_patience


async def entries(talker: Talker) -> set[str]:
    """The cases that are open."""
    return {key for key in await talker.turns.agent.tracker_store.keys() if key.startswith("case-")}


async def not_called(talker: Talker) -> None:
    before = await entries(talker)
    await talker.says("I want to talk to a person")
    failed = (await talker.taps(SHARE))[-1]
    assert "No one was called" in failed.text and "555-0100" in failed.text and "911" in failed.text
    assert not talker.handed_over
    assert (await talker.says("what is leukopenia?"))[0].kind == "answer"
    assert await entries(talker) == before


async def test_the_system_is_down(talker: Talker, staff: StaffSystem, patience: Callable[[float], None]) -> None:
    staff.close()
    patience(0.5)
    await not_called(talker)


@pytest.mark.parametrize("status", [0, 400, 401, 404, 429, 500, 503, 301, 307])
async def test_the_system_answers_something_else(
    talker: Talker, staff: StaffSystem, patience: Callable[[float], None], status: int
) -> None:
    staff.status = status
    if status not in (400, 401, 404, 301, 307):
        patience(0.5)
        await not_called(talker)
    else:
        await not_called(talker)
        assert staff.tries == 1, "trying again would not help"


async def test_the_system_hangs(talker: Talker, staff: StaffSystem, patience: Callable[[float], None]) -> None:
    staff.held.clear()
    patience(0.5)
    await not_called(talker)


async def test_a_system_that_stumbles_is_tried_again(
    talker: Talker, staff: StaffSystem, patience: Callable[[float], None]
) -> None:
    staff.statuses = [503, 0]
    case = await hand_over(talker, staff)
    assert staff.tries == 3 and staff.of(case) == ["case.opened"]


async def test_a_message_that_does_not_arrive_is_said_so(
    talker: Talker, staff: StaffSystem, patience: Callable[[float], None], desk: Any
) -> None:
    case = await hand_over(talker, staff)
    staff.status = 500
    patience(0.5)
    for _ in range(2):
        assert "did not reach" in (await talker.says("can you hear me"))[0].text
    urgent = (await talker.says("I have chest pain"))[0]
    assert urgent.urgency == "emergency"
    await desk.finish_telling()
    staff.status = 204
    patience(60.0)
    assert "type BOT" in (await talker.says("one thing"))[0].text
    assert staff.of(case) == ["case.opened", "case.message"]


async def owed(talker: Talker) -> set[str]:
    """The cases of which staff must still hear something."""
    return {key for key in await talker.turns.agent.tracker_store.keys() if key.startswith("owed-")}


async def test_danger_is_told_until_staff_have_heard(
    talker: Talker, staff: StaffSystem, desk: Any, clock: Clock
) -> None:
    case = await hand_over(talker, staff)
    staff.status = 400  # not tried again at once
    assert (await talker.says("I have chest pain"))[0].urgency == "emergency"
    assert (await talker.says("Now I can't breathe"))[0].urgency == "emergency"
    await desk.finish_telling()
    tries = staff.tries
    await desk.owed.look_after()
    await desk.finish_telling()
    assert staff.tries == tries, "it is not tried again at once"
    assert "case.danger" not in staff.of(case) and await owed(talker) == {f"owed-{case}"}
    staff.status = 204
    clock.now += 2 * FIRST_PAUSE
    await desk.owed.look_after()
    await desk.finish_telling()
    assert [call["text"] for call in staff.calls if call["type"] == "case.danger"] == [
        "I have chest pain", "Now I can't breathe",
    ]  # fmt: skip
    assert await owed(talker) == set()
    clock.now += LONGEST_PAUSE
    await desk.owed.look_after()
    await desk.finish_telling()
    assert staff.of(case).count("case.danger") == 2
    await talker.says("My chest hurts so much")
    await desk.finish_telling()
    assert staff.of(case).count("case.danger") == 3, "the next one is told as well"


async def test_after_a_day_danger_is_given_up(talker: Talker, staff: StaffSystem, desk: Any, clock: Clock) -> None:
    case = await hand_over(talker, staff)
    staff.status = 400  # not tried again at once
    await talker.says("I have chest pain")
    await desk.finish_telling()
    staff.status = 204
    clock.now += GIVE_UP_SECONDS + 1
    await desk.owed.look_after()
    await desk.finish_telling()
    assert "case.danger" not in staff.of(case) and await owed(talker) == set()


async def test_what_is_owed_is_erased_with_the_conversation(talker: Talker, staff: StaffSystem, desk: Any) -> None:
    await hand_over(talker, staff)
    staff.status = 400  # not tried again at once
    await talker.says("I have chest pain")
    await desk.finish_telling()
    assert await owed(talker)
    await talker.turns.forget(talker.sender_id)
    await desk.finish_telling()
    assert await owed(talker) == set()
