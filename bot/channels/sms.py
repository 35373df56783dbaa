"""SMS: the short approved form of an answer, and how many segments a text takes."""

from __future__ import annotations

from dataclasses import replace

from bot.channels.plain import numbered
from bot.content.reply import AnswerBlock, Reply

#: The GSM 03.38 default alphabet and its extension (each character of which takes two places): 3GPP TS 23.038.
GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")
#: Typographic characters that have a plain twin in GSM-7; one of them alone would halve a segment's room.
PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ", "•": "-"})
MORE = "Reply MORE for the rest."


def segments(text: str) -> int:
    """How many SMS segments `text` takes.

    GSM-7: 160 places in one segment, 153 in each of several. Any other character makes the whole text UCS-2:
    70 and 67 UTF-16 units (3GPP TS 23.040).
    """
    if all(char in GSM7 or char in GSM7_EXTENSION for char in text):
        places = sum(2 if char in GSM7_EXTENSION else 1 for char in text)
        single, several = 160, 153
    else:
        places = len(text.encode("utf-16-be")) // 2
        single, several = 70, 67
    return 1 if places <= single else -(-places // several)


def _short(block: AnswerBlock) -> AnswerBlock:
    return replace(block, text=block.short_text) if block.short_text else block


def _source(block: AnswerBlock) -> str:
    return f'From "{block.source.article}", {block.source.section}, reviewed {block.source.reviewed_on}.'


def sms_text(reply: Reply, whole: bool = False) -> str:
    """The reply as one SMS text, without characters that would double its segments.

    Answers are given in their short approved form, with "reply MORE" where there is a longer one; `whole`
    gives the long form. The order of the parts is that of `Reply.paragraphs`.
    """
    parts = [reply.urgent_line, reply.text]
    shortened = False
    for block in reply.blocks:
        shown = block if whole else _short(block)
        shortened = shortened or shown.text != block.text
        parts += [block.notice, shown.text, _source(block)]
    parts += [reply.closing, reply.disclaimer.short if reply.disclaimer else ""]
    if shortened:
        parts.append(MORE)
    if reply.buttons:
        parts.append(numbered(reply.buttons))
    lines = [line.strip() for part in parts for line in part.splitlines() if line.strip()]
    return "\n".join(lines).translate(PLAIN)
