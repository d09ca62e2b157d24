"""What undoes an operation. The law `invert(invert(c)) == c` is in tests/laws."""

from __future__ import annotations

from bake.changeset.invert import invert, key_after
from bake.changeset.model import Create, Delete, Replace, Skip, Test, Update

CREATE = Create(n=1, entity="shops", key={"slug": "a"}, values={"slug": "a", "name": "A"}, from_=(0,))
DELETE = Delete(n=1, entity="shops", key={"slug": "a"}, before={"slug": "a", "name": "A"}, from_=(0,))
RENAME = Update(
    n=2,
    entity="shops",
    key={"slug": "a"},
    patch=(
        Test(path="/slug", value="a"),
        Replace(path="/slug", value="b"),
        Test(path="/na~1me", value=None),
        Replace(path="/na~1me", value=0),
    ),
)
RENAMED_BACK = Update(
    n=2,
    entity="shops",
    key={"slug": "b"},
    patch=(
        Test(path="/slug", value="b"),
        Replace(path="/slug", value="a"),
        Test(path="/na~1me", value=0),
        Replace(path="/na~1me", value=None),
    ),
)
SKIP = Skip(n=3, entity="shops", reason="unchanged", from_=(1,))


def test_table() -> None:
    """Creates and deletes are each other's inverse, an update's sides are exchanged, and the last is undone first."""
    assert invert([CREATE, RENAME, SKIP]) == [SKIP, RENAMED_BACK, DELETE]


def test_the_inverse_names_the_row_by_the_key_that_it_then_has() -> None:
    """A patch that touches the key changes it; one that does not leaves it, also where a name has a slash."""
    assert key_after({"slug": "a", "na/me": 1}, RENAME.patch) == {"slug": "b", "na/me": 0}
    assert key_after({"city": "York"}, RENAME.patch) == {"city": "York"}
