"""Inputs that are made to be hard: each of them is more of one thing than anybody has.

A shape makes a project and a source in a folder, and says which commands are its life.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pantry
from measuring import HERE

CHANGESET, UNDO, ANSWERS = "it.changeset.jsonl", "undo.changeset.jsonl", "answers.json"
_Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A command, the file that takes what it prints, whether it is measured, and how it may end."""

    name: str
    command: tuple[str, ...]
    output: Path | None = None
    timed: bool = True
    expected: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Shape:
    """Makes an input of a size; the first of its sizes, and the size of the smallest input that there can be."""

    make: Callable[[Path, int], Iterable[Step]]
    size: int
    least: int = 1


def _bake(name: str, *arguments: str, expected: tuple[int, ...] = (0,), output: str | None = None) -> Step:
    return Step(name, (sys.executable, "-m", "bake", *arguments), Path(output) if output else None, expected=expected)


def _helped(name: str, script: str, *arguments: str, timed: bool = True) -> Step:
    return Step(name, (sys.executable, str(HERE / script), *arguments), timed=timed)


def _build(source: str, *options: str) -> Step:
    return _bake("build", "changeset", "build", source, "--output", CHANGESET, *options, expected=(0, 3))


_SHOW = _bake("show", "changeset", "show", CHANGESET, expected=(0, 3))
_CHECK = _bake("check", "changeset", "check", CHANGESET, expected=(0, 3, 4))
_APPLY = _bake("apply", "changeset", "apply", CHANGESET)
_REVERT = _bake("revert", "changeset", "revert", CHANGESET, "--output", UNDO)
_UNDO = _bake("undo", "changeset", "apply", UNDO)
_LIFE = (_SHOW, _CHECK, _APPLY, _REVERT, _UNDO)


def _asked(*after: Step) -> tuple[Step, ...]:
    """The life of a changeset whose questions are answered by a file."""
    return (
        _SHOW,
        _bake("template", "changeset", "resolve", "--template", CHANGESET, output=ANSWERS),
        _helped("answering", "answering.py", ANSWERS, timed=False),
        _bake("answer", "changeset", "resolve", "--answers", ANSWERS, CHANGESET),
        *after,
    )


def _entity(folder: Path, entity: str, records: Iterable[_Record]) -> str:
    name = f"{entity}.json"
    with (folder / name).open("w", encoding="utf-8") as stream:
        head = {"version": "1.0", "entity_type": entity}
        stream.write(json.dumps(head)[:-1] + ', "records": [\n')
        for n, record in enumerate(records):
            stream.write((",\n" if n else "") + json.dumps(record))
        stream.write("\n]}\n")
    return name


def _inserted(folder: Path, table: str, rows: Iterable[_Record]) -> None:
    """Write rows into a table; all of them have the same columns."""
    rows = iter(rows)
    first = next(rows)
    columns, marks = ", ".join(first), ", ".join(f":{name}" for name in first)
    with sqlite3.connect(folder / "bake.db") as database:
        database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", [first, *rows])
    database.close()


def _row(kind: int, i: int, **values: Any) -> _Record:
    return {"id": i + 1, "uuid": pantry.uuid(kind, i), "created_at": pantry.CREATED, **values}


def _supplier(i: int, name: str, city: str | None = "Waltham") -> _Record:
    return _row(1, i, slug=f"supplier_{i}", name=name, city=city, state="MA", supplier_type="physical", is_active=1)


def _ingredient(i: int) -> _Record:
    return _row(2, i, slug=f"ingredient_{i}", display_name=f"Ingredient {i}", hierarchy_level=2, is_packaging=0)


def _new_product(i: int, **more: Any) -> _Record:
    return {
        "slug": f"product_{i}",
        "ingredient": {"slug": "ingredient_0"},
        "brand": f"Brand {i}",
        "product_name": f"Product {i}",
        "package_unit": "lb",
        "package_unit_quantity": 5,
        **more,
    }


