"""Sealing: what of a record is replaced, whatever its columns are called."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.staff import STAFF

from bake.app.vault import ProjectVault
from bake.catalog.sensitive import HIDDEN, bound, opened
from bake.catalog.values import is_token
from bake.sources.detect import open_source
from bake.sources.model import Table
from bake.sources.sealed import RecordSeal

CATALOG = bound(STAFF, ProjectVault(None))
PLAIN, VIEW = CATALOG.plain_view("people"), CATALOG.views[0]
TOKEN, MISFIT = "a token", "what does not fit"


def _shown(cell: Any) -> Any:
    misfit = isinstance(cell, str) and cell.startswith(f"{HIDDEN}:")
    return TOKEN if is_token(cell) else MISFIT if misfit else cell


@pytest.mark.parametrize(
    ("name", "cell", "expected"),
    [
        ("phone", "555", TOKEN),
        ("phone", None, None),
        ("salary", 12.5, TOKEN),
        ("salary", "a lot", MISFIT),
        ("salary", -1, MISFIT),
        ("born", "19.07.1984", MISFIT),
        ("phone", "sensitive:made-up", MISFIT),
        ("phone", "n/a", MISFIT),
        ("phone", "\ud800", MISFIT),
        ("name", "Ada", "Ada"),
        ("notes", "x", "x"),
        ("team", "night", "night"),
        ("team", {"slug": "night", "city": "Y"}, {"slug": "night", "city": "Y"}),
        ("team", {"slug": "night", "zzz": 555}, {"slug": "night", "zzz": HIDDEN}),
        ("team", [{"slug": "night", "zzz": 555}, "x"], [{"slug": "night", "zzz": HIDDEN}, "x"]),
        ("city", "Y", "Y"),  # of a team, and of no person
        ("Tel", "555", TOKEN),  # a synonym
        ("zzz", "555", HIDDEN),
        ("zzz", ["555"], HIDDEN),
        ("_evidence", {"name": "seen"}, None),
        ("_base", "b1", "b1"),
        ("id", 7, 7),
    ],
)
def test_a_cell_in_plain_records(name: str, cell: Any, expected: Any) -> None:
    """What is known to be harmless stays, what is sensitive is a token, and what may be anything is hidden."""
    [sealed] = RecordSeal(CATALOG, PLAIN).record({name: cell}).values()
    assert _shown(sealed) == expected


def test_what_does_not_fit_is_told_apart() -> None:
    """Two values that do not fit are not taken for one, which one answer would be given for; equal ones are."""
    one, same, other = (RecordSeal(CATALOG, PLAIN).record({"salary": cell})["salary"] for cell in ("x", "x", "y"))
    assert one == same != other


def test_what_is_referred_to_is_sealed() -> None:
    """A sensitive field of another row is sealed, by a path of a view and within an object."""
    assert is_token(RecordSeal(CATALOG, VIEW).record({"team_pin": "0815"})["team_pin"])
    assert is_token(RecordSeal(CATALOG, PLAIN).record({"team": {"pin": "0815"}})["team"]["pin"])


def test_records_in_columns_are_sealed_alike() -> None:
    """A table becomes what its records become; one without rows stays one."""
    seal = RecordSeal(CATALOG, PLAIN)
    rows: list[tuple[Any, ...]] = [("ada", "555", "x"), ("bo", None, None)]
    sealed = seal.table(Table(("slug", "phone", "zzz"), rows))
    assert sealed.rows == [tuple(seal.record(dict(zip(sealed.names, row, strict=True))).values()) for row in rows]
    assert seal.table(Table(("phone",), [])).rows == []


def test_nothing_is_done_to_what_is_not_sensitive() -> None:
    """Tables of entities that have, and refer to, no sensitive field are the same object."""
    teams = replace(CATALOG.entities["teams"], fields={"slug": CATALOG.entities["teams"].fields["slug"]})
    plain = replace(CATALOG, entities={"teams": teams}, views=())
    table = Table(("slug", "zzz"), [("night", "1")])
    assert RecordSeal(plain, plain.plain_view("teams")).table(table) is table


def test_records_of_nobody_knows_what_are_hidden() -> None:
    """Where a catalog has sensitive fields, records that it does not know may hold them."""
    assert RecordSeal(CATALOG, None).record({"phone": "555", "x": None}) == {"phone": HIDDEN, "x": None}


def test_equal_values_are_equal_within_a_field_only() -> None:
    """Tokens compare as values do, `1.50` and `1.5` too; those of two fields, or keys, have nothing in common."""
    seal = RecordSeal(CATALOG, PLAIN)
    one, other = seal.record({"salary": "1.50", "phone": "1.5"}), seal.record({"salary": 1.5, "phone": " 1.5 "})
    assert one == other
    assert one["salary"].split(":")[2] != one["phone"].split(":")[2]
    elsewhere = RecordSeal(bound(STAFF, ProjectVault(None)), PLAIN).record({"phone": "1.5"})
    assert not re.search(elsewhere["phone"].split(":")[2], one["phone"])


def test_what_was_noticed_quotes_no_cell(tmp_path: Path) -> None:
    """A file that is not UTF-8 is noticed with a cell, for people to see whether it was read well; but not of these."""
    path = tmp_path / "staff.csv"
    path.write_bytes("slug,name,phone\nada,Ada,Büro 5557788\n".encode("cp1252"))
    for catalog, quotes in ((STAFF, False), (opened(STAFF), True)):
        source = open_source(path, bound(catalog, ProjectVault(None)), "staff")
        [message] = [one.message for one in source.notices if one.code == "encoding"]
        assert ("Büro 5557788" in message, "another one: --encoding NAME" in message) == (quotes, True)
