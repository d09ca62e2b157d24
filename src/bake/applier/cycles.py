"""Creates that wait for each other, or for themselves: which of them hold up all the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bake.changeset.model import Create


def knot(waiting: Sequence[Create]) -> list[Create]:
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
