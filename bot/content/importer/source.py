"""Reads a raw file into plain lines: text, wiki text, Markdown or HTML."""

from __future__ import annotations

import re
from pathlib import Path

from bot.content.files import read_text
from bot.content.problems import ContentError

ENGLISH = frozenset(
    re.findall(r"\w+", "the a an of and to in is are can be with for or by that this may not it as from on")
)
#: Tags whose text is a heading.
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


class ImportProblem(ValueError):
    """The file can't be imported; the text says why and what to do."""


def read_source(path: Path) -> list[str]:
    """The lines of an article, headings marked with "# " and bullets with "- ".

    Raises:
        ImportProblem: missing, empty, too large, binary, not UTF-8, or not English.
    """
    text = _text(path)
    if re.search(r"<(?:html|body|p|h[1-6]|ul|div)\b", text, re.IGNORECASE):
        text = _from_html(text)
    lines = [_tidy(line) for line in _split_run_in_headings(text).splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        raise ImportProblem(f"{path.name}: there is no text in it")
    if not _is_english(" ".join(lines)):
        raise ImportProblem(f"{path.name}: this does not look like English; the bot answers in English only")
    return lines


def _text(path: Path) -> str:
    try:
        return read_text(path, path.name)
    except ContentError as error:
        raise ImportProblem(f"{path.name}: {error.problems[0].text}") from None


def _is_english(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text.lower())
    if len(words) < 20:
        return True
    return sum(word in ENGLISH for word in words) / len(words) > 0.12


def _from_html(text: str) -> str:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(text, "html.parser")
    for tag in soup(["script", "style", "nav", "template"]):
        tag.decompose()
    for tag in soup.find_all(HEADINGS):
        tag.replace_with(f"\n# {tag.get_text(' ', strip=True)}\n")
    for tag in soup.find_all("li"):
        tag.replace_with(f"\n- {tag.get_text(' ', strip=True)}\n")
    for tag in soup.find_all(["p", "div", "br", "tr", "title"]):
        tag.insert_before("\n")
        tag.insert_after("\n")
    return str(soup.get_text())


#: Words that wiki text puts as a heading right before a sentence, without a space: "…infection.CausesLow counts …".
RUN_IN = (
    "Causes|Symptoms|Signs and symptoms|Diagnosis|Treatment|Prevention|Complications|Prognosis|Epidemiology|History|"
    "See also|References|External links|Risk factors|Pathophysiology|Classification|Management|Definition|"
    r"Medications? causing [a-z ]+?|Medicines? causing [a-z ]+?"
)


def _split_run_in_headings(text: str) -> str:
    """Puts headings that were run into the text on lines of their own, and parts sentences that were run together."""
    text = re.sub(rf"(?<=[.!?)])({RUN_IN})(?=[A-Z])", r"\n# \1\n", text)
    text = re.sub(rf"(?<=[.!?)])({RUN_IN})(?=Category:)", r"\n# \1\n", text)
    # Sentences that were run together: "…infection.In pancytopenia …".
    return re.sub(r"(?<=[a-z)][.!?])(?=[A-Z][a-z])", " ", text)


BOLD = re.compile(r"(\*\*|__|''')(.+?)\1")
LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)|\[\[(?:[^|\]]*\|)?([^\]]+)\]\]")


def _tidy(line: str) -> str:
    """One line without markup: heading marks become "# ", bullets "- "."""
    line = line.strip()
    while found := re.match(r"^\|?\s*\w*\s*=\s*[\w.-]*\s*\|", line):
        line = line[found.end() :].strip()
    if re.fullmatch(r"\|?\s*\w*\s*=?\s*\|?", line) or re.fullmatch(r"[\[{(|}\])=-]+", line):
        return ""
    line = re.sub(r"^\|\s*", "", line)
    line = LINK.sub(lambda found: found[1] or found[2], BOLD.sub(r"\2", line))
    if found := re.match(r"^(={2,6})\s*(.+?)\s*\1$", line):
        return f"# {found[2]}"
    if found := re.match(r"^#{1,6}\s+(.+?)\s*#*$", line):
        return f"# {found[1]}"
    if found := re.match(r"^(?:[-*•+]|\d+[.)])\s+(.+)$", line):
        return f"- {found[1]}"
    return re.sub(r"\s+", " ", line)
