"""Reads the text files that people edit, whatever program saved them."""

from __future__ import annotations

import codecs
from pathlib import Path

from bot.content.problems import ContentError, Problem

#: Largest file, in bytes; a long article has some 50 kB.
MAX_BYTES = 1_000_000
#: How text begins that was saved as UTF-16 ("Unicode").
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path, file: str) -> str:
    """The text of a file, with "\\n" at the end of each line and without a byte order mark.

    Args:
        path: The file.
        file: Its name as shown in problems.

    Raises:
        ContentError: it is missing, empty, too long, no text in UTF-8, or can't be read.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except FileNotFoundError:
        raise _refused(file, f"the file is missing: {path}") from None
    except OSError as error:
        raise _refused(file, f"the file can't be read: {error.strerror}") from None
    if size > MAX_BYTES:
        raise _refused(file, f"the file has {size / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB. Split it")
    if b"\0" in data and not data.startswith(UTF_16):
        raise _refused(file, "this is a binary file, not text; put a text file in its place")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(file, f"this is no text in UTF-8 (byte {error.start}); save it as UTF-8 text") from None
    if not text.strip():
        raise _refused(file, "the file is empty; delete it or fill it in")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refused(file: str, why: str) -> ContentError:
    return ContentError([Problem(file, 0, why)])
