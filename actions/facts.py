"""Looks one fact up: does the article name it as a cause, a symptom, a treatment …?"""

from __future__ import annotations

from dataclasses import dataclass

from actions.ask import Part
from actions.compose import echo, fact_block
from bot.content.reply import AnswerBlock
from bot.content.store import ContentStore


@dataclass(frozen=True)
class FactLookup:
    """What the store says: a fixed sentence for each finding and the approved notes."""

    leads: tuple[str, ...] = ()
    blocks: tuple[AnswerBlock, ...] = ()


def look_up_facts(part: Part, relation: str, condition: str, store: ContentStore) -> FactLookup:
    """The facts that `part` names, looked up for `condition`.

    A fact that the article has under another relation (sepsis as a complication, asked as a symptom) is shown
    as what it is. Words that the store does not know get the honest "not mentioned".
    """
    leads: list[str] = []
    blocks: list[AnswerBlock] = []
    unknown = list(part.unknown_terms)
    common_name = store.condition(condition).common_name
    for key in part.facts:
        rows = store.facts_by_key(key, condition)
        fitting = [row for row in rows if row.relation == relation]
        if not rows:
            unknown.append(key.replace("-", " "))
            continue
        lead = f"fact_yes_{relation}" if fitting else f"fact_other_{relation}"
        leads.append(store.message(lead, fact=rows[0].name, condition=common_name))
        blocks.extend(fact_block(row, store) for row in fitting or rows)
    if unknown:
        leads.append(_not_mentioned(unknown, common_name, store))
    return FactLookup(tuple(leads), tuple(blocks))


def _not_mentioned(terms: list[str], common_name: str, store: ContentStore) -> str:
    said = echo(terms)
    if not said:
        return store.message("fact_unknown", condition=common_name)
    return store.message("fact_unknown_named", terms=said, condition=common_name)
