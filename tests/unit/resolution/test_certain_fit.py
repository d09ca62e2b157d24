"""Operations that certainly fit a catalog."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from support.market import MARKET

from bake.changeset.model import Create, Delete, Operation, Replace, Update
from bake.resolution.catalog_fit import CatalogFit
from bake.resolution.certain_fit import CertainFit

SCALARS = st.sampled_from([None, True, 0, 1, 2**70, Decimal("0.5"), 1.5, "", "a", "2025-12-20"])
NAMES = st.sampled_from(["id", "uuid", "slug", "name", "shop", "owner", "city", "colour", "price", "", "/slug"])
VALUES = st.recursive(SCALARS, lambda inner: st.dictionaries(NAMES, inner, max_size=2) | st.lists(inner, max_size=1))
ROWS = st.dictionaries(NAMES, VALUES, max_size=3)
POINTERS = st.sampled_from(["", "/slug", "/shop", "/colour", "slug", "/~"])
NEEDS = st.dictionaries(POINTERS, st.sampled_from([2, "q1"]), max_size=1)
ENTITIES = st.sampled_from([*MARKET.entities, "materials"])
PATCHES = st.lists(st.builds(Replace, path=POINTERS, value=VALUES), max_size=2).map(tuple)
OPERATIONS = st.one_of(
    st.builds(Create, n=st.just(1), entity=ENTITIES, key=ROWS, values=ROWS, needs=NEEDS),
    st.builds(Update, n=st.just(1), entity=ENTITIES, key=ROWS, patch=PATCHES, needs=NEEDS),
    st.builds(Delete, n=st.just(1), entity=ENTITIES, key=ROWS, before=ROWS),
)


class _Closely(CatalogFit):
    """Looks at every operation closely."""

    def faults(self, operation: Operation) -> list[str]:
        """What does not fit."""
        return list(self._operation(operation))


@given(OPERATIONS)
def test_what_certainly_fits_has_no_fault(operation: Operation) -> None:
    """A glance never lets through what a closer look refuses."""
    if CertainFit(MARKET)(operation):
        assert _Closely(MARKET).faults(operation) == []


def test_what_builds_write_certainly_fits() -> None:
    """So that nearly all operations are looked at only once."""
    values = {"slug": "ada", "shop": {"slug": "mill"}}
    create = Create(n=1, entity="people", key={"slug": "ada"}, values=values, needs={"/shop": 2}, uuids={"/shop": "u"})
    update = Update(n=1, entity="people", key={"slug": "ada"}, patch=(Replace(path="/shop", value=None),))
    assert CertainFit(MARKET)(create)
    assert CertainFit(MARKET)(update)
    assert not CertainFit(MARKET)(Delete(n=1, entity="people", key={"shop": {"slug": "mill"}}, before={}))
