"""All that a program can check before a person reviews: shape, cross-references, dates, reading level, length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from bot.content.article_file import ArticleFile, TopicSection
from bot.content.crosscheck import crosscheck
from bot.content.folder import ContentFolder, iso_date, read_folder
from bot.content.problems import Problem
from bot.content.readability import (
    GOAL_GRADE,
    LIMIT_GRADE,
    MAX_SENTENCE_WORDS,
    MAX_SHORT,
    MAX_WORDS,
    measure,
)

#: A short text has too few words for a reading formula to mean much.
MIN_WORDS_TO_GRADE = 12
#: Share of letters outside the Latin script from which a text is not English.
FOREIGN_LETTERS = 0.2
INTENT = re.compile(r"^\s*-\s*intent:\s*(\S+)", re.MULTILINE)


def check(content: Path, nlu: Path | None = None, today: date | None = None) -> list[Problem]:
    """Every problem of the content folder, errors and warnings, in order of file and line.

    Args:
        content: The folder.
        nlu: `data/nlu`, to find topics that nobody could ask for; not checked when None.
        today: For the review dates; the system's date when None.
    """
    folder = read_folder(content)
    problems = [*folder.problems, *crosscheck(folder)]
    if nlu is not None:
        problems.extend(_unasked(folder, nlu))
    for article in folder.articles:
        if article.front and not article.is_draft:
            problems.extend(_dates(article, folder, today or date.today()))
            problems.extend(_texts(article))
    return sorted(set(problems))


def _unasked(folder: ContentFolder, nlu: Path) -> Iterator[Problem]:
    """Topics without training examples: the answer would be there and nobody could reach it."""
    known = {name for path in sorted(nlu.rglob("*.yml")) for name in INTENT.findall(path.read_text("utf-8"))}
    for topic in folder.topics.values():
        if topic.intent not in known:
            text = f"the topic `{topic.id}` has no examples for the intent `{topic.intent}` in {nlu.name}; nobody could ask for it"
            yield Problem(f"{folder.root.name}/topics.yml", 0, text)


def _dates(article: ArticleFile, folder: ContentFolder, today: date) -> Iterator[Problem]:
    reviewed, due = iso_date(article.front.get("reviewed_on")), iso_date(article.front.get("review_due"))
    if reviewed is None or due is None or folder.clinic is None:
        return
    line = article.front_lines.get("review_due", 1)
    if reviewed > today:
        yield Problem(
            article.file, article.front_lines.get("reviewed_on", 1), f"`reviewed_on` {reviewed} lies in the future"
        )
    if due <= reviewed:
        yield Problem(article.file, line, "`review_due` must be later than `reviewed_on`")
    elif today > due + timedelta(days=folder.clinic.review_grace_days):
        yield Problem(
            article.file, line, f"the review was due on {due}: the article is withdrawn. Review it", "warning"
        )
    elif today > due:
        yield Problem(article.file, line, f"the review was due on {due}: answers carry a notice. Review it", "warning")
    elif today + timedelta(days=folder.clinic.review_warn_days) > due:
        yield Problem(article.file, line, f"the review is due on {due}, in {(due - today).days} days", "warning")


def _texts(article: ArticleFile) -> Iterator[Problem]:
    terms = explained_terms(article)
    for topic in article.topics:
        for form, (line, text) in topic.forms.items():
            if text.strip():
                yield from _text(article.file, topic, form, line, text, terms)
    for fact in article.facts:
        if measure(fact.note, terms).longest_sentence > MAX_SENTENCE_WORDS + 5:
            yield Problem(article.file, fact.line, f"the sentence of `{fact.name}` is too long; split it")


def explained_terms(article: ArticleFile) -> list[str]:
    """Medical terms that the article itself names and explains: they do not count as hard words."""
    names = [str(name) for name in article.front.get("names") or ()]
    return names + [name for fact in article.facts for name in (fact.name, *fact.also)]


def _text(file: str, topic: TopicSection, form: str, line: int, text: str, terms: list[str]) -> Iterator[Problem]:
    where = f"`{topic.id}`, {form}"
    if not is_english(text):
        yield Problem(file, line, f"{where}: this does not look like English")
        return
    found = measure(text, terms)
    if found.words > MAX_WORDS:
        yield Problem(file, line, f"{where}: {found.words} words; at most {MAX_WORDS}. Move detail to `### More`")
    if found.longest_sentence > MAX_SENTENCE_WORDS:
        yield Problem(
            file, line, f"{where}: a sentence of {found.longest_sentence} words; at most {MAX_SENTENCE_WORDS}"
        )
    if form == "short" and len(text.strip()) > MAX_SHORT:
        yield Problem(file, line, f"{where}: {len(text.strip())} characters; at most {MAX_SHORT} fit two text messages")
    if found.words >= MIN_WORDS_TO_GRADE and found.grade > LIMIT_GRADE:
        yield Problem(
            file, line, f"{where}: grade {found.grade}; at most {LIMIT_GRADE:.0f}. Use shorter words and sentences"
        )
    elif found.words >= MIN_WORDS_TO_GRADE and form == "answer" and found.grade > GOAL_GRADE:
        yield Problem(file, line, f"{where}: grade {found.grade}; the goal is {GOAL_GRADE:.0f}", "warning")
    if found.passive > 2:
        yield Problem(file, line, f"{where}: {found.passive} passive phrases; say who does what", "warning")


def is_english(text: str) -> bool:
    """Whether the text is likely English: Latin letters, and common English words among them."""
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return True
    if sum(ord(char) > 0x24F for char in letters) / len(letters) > FOREIGN_LETTERS:
        return False
    words = re.findall(r"[a-z']+", text.lower())
    common = {
        "the",
        "a",
        "of",
        "and",
        "to",
        "in",
        "is",
        "can",
        "your",
        "you",
        "it",
        "that",
        "means",
        "no",
        "or",
        "not",
        "too",
    }
    return len(words) < MIN_WORDS_TO_GRADE or any(word in common for word in words)
