"""Splitting and counting: nothing lost, limits held, no source or disclaimer apart from what it belongs to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.plain import Paragraph, join, plain_text, split, split_reply
from bot.channels.sms import GSM7, GSM7_EXTENSION, MAX_SEGMENTS, segments, sms_bodies
from bot.content.reply import AnswerBlock, Button, DisclaimerText, Reply, SourceRef

SOURCE = SourceRef("An article", "A section", "an overview", "2026-01-31")
MORE = "Reply MORE for the rest."


def answer(*texts: str, short: str = "") -> Reply:
    """A reply with these answers."""
    blocks = tuple(AnswerBlock(f"c.{n}", f"t{n}", "c", "Q?", text, SOURCE, short) for n, text in enumerate(texts))
    buttons = (Button("What next?", "/ask_next"), Button("And then?", "/ask_then"))
    return Reply("answer", blocks=blocks, disclaimer=DisclaimerText("d", "Not advice.", "Really."), buttons=buttons)


def test_a_reply_that_fits_is_one_message_in_the_order_of_its_paragraphs() -> None:
    assert split_reply(answer("One. Two."), 1_600) == [
        "One. Two.\n"
        'Source: "An article", section "A section" (from an overview). Reviewed 2026-01-31.\n'
        "Not advice.\n1. What next?\n2. And then?"
    ]


def test_a_long_answer_is_split_at_sentences_with_the_source_on_the_last_part() -> None:
    sentences = [f"This is sentence number {number} of the answer." for number in range(20)]
    parts = split_reply(answer(" ".join(sentences)), 300)
    assert len(parts) > 3 and all(len(part) <= 300 for part in parts)
    assert all(part.endswith(".") for part in parts[:-1])
    assert parts[-1].startswith("This is sentence number") and parts[-1].endswith("2. And then?")
    assert "Source:" not in "".join(parts[:-1]) and "Not advice." not in "".join(parts[:-1])
    assert "Source:" in parts[-1] and "Not advice." in parts[-1]


def test_each_of_two_answers_keeps_its_source_beside_its_end() -> None:
    first, second = "First. " * 30 + "End of the first.", "Second. " * 30 + "End of the second."
    parts = split_reply(answer(first, second), 260)
    ends = [part for part in parts if "Source:" in part]
    assert ["End of the first.\nSource:" in ends[0], "End of the second.\nSource:" in ends[1]] == [True, True]
    assert [part.startswith("Source:") for part in parts] == [False] * len(parts)


def test_lines_of_a_list_stay_lines() -> None:
    listed = "Causes:\n" + "\n".join(f"- Cause number {number}, with some words." for number in range(12))
    parts = split_reply(answer(listed), 250)
    assert sum(part.count("- Cause") for part in parts) == 12
    assert all(line.startswith(("- Cause", "Causes:")) for part in parts[:-1] for line in part.splitlines())


def test_a_tail_that_is_too_long_by_itself_is_still_said_whole() -> None:
    buttons = tuple(Button(f"A very long question number {number} that goes on and on?", "/x") for number in range(9))
    reply = Reply("conversation", text="Which one?", buttons=buttons)
    parts = split_reply(reply, 120)
    assert all(len(part) <= 120 for part in parts)
    assert " ".join(" ".join(parts).split()) == " ".join(plain_text(reply).split())


WORDS = st.text(st.sampled_from("abc .!?\n-é€[🩸"), max_size=200)


@given(st.lists(st.builds(Paragraph, WORDS, st.booleans()), max_size=6), st.integers(5, 120))
@settings(max_examples=150, deadline=None)
def test_nothing_is_lost_whatever_the_text(parts: list[Paragraph], limit: int) -> None:
    messages = split(parts, lambda text: len(text) <= limit)
    assert all(len(message) <= limit for message in messages)
    assert "".join("".join(messages).split()) == "".join(join(parts).split())


@given(st.lists(st.builds(Paragraph, WORDS, st.booleans()), max_size=6))
@settings(max_examples=100, deadline=None)
def test_segments_hold_whatever_the_text(parts: list[Paragraph]) -> None:
    messages = split(parts, lambda text: segments(text) <= 1)
    assert all(segments(message) <= 1 for message in messages)
    assert "".join("".join(messages).split()) == "".join(join(parts).split())


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
        # 76 characters of two places fill 152 of 153: the next one is not divided.
        ("€" * 153, 3), ("я" * 70, 1), ("я" * 71, 2), ("я" * 134, 2), ("я" * 135, 3), ("🩸" * 35, 1), ("🩸" * 36, 2),
        ("🩸" * 67, 3), ("a" * 69 + "ç", 1), ("a" * 70 + "ç", 2), ("é" * 160, 1), ("`", 1), ("a" * 70 + "`", 2),
    ],
)  # fmt: skip
def test_segments(text: str, count: int) -> None:
    assert segments(text) == count


def test_the_alphabet_has_its_128_places() -> None:
    assert len(GSM7) == 127  # and the escape to the extension
    assert len(GSM7_EXTENSION) == 10


def test_sms_has_the_short_form_and_offers_the_rest() -> None:
    bodies = sms_bodies(answer("A long answer. It goes on.", short="A short answer."), MORE)
    assert bodies == [
        'A short answer.\nFrom "An article", A section, reviewed 2026-01-31.\nNot advice.\n'
        "Reply MORE for the rest.\n1. What next?\n2. And then?"
    ]
    for whole in (answer("The same.", short="The same."), answer("No short form.")):
        assert not any(MORE in body for body in sms_bodies(whole, MORE))


def test_sms_takes_no_characters_that_would_double_the_segments() -> None:
    text = sms_bodies(answer("It’s “quoted” – and so on… • a\u00a0b"), MORE)[0]
    assert text.startswith('It\'s "quoted" - and so on... - a b\n')


def test_sms_in_other_letters_is_split_by_its_segments() -> None:
    parts = sms_bodies(answer("Это ответ. " * 120), MORE)
    assert len(parts) > 1 and all(segments(part) <= MAX_SEGMENTS for part in parts)
    assert parts[-1].count("Not advice.") == 1
