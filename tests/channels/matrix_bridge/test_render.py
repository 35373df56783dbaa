"""Replies of the web API as Matrix messages: the same words as on any surface, and safe markup."""

from __future__ import annotations

from bot.channels.plain import plain_text
from bot.channels.render import Renderer
from bot.content.clinic import load_clinic
from bot.content.reply import AnswerBlock, Button, DisclaimerText, Reply, SourceRef
from bot.matrix_bridge.render import MAX_FORMATTED, message
from tests.channels.matrix_bridge.kit import ROOT

RENDERER = Renderer(load_clinic(ROOT / "content" / "clinic.yml"))
SOURCE = SourceRef("Low <counts>", "Causes", "an overview", "2026-01-31")
ANSWER = Reply(
    kind="answer",
    urgent_line="Call 911 if you feel very ill.",
    text="In short:",
    blocks=(
        AnswerBlock("a1", "causes", "leukopenia", "?", "Two things:\n- one & two\n- three", SOURCE, notice="Old."),
    ),
    closing="Ask more.",
    disclaimer=DisclaimerText("general", "Not advice.", "Not advice at all."),
    buttons=(Button("What <b>next</b>?", "/next"), Button("More", "/more")),
)


def test_the_words_are_those_of_every_surface() -> None:
    content = message(RENDERER.reply(ANSWER))
    assert content["body"] == plain_text(ANSWER)
    assert content["msgtype"] == "m.notice" and content["m.mentions"] == {}
    assert content["formatted_body"] == (
        "<p><strong>Call 911 if you feel very ill.</strong></p><p>In short:</p><p><em>Old.</em></p><p>Two things:</p>"
        "<ul><li>one &amp; two</li><li>three</li></ul>"
        f"<p><em>{SOURCE.line().replace('<', '&lt;').replace('>', '&gt;').replace(chr(34), '&quot;')}</em></p>"
        "<p>Ask more.</p><p>Not advice.</p><ol><li>What &lt;b&gt;next&lt;/b&gt;?</li><li>More</li></ol>"
    )


def test_choices_that_a_number_no_longer_picks_have_none() -> None:
    content = message(RENDERER.reply(ANSWER), choices=False)
    assert content["body"].endswith("\n• What <b>next</b>?\n• More")
    assert content["formatted_body"].endswith("<ul><li>What &lt;b&gt;next&lt;/b&gt;?</li><li>More</li></ul>")


def test_a_very_long_reply_is_plain() -> None:
    content = message(RENDERER.reply(Reply(kind="conversation", text="x" * MAX_FORMATTED)))
    assert content["body"] == "x" * MAX_FORMATTED and "formatted_body" not in content
