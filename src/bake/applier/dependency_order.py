"""The order of creates that refer to each other: a row is inserted after those that it refers to.

A create *waits* for another one if a reference of its row needs the row which that one creates (`Create.needs`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter

from bake.changeset.model import Create


def levels(waiting: Sequence[Create]) -> Iterator[list[Create]]:
    """Yield creates in groups: each group waits only for creates of earlier groups, or for none of these creates.

    Creates in cycles, and those that wait for them, are left out. Within a group the given order is kept.
    """
    by_number = {create.n: create for create in waiting}
    positions = {n: position for position, n in enumerate(by_number)}
    sorter = TopologicalSorter({c.n: [n for n in _parents(c) if n in by_number] for c in waiting})
    with suppress(CycleError):
        sorter.prepare()
    while ready := sorter.get_ready():
        yield [by_number[n] for n in sorted(ready, key=positions.__getitem__)]
        sorter.done(*ready)


def cycle_members(waiting: Sequence[Create]) -> list[Create]:
    """The creates that are in a cycle, or that one in a cycle waits for, in the given order.

    The others can be inserted after these, since only others wait for them. The cost is linear in the number of creates
    and of their needs.
    """
    by_number = {create.n: create for create in waiting}
    awaited = Counter(n for create in waiting for n in _parents(create) if n in by_number)
    loose = [create.n for create in waiting if not awaited[create.n]]
    while loose:
        for parent in _parents(by_number.pop(loose.pop())):
            awaited[parent] -= 1
            if not awaited[parent] and parent in by_number:
                loose.append(parent)
    return list(by_number.values())


def _parents(create: Create) -> Iterator[int]:
    return (need for need in create.needs.values() if isinstance(need, int))
