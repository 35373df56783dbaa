"""One value that describes a reply, the same for every surface.

An action makes a `Reply`; a channel renders it. Nothing in between rewrites a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

#: `person` is what someone of the clinic wrote while the bot was silent: the only words that are not approved texts.
Kind = Literal["answer", "clarify", "unknown", "red_flag", "crisis", "personal_advice", "conversation", "person"]
Urgency = Literal["emergency", "call_today", "crisis"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Button:
    """A reply the patient may tap: the words shown and the payload the bot obeys."""

    title: str
    payload: str


@dataclass(frozen=True)
class SourceRef:
    """Where an answer comes from. Dates are ISO (`2026-01-31`); `updated_on` may be unknown."""

    article: str
    section: str
    source_title: str
    reviewed_on: str
    updated_on: str | None = None

    def line(self) -> str:
        """The source in one line, as patients read it."""
        updated = f", last updated {self.updated_on}" if self.updated_on else ""
        return f'Source: "{self.article}", section "{self.section}" (from {self.source_title}{updated}). Reviewed {self.reviewed_on}.'

    def short_line(self) -> str:
        """The source in few characters, for surfaces that count them."""
        return f'From "{self.article}", {self.section}, reviewed {self.reviewed_on}.'


@dataclass(frozen=True)
class DisclaimerText:
    """A disclaimer: the short form that is always shown and the whole text."""

    id: str
    short: str
    full: str


@dataclass(frozen=True)
class AnswerBlock:
    """One approved answer as shown: its words, where they come from, and any notice about age.

    `short_text` is the approved short form for surfaces such as SMS ("" where there is none).
    """

    answer_id: str
    topic: str
    condition: str
    question: str
    text: str
    source: SourceRef
    short_text: str = ""
    notice: str = ""

    def __post_init__(self) -> None:
        if not self.text.strip() or not self.source.article or not self.source.reviewed_on:
            raise ValueError(f"answer {self.answer_id!r} has no text or no source; it can't be shown")


@dataclass(frozen=True)
class Phone:
    """A number the patient can tap to call."""

    label: str
    number: str


@dataclass(frozen=True)
class Reply:
    """Everything one turn says.

    `text` is the lead (or the whole of a fixed text), `blocks` are approved answers, `urgent_line` is a
    safety sentence that stands before everything else, `closing` stands after the answers.

    Raises:
        ValueError: answers without a disclaimer, an unknown kind, or nothing to say.
    """

    kind: Kind
    text: str = ""
    blocks: tuple[AnswerBlock, ...] = ()
    disclaimer: DisclaimerText | None = None
    closing: str = ""
    urgent_line: str = ""
    urgency: Urgency | None = None
    phones: tuple[Phone, ...] = ()
    buttons: tuple[Button, ...] = ()
    topic: str | None = None
    condition: str | None = None
    content_version: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of reply {self.kind!r}; one of {', '.join(KINDS)}")
        if self.blocks and self.disclaimer is None:
            raise ValueError("an answer can't be shown without its disclaimer")
        if not (self.text.strip() or self.blocks):
            raise ValueError("a reply must say something")

    @property
    def answer_ids(self) -> tuple[str, ...]:
        """Ids of the approved answers shown, in order."""
        return tuple(block.answer_id for block in self.blocks)

    def paragraphs(self) -> list[str]:
        """What is said, in order, without buttons: the one order that every surface keeps."""
        parts = [self.urgent_line, self.text]
        for block in self.blocks:
            parts += [block.notice, block.text, block.source.line()]
        parts.append(self.closing)
        if self.disclaimer:
            parts.append(self.disclaimer.short)
        return [part for part in parts if part.strip()]

    def plain(self) -> str:
        """The whole reply as plain text, for surfaces that know nothing else.

        Paragraphs are parted by a line break and never by a blank line: Rasa's stock channels split a
        message at blank lines, which would tear a disclaimer off its answer.
        """
        return "\n".join("\n".join(line for line in part.splitlines() if line.strip()) for part in self.paragraphs())

    def to_dict(self) -> dict[str, Any]:
        """The reply as JSON-ready data (the `custom` part of a Rasa message)."""
        return asdict(self) | {"answer_ids": list(self.answer_ids)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Reply:
        """The reply that `to_dict` wrote. Raises: KeyError, TypeError or ValueError for other data."""
        fields = {key: data[key] for key in cls.__dataclass_fields__ if key in data}
        fields["blocks"] = tuple(
            AnswerBlock(**{**block, "source": SourceRef(**block["source"])}) for block in data.get("blocks") or ()
        )
        fields["disclaimer"] = DisclaimerText(**data["disclaimer"]) if data.get("disclaimer") else None
        fields["phones"] = tuple(Phone(**phone) for phone in data.get("phones") or ())
        fields["buttons"] = tuple(Button(**button) for button in data.get("buttons") or ())
        return cls(**fields)
