"""Reads a request's body piece by piece, so that nobody can fill the memory with one."""

from __future__ import annotations

from sanic import Request


async def read_body(request: Request, most: int) -> bytes | None:
    """The body, None when it has more than `most` bytes; no more than that is read of it."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > most:
        return None
    assert request.stream is not None
    parts: list[bytes] = []
    received = 0
    while (part := await request.stream.read()) is not None:
        received += len(part)
        if received > most:
            return None
        parts.append(part)
    return b"".join(parts)
