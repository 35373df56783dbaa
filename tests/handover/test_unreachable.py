"""Staff who can't be reached: the patient is told the truth, with the number to call."""

from __future__ import annotations

from typing import Any

import pytest

from bot.handover import handover as module
from tests.handover.conftest import Talker
from tests.handover.staff import StaffSystem
from tests.handover.test_talk import SHARE, hand_over


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for staff that will not answer."""
    monkeypatch.setattr(module, "PATIENCE", 1.0)
    monkeypatch.setattr(module, "LONG_PATIENCE", 1.0)


async def not_called(talker: Talker) -> None:
    await talker.says("I want to talk to a person")
    failed = (await talker.taps(SHARE))[-1]
    assert "No one was called" in failed.text and "555-0100" in failed.text and "911" in failed.text
    assert not talker.handed_over
    assert (await talker.says("what is leukopenia?"))[0].kind == "answer"
    assert not [key for key in await talker.turns.agent.tracker_store.keys() if key.startswith("case-")]


async def test_the_system_is_down(talker: Talker, staff: StaffSystem, impatient: None) -> None:
    staff.close()
    await not_called(talker)


@pytest.mark.parametrize("status", [0, 400, 401, 404, 429, 500, 503, 301, 307])
async def test_the_system_answers_something_else(
    talker: Talker, staff: StaffSystem, impatient: None, status: int
) -> None:
    staff.status = status
    await not_called(talker)
    assert (staff.tries == 1) == (status in (400, 401, 404, 301, 307)), "tried again where that may help"


async def test_the_system_hangs(talker: Talker, staff: StaffSystem, impatient: None) -> None:
    staff.held.clear()
    await not_called(talker)


async def test_a_system_that_stumbles_is_tried_again(
    talker: Talker, staff: StaffSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 60.0)
    staff.statuses = [503, 0]
    case = await hand_over(talker, staff)
    assert staff.tries == 3 and staff.of(case) == ["case.opened"]


async def test_a_message_that_does_not_arrive_is_said_so(
    talker: Talker, staff: StaffSystem, impatient: None, desk: Any
) -> None:
    case = await hand_over(talker, staff)
    staff.status = 500
    for _ in range(2):
        assert "did not reach" in (await talker.says("can you hear me"))[0].text
    urgent = (await talker.says("I have chest pain"))[0]
    assert urgent.urgency == "emergency"
    await desk.finish_telling()
    staff.status = 204
    assert "type BOT" in (await talker.says("and now?"))[0].text
    assert staff.of(case) == ["case.opened", "case.message"]
