"""How many statements each command sends to a database: as many as there are entities and batches, for any records."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.sets import project_at
from support.statements import Counted, Records, bakery, product, purchase, statements, turned

from bake.app.amend import amend
from bake.app.apply import apply
from bake.app.build import build
from bake.app.check import check
from bake.app.export import export_complete
from bake.app.export_views import export_view
from bake.app.history import drift, history, row_history
from bake.app.import_ import import_source
from bake.app.rebase import rebase
from bake.app.resolve import answer_template, resolve, resolve_with_options
from bake.app.revert import revert
from bake.app.seal import seal
from bake.changeset.file import Changeset, read

_BATCHES = 2

#: How many statements a command may take for a further thousand records of each of five entities.
_FURTHER = 80
#: Those that do more: a rebase tries the application, too; undoing looks for each key and uuid that a row had.
_FURTHER_OF = {"rebase": 120, "revert": 200, "revert of deletes": 200}

#: How many rows of each entity a mirror keeps.
_KEPT = 1

#: What others do to the database meanwhile: every reference leads to the last supplier, and every note is another.
_EDITS = (
    "UPDATE suppliers SET notes = 'moved'",
    "UPDATE products SET notes = 'tasted', preferred_supplier_id = (SELECT max(id) - 1 FROM suppliers)",
    "UPDATE purchases SET unit_price = 99, supplier_id = (SELECT max(id) - 1 FROM suppliers)",
)


def new_rows(work: Counted, n: int) -> None:
    """Rows are created, exported, undone, and created again."""
    project, source = work.project, work.source(bakery(n))
    file = work.count("build", lambda: build(project, source))
    work.count("check", lambda: check(project, file.path))
    work.count("rebase", lambda: rebase(project, file.path))
    work.count("apply --dry-run", lambda: apply(project, file.path, dry_run=True))
    work.count("apply", lambda: apply(project, file.path))
    work.count("build of what is there", lambda: build(project, source))
    work.count("drift", lambda: drift(project))
    work.count("history", lambda: history(project))
    work.count("history of a row", lambda: row_history(project, "products", "flour_1"))
    work.count("export complete", lambda: export_complete(project))
    for view in ("products", "inventory", "purchases"):
        work.count(f"export view {view}", lambda view=view: export_view(project, view))  # type: ignore[misc]
    undo = work.count("revert", lambda: revert(project, str(file.path))).changeset
    work.count("apply of the revert", lambda: apply(project, undo.path))
    work.count("drift of deleted rows", lambda: drift(project))
    again = work.count("revert of deletes", lambda: revert(project, str(undo.path))).changeset
    work.count("apply of deleted rows", lambda: apply(project, again.path))


def imported(work: Counted, n: int) -> None:
    """A source is imported, and then a smaller one in mode `mirror`."""
    work.count("import", lambda: work.imported(bakery(n)))
    kept = work.source(bakery(_KEPT))
    work.count("import --mode mirror", lambda: import_source(work.project, kept, mode="mirror", confirm=_agreed))


def _agreed(*_asked: object) -> bool:
    return True


def mirrored(work: Counted, n: int) -> None:
    """Rows of every entity are deleted, because the source lacks them."""
    project = work.project
    work.imported(bakery(n))
    file = work.count("build", lambda: build(project, work.source(bakery(_KEPT)), mode="mirror"))
    work.count("check", lambda: check(project, file.path))
    work.count("rebase", lambda: rebase(project, file.path))
    work.count("apply", lambda: apply(project, file.path))
    work.count("drift", lambda: drift(project))
    undo = work.count("revert", lambda: revert(project, str(file.path))).changeset
    work.count("apply of the revert", lambda: apply(project, undo.path))


def mirrored_and_edited(work: Counted, n: int) -> None:
    """The rows to be deleted were edited meanwhile, and then are gone."""
    project, source = work.project, work.source(bakery(_KEPT))
    work.imported(bakery(n))
    file = build(project, source, mode="mirror")
    again = build(project, source, mode="mirror", output=project.folder / "again.changeset.jsonl")
    work.edit(*_EDITS)
    work.count("check", lambda: check(project, file.path))
    work.refused("apply", lambda: apply(project, file.path))
    assert work.count("rebase", lambda: rebase(project, file.path)).asked
    work.edit(*(f"DELETE FROM {entity}" for entity in ("inventory_items", "purchases", "products", "suppliers")))
    assert work.count("rebase of what is gone", lambda: rebase(project, again.path)).dropped


def mirrored_and_referred_to(work: Counted, n: int) -> None:
    """Rows that stay refer to the rows that the source lacks: the build leaves them, and the rest applies."""
    work.imported(bakery(n))
    kept: Records = {name: bakery(_KEPT)[name] for name in ("suppliers", "ingredients")}
    file = work.count("build", lambda: build(work.project, work.source(kept), mode="mirror"))
    work.count("check", lambda: check(work.project, file.path))
    work.count("apply", lambda: apply(work.project, file.path))


def mirrored_view(work: Counted, n: int) -> None:
    """Rows whose label names the row that they refer to are deleted."""
    work.imported(bakery(n))
    document = msgspec.json.decode(export_view(work.project, "inventory").path.read_bytes())
    kept = {**document, "records": document["records"][:_KEPT], "record_count": _KEPT}
    work.count("build", lambda: build(work.project, work.source(kept), mode="mirror"))


def updated(work: Counted, n: int) -> None:
    """Fields and references are changed, here and then elsewhere, too."""
    project = work.project
    work.imported(bakery(n))
    file = work.count("build", lambda: build(project, work.source(turned(n))))
    other = build(project, work.source(turned(n)), output=project.folder / "other.changeset.jsonl")
    work.count("check", lambda: check(project, file.path))
    work.count("rebase", lambda: rebase(project, file.path))
    work.count("apply", lambda: apply(project, file.path))
    work.count("drift", lambda: drift(project))
    undo = work.count("revert", lambda: revert(project, str(file.path))).changeset
    assert work.count("rebase of what is so", lambda: rebase(project, other.path)).dropped
    work.edit(*_EDITS)
    work.count("drift of edits", lambda: drift(project))
    work.refused("apply of a stale revert", lambda: apply(project, undo.path))
    assert work.count("rebase of a stale revert", lambda: rebase(project, undo.path)).asked
    assert work.count("revert of edits", lambda: revert(project, str(file.path))).left


def edited_since(work: Counted, n: int) -> None:
    """A source is built again whose rows, with keys of their own and without, were edited since it was applied."""
    project, source = work.project, work.source(turned(n))
    work.imported(bakery(n))
    import_source(project, source)
    work.edit(*_EDITS)
    file = work.count("build of what was edited since", lambda: build(project, source))
    assert {question.kind for question in file.decisions.open} == {"conflict"}
    assert len([question for question in file.decisions.open if question.base == "seen"]) == n


def created_by_others(work: Counted, n: int) -> None:
    """Others have created the same rows meanwhile, and changed some, and what new rows refer to is gone."""
    project = work.project
    file = build(project, work.source(bakery(n)))
    stock: Records = {name: bakery(n)[name] for name in ("suppliers", "ingredients")}
    work.imported(stock)
    lost = build(project, work.source({"products": bakery(n)["products"]}))
    work.imported({**bakery(n), "products": turned(n)["products"]})
    work.count("check", lambda: check(project, file.path))
    rebased = work.count("rebase", lambda: rebase(project, file.path))
    assert rebased.asked
    assert rebased.dropped
    work.edit(*(f"DELETE FROM {entity}" for entity in ("inventory_items", "purchases", "products", "suppliers")))
    assert work.count("rebase of what is lost", lambda: rebase(project, lost.path)).asked


def reverted_in_part(work: Counted, n: int) -> None:
    """Of created rows, some were edited since, and others refer to those."""
    file = _applied(work, bakery(n))
    work.edit(*_EDITS)
    assert work.count("revert", lambda: revert(work.project, str(file.path))).left


def renamed(work: Counted, n: int) -> None:
    """Rows get other keys."""
    project = work.project
    work.imported(bakery(n))
    names: Records = {
        "suppliers": [{**row, "slug": f"new_{row['slug']}"} for row in bakery(n)["suppliers"]],
        "products": [{"uuid": row["uuid"], "slug": f"new_{row['slug']}"} for row in bakery(n)["products"]],
    }
    file = work.count("build", lambda: build(project, work.source(names)))
    work.count("check", lambda: check(project, file.path))
    work.count("rebase", lambda: rebase(project, file.path))
    work.count("apply", lambda: apply(project, file.path))
    work.count("drift", lambda: drift(project))
    work.count("history of a row", lambda: row_history(project, "products", "flour_1"))
    undo = work.count("revert", lambda: revert(project, str(file.path))).changeset
    work.count("apply of the revert", lambda: apply(project, undo.path))


def named_otherwise(work: Counted, n: int) -> None:
    """References give names in another spelling, or some of what their rows are."""
    work.imported(bakery(n))
    by_name: Records = {
        "products": [
            {
                **{name: product(i, i)[name] for name in ("package_unit", "package_unit_quantity")},
                "slug": f"bag_{i}",
                "ingredient": {"display_name": f"g {i}"},
                "preferred_supplier": {"name": f"MILL {i}"},
            }
            for i in range(n)
        ],
        "purchases": [
            {
                **{name: purchase(i, i)[name] for name in ("purchase_date", "unit_price", "quantity_purchased")},
                "product": {"ingredient": {"slug": f"grain_{i}"}, "brand": f"Brand {i}"},
                "supplier": {"name": f"mill {i}"},
            }
            for i in range(n)
        ],
    }
    file = work.count("build", lambda: build(work.project, work.source(by_name)))
    assert not file.decisions.open
    work.count("check", lambda: check(work.project, file.path))
    work.count("rebase", lambda: rebase(work.project, file.path))


def edited_views(work: Counted, n: int) -> None:
    """An exported view comes back edited, and others edit the same."""
    project = work.project
    work.imported(bakery(n))
    path = export_view(project, "purchases").path
    document = msgspec.json.decode(path.read_bytes())
    for i, record in enumerate(document["records"]):
        record |= {"supplier_name": f"Mill {(i + 1) % n}", "unit_price": 7.5}
    path.write_bytes(msgspec.json.encode(document))
    file = work.count("build", lambda: build(project, path))
    work.edit(*_EDITS)
    work.count("check", lambda: check(project, file.path))
    work.count("rebase", lambda: rebase(project, file.path))
    conflicts = project.folder / "conflicts.changeset.jsonl"
    work.count("build of conflicts", lambda: build(project, path, output=conflicts))


def asked(work: Counted, n: int) -> None:
    """Rows that new products refer to are missing; the answers come from a file, from options, by themselves, again."""
    project = work.project
    work.imported(bakery(n))
    source = work.source(_of_unknown(n))
    file = work.count("build", lambda: build(project, source))
    assert len(file.decisions.open) == 2 * n
    work.count("check", lambda: check(project, file.path))
    work.count("rebase", lambda: rebase(project, file.path))
    work.count("resolve --template", lambda: answer_template(project, file.path, BytesIO()))
    answers = [(q.id, _mapped(q.entity, i % n)) for i, q in enumerate(file.decisions.open)]
    given = work.source({"questions": [{"question": id_, "answer": answer} for id_, answer in answers]})
    work.count("resolve --answers", lambda: resolve(project, file.path, given, remember=True))
    work.count("amend", lambda: amend(project, file.path, set_=["1/notes=seen"]))
    remembered = project.folder / "remembered.changeset.jsonl"
    file = work.count("build with remembered answers", lambda: build(project, source, output=remembered))
    assert not file.decisions.open
    work.count("check of answers", lambda: check(project, file.path))
    work.count("rebase of answers", lambda: rebase(project, file.path))
    work.count("apply of answers", lambda: apply(project, file.path))


def created_by_answers(work: Counted, n: int) -> None:
    """Rows that new products refer to are missing, and answers create them."""
    project, source = work.project, work.source(_of_unknown(n))
    file = build(project, source)
    questions = file.decisions.open
    answers = [{"question": q.id, "answer": {"choice": "create", "values": _named(q.entity, q.id)}} for q in questions]
    given = work.source({"questions": answers})
    work.count("resolve --answers", lambda: resolve(project, file.path, given))
    options = build(project, source, output=project.folder / "options.changeset.jsonl")
    skip = [question.id for question in options.decisions.open]
    work.count("resolve --skip", lambda: resolve_with_options(project, options.path, skip=skip))
    auto = project.folder / "auto.changeset.jsonl"
    entities = ["suppliers", "ingredients"]
    work.count("build --auto-create", lambda: build(project, source, auto_create=entities, output=auto))
    assert not read(auto).decisions.open


def skipped(work: Counted, n: int) -> None:
    """What waits for an answer is left out, and the rest is applied."""
    file = build(work.project, work.source({**bakery(n), **_of_unknown(n)}))
    work.count("apply --skip-on-error", lambda: apply(work.project, file.path, skip_on_error=True))


def sealed(work: Counted, n: int) -> None:
    """A changeset is edited by hand, and accepted."""
    file = build(work.project, work.source(bakery(n)))
    file.path.write_bytes(file.path.read_bytes().replace(b'"unit_price":5.49', b'"unit_price":5.50'))
    work.count("seal", lambda: seal(work.project, file.path))


def _applied(work: Counted, records: Records) -> Changeset:
    return apply(work.project, build(work.project, work.source(records)).path).changeset


def _of_unknown(n: int) -> Records:
    """Products whose ingredient and supplier nobody knows, each its own."""
    return {
        "products": [
            {
                **{name: product(i, i)[name] for name in ("brand", "package_unit", "package_unit_quantity")},
                "slug": f"oats_{i}",
                "ingredient": {"slug": f"oat_{i}", "display_name": f"Oat {i}"},
                "preferred_supplier": {"name": f"Farm {i}", "city": "Waltham"},
            }
            for i in range(n)
        ]
    }


def _mapped(entity: str, i: int) -> dict[str, Any]:
    """The answer that a row is meant which is there."""
    return {"choice": "map", "key": {"slug": f"mill_{i}" if entity == "suppliers" else f"grain_{i}"}}


def _named(entity: str, name: str) -> dict[str, Any]:
    """The name of a new row, as an answer gives it."""
    return {"name" if entity == "suppliers" else "display_name": f"New {name}"}


SCENARIOS: tuple[Callable[[Counted, int], None], ...] = (
    new_rows,
    imported,
    mirrored,
    mirrored_and_edited,
    mirrored_and_referred_to,
    mirrored_view,
    updated,
    edited_since,
    created_by_others,
    reverted_in_part,
    renamed,
    named_otherwise,
    edited_views,
    asked,
    created_by_answers,
    skipped,
    sealed,
)


def counts(scenario: Callable[[Counted, int], None], folder: Path, n: int) -> dict[str, int]:
    """How many statements each command of a scenario takes for so many records."""
    work = Counted(folder / f"{scenario.__name__}_{n}")
    scenario(work, n)
    return work.counts


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_statements_do_not_grow_within_a_batch(scenario: Callable[[Counted, int], None], tmp_path: Path) -> None:
    """Every command takes as many statements for five records of each entity as for twenty."""
    assert counts(scenario, tmp_path, 20) == counts(scenario, tmp_path, 5)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [new_rows, mirrored, updated], ids=lambda scenario: scenario.__name__)
def test_statements_grow_by_batches(scenario: Callable[[Counted, int], None], tmp_path: Path) -> None:
    """A further five hundred records of each entity, most of a batch, take a few statements an entity."""
    few, many = (counts(scenario, tmp_path, n) for n in (50, 550))
    further = {command: many[command] - few[command] for command in few}
    assert all(0 <= more <= _FURTHER_OF.get(command, _FURTHER) for command, more in further.items()), str(further)
    assert few != many


def test_a_mirror_asks_once_a_batch_for_what_its_deletes_refer_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten deletes of each entity more, in batches of ten, take as many statements more as the ten before took."""
    monkeypatch.setattr("bake.app.build.BATCH", 10)

    def deleting(n: int) -> int:
        work = Counted(tmp_path / str(n))
        work.imported(bakery(n))
        source = work.source(bakery(_KEPT))
        work.count("build", lambda: build(work.project, source, mode="mirror"))
        return work.counts["build"]

    ten, twenty, thirty = (deleting(_KEPT + deletes) for deletes in (10, 20, 30))
    assert thirty - twenty == twenty - ten > 0


