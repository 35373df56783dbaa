"""What is remembered of danger while the conversation store is away: concepts, for a while, of so many people."""

from __future__ import annotations

from bot.safety.pieces import MAX_SENDERS, MESSAGES, WINDOW, Heard


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_last_messages_come_back_newest_first() -> None:
    heard = Heard()
    for number, concept in enumerate(("fever", "chemo", "rash", "cough")):
        heard.note("ann", str(number), [concept], kept=False)
    assert heard.before("ann", "next") == [{"cough"}, {"rash"}, {"chemo"}]
    assert heard.before("ann", "2") == [{"chemo"}], "nothing that came later"
    assert heard.before("bob", "next") == []


def test_a_message_counts_once_however_often_it_is_delivered() -> None:
    heard = Heard()
    heard.note("ann", "1", ["fever"], kept=False)
    heard.note("ann", "2", ["chemo"], kept=False)
    heard.note("ann", "1", ["fever"], kept=False)
    assert heard.before("ann", "2") == [{"fever"}] and heard.before("ann", "1") == []


def test_what_the_conversation_store_has_is_told_apart() -> None:
    heard = Heard()
    heard.note("ann", "1", ["fever"], kept=True)
    heard.note("ann", "2", ["chemo"], kept=False)
    assert heard.before("ann", "3", but_kept=True) == [{"chemo"}]
    heard.note("ann", "3", [], kept=True)  # with it the store was given what it lacked
    assert heard.before("ann", "4", but_kept=True) == []
    assert heard.before("ann", "4") == [set(), {"chemo"}, {"fever"}]


def test_it_is_forgotten_after_the_window_and_when_it_is_erased() -> None:
    clock = Clock()
    heard = Heard(clock)
    heard.note("ann", "1", ["fever"], kept=False)
    heard.note("bob", "1", ["fever"], kept=False)
    heard.forget("bob")
    assert len(heard) == 1 and heard.before("bob", "2") == []
    clock.now += WINDOW
    assert heard.before("ann", "2") == [{"fever"}]
    clock.now += 1
    assert heard.before("ann", "2") == []
    heard.note("eve", "1", [], kept=True)
    assert len(heard) == 0, "what is too old leaves the memory, and who says nothing of danger is not in it"


def test_no_more_people_are_remembered_than_so_many() -> None:
    heard = Heard()
    for number in range(MAX_SENDERS + 5):
        heard.note(f"{number}", "1", ["fever"], kept=False)
    assert len(heard) == MAX_SENDERS and heard.before("4", "2") == [] and heard.before("5", "2")
    for number in range(2 * MESSAGES):
        heard.note("5", f"later {number}", [], kept=False)
    assert len(heard) == MAX_SENDERS - 1, "nothing of danger stands in the last messages any more"
