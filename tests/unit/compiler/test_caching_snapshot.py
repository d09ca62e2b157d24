"""A snapshot that asks for each row once."""

from __future__ import annotations

from collections.abc import Sequence

from support.memory import MILL, MemorySnapshot

from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.compiler.caching_snapshot import CachingSnapshot


class _Watched(MemorySnapshot):
    """Notes the keys that are asked for."""

    def __init__(self) -> None:
        super().__init__(MILL, {"grains": [{"id": 1, "slug": "rye"}, {"id": 2, "slug": "oat"}]})
        self.asked: list[list[tuple[Json, ...]]] = []

    def find(
        self, entity: str, by: tuple[str, ...], keys: Sequence[tuple[Json, ...]]
    ) -> dict[tuple[Json, ...], list[Row]]:
        self.asked.append(list(keys))
        return super().find(entity, by, keys)


def test_a_key_is_asked_for_once() -> None:
    """What was found, and what was not, is known; only the other keys are asked for."""
    watched = _Watched()
    snapshot = CachingSnapshot(watched)
    assert list(snapshot.find("grains", ("slug",), [("rye",), ("none",)])) == [("rye",)]
    assert list(snapshot.find("grains", ("slug",), [("none",), ("oat",), ("rye",)])) == [("oat",), ("rye",)]
    assert watched.asked == [[("rye",), ("none",)], [("oat",)]]


def test_ids_are_passed_on() -> None:
    """Rows by id are remembered elsewhere, where they are forgotten again."""
    watched = _Watched()
    snapshot = CachingSnapshot(watched)
    for _ in range(2):
        assert list(snapshot.find("grains", ("id",), [(1,)])) == [(1,)]
    assert watched.asked == [[(1,)], [(1,)]]