def _new_rows(folder: Path, n: int) -> Iterator[Step]:
    """Rows of an entity whose second key has no index."""
    pantry.initialised(folder)
    records = ({"name": f"Farm {i}", "city": f"City {i % 100}", "state": "MA"} for i in range(n))
    return iter((_build(_entity(folder, "suppliers", records)), *_LIFE))


def _same_named(folder: Path, n: int) -> Iterator[Step]:
    """Half as many rows of one name as there are records that name it and nothing else."""
    pantry.initialised(folder)
    _inserted(folder, "suppliers", (_supplier(i, "The Farm", f"City {i}") for i in range(max(2, n // 2))))
    _inserted(folder, "ingredients", [_ingredient(0)])
    records = (_new_product(i, preferred_supplier={"name": "The Farm"}) for i in range(n))
    return iter((_build(_entity(folder, "products", records)), _SHOW, _CHECK))


def _same_named_apart(folder: Path, n: int) -> Iterator[Step]:
    """The same, but that each record says something else of the row that it names."""
    pantry.initialised(folder)
    _inserted(folder, "suppliers", (_supplier(i, "The Farm", f"City {i}") for i in range(max(2, n // 2))))
    _inserted(folder, "ingredients", [_ingredient(0)])
    records = (_new_product(i, preferred_supplier={"name": "The Farm", "zip_code": str(i)}) for i in range(n))
    return iter((_build(_entity(folder, "products", records)), _SHOW, _CHECK))


def _questions(folder: Path, n: int) -> Iterator[Step]:
    """As many questions as there are records."""
    pantry.initialised(folder)
    _inserted(folder, "ingredients", (_ingredient(i) for i in range(100)))
    records = (_new_product(i, ingredient={"slug": f"unknown_{i}", "display_name": f"Unknown {i}"}) for i in range(n))
    return iter((_build(_entity(folder, "products", records)), *_asked(*_LIFE[1:])))


def _unknown_columns(folder: Path, n: int) -> Iterator[Step]:
    """One record with many columns that nobody knows."""
    pantry.initialised(folder)
    record = {"name": "Farm", "slug": "farm", **{f"column_{i}": i for i in range(n)}}
    return iter((_build(_entity(folder, "suppliers", [record])), _SHOW, _CHECK))


def _unknown_in_each(folder: Path, n: int) -> Iterator[Step]:
    """Many records, each with a column of its own that nobody knows."""
    pantry.initialised(folder)
    records = ({"name": f"Farm {i}", "slug": f"farm_{i}", f"column_{i}": i} for i in range(n))
    return iter((_build(_entity(folder, "suppliers", records)), _SHOW, _CHECK))


def _long_texts(folder: Path, n: int) -> Iterator[Step]:
    """Texts of n thousand characters, where 4,000 fit."""
    pantry.initialised(folder)
    records = [{"name": f"Farm {i}", "slug": f"farm_{i}", "notes": "flour " * (n * 170)} for i in range(3)]
    return iter((_build(_entity(folder, "suppliers", records)), _SHOW, _CHECK))


def _long_names(folder: Path, n: int) -> Iterator[Step]:
    """Names of n thousand characters that nobody has."""
    pantry.initialised(folder)
    _inserted(folder, "ingredients", (_ingredient(i) for i in range(100)))
    said = {"display_name": "flour " * (n * 170)}
    return iter((_build(_entity(folder, "products", [_new_product(0, ingredient=said)])), _SHOW, _CHECK))


def _deep(folder: Path, n: int) -> Iterator[Step]:
    """A document nested as deep as it is large."""
    pantry.initialised(folder)
    text = '{"version": "1.0", "entity_type": "suppliers", "records": [{"name": "Farm", "notes": %s%s}]}'
    (folder / "deep.json").write_text(text % ("[" * n, "]" * n), encoding="utf-8")
    return iter([_bake("build", "changeset", "build", "deep.json", "--output", CHANGESET, expected=(0, 3, 5))])


def _child_lines(folder: Path, n: int) -> Iterator[Step]:
    """One recipe with many lines, half of them of the same ingredient."""
    pantry.initialised(folder)
    _inserted(folder, "ingredients", (_ingredient(i) for i in range(n)))
    lines = [
        {"ingredient": {"slug": f"ingredient_{i if i % 2 else 0}"}, "quantity": 1 + i % 9, "unit": "cup"}
        for i in range(n)
    ]
    source = _entity(folder, "recipes", [{"slug": "all", "name": "All", "ingredients": lines}])
    return iter((_build(source), *_LIFE))


def _fewer_lines(folder: Path, n: int) -> Iterator[Step]:
    """The same, where the recipe has its lines already, and each of them is changed or gone."""
    pantry.initialised(folder)
    _inserted(folder, "ingredients", (_ingredient(i) for i in range(n)))
    _inserted(folder, "recipes", [_row(3, 0, slug="all", name="All", is_production_ready=0, is_archived=0)])
    _inserted(
        folder,
        "recipe_ingredients",
        (
            _row(4, i, recipe_id=1, ingredient_id=1 + (i if i % 2 else 0), occurrence=1 if i % 2 else i // 2 + 1)
            | {"quantity": 1, "unit": "cup"}
            for i in range(n)
        ),
    )
    lines = [
        {"ingredient": {"slug": f"ingredient_{i if i % 2 else 0}"}, "quantity": 2, "unit": "cup"}
        for i in range(n)
        if i % 4 < 2
    ]
    source = _entity(folder, "recipes", [{"slug": "all", "name": "All", "ingredients": lines}])
    return iter((_build(source), *_asked(*_LIFE[1:])))


def _mirror(folder: Path, n: int) -> Iterator[Step]:
    """All rows but one are deleted."""
    pantry.initialised(folder)
    _inserted(folder, "suppliers", (_supplier(i, f"Farm {i}") for i in range(n + 1)))
    source = _entity(folder, "suppliers", [{"slug": "supplier_0", "name": "Farm 0"}])
    return iter((_build(source, "--mode", "mirror"), *_LIFE))


def _equal_rows(folder: Path, n: int) -> Iterator[Step]:
    """Rows without a key that are all the same, in the database and, one more, in the file."""
    pantry.initialised(folder)
    pantry.fill(folder / "bake.db", 1)
    bought = {"purchase_date": "2025-01-02", "unit_price": 1.5, "quantity_purchased": 2}
    _inserted(folder, "purchases", (_row(4, i, product_id=1, supplier_id=1, **bought) for i in range(n)))
    record = {"product": {"slug": "product_0"}, "supplier": {"slug": "supplier_0"}, **bought}
    return iter((_build(_entity(folder, "purchases", [record] * (n + n // 2 + 1))), *_LIFE))


def _nearly_bought(folder: Path, n: int) -> Iterator[Step]:
    """Rows without a key that are all the same, and as many records, each with a price of its own."""
    pantry.initialised(folder)
    pantry.fill(folder / "bake.db", 1)
    bought = {"purchase_date": "2025-01-02", "quantity_purchased": 2}
    _inserted(folder, "purchases", (_row(4, i, product_id=1, supplier_id=1, unit_price=1, **bought) for i in range(n)))
    named = {"product": {"slug": "product_0"}, "supplier": {"slug": "supplier_0"}}
    records = ({**named, **bought, "unit_price": 2 + i} for i in range(n))
    return iter((_build(_entity(folder, "purchases", records)), _SHOW, _CHECK))


def _noted(folder: Path, n: int) -> Iterator[Step]:
    """Rows without a key that are all the same but for their notes, and as many records, in another order."""
    pantry.initialised(folder)
    pantry.fill(folder / "bake.db", 1)
    bought = {"purchase_date": "2025-01-02", "unit_price": 1.5, "quantity_purchased": 2}
    rows = (_row(4, i, product_id=1, supplier_id=1, notes=f"note {i}", **bought) for i in range(n))
    _inserted(folder, "purchases", rows)
    named = {"product": {"slug": "product_0"}, "supplier": {"slug": "supplier_0"}}
    records = ({**named, **bought, "notes": f"note {n - i + i % 2}"} for i in range(n))
    return iter((_build(_entity(folder, "purchases", records)), _SHOW, _CHECK))


def _near_equal(folder: Path, n: int) -> Iterator[Step]:
    """Rows whose names have all words in common, and as many records that name one of them wrongly."""
    pantry.initialised(folder)
    name = "The Old Country Farm Bakery Supply Store of Waltham No. {}"
    _inserted(folder, "suppliers", (_supplier(i, name.format(i)) for i in range(n)))
    _inserted(folder, "ingredients", [_ingredient(0)])
    records = (
        _new_product(i, preferred_supplier={"name": name.format(f"{i}{i % 7}").replace("Supply", "Suply")})
        for i in range(n)
    )
    return iter((_build(_entity(folder, "products", records)), *_asked(_CHECK)))


def _near_equal_new(folder: Path, n: int) -> Iterator[Step]:
    """Rows whose names have all words in common, and as many new ones of that kind."""
    pantry.initialised(folder)
    name = "The Old Country Farm Bakery Supply Store of Waltham No. {}"
    _inserted(folder, "suppliers", (_supplier(i, name.format(i)) for i in range(n)))
    records = ({"name": name.format(f"{i}{i % 7}"), "city": "Waltham", "state": "MA"} for i in range(n))
    return iter((_build(_entity(folder, "suppliers", records), "--strict"), _SHOW, _CHECK))


def _to_one_row(folder: Path, n: int) -> Iterator[Step]:
    """A row to which all others refer is deleted with them, and then all comes back."""
    pantry.initialised(folder)
    _inserted(folder, "suppliers", [_supplier(0, "Farm 0")])
    _inserted(folder, "ingredients", [_ingredient(0)])
    records = (_new_product(i, preferred_supplier={"slug": "supplier_0"}) for i in range(n))
    return iter((_build(_entity(folder, "products", records)), *_LIFE))


def _to_one_new_row(folder: Path, n: int) -> Iterator[Step]:
    """All records refer to one row that the same set creates, renames later by an answer, and loses in the end."""
    pantry.initialised(folder)
    records = (_new_product(i, ingredient={"slug": "new", "display_name": "New"}) for i in range(n))
    return iter((_build(_entity(folder, "products", records)), *_asked(*_LIFE[1:])))


def _chain(order: Callable[[Sequence[int]], Iterable[int]]) -> Callable[[Path, int], Iterator[Step]]:
    def make(folder: Path, n: int) -> Iterator[Step]:
        """Each created row refers to the one before."""
        pantry.initialised(folder)
        records = (
            {
                "slug": f"recipe_{i}",
                "name": f"Recipe {i}",
                **({"base_recipe": {"slug": f"recipe_{i - 1}"}} if i else {}),
            }
            for i in order(range(n))
        )
        return iter((_build(_entity(folder, "recipes", records)), *_LIFE))

    return make


def _many_changesets(folder: Path, n: int) -> Iterator[Step]:
    """A folder of many applied changesets, all about the same row."""
    pantry.initialised(folder)
    _inserted(folder, "suppliers", [_supplier(0, "Farm 0")])
    source = _entity(folder, "suppliers", [{"slug": "supplier_0", "name": "Farm 0", "notes": "the last"}])
    return iter(
        (
            _helped("many", "growth_events.py", "changesets", str(n), timed=False),
            _bake("history", "history"),
            _bake("history of row", "history", "suppliers", "supplier_0"),
            _bake("list", "changeset", "list"),
            _build(source),
            _CHECK,
            _APPLY,
            _bake("drift", "changeset", "drift", expected=(0, 4)),
        )
    )


def _many_events(folder: Path, n: int) -> Iterator[Step]:
    """One question, answered again and again, and an operation amended as often."""
    pantry.initialised(folder)
    _inserted(folder, "ingredients", [_ingredient(0)])
    record = _new_product(0, ingredient={"slug": "unknown", "display_name": "Unknown"})
    return iter(
        (
            _bake(
                "first",
                "changeset",
                "build",
                _entity(folder, "products", [record]),
                "--output",
                CHANGESET,
                expected=(0, 3),
            ),
            _helped("many", "growth_events.py", "events", str(n)),
            _SHOW,
            _bake("template", "changeset", "resolve", "--template", CHANGESET, output=ANSWERS),
            _CHECK,
            _APPLY,
            _REVERT,
        )
    )


def _interview(folder: Path, n: int) -> Iterator[Step]:
    """Somebody is asked many questions, one after another, and all at once amends what was built."""
    pantry.initialised(folder)
    _inserted(folder, "ingredients", [_ingredient(0)])
    records = (_new_product(i, ingredient={"slug": f"unknown_{i}", "display_name": f"Unknown {i}"}) for i in range(n))
    return iter((_build(_entity(folder, "products", records)), _helped("interview", "growth_events.py", "interview")))


def _wide_records(folder: Path, n: int) -> Iterator[Step]:
    """Records of n fields."""
    (folder / "columns.py").write_text(_COLUMNS.format(n=n), encoding="utf-8")
    (folder / "bake.toml").write_text('catalog = "columns:CATALOG"\n', encoding="utf-8")
    records = ({"slug": f"row_{i}", **{f"field_{k}": i + k for k in range(n)}} for i in range(50))
    edited = ({"slug": f"row_{i}", **{f"field_{k}": i + k + 1 for k in range(n)}} for i in range(50))
    first = _entity(folder, "wide", records)
    (folder / first).rename(folder / "first.json")
    second = _entity(folder, "wide", edited)
    return iter((_bake("init", "init"), _bake("import", "import", "first.json"), _build(second), *_LIFE))


_COLUMNS = """import sqlalchemy as sa
from bake.catalog.checked import checked
from bake.catalog.model import Catalog
from bake.catalog.declaring import entity

COLUMNS = [sa.Column(f"field_{{i}}", sa.Integer) for i in range({n})]
TABLE = sa.Table("wide", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True),
                 sa.Column("slug", sa.String(60), nullable=False, unique=True), *COLUMNS)
CATALOG = checked(Catalog("columns", TABLE.metadata, {{"wide": entity(TABLE, keys=(("slug",),), label="{{slug}}")}}))
"""

SHAPES: dict[str, Shape] = {
    "new rows": Shape(_new_rows, 2500),
    "same-named": Shape(_same_named, 1000, 2),
    "same-named, apart": Shape(_same_named_apart, 500, 2),
    "questions": Shape(_questions, 1250),
    "interview": Shape(_interview, 100),
    "unknown columns": Shape(_unknown_columns, 2500),
    "unknown in each": Shape(_unknown_in_each, 1000),
    "wide records": Shape(_wide_records, 100, 2),
    "long texts": Shape(_long_texts, 250),
    "long names": Shape(_long_names, 250),
    "deep": Shape(_deep, 20_000),
    "child lines": Shape(_child_lines, 1000, 2),
    "fewer lines": Shape(_fewer_lines, 1000, 4),
    "mirror": Shape(_mirror, 2500),
    "equal rows": Shape(_equal_rows, 1000),
    "equal, noted": Shape(_noted, 1000),
    "nearly bought": Shape(_nearly_bought, 500),
    "near-equal": Shape(_near_equal, 500),
    "near-equal new": Shape(_near_equal_new, 1000),
    "to one row": Shape(_to_one_row, 2500),
    "to one new row": Shape(_to_one_new_row, 1250),
    "chain": Shape(_chain(iter), 1000),
    "chain, backwards": Shape(_chain(reversed), 1000),
    "changesets": Shape(_many_changesets, 50),
    "events": Shape(_many_events, 100),
}
