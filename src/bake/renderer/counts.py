"""Counts in words: a plan says what will happen, a result what has happened.

name       plan         result      trial (a dry run)
create     to create    created     would be created
update     to update    updated     would be updated
delete     to delete    deleted     would be deleted
unchanged  unchanged    unchanged   unchanged          records whose row is as they say already
skipped    skipped      skipped     skipped            other records that nothing is done about
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

Tense: TypeAlias = Literal["plan", "result", "trial"]

_ACTIONS: Mapping[Tense, Mapping[str, str]] = {
    "plan": {"create": "to create", "update": "to update", "delete": "to delete"},
    "result": {"create": "created", "update": "updated", "delete": "deleted"},
    "trial": {"create": "would be created", "update": "would be updated", "delete": "would be deleted"},
}
#: Reasons of skips that mean that the database has already what the record says.
UNCHANGED = frozenset({"unchanged", "already here", "already so", "already there", "already gone"})


def heading(name: str, tense: Tense) -> str:
    """What a column of such counts is called."""
    return _ACTIONS[tense].get(name, name)


def counts_text(counts: Mapping[str, int], tense: Tense) -> str:
    """`3 to create, 2 to update, 150 unchanged`: in the order in which they are given, those that are 0 left out."""
    return ", ".join(f"{number:,} {_word(name, number, tense)}" for name, number in counts.items() if number)


def done_text(counts: Mapping[str, Mapping[str, int]], tense: Tense) -> dict[str, str]:
    """What was done to each entity, as the ledger counts it; creates first, then updates, then deletes."""
    ordered = {entity: {name: actions.get(name, 0) for name in _ACTIONS[tense]} for entity, actions in counts.items()}
    return {entity: text for entity, actions in ordered.items() if (text := counts_text(actions, tense))}


def _word(name: str, number: int, tense: Tense) -> str:
    if name == "warnings":
        return "warning" if number == 1 else "warnings"
    return heading(name, tense)