def exported(n: int) -> dict[str, Any]:
    """A product as an export of the view has it."""
    return {
        "product_slug": f"flour_{n}",
        "ingredient_slug": f"grain_{n % 7}",
        "preferred_supplier_name": f"Mill {n % 3}",
        "brand": f"Brand {n % 11}",
        "product_name": f"Flour {n}",
        "package_size": 5.0,
        "package_unit": "lb",
        "package_unit_quantity": 5.0,
    }


def edited(n: int) -> dict[str, Any]:
    """The same come back: one in three unchanged, changed, or new, of the new ones some by another spelling."""
    match n % 3:
        case 0:
            return exported(n)
        case 1:
            return {**exported(n), "notes": f"checked {n}", "ingredient_slug": f"grain_{(n + 1) % 7}"}
        case _:
            return {**exported(n + 100_000), "preferred_supplier_name": f"MILL {n % 3}"}


def counted(folder: Path, records: int) -> tuple[int, int]:
    """The statements of building and of applying a changeset of so many records, in two batches."""
    project = project_at(folder)
    stock = {
        "suppliers": [{"name": f"Mill {n}", "slug": f"mill_{n}"} for n in range(3)],
        "ingredients": [{"slug": f"grain_{n}", "display_name": f"Grain {n}"} for n in range(7)],
    }
    import_source(project, written(folder, "stock.json", stock))
    import_source(project, written(folder, "before.json", view([exported(n) for n in range(records)])))
    source = written(folder, "after.json", view([edited(n) for n in range(records)]))
    with statements() as building, pytest.MonkeyPatch.context() as patch:
        patch.setattr("bake.app.build.BATCH", records // _BATCHES)
        file = build(project, source)
    assert not file.decisions.open
    with statements() as applying:
        apply(project, file.path)
    return len(building), len(applying)


def view(records: list[dict[str, Any]]) -> dict[str, Any]:
    """An export of the products."""
    return {"export_type": "denormalized_view", "view_name": "products_complete", "records": records}


def written(folder: Path, name: str, document: object) -> Path:
    """A document as a file."""
    path = folder / name
    path.write_bytes(msgspec.json.encode(document))
    return path


def test_statements_grow_with_batches_and_not_with_records(tmp_path: Path) -> None:
    """Ten times as many records in as many batches are built and applied with no more statements.

    A batch may take one less: rows that a new record resembles are fetched only where there are any.
    """
    few, many = counted(tmp_path / "few", 60), counted(tmp_path / "many", 600)
    assert all(more <= less for less, more in zip(few, many, strict=True)), (few, many)
