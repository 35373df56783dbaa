"""The bot in a room with several people."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.channels.matrix.kit import BOT, NAME, Clinic, Talk, bodies, body, replied_to
from tests.synapse import Event

MENTION = {"m.mentions": {"user_ids": [BOT]}}


class Group:
    """A room with two patients and the bot."""

    def __init__(self, clinic: Clinic) -> None:
        self.anna, other = clinic.patient(), clinic.patient()
        self.room = self.anna.create_room([BOT, other.user_id])
        other.join(self.room)
        self.talk = Talk(self.anna, self.room)
        self.other = Talk(other, self.room)
        self.talk.wait_until_joined()


@pytest.fixture
def group(clinic: Clinic) -> Iterator[Group]:
    yield Group(clinic)


def test_people_talk_among_themselves(clinic: Clinic, group: Group) -> None:
    assert group.talk.says("what is leukopenia? narwhals knit scarves") == []
    assert b"narwhals knit scarves" not in clinic.kept()


@pytest.mark.parametrize(
    "text", [f"{BOT} what is leukopenia?", f"{NAME}: what is leukopenia?", "what is leukopenia, @clinic-bot?"]
)
def test_who_names_the_bot_is_answered(group: Group, text: str) -> None:
    question = group.anna.send(group.room, text)
    _, answer = group.talk.after(question)
    assert body(answer).startswith("A low white blood cell count means")
    assert replied_to(answer) == question
    assert answer["content"]["m.mentions"] == {"user_ids": [group.anna.user_id]}


def test_who_mentions_the_bot_or_replies_to_it_is_answered(group: Group) -> None:
    _, answer = group.talk.says("what is leukopenia?", **MENTION)
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": answer["event_id"]}}}
    assert body(group.talk.says("what causes it?", **reply)[0]).startswith("Many things")
    mine = group.anna.send(group.room, "hello everybody")
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": mine}}}
    assert group.talk.says("what causes it?", **reply) == []


def choice(answer: Event, words: str) -> str:
    """The number of the choice with these words in an answer."""
    found = re.search(rf"^(\d)\. {re.escape(words)}", body(answer), re.MULTILINE)
    assert found, body(answer)
    return found[1]


def test_a_number_beside_the_bots_name_picks_a_choice(group: Group) -> None:
    number = choice(group.talk.says("what is leukopenia?", **MENTION)[-1], "What causes")
    assert body(group.talk.says(f"{NAME}: {number}", **MENTION)[0]).startswith("Many things")
    number = choice(group.talk.says("what is leukopenia?", **MENTION)[-1], "What causes")
    assert body(group.talk.says(f"{number} @clinic-bot")[0]).startswith("Many things")


def test_two_people_do_not_mix(group: Group) -> None:
    """A number picks from the last reply to the same person."""
    number = choice(group.talk.says("what is leukopenia?", **MENTION)[-1], "What causes")
    others = group.other.says(number, **MENTION)
    assert "computer program" in body(others[0])  # the other one's own conversation begins
    assert not body(others[-1]).startswith("Many things")
    assert body(group.talk.says(number, **MENTION)[0]).startswith("Many things")


def test_in_a_thread_one_goes_on_without_naming_the_bot_and_another_does_not(group: Group) -> None:
    root = group.anna.send(group.room, "what is leukopenia?", **MENTION)
    thread = {"rel_type": "m.thread", "event_id": root, "is_falling_back": True}
    asked = group.anna.send(
        group.room, "what is leukopenia?", **MENTION, **{"m.relates_to": thread | {"m.in_reply_to": {"event_id": root}}}
    )
    answer = group.talk.after(asked)[-1]
    passing = {"m.relates_to": thread | {"m.in_reply_to": {"event_id": answer["event_id"]}}}
    assert group.other.says("what causes it?", **passing) == []
    assert body(group.talk.says("what causes it?", **passing)[0]).startswith("Many things")


def test_danger_is_answered_though_nobody_asked(clinic: Clinic, group: Group) -> None:
    """Once, with the fixed text, and nothing of it is kept."""
    before = "what do they think of that? " * 2_000  # an event may have 65,536 bytes; all of it is searched
    assert group.talk.says(before) == []
    danger = group.anna.send(group.room, f"{before} i have chest pain and can't breathe, walruses play chess")
    (urgent,) = group.talk.after(danger)
    assert "call 911 now" in body(urgent)
    assert replied_to(urgent) == danger
    assert group.talk.says("i really have chest pain and can't breathe") == []
    assert b"walruses play chess" not in clinic.kept()
    addressed = group.talk.says("i have chest pain and can't breathe", **MENTION)
    assert "call 911 now" in body(addressed[0])


def test_a_third_person_makes_a_group_of_a_talk(clinic: Clinic, talk: Talk) -> None:
    assert talk.says("what is leukopenia?")
    third = clinic.patient()
    talk.user.invite(talk.room, third.user_id)
    third.join(talk.room)
    assert talk.says("what causes it?") == []
    third.leave(talk.room)
    assert bodies(talk.says("what causes it?"))[0].startswith("Many things")
