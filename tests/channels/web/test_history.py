"""A conversation is read back from its events."""

from __future__ import annotations

from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered

from bot.channels.buttons import button_id, find_button, issued
from bot.channels.render import Renderer
from bot.channels.web.history import messages
from bot.content.clinic import Clinic, CrisisLine
from bot.content.reply import AnswerBlock, Button, DisclaimerText, Reply, SourceRef
from bot.delivery import replies_to
from bot.feedback import Feedback, marks

RENDERER = Renderer(Clinic("Clinic", "555-0100", "always", "911", CrisisLine("Line", "988"), "US", 38.0))
SOURCE = SourceRef("Article", "Section", "a book", "2026-01-31")
ANSWER = Reply(
    kind="answer",
    blocks=(AnswerBlock("c.causes", "causes", "c", "What causes it?", "This.", SOURCE),),
    disclaimer=DisclaimerText("d", "Short.", "Full."),
    buttons=(Button("How is it found?", "/ask_diagnosis"),),
    content_version="v1",
)
HELLO = Reply(kind="conversation", text="Hello.")


FIRST = [Button("What causes it?", "/ask_causes")]


def user(text: str, message_id: str = "", **metadata: object) -> Event:
    return UserUttered(text, metadata={"message_id": message_id, **metadata})


def bot(reply: Reply) -> Event:
    return BotUttered(reply.plain(), {"custom": reply.to_dict()})


TALK = [
    ActionExecuted("action_session_start"),
    user("hi", "one"),
    bot(HELLO),
    user("/ask_causes", "two"),
    bot(ANSWER),
    ActionExecuted("action_listen"),
    user("/ask_diagnosis", "three"),
    bot(HELLO),
]


def test_messages_in_order_with_the_words_of_buttons_and_no_payload() -> None:
    items = messages(TALK, RENDERER, FIRST)
    assert [(item["author"], item.get("text"), item.get("id")) for item in items] == [
        ("patient", "hi", "one"),
        ("bot", None, None),
        ("patient", "What causes it?", "two"),
        ("bot", None, None),
        ("patient", "How is it found?", "three"),
        ("bot", None, None),
    ]
    assert items[3]["reply"] == RENDERER.reply(ANSWER)


def test_numbers_grow_and_stay_when_a_message_is_taken_back() -> None:
    numbers = [item["number"] for item in messages(TALK, RENDERER, FIRST)]
    assert numbers == sorted(set(numbers))
    left = TALK[:1] + TALK[3:]
    assert [item["number"] for item in messages(left, RENDERER, FIRST)] == numbers[2:]
    at_once = [UserUttered("hi", timestamp=5.0), UserUttered("hello", timestamp=5.0), UserUttered("hey", timestamp=4.0)]
    assert [item["number"] for item in messages(at_once, RENDERER)] == [5_000_000, 5_000_001, 5_000_002]


def test_a_payload_that_nobody_was_offered_is_not_shown() -> None:
    assert [item["author"] for item in messages([user("/session_start"), bot(HELLO)], RENDERER)] == ["bot"]


def test_what_was_said_before_starting_over_is_not_shown() -> None:
    items = messages([*TALK, user("/start_over", "four", restart=True), bot(HELLO)], RENDERER)
    assert [item["author"] for item in items] == ["bot"]


def test_marks_stand_at_their_answers() -> None:
    mark = {"answer_id": "c.causes", "content_version": "v1", "value": "down", "reason": "other", "at": 5.0}
    items = messages([*TALK, SlotSet("feedback", mark), SlotSet("feedback", None)], RENDERER)
    assert items[2]["feedback"] == {"c.causes": "down"}


def test_the_replies_to_a_message() -> None:
    assert replies_to(TALK, "two") == [ANSWER]
    assert replies_to(TALK, "never") == []
    assert replies_to(TALK, None) == []
    assert replies_to([*TALK, user("on its way", "four")], "four") == []


def test_only_buttons_that_were_issued_are_found() -> None:
    assert find_button(button_id("/ask_diagnosis"), issued(TALK)) == Button("How is it found?", "/ask_diagnosis")
    assert find_button(button_id("/restart"), issued(TALK)) is None
    assert find_button("/ask_diagnosis", issued(TALK)) is None


def event(at: float, **value: object) -> dict[str, object]:
    given = {"answer_id": "c.causes", "content_version": "v1", "value": "up", "at": at, **value}
    return {"event": "slot", "name": "feedback", "value": given}


def test_the_last_mark_on_an_answer_in_one_version_counts() -> None:
    events = [
        event(1.0),
        event(3.0, value="down", reason="other"),
        event(1.0),  # a later session of Rasa repeats slots
        event(2.0, content_version="v2"),
        event(4.0, answer_id="c.cause.hiv"),
        {"event": "slot", "name": "feedback", "value": None},
        {"event": "slot", "name": "condition", "value": "c"},
        {"event": "user", "text": "hi"},
    ]
    found = marks(events)
    assert [(mark.answer_id, mark.content_version, mark.value, mark.reason) for mark in found] == [
        ("c.causes", "v2", "up", ""),
        ("c.causes", "v1", "down", "other"),
        ("c.cause.hiv", "v1", "up", ""),
    ]
    assert (found[2].condition, found[2].topic) == ("c", "cause")


def test_a_mark_has_only_known_values() -> None:
    for wrong in ({"value": "maybe"}, {"value": "down", "reason": "because"}):
        try:
            Feedback("c.causes", "v1", **wrong)
        except ValueError as error:
            assert "not_what_i_asked" in str(error)
        else:
            raise AssertionError(wrong)
