"""Render counts in words, in three tenses: of a plan, of a result, and of a trial.

name       plan         result      trial (a dry run)
create     to create    created     would be created
update     to update    updated     would be updated
delete     to delete    deleted     would be deleted
unchanged  unchanged    unchanged   unchanged          records whose row has the same values already
skipped    skipped      skipped     skipped            other records without an operation that writes
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
#: The reasons of skips of records that agree with the database; they are counted as unchanged.
UNCHANGED = frozenset({"unchanged", "already here", "already so", "already there", "already gone"})


def heading(name: str, tense: Tense) -> str:
    """The heading of a table's column of counts, such as `to create`."""
    return _ACTIONS[tense].get(name, name)


def counts_text(counts: Mapping[str, int], tense: Tense) -> str:
    """Render counts as `3 to create, 2 to update, 150 unchanged`: in the order given, without those that are 0."""
    return ", ".join(f"{number:,} {_word(name, number, tense)}" for name, number in counts.items() if number)


def done_text(counts: Mapping[str, Mapping[str, int]], tense: Tense) -> dict[str, str]:
    """Render the counts of creates, updates and deletes of each entity; entities without any are left out.

    Args:
        counts: numbers of operations, by entity and action; other actions are ignored.
        tense: the tense.
    """
    ordered = {entity: {name: actions.get(name, 0) for name in _ACTIONS[tense]} for entity, actions in counts.items()}
    return {entity: text for entity, actions in ordered.items() if (text := counts_text(actions, tense))}


def _word(name: str, number: int, tense: Tense) -> str:
    if name == "warnings":
        return "warning" if number == 1 else "warnings"
    return heading(name, tense)
