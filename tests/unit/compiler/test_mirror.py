"""Mode `mirror` plans no delete that applying would refuse: what rows that stay refer to is left, and said."""

from __future__ import annotations

from decimal import Decimal

from support.compiling import Compiled, compiled, view
from support.market import uid

from bake.changeset.model import Delete

WHEAT = {"id": 1, "uuid": uid(1), "slug": "wheat", "name": "Wheat"}
RYE = {"id": 2, "uuid": uid(2), "slug": "rye", "name": "Rye"}
BRAN = {"id": 3, "uuid": uid(3), "slug": "bran", "name": "Bran", "parent": 2}
BAG = {"id": 7, "uuid": uid(7), "grain": 2, "brand": "Hovis", "weight": Decimal(5)}
ONLY_WHEAT = {"slug": "wheat"}
KEEP_BAG = {"uuid": uid(7)}


def deleted(result: Compiled) -> list[str]:
    """The keys of the rows that are deleted."""
    return [str(one.key.get("slug", one.key)) for one in result.operations if isinstance(one, Delete)]


def test_a_row_that_a_row_which_stays_refers_to_is_left_and_named() -> None:
    """The notice says how many rows stay, which entities refer to them, and gives an example with what refers to it."""
    result = compiled({"grains": [ONLY_WHEAT]}, {"grains": [WHEAT, RYE], "bags": [BAG]}, mode="mirror")
    assert deleted(result) == []
    [notice] = result.notices["blocked"]
    assert notice.message == (
        "grains: 1 row that the source lacks is not deleted, since rows that stay refer to it: bags (1); "
        "rye (by bags rye, Hovis, 5)"
    )


def test_what_a_row_that_stays_refers_to_stays_as_well() -> None:
    """A parent of a row that has to stay is left, too: the row that is referred to needs it."""
    bag = {**BAG, "grain": 3}
    result = compiled({"grains": [ONLY_WHEAT]}, {"grains": [WHEAT, RYE, BRAN], "bags": [bag]}, mode="mirror")
    assert deleted(result) == []
    assert "2 rows" in result.notices["blocked"][0].message


def test_rows_that_are_deleted_together_do_not_hold_each_other() -> None:
    """A row whose referring rows are all deleted by the same changeset is deleted."""
    document = {"grains": [ONLY_WHEAT], "bags": [{"grain_slug": "wheat", "brand": "New", "weight": 1}]}
    result = compiled(document, {"grains": [WHEAT, RYE], "bags": [BAG]}, mode="mirror")
    assert [(one.entity, one.key) for one in result.operations if isinstance(one, Delete)] == [
        ("grains", {"slug": "rye"}),
        ("bags", {"grain": {"slug": "rye"}, "brand": "Hovis", "weight": Decimal(5)}),
    ]
    assert "blocked" not in result.notices


def test_a_reference_that_the_source_leads_elsewhere_does_not_hold_a_row() -> None:
    """What refers to the row today, and to another one when the changeset is applied, lets it go."""
    document = {"grains": [ONLY_WHEAT], "bags": [{"uuid": uid(7), "grain_slug": "wheat"}]}
    assert deleted(compiled(document, {"grains": [WHEAT, RYE], "bags": [BAG]}, mode="mirror")) == ["rye"]


def test_a_row_that_the_source_lets_others_refer_to_is_left() -> None:
    """A new reference to a row that the source lacks keeps it: deleting it would be refused."""
    new = {"grain_slug": "rye", "brand": "New", "weight": 1}
    result = compiled({"grains": [ONLY_WHEAT], "bags": [new]}, {"grains": [WHEAT, RYE]}, mode="mirror")
    assert deleted(result) == []
    assert "rye (by a record of this source)" in result.notices["blocked"][0].message


def test_only_some_are_named() -> None:
    """However many rows stay, a notice names three of them."""
    grains = [{"id": n, "uuid": uid(n), "slug": f"g{n}", "name": "G"} for n in range(10, 30)]
    bags = [{**BAG, "id": n, "uuid": uid(100 + n), "grain": n} for n in range(10, 30)]
    result = compiled({"grains": [ONLY_WHEAT]}, {"grains": [WHEAT, *grains], "bags": bags}, mode="mirror", batch=4)
    [notice] = result.notices["blocked"]
    assert notice.message.startswith("grains: 20 rows that the source lacks are not deleted")
    assert notice.message.count("(by bags") == 3
    assert notice.message.endswith(" …")


def test_of_an_export_it_is_noted_that_it_lacks_what_was_added_since() -> None:
    """Nobody can tell a line that was taken out of a file from a row that came after it; a plain list is no export."""
    rows = {"grains": [{"id": n, "uuid": uid(n), "slug": slug, "name": slug} for n, slug in enumerate("ab", 1)]}
    document = {"grains": [{"slug": "a"}]}
    assert "mirror_export" not in compiled(document, rows, mode="mirror").notices
    bags = [{"id": n, "uuid": uid(10 + n), "grain": 1, "brand": "Hovis", "weight": Decimal(n)} for n in (1, 2)]
    shelf = view("shelf", {"id": 1, "grain": "a", "brand": "Hovis", "weight": 1}) | {"export_id": uid(99)}
    result = compiled(shelf, rows | {"bags": bags}, mode="mirror")
    assert len(deleted(result)) == 1
    [notice] = result.notices["mirror_export"]
    assert notice.message.startswith("bags: 1 row that the export lacks is to be deleted; what was added since")
    assert not compiled(shelf, rows | {"bags": bags[:1]}, mode="mirror").notices.get("mirror_export")


def test_rows_are_asked_about_where_no_record_was_taken_out_of_the_export() -> None:
    """As many records as were exported, and no new one: what is lacking was added since."""
    grain = {"id": 1, "uuid": uid(1), "slug": "a", "name": "a"}
    bags = [{"id": n, "uuid": uid(10 + n), "grain": 1, "brand": "Hovis", "weight": Decimal(n)} for n in (1, 2, 3)]
    record = {"id": 1, "grain": "a", "brand": "Hovis", "weight": 1}
    shelf = view("shelf", record) | {"export_id": uid(99), "record_count": 1}
    result = compiled(shelf, {"grains": [grain], "bags": bags}, mode="mirror")
    assert (result.question.kind, [one.name for one in result.question.options]) == ("decision", ["keep", "delete"])
    assert len(deleted(result)) == 2
    assert "mirror_export" not in result.notices
