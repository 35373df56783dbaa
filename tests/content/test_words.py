"""Reading level, clearness, language, and the rule that no text gives orders about medicines."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

from bot.content.article_file import ArticleFile, read_article
from bot.content.clear import clear_items, medicine_orders
from bot.content.readability import explained, measure, sentences
from bot.content.textcheck import allowed_terms, is_english

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = ("leukopenia", "low white blood cell count")


@pytest.fixture(scope="module")
def own() -> ArticleFile:
    return read_article(ROOT / "content" / "articles" / "leukopenia.md", "leukopenia.md")


def test_our_answers_are_grade_6_in_the_median_and_none_above_8(own: ArticleFile) -> None:
    grades = [measure(text, allowed_terms(own, text)).grade for text in (topic.form("answer") for topic in own.topics)]
    assert median(grades) <= 6
    assert max(grades) <= 8


def test_even_with_every_hard_word_counted_the_median_is_below_6(own: ArticleFile) -> None:
    grades = [measure(topic.form("answer")).grade for topic in own.topics]
    assert median(grades) <= 6
    assert max(grades) <= 9


def test_every_answer_has_its_simpler_and_short_form(own: ArticleFile) -> None:
    for topic in own.topics:
        assert topic.form("simpler") and 0 < len(topic.form("short")) <= 320, topic.id
        answer, simpler = topic.form("answer"), topic.form("simpler")
        assert len(simpler.split()) < len(answer.split()), topic.id


def test_every_answer_meets_the_items_of_the_index(own: ArticleFile) -> None:
    names = [str(name) for name in own.front["names"]]
    missed = [
        (topic.id, item) for topic in own.topics for item in clear_items(topic.form("answer"), names) if not item.ok
    ]
    assert missed == []


def test_a_list_item_is_a_sentence() -> None:
    assert sentences("Some things:\n- the flu\n- TB.\n\nAsk us.") == ["Some things.", "the flu.", "TB.", "Ask us."]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Sepsis (a strong reaction) is bad.", ["sepsis"]),
        ("A strong reaction (sepsis) is bad.", ["sepsis"]),
        ("Doctors call this sepsis.", []),
        ("A reaction called sepsis is bad.", ["sepsis"]),
        ("Sepsis means a strong reaction.", ["sepsis"]),
        ("Sepsis, a strong reaction, is bad.", ["sepsis"]),
        ("Sepsis is bad.", []),
    ],
)
def test_a_term_counts_as_explained_only_where_it_is_explained(text: str, found: list[str]) -> None:
    assert explained(text, ["sepsis"]) == found


def test_terms_that_are_allowed_do_not_count() -> None:
    text = "Mycophenolate mofetil can cause this problem in some people who have to use it."
    assert measure(text, ["mycophenolate mofetil"]).grade < measure(text).grade


@pytest.mark.parametrize(
    ("text", "missed"),
    [
        ("Leukopenia means that you have few white cells.", []),
        ("No. You can't catch it.", []),
        ("There is a lot that people say and think and write about this one.", ["1-2 main message first"]),
        ("Yes. Ask us. Call us. Tell your doctor. See a nurse.", ["3 one call to action"]),
        ("Yes. It is tested. It is counted. It is treated.", ["5 active voice"]),
        ("Yes. It can be flu, colds, mumps, measles, rashes, or worms.", ["7 lists"]),
        ("Yes. Your count is 4000.", ["14-15 numbers explained"]),
        ("Yes. It takes 3 days, and vitamin B12 helps.", []),
    ],
)
def test_items_of_the_index(text: str, missed: list[str]) -> None:
    assert [item.name for item in clear_items(text, NAMES) if not item.ok] == missed


@pytest.mark.parametrize(
    "text",
    [
        "Stop taking your pills.",
        "You can stop your medicine now.",
        "Start taking antibiotics.",
        "Take more of your drug.",
        "Skip a dose of the medicine.",
        "Stop the medicine and call your doctor.",
        "It is best to reduce your dose.",
    ],
)
def test_an_order_about_medicines_is_found(text: str) -> None:
    assert medicine_orders(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "Please don't stop a medicine by yourself.",
        "Your doctor may change your medicine.",
        "Never start taking pills before you ask.",
        "A medicine can change how many white cells you have.",
        "This matters if you take a medicine that can change white cells.",
    ],
)
def test_what_is_no_order_is_left_alone(text: str) -> None:
    assert medicine_orders(text) == []


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("A low white blood cell count is not contagious.", True),
        ("Clozapine.", True),
        ("Un recuento bajo de glóbulos blancos no es contagioso y no se puede transmitir a otra persona.", False),
        ("Eine niedrige Zahl weißer Blutkörperchen ist nicht ansteckend, und man kann sie nicht weitergeben.", False),
        ("Un faible nombre de globules blancs n'est pas contagieux et ne se transmet pas entre les personnes.", False),
        ("Mała liczba białych krwinek nie jest zaraźliwa i nie można się nią zarazić od innej osoby w domu.", False),
        ("Это не заразно.", False),
        ("白血球減少症は感染しません。", False),
        ("Notwithstanding considerable heterogeneity, pathophysiological manifestations vary throughout epidemiological literature greatly.", True),
    ],
)  # fmt: skip
def test_what_is_english(text: str, english: bool) -> None:
    assert is_english(text) is english
