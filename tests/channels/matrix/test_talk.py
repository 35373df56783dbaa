"""A patient and the bot in a direct room."""

from __future__ import annotations

import re

from tests.channels.matrix.kit import BOT, NAME, Clinic, Talk, bodies, body, replied_to, wait_until
from tests.synapse import Event

DEFINITION = "A low white blood cell count means"


def test_a_question_is_answered_after_the_opening_notice(talk: Talk) -> None:
    notice, answer = talk.says("what is leukopenia?")
    assert "computer program" in body(notice)
    assert body(answer).startswith(DEFINITION)
    assert [body(event).startswith("Many things") for event in talk.says("what causes it?")] == [True]


def test_an_answer_is_a_notice_with_text_and_html(talk: Talk) -> None:
    answer = talk.says("what is leukopenia?")[-1]["content"]
    assert answer["msgtype"] == "m.notice"
    assert answer["m.mentions"] == {}
    assert "m.relates_to" not in answer
    assert answer["format"] == "org.matrix.custom.html"
    html = answer["formatted_body"]
    assert re.search(r"<blockquote><p>Source: .*?Reviewed [0-9-]+\.</p></blockquote>", html)
    assert re.search(r"<hr><p><em>This is general information.*?</em></p>", html)
    assert "<ol><li>" in html
    assert not re.search(r"/[a-z]+_|[{}]", answer["body"] + html)  # no payload of a button
    assert "\n1. " in answer["body"] and "Source: " in answer["body"]


def test_a_number_picks_a_choice(talk: Talk) -> None:
    answer = talk.says("what is leukopenia?")[-1]
    choice = re.findall(r"^2\. (.*)$", body(answer), re.MULTILINE)
    assert choice
    picked = bodies(talk.says("the second one"))
    assert picked == bodies(talk.says(choice[0]))


def test_the_first_message_is_answered_even_if_it_comes_before_the_bot(clinic: Clinic) -> None:
    patient = clinic.patient()
    room = patient.create_room([BOT])
    patient.send(room, "what is leukopenia?")  # most programs send it together with the invitation
    talk = Talk(patient, room)
    talk.wait_until_joined()
    talk.settle()
    _, answer = talk.answers()
    assert body(answer).startswith(DEFINITION)


def test_danger_comes_first(talk: Talk) -> None:
    urgent, notice = talk.says("i have chest pain and can't breathe")
    assert "call 911 now" in body(urgent)
    assert urgent["content"]["formatted_body"].startswith("<p><strong>")
    assert "computer program" in body(notice)


def test_the_bot_is_named_and_shows_that_it_has_read_and_types(clinic: Clinic, talk: Talk) -> None:
    profile = talk.user.call("GET", f"/profile/{BOT}/displayname")
    assert profile["displayname"] == NAME
    seen: list[Event] = []
    since = talk.user.call("GET", "/sync", timeout=0)["next_batch"]

    def shown() -> bool:
        """Asks and looks; a turn is so short that an onlooker may miss that the bot types."""
        nonlocal since
        question = talk.user.send(talk.room, "what is leukopenia?")
        answered = False
        while not answered:
            sync = talk.user.call("GET", "/sync", since=since, timeout=1000)
            since = sync["next_batch"]
            room = sync.get("rooms", {}).get("join", {}).get(talk.room, {})
            seen.extend(room.get("ephemeral", {}).get("events", []))
            answered = any(event["sender"] == BOT for event in room.get("timeline", {}).get("events", []))
        typed = any(BOT in event["content"].get("user_ids", []) for event in seen if event["type"] == "m.typing")
        read = any(BOT in event["content"].get(question, {}).get("m.read", {}) for event in seen)
        return typed and read

    wait_until(shown)


def test_an_answer_to_a_thread_is_in_the_thread(talk: Talk) -> None:
    root = talk.user.send(talk.room, "hello")
    thread = {"rel_type": "m.thread", "event_id": root, "is_falling_back": True, "m.in_reply_to": {"event_id": root}}
    question = talk.user.send(talk.room, "what is leukopenia?", **{"m.relates_to": thread})
    answer = talk.after(question)[-1]
    relation = answer["content"]["m.relates_to"]
    assert (relation["rel_type"], relation["event_id"]) == ("m.thread", root)
    assert replied_to(answer) == question


def test_an_answer_to_a_reply_is_a_reply_and_the_quotation_is_not_read(talk: Talk) -> None:
    first = talk.says("what is leukopenia?")[-1]
    quoting = f"> <{BOT}> i have chest pain and can't breathe\n> call 911\n\nwhat causes it?"
    relation = {"m.relates_to": {"m.in_reply_to": {"event_id": first["event_id"]}}}
    question = talk.user.send(talk.room, quoting, **relation)
    (answer,) = talk.after(question)
    assert body(answer).startswith("Many things")
    assert replied_to(answer) == question


def test_pictures_and_the_like_are_told_kindly_and_their_words_are_read(talk: Talk) -> None:
    picture = {"msgtype": "m.image", "body": "IMG_1.jpg", "url": "mxc://x/y"}
    kinds = ("m.image", "m.audio", "m.video", "m.file", "m.location")
    sent = [talk.user.send_event(talk.room, "m.room.message", {**picture, "msgtype": kind}) for kind in kinds]
    sent.append(talk.user.send_event(talk.room, "m.sticker", {"body": "x", "url": "mxc://x/y", "info": {}}))
    talk.settle()
    said = [event for event in talk.user.messages_since(talk.room) if event["sender"] == BOT]
    assert len(said) == len(sent) + 1  # and one for settling
    assert all(body(event).startswith("I can read words only") for event in said)
    caption = {**picture, "filename": "IMG_1.jpg", "body": "i have chest pain and can't breathe"}
    danger = talk.user.send_event(talk.room, "m.room.message", caption)
    assert any("call 911 now" in words for words in bodies(talk.after(danger)))


def test_nothing_of_the_room_or_the_user_is_in_the_conversation_store_or_the_log(clinic: Clinic, talk: Talk) -> None:
    event = talk.user.send(talk.room, "what causes leukopenia? zebrafish swim upstream")
    talk.settle()
    kept = clinic.kept()
    assert b"zebrafish swim upstream" in kept
    log = clinic.server.log.read_bytes()
    assert b"zebrafish" not in log
    for secret in (talk.room, talk.user.user_id, event):
        assert secret.encode() not in kept + log


def test_when_asked_the_bot_deletes_and_says_what_the_chat_app_keeps(clinic: Clinic, talk: Talk) -> None:
    talk.says("what causes leukopenia? axolotls sing at noon")
    assert b"axolotls sing at noon" in clinic.kept()
    talk.says("delete my data")
    done, still_there = bodies(talk.says("1"))
    assert "deleted" in done and "chat app" in still_there
    assert b"axolotls sing at noon" not in clinic.kept()
