"""Creates that wait for each other: in which order they can go, and which of them hold up all the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter

from bake.changeset.model import Create


def levels(waiting: Sequence[Create]) -> Iterator[list[Create]]:
    """Creates that wait, each after those that it waits for: together what can be there together.

    Those in cycles, and what waits for them, are left out. The order stays as it is among those that go together.
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
    """Of creates that wait, those in cycles and between them; what only waits for these can wait until they are there.

    The order stays as it is; the cost grows with the creates and what they wait for.
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
