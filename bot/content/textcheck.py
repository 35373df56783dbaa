"""Checks the words themselves: language, length, reading level, clearness, and that no text gives orders about medicines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.content.article_file import ArticleFile, TopicSection
from bot.content.clear import clear_items, medicine_orders
from bot.content.crosscheck import as_level
from bot.content.fixed import placeholders
from bot.content.folder import ContentFolder
from bot.content.problems import Problem
from bot.content.readability import (
    GOAL_GRADE,
    LIMIT_GRADE,
    MAX_SENTENCE_WORDS,
    MAX_SHORT,
    MAX_WORDS,
    MIN_WORDS_TO_GRADE,
    explained,
    longest_sentence,
    measure,
)

#: Share of letters outside the Latin script from which a text is not English.
FOREIGN_LETTERS = 0.2
#: English has 30 to 50 % of these words, a list of names or of jargon far fewer.
LITTLE_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a about also an and any are as at be but by can do does doctor for from has have how if in is it its may means more "
        "most not of on one or other others so some such than that the their them there these they this to too up use "
        "what when which who will with yes you your",
    )
)
ENGLISH_SHARE = 0.1
#: Little words of other languages written in Latin letters that are rare in English.
FOREIGN_WORDS = frozenset(
    re.findall(
        r"\w+",
        "el la los las un es se y que por una del con para der das und ist nicht mit ein eine von le les des est une pour dans qui "
        "il di che non sono gli della os uma não são com het een van niet och att som är nie jest na się",
    )
)
LEFT_TO_DO = re.compile(r"\b(?:TODO|FIXME|XXX|REWRITE|lorem ipsum)\b")


def texts(folder: ContentFolder) -> Iterator[Problem]:
    """Problems in the words of every article and of the fixed texts."""
    for article in folder.articles:
        if article.front:
            yield from as_level(article, _article(article))
    yield from _messages(folder)


def condition_names(article: ArticleFile) -> list[str]:
    """The names of the article's condition; none when the field is no list."""
    names = article.front.get("names")
    return [str(name) for name in names] if isinstance(names, list) else []


def allowed_terms(article: ArticleFile, text: str) -> list[str]:
    """Hard words that don't count in a text: there is no plainer word, or the text itself explains it.

    They are the condition's own names, the proper names of medicines, and the terms that are explained on the spot.
    """
    names = condition_names(article)
    medicines = [fact.name for fact in article.facts if fact.category.startswith("medicine:")]
    terms = [name for fact in article.facts for name in (fact.name, *fact.also)]
    return names + medicines + explained(text, terms)


def _article(article: ArticleFile) -> Iterator[Problem]:
    names = condition_names(article)
    for topic in article.topics:
        for line, question in topic.questions:
            yield from _language(article.file, line, f"`{topic.id}`, question", question)
        for form, (line, text) in topic.forms.items():
            if text.strip():
                yield from _text(article, topic, form, line, text)
        line, text = topic.forms.get("answer", (0, ""))
        for item in clear_items(text, names) if text.strip() else ():
            if not item.ok:
                where = f"`{topic.id}`, answer: {item.advice} (CDC index {item.name})"
                yield Problem(article.file, line, where, "warning")
    for fact in article.facts:
        where = f"the sentence of `{fact.name}`"
        yield from _language(article.file, fact.line, where, fact.note)
        yield from _orders(article.file, fact.line, where, fact.note)
        if longest_sentence(fact.note) > MAX_SENTENCE_WORDS + 5:
            yield Problem(article.file, fact.line, f"{where} is too long; split it")


def _text(article: ArticleFile, topic: TopicSection, form: str, line: int, text: str) -> Iterator[Problem]:
    file, where = article.file, f"`{topic.id}`, {form}"
    if not is_english(text):
        yield from _language(file, line, where, text)
        return
    yield from _orders(file, line, where, text)
    found = measure(text, allowed_terms(article, text))
    if found.words > MAX_WORDS:
        yield Problem(file, line, f"{where}: {found.words} words; at most {MAX_WORDS}. Move detail to `### More`")
    if found.longest_sentence > MAX_SENTENCE_WORDS:
        says = f"{where}: a sentence of {found.longest_sentence} words; at most {MAX_SENTENCE_WORDS}"
        yield Problem(file, line, says)
    if form == "short" and len(text.strip()) > MAX_SHORT:
        yield Problem(file, line, f"{where}: {len(text.strip())} characters; at most {MAX_SHORT} fit two text messages")
    if found.words >= MIN_WORDS_TO_GRADE and found.grade > LIMIT_GRADE:
        says = f"{where}: grade {found.grade}; at most {LIMIT_GRADE:.0f}. Use shorter words and sentences"
        yield Problem(file, line, says)
    elif found.words >= MIN_WORDS_TO_GRADE and form in ("answer", "simpler") and found.grade > GOAL_GRADE:
        yield Problem(file, line, f"{where}: grade {found.grade}; the goal is {GOAL_GRADE:.0f}", "warning")


def _language(file: str, line: int, where: str, text: str) -> Iterator[Problem]:
    if not is_english(text):
        yield Problem(file, line, f"{where}: this does not look like English; the bot speaks English only")


def _orders(file: str, line: int, where: str, text: str) -> Iterator[Problem]:
    for sentence in medicine_orders(text):
        says = f'{where}: "{sentence}" tells people to start, stop or change a medicine; only their doctor decides that'
        yield Problem(file, line, says)
    if found := LEFT_TO_DO.search(text):
        yield Problem(file, line, f"{where}: the mark `{found[0]}` is still in the text; finish it")


def _messages(folder: ContentFolder) -> Iterator[Problem]:
    """Fixed texts are measured with a plain word in place of each placeholder."""
    file = f"{folder.root.name}/messages.yml"
    for key, message in folder.messages.items():
        line, names = message.line, placeholders(message.text)
        filled = message.text.format_map(dict.fromkeys(names, "word"))
        yield from _language(file, line, f"`{key}`", filled)
        yield from _orders(file, line, f"`{key}`", filled)
        found = measure(filled)
        if found.words >= MIN_WORDS_TO_GRADE and found.grade > LIMIT_GRADE:
            yield Problem(file, line, f"`{key}`: grade {found.grade}; at most {LIMIT_GRADE:.0f}")


def is_english(text: str) -> bool:
    """Whether the text is likely English: Latin letters, and enough of the little words that English is full of.

    A text of a few words is given the benefit of the doubt, as long as its letters are Latin.
    """
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return True
    if sum(ord(char) > 0x24F for char in letters) / len(letters) > FOREIGN_LETTERS:
        return False
    words = re.findall(r"[^\W\d_]+", text.lower())
    english, foreign = sum(word in LITTLE_WORDS for word in words), sum(word in FOREIGN_WORDS for word in words)
    if foreign > max(english, 1):
        return False
    accents = sum(char > "\x7f" for char in letters)
    return len(words) < MIN_WORDS_TO_GRADE or english / len(words) >= ENGLISH_SHARE or not (foreign or accents)
