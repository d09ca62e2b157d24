"""What a record says of where its values come from: shown, kept, told again, and gone with the value."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.web import bakery

import bake
from bake import Answer, Evidence, Project, Proposal
from bake.changeset.model import Create, Operation, Update
from bake.cli.history_output import row_text
from bake.renderer.document import document
from bake.renderer.text import text

FLOUR, BREAD = "king_arthur_all_purpose_flour_5_lb", "king_arthur_bread_flour_5_lb"
CODE = "071012010103"
SAID = {"upc_code": {"url": "https://example.org/flour", "quote": CODE, "confidence": 0.9}, "notes": "photo 3"}
KEPT = (
    Evidence(field="upc_code", url="https://example.org/flour", quote=CODE, confidence=Decimal("0.9")),
    Evidence(field="notes", source="photo 3"),
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The bakery of the demonstration."""
    folder = bakery(tmp_path / "shop")
    return Project(f"sqlite:///{folder / 'bake.db'}", "bake.catalog.bakery:BAKERY", folder=folder, actor="ada")


def record(**more: Any) -> dict[str, Any]:
    """A record that fills in a code and notes, and says where from."""
    return {"product_slug": FLOUR, "upc_code": CODE, "notes": "sifted", "_evidence": SAID, **more}


def evidence(operation: Operation) -> tuple[Evidence, ...]:
    """That of an operation."""
    assert isinstance(operation, Create | Update)
    return operation.evidence


def test_it_goes_from_the_record_to_the_history(project: Project) -> None:
    """Into the operation, the review, the ledger, and what is told of the row and of one field."""
    file = bake.build(project, [record()], view="products")
    [operation] = file.operations()
    assert evidence(operation) == KEPT
    assert "example.org/flour" in text(document(file), 120)
    assert file.built is not None
    assert file.built.notices == ()
    bake.apply(project, file)
    events = bake.row_history(project, "products", FLOUR)
    assert events[-1].evidence == KEPT
    assert "upc_code: https://example.org/flour" in row_text(events)
    assert bake.row_history(project, "products", FLOUR, field="notes")[-1].evidence == KEPT[1:]
    assert bake.to_dict(events[-1])["evidence"][1] == {"field": "notes", "source": "photo 3"}


def test_only_for_what_is_written(project: Project) -> None:
    """A field that stays as it is has no evidence, nor has a value that an answer or an amendment replaces."""
    bake.apply(project, bake.build(project, [{"product_slug": FLOUR, "notes": "sifted"}], view="products"))
    wrong = record(upc_code="071012010104")
    file = bake.build(project, [wrong], view="products", strict=True)
    [operation] = file.operations()
    assert evidence(operation) == KEPT[:1]
    resolved = bake.resolve_with_options(project, file, value=[f"q1={CODE}"]).changeset
    assert [evidence(one) for one in resolved.effective()] == [()]
    other = bake.build(project, [record(upc_code=CODE)], view="products", output=project.folder / "o.changeset.jsonl")
    amended = bake.amend(project, other, set_=["1/upc_code=0071012010103"]).changeset
    assert [evidence(one) for one in amended.effective()] == [()]


def test_what_an_accepted_proposal_says_is_kept(project: Project) -> None:
    """With the change that it made, as long as its answer or amendment stands."""
    wrong = [{"product_slug": FLOUR, "upc_code": "071012010104"}, {"product_slug": BREAD, "notes": "sifted"}]
    file = bake.build(project, wrong, view="products", strict=True)
    photo = [Evidence(source="photo 3", confidence=Decimal("0.9"))]
    made = [
        Proposal("m", Answer("q1", "value", value=CODE), evidence=photo),
        Proposal("m", set_=["2/notes=sifted twice"], evidence=[Evidence(field="notes", source="a book")]),
    ]
    bake.propose(project, file, made)
    bake.settle_proposals(project, file, accept=["all"])
    later = bake.amend(project, file, set_=["2/notes=sifted once"])
    bake.apply(project, later.changeset)
    [kept] = bake.row_history(project, "products", FLOUR)[-1].evidence
    assert (kept.field, kept.source) == ("upc_code", "photo 3")
    assert bake.row_history(project, "products", BREAD)[-1].evidence == ()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (7, "no object of columns"),
        ({"upc_code": {"confidence": 2}}, "a number from 0 to 1"),
        ({"upc_code": {"page": 1}}, "unknown field"),
        ({"upc_code": {}}, "it says nothing"),
        ({"colour": "photo 3"}, "names colour, which is no column"),
    ],
)
def test_what_cannot_be_read_is_a_notice(project: Project, said: Any, why: str) -> None:
    """The value counts all the same: evidence decides nothing."""
    file = bake.build(project, [record(_evidence=said)], view="products")
    [operation] = file.operations()
    assert evidence(operation) == ()
    assert file.built is not None
    [notice] = file.built.notices
    assert (notice.code, why in notice.message) == ("evidence", True)


def test_a_sheet_holds_it_as_json(project: Project, tmp_path: Path) -> None:
    """In a column of its own, which nobody is asked about."""
    said = json.dumps(SAID).replace('"', '""')
    sheet = tmp_path / "codes.csv"
    sheet.write_text(f'product_slug,upc_code,notes,_evidence\n{FLOUR},{CODE},sifted,"{said}"\n')
    file = bake.build(project, sheet, view="products")
    assert [evidence(one) for one in file.operations()] == [KEPT]
