"""A page for reviewers: every answer with its source, its reading level and what could be better. Markdown or HTML."""

from __future__ import annotations

from pathlib import Path

from bot.content.article_file import ArticleFile, TopicSection
from bot.content.check import check
from bot.content.clear import clear_items
from bot.content.folder import read_folder
from bot.content.readability import FORMULAS, measure
from bot.content.textcheck import allowed_terms, condition_names

#: What only a person can judge; the first three are items of CDC's Clear Communication Index, too.
FOR_A_PERSON = ("correct", "says what matters most to the reader", "words the reader knows", "safe", "kind")
LEGEND = (
    "Grade: median of the formulas, the way the check counts it: the condition's names, names of medicines, and terms that the "
    "text explains on the spot are read as easy words. As written: the same with no word left out. The other columns are the "
    "formulas as written (US school grades; SMOG is 0 below three sentences)."
)


def report(content: Path, nlu: Path | None = None) -> str:
    """The page, as Markdown text."""
    folder = read_folder(content)
    problems = check(content, nlu)
    lines = ["# Content for review", ""]
    for article in folder.articles:
        if article.front:
            lines += _article(article)
    lines += ["## What the checks found", ""]
    lines += [f"- {problem}" for problem in problems] or ["Nothing."]
    return "\n".join(lines) + "\n"


def as_html(markdown: str) -> str:
    """The page as one HTML file that needs nothing else."""
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    style = (
        "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "td,th{border:1px solid #999;padding:.2rem .5rem;text-align:left}table{border-collapse:collapse;font-size:.9rem}"
        "blockquote{color:#444;margin:.2rem 1rem}"
    )
    head = f'<meta charset="utf-8"><title>Content for review</title><style>{style}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{body}</body></html>\n'


def _article(article: ArticleFile) -> list[str]:
    front = article.front
    state = f"File {article.file}; status {front.get('status')}; version {front.get('version')}"
    review = f"reviewed {front.get('reviewed_on') or 'never'} by {front.get('reviewed_by') or 'nobody'}; review due {front.get('review_due')}"
    formulas = " | ".join(name.split("_")[0] for name in FORMULAS)
    lines = [f"## {front.get('title', article.file)}", "", f"{state}; {review}.", ""]
    lines += [
        f"| topic | part | grade | as written | words | longest sentence | {formulas} |",
        "|" + "---|" * (6 + len(FORMULAS)),
    ]
    lines += [_row(article, topic, form) for topic in article.topics for form in topic.forms]
    lines += ["", LEGEND, ""]
    for topic in article.topics:
        lines += _topic(article, topic)
    facts = [f"- {fact.relation}, {fact.category}: **{fact.name}**. {fact.note}" for fact in article.facts]
    return [*lines, "### Facts", "", *facts, ""]


def _row(article: ArticleFile, topic: TopicSection, form: str) -> str:
    text = topic.form(form)
    counted, raw = measure(text, allowed_terms(article, text)), measure(text)
    grades = " | ".join(f"{raw.grades[name]:.1f}" for name in FORMULAS)
    return f"| {topic.id} | {form} | {counted.grade} | {raw.grade} | {raw.words} | {raw.longest_sentence} | {grades} |"


def _topic(article: ArticleFile, topic: TopicSection) -> list[str]:
    lines = [f"### {topic.id}", "", *(f"> {text}  " for _, text in topic.questions), ""]
    for form, (_, text) in topic.forms.items():
        lines += [f"**{form}**", "", text, ""]
    names = condition_names(article)
    items = [f"{'yes' if item.ok else 'NO'}: {item.name}" for item in clear_items(topic.form("answer"), names)]
    boxes = "  ".join(f"[ ] {word}" for word in FOR_A_PERSON)
    return [
        *lines,
        f'Source: {topic.source}, section "{topic.section}"',
        "",
        f"CDC Clear Communication Index, as far as a program can tell: {'; '.join(items)}.",
        "",
        f"For the reviewer: {boxes}",
        "",
    ]
