"""The client of our server before servers that misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.matrix_bridge.web_api import NotUnderstood, SessionEnded, TryLater, WebApi
from tests.ports import free_port
from tests.serving import Server

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[WebApi]:
    """A client of a server that answers everything so."""
    app = web.Application()
    app.router.add_route("*", "/web/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with WebApi(f"http://127.0.0.1:{port}/web/") as api:
        yield api
    await runner.cleanup()


def with_status(status: int, body: object = None, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(
            body or {}, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    return answer


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_later_try_may_succeed(status: int) -> None:
    async with answering(with_status(status, Retry_After="7")) as api:
        with pytest.raises(TryLater) as later:
            await api.say("token", "message-id", "hello")
    assert later.value.seconds == 7
    # Being asked to go slower is no outage.
    assert bool(api.health.outage) is (status != 429)


async def test_what_is_no_answer_of_ours_is_an_outage() -> None:
    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>", content_type="text/html")

    for answer in (page, with_status(200, ["odd"]), with_status(404, ["odd"])):
        async with answering(answer) as api:
            with pytest.raises(TryLater):
                await api.say("token", "message-id", "hello")
            assert api.health.outage


async def test_refusals() -> None:
    async with answering(with_status(401)) as api:
        with pytest.raises(SessionEnded):
            await api.say("token", "message-id", "hello")
        with pytest.raises(SessionEnded):
            await api.news("token", 0)
    async with answering(with_status(400)) as api:
        with pytest.raises(NotUnderstood):
            await api.say("token", "message-id", "hello")
        with pytest.raises(NotUnderstood):
            await api.begin()
        with pytest.raises(NotUnderstood):
            await api.mark("token", "a1", "v1", "up")
    for status, refusal in ((401, SessionEnded), (400, NotUnderstood), (501, NotUnderstood), (503, TryLater)):
        async with answering(with_status(status)) as api:
            with pytest.raises(refusal):
                await api.take_back("token", "message-id")
    async with answering(with_status(413, {"replies": [{"plain": "too long"}]})) as api:
        said = await api.say("token", "message-id", "hello")
    assert said["replies"] == [{"plain": "too long"}] and said["handed_over"] is None


async def test_who_waits_for_an_outage_is_woken_by_a_lasting_one_alone() -> None:
    api = WebApi("http://127.0.0.1:1/web/")
    at_once = asyncio.ensure_future(api.health.failing_for(0.0))
    lasting = asyncio.ensure_future(api.health.failing_for(3600.0))
    api.health.note(answered=False)
    await at_once
    api.health.note(answered=True)
    await asyncio.sleep(0)
    assert not lasting.done() and not api.health.outage
    lasting.cancel()


async def test_it_speaks_as_our_server_understands(server: Server) -> None:
    async with WebApi(server.web) as api:
        token = await api.begin()
        said = await api.say(token, "message-id-1", "What is leukopenia?")
        again = await api.say(token, "message-id-1", "What is leukopenia?")
        assert said["replies"] == again["replies"] and said["handed_over"] is False
        odd = await api.say(token, "message-id-2", "\ud800\0 ")
        assert odd["replies"]
        block = said["replies"][0]["blocks"][0]
        await api.mark(token, block["answer_id"], said["replies"][0]["content_version"], "up")
        news = await api.news(token, 0)
        assert [item["author"] for item in news["messages"]][:2] == ["patient", "bot"]
        await api.take_back(token, "message-id-1")
        await api.take_back(token, "message-id-1")
        assert news["messages"][0] not in (await api.news(token, 0))["messages"]
        with pytest.raises(SessionEnded):
            await api.take_back("forged", "message-id-1")
        with pytest.raises(SessionEnded):
            await api.say("forged", "message-id-1", "hello")
