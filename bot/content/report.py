"""A page for reviewers, in Markdown: every answer with its source, its reading level and what could be better."""

from __future__ import annotations

from pathlib import Path

from bot.content.article_file import ArticleFile
from bot.content.check import check, explained_terms
from bot.content.folder import read_folder
from bot.content.readability import measure


def report(content: Path) -> str:
    """The page, as Markdown text."""
    folder = read_folder(content)
    problems = check(content)
    lines = ["# Content for review", ""]
    for article in folder.articles:
        if article.front:
            lines += _article(article)
    lines += ["## What the checks found", ""]
    lines += [f"- {problem}" for problem in problems] or ["Nothing."]
    return "\n".join(lines) + "\n"


def _article(article: ArticleFile) -> list[str]:
    front, terms = article.front, explained_terms(article)
    lines = [
        f"## {front.get('title', article.file)}",
        "",
        f"File {article.file}; status {front.get('status')}; version {front.get('version')}; reviewed "
        f"{front.get('reviewed_on') or 'never'} by {front.get('reviewed_by') or 'nobody'}; review due {front.get('review_due')}.",
        "",
        "| topic | grade | with terms | words | longest sentence | passive | numbers |",
        "|---|---|---|---|---|---|---|",
    ]
    for topic in article.topics:
        text = topic.form("answer")
        easy, raw = measure(text, terms), measure(text)
        lines.append(
            f"| {topic.id} | {easy.grade} | {raw.grade} | {easy.words} | {easy.longest_sentence} | {easy.passive} | {easy.numbers} |"
        )
    lines += [
        "",
        "Grade: median of six formulas; terms that the article explains are left out. With terms: as written.",
        "",
    ]
    for topic in article.topics:
        lines += [f"### {topic.id}", "", *(f"> {text}" for _, text in topic.questions), ""]
        for form, (_, text) in topic.forms.items():
            lines += [f"**{form}**", "", text, ""]
        lines += [
            f'Source: {topic.source}, section "{topic.section}"',
            "",
            "- [ ] correct  - [ ] easy to read  - [ ] safe",
            "",
        ]
    lines += [
        "### Facts",
        "",
        *(f"- {fact.relation}, {fact.category}: **{fact.name}**. {fact.note}" for fact in article.facts),
        "",
    ]
    return lines
