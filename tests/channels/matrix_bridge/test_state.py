"""What the bridge remembers."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.matrix_bridge.sent import Redacted, Unwanted
from bot.matrix_bridge.state import Noted, Shown, State, WebSession

ROOM, EVA = "!room:clinic.test", "@eva:clinic.test"


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "bridge")


def test_an_event_is_noted_once_and_waits_until_it_is_answered(state: State, tmp_path: Path) -> None:
    first, second = Noted("$1", ROOM), Noted("$2", ROOM)
    assert state.sync_token() is None
    assert state.note([first, second], "s1") == [first, second]
    assert state.note([second], "s2") == []
    state.answered("$1")
    state.close()
    again = State(tmp_path / "bridge")
    assert again.unanswered() == [second] and again.sync_token() == "s2"
    assert again.note([first, second], "s3") == []


def test_events_and_place_are_kept_together_or_not_at_all(state: State) -> None:
    with pytest.raises(AttributeError):
        state.note([Noted("$1", ROOM), None], "s1")  # type: ignore[list-item]
    assert state.unanswered() == [] and state.sync_token() is None


def test_a_session_is_of_one_user_in_one_room(state: State) -> None:
    state.begin_session(ROOM, EVA, "token")
    state.change_session(ROOM, EVA, notice_told=True, handed_over=True, pushed_to=7, token="newer")
    state.change_session(ROOM, "@adam:clinic.test", token="nobody's")
    assert state.session(ROOM, EVA) == WebSession("newer", True, True, 7)
    assert state.session(ROOM, "@adam:clinic.test") is None
    assert state.session("!other:clinic.test", EVA) is None
    assert state.handed_over() == [(ROOM, EVA)]
    with pytest.raises(ValueError, match="a session has no 'words'"):
        state.change_session(ROOM, EVA, words="x")
    state.begin_session(ROOM, EVA, "fresh")
    assert state.session(ROOM, EVA) == WebSession("fresh")


def test_an_answer_and_what_it_changed_are_kept_together(state: State) -> None:
    state.note([Noted("$1", ROOM), Noted("$2", ROOM)], "s1")
    state.begin_session(ROOM, EVA, "token")
    with pytest.raises(ValueError, match="a session has no 'words'"):
        state.finish("$1", ROOM, EVA, {"notice_told": True, "words": "x"})
    assert [noted.event_id for noted in state.unanswered()] == ["$1", "$2"]
    assert state.session(ROOM, EVA) == WebSession("token")
    state.finish("$1", ROOM, EVA, {"notice_told": True})
    assert state.session(ROOM, EVA) == WebSession("token", notice_told=True)
    state.finish("$2", ROOM, EVA, None)
    assert state.unanswered() == [] and state.session(ROOM, EVA) is None


def test_leaving_a_room_forgets_it(state: State) -> None:
    state.note([Noted("$1", ROOM)], "s1")
    state.begin_session(ROOM, EVA, "token")
    state.show("$2", ROOM, Shown(EVA, "a1", "v1"))
    assert state.shown("$2") == Shown(EVA, "a1", "v1")
    assert state.tell_once(ROOM, "cannot_read") and not state.tell_once(ROOM, "cannot_read")
    state.forget_room(ROOM)
    assert state.unanswered() == [] and state.session(ROOM, EVA) is None and state.shown("$2") is None
    assert state.tell_once(ROOM, "cannot_read")


def test_what_is_older_than_the_clinic_keeps_is_forgotten(state: State) -> None:
    month = 30 * 24 * 3600.0
    old, waiting, fresh = (
        Noted(f"${n}", ROOM, time.time() - age) for n, age in [(1, month + 60), (2, month + 60), (3, 0)]
    )
    state.note([old, waiting, fresh], "s1")
    for event in (old, fresh):
        state.answered(event.event_id)
    state.begin_session(ROOM, EVA, "token")
    state.prune(30)
    assert state.unanswered() == [waiting]
    assert state.note([old, waiting, fresh], "s2") == [old]
    assert state.session(ROOM, EVA) == WebSession("token")


def test_what_is_taken_back_must_leave_with_its_edits(state: State) -> None:
    sent = state.sent
    first, other = Redacted("$1", ROOM), Redacted("$2", ROOM)
    state.note([], "s1", [first, other, first])
    assert sent.redactions() == [first, other]
    sent.note("$1", ROOM, EVA, "old session")
    sent.note("$1", ROOM, EVA, "new session")
    sent.note("$edit", ROOM, EVA, "new session", original="$1")
    sent.note("$2", ROOM, EVA, "new session")
    sent.note("$others edit", ROOM, "@adam:x", "another session", original="$1")
    assert sent.unwanted() == []
    sent.take_back(first, "")
    sent.settle(first)
    sent.settle(other)
    assert sent.redactions() == []
    unwanted = [Unwanted("$1", "old session"), Unwanted("$1", "new session"), Unwanted("$edit", "new session")]
    assert sent.unwanted() == unwanted
    sent.gone(unwanted[0])
    # A room that is left is forgotten, and not what must still leave our server.
    state.forget_room(ROOM)
    assert sent.unwanted() == unwanted[1:]
    sent.take_back(other, EVA)
    assert sent.unwanted() == unwanted[1:]


def test_edits_leave_though_what_they_are_edits_of_was_never_asked(state: State) -> None:
    state.sent.note("$edit", ROOM, EVA, "token", original="$1")
    state.sent.take_back(Redacted("$1", ROOM), "@adam:x")
    state.sent.take_back(Redacted("$1", ROOM), "")
    assert state.sent.unwanted() == []
    state.sent.take_back(Redacted("$1", ROOM), EVA)
    assert state.sent.unwanted() == [Unwanted("$edit", "token")]


def test_an_edit_takes_the_place_of_ones_own_messages_alone(state: State) -> None:
    sent = state.sent
    for event_id, user_id, original in (("$1", EVA, ""), ("$2", EVA, "$1"), ("$3", EVA, "$1"), ("$4", "@adam:x", "$1")):
        sent.note(event_id, ROOM, user_id, "token", original)
    assert sent.replace("$1", "@adam:x", "$5") == [Unwanted("$4", "token")]
    sent.gone(Unwanted("$4", "token"))
    assert sent.replace("$1", EVA, "$3") == [Unwanted("$1", "token"), Unwanted("$2", "token")]
    assert sent.unwanted() == [Unwanted("$1", "token"), Unwanted("$2", "token")]


def test_what_was_sent_is_forgotten_with_the_days(state: State) -> None:
    state.sent.note("$1", ROOM, EVA, "token")
    state.sent.take_back(Redacted("$1", ROOM), EVA)
    state.prune(days=-1)
    assert state.sent.unwanted() == []
