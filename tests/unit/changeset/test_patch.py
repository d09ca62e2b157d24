"""Both sides of a patch, and the key afterwards."""

from __future__ import annotations

from bake.changeset.model import Replace, Test
from bake.changeset.patch import before_after, key_with

PATCH = (
    Test(path="/slug", value="a"),
    Replace(path="/slug", value="b"),
    Test(path="/na~1me", value=None),
    Replace(path="/na~1me", value=0),
)


def test_a_patch_has_two_sides() -> None:
    """By field, also where a name has a slash."""
    assert before_after(PATCH) == ({"slug": "a", "na/me": None}, {"slug": "b", "na/me": 0})


def test_a_patch_that_touches_the_key_changes_it() -> None:
    """One that does not leaves it; other fields do not come into it."""
    after = before_after(PATCH)[1]
    assert key_with({"slug": "a", "na/me": 1}, after) == {"slug": "b", "na/me": 0}
    assert key_with({"city": "York"}, after) == {"city": "York"}
