"""What a patient learns from the real bot: the ten questions, the limits, the way a talk goes on."""

from __future__ import annotations

import pytest

from bot.content.store import ContentStore
from bot.settings import Settings
from tests.kit import Patient

#: The ten questions of the article, in other words than the training examples.
TEN = [
    ("so what on earth is leukopenia supposed to be", "definition"),
    ("which things would a person with low white cells notice", "symptoms"),
    ("for what reasons can somebody's white cells be low", "causes"),
    ("in what way do physicians find out about low white blood cells", "diagnosis"),
    ("how would a hospital go about treating leucopenia", "treatment"),
    ("what are some ways of keeping leukopenia away", "prevention"),
    ("could my little brother catch leukopenia off me", "contagious"),
    ("which complications come with low white cells", "complications"),
    ("might leukopenia be a hint of some other illness", "underlying"),
    ("do people actually die of leukopenia", "seriousness"),
]


@pytest.mark.parametrize(("question", "topic"), TEN)
def test_the_ten_questions_in_other_words(patient: Patient, settings: Settings, question: str, topic: str) -> None:
    reply = patient.says(question)
    answer = ContentStore.open(settings.content_db).answer("leukopenia", topic)
    assert answer is not None
    assert (reply.kind, reply.topic, reply.answer_ids) == ("answer", topic, (answer.id,))
    assert reply.blocks[0].text == answer.text
    plain = reply.plain()
    assert answer.source.line() in plain and answer.disclaimer.short in plain
    assert 2 <= len(reply.buttons) <= 3


def test_a_talk_that_goes_on(patient: Patient) -> None:
    assert patient.says("what is leukopenia").topic == "definition"
    assert patient.says("what causes it?").topic == "causes"
    assert patient.says("and how is it treated").topic == "treatment"
    assert patient.says("tell me more").kind in ("answer", "conversation")
    source = patient.says("where is this from?")
    assert "Demo content team" in source.text and "2026-11-21" in source.text
    assert patient.says("go back").topic == "causes"
    assert patient.says("simpler please").answer_ids == ("leukopenia.causes.simpler",)
    assert patient.says("thanks").kind == "conversation"


def test_yes_and_no_to_what_was_offered(patient: Patient) -> None:
    first = patient.says("is leukopenia contagious")
    offered = first.buttons[0].title
    assert patient.says("yes").blocks[0].question == offered
    assert patient.says("no").kind == "conversation"
    assert patient.says("yes").kind == "conversation"


def test_a_number_or_an_ordinal_picks_a_button(patient: Patient) -> None:
    first = patient.says("what is leukopenia")
    assert patient.says("2").blocks[0].question == first.buttons[1].title
    third = patient.heard[-1].buttons[-1].title
    assert patient.says("the last one").blocks[0].question == third


def test_a_button_is_obeyed(patient: Patient) -> None:
    first = patient.says("what is leukopenia")
    assert patient.taps(first.buttons[0].title).blocks[0].question == first.buttons[0].title


def test_two_questions_are_both_answered_in_order(patient: Patient) -> None:
    reply = patient.says("what causes it and is it contagious?")
    assert reply.answer_ids == ("leukopenia.causes", "leukopenia.contagious")


@pytest.mark.parametrize(
    ("question", "shown", "says"),
    [
        ("can clozapine cause it", ("leukopenia.cause.clozapine",), "Yes."),
        ("does low b12 do this", ("leukopenia.cause.vitamin-b12-deficiency",), "Yes."),
        ("is being tired a symptom", ("leukopenia.symptom.tiredness",), "Yes."),
        ("can covid cause it", (), "don't mention covid"),
        ("can ibuprofen cause it", (), "don't mention ibuprofen"),
        ("does zyprexa or clozapine do this", ("leukopenia.cause.clozapine",), "don't mention zyprexa"),
    ],
)
def test_one_fact_is_looked_up(patient: Patient, question: str, shown: tuple[str, ...], says: str) -> None:
    reply = patient.says(question)
    assert reply.answer_ids == shown
    assert says in reply.plain()
    assert reply.kind == ("answer" if shown else "unknown")


@pytest.mark.parametrize(
    "question",
    [
        "what are the symptoms of cyclic neutropenia",
        "how is lupus treated",
        "what is the dose of filgrastim",
        "symptoms of high white blood cell count",
        "how many people get leukopenia every year",
        "what should a dog with leukopenia eat",
        "neutropenia treatment",
        "what's the weather like",
    ],
)
def test_what_the_articles_do_not_answer(patient: Patient, question: str) -> None:
    reply = patient.says(question)
    assert (reply.kind, reply.answer_ids) == ("unknown", ())
    assert "555-0100" in reply.plain()


@pytest.mark.parametrize(
    "question",
    [
        "should i stop my methimazole",
        "is 2.9 bad",
        "why is mine low",
        "what does my result mean for me",
        "am i going to die",
    ],
)
def test_personal_questions_are_kindly_refused(patient: Patient, question: str) -> None:
    reply = patient.says(question)
    assert reply.kind == "personal_advice"
    assert "555-0100" in reply.text
    if reply.blocks:
        assert "In general" in reply.text


def test_did_you_mean_is_asked_once(patient: Patient) -> None:
    asked = patient.says("whats up with low whites")
    if asked.kind == "clarify":
        assert 2 <= len(asked.buttons) <= 3
        assert not any("ask_" in button.title or "_" in button.title for button in asked.buttons)
        assert patient.says("whats up with low whites").kind == "unknown"
    else:
        assert asked.kind == "answer"


@pytest.mark.parametrize("text", ["are you a robot?", "are you a doctor"])
def test_it_says_truly_what_it_is(patient: Patient, text: str) -> None:
    assert "I'm a computer program. I'm not a doctor" in patient.says(text).text


def test_i_do_not_have_it_is_respected(patient: Patient) -> None:
    reply = patient.says("I don't have leukopenia")
    assert (reply.kind, reply.answer_ids) == ("conversation", ())


@pytest.mark.parametrize(
    "text", ["", "   ", "\0", "😀", "0[", "/restart", "/ask_causes", "/", "[[[", "a" * 100_000, "é" * 5_000, "\u202e\u200b", "<script>alert(1)</script>"]
)  # fmt: skip
def test_strange_input_gets_a_fixed_sentence(patient: Patient, text: str) -> None:
    reply = patient.says(text)
    assert reply.kind in ("unknown", "conversation", "answer")
    assert reply.plain().strip()
    assert "<script>" not in reply.plain()
    assert patient.says("is leukopenia contagious").topic == "contagious"


def test_typed_commands_are_only_text(patient: Patient) -> None:
    patient.says("what is leukopenia")
    patient.says('/ask_causes{"condition":"leukopenia"}')
    assert patient.last is not None and patient.last.confidence < 1.0
    assert patient.says("simpler please").condition == "leukopenia"


def test_delete_my_data_in_the_chat(patient: Patient) -> None:
    patient.says("what is leukopenia")
    asked = patient.says("delete my data")
    assert len(asked.buttons) == 2
    done = patient.says("yes")
    assert done.text.startswith("Done.") and patient.last is not None and patient.last.erased
    assert patient.sender_id not in list(patient.turns.agent.tracker_store.store)  # type: ignore[union-attr]


@pytest.mark.parametrize("between", ["i have a fever of 39", "thank you"])
def test_yes_accepts_only_what_the_last_reply_offered(patient: Patient, between: str) -> None:
    first = patient.says("what is leukopenia")
    assert first.buttons
    patient.says(between)
    assert patient.says("ok").kind == "conversation"
