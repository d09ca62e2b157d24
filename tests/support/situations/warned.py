"""Files whose import is warned of, deletes rows, or exchanges values, and files that come in a wrapping: `import`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from support.kitchen import Edit, Kitchen, another_purchase, uid
from support.shell import Said
from support.situations.watching import Outcome, Situation, Watch
from support.tables import Contents

from bake.changeset.further_id import further_id

_Document = dict[str, list[dict[str, Any]]]
#: From what the database held to what it is to hold; of new rows only how many there are, and what they say.
_Meant = Callable[[Contents, Contents], Contents]


def _import(kitchen: Kitchen, *options: str) -> Said:
    return kitchen.shell.bake("import", "file.json", *options, "--format", "json")


def _keep(kitchen: Kitchen, *options: str) -> Said:
    """Build it with a question for each warning, keep what was warned of, and apply it."""
    return kitchen.brought("file.json", *options, answers=("--keep", "q1"))


def _exchange(kitchen: Kitchen) -> Said:
    """Build it, say of both records which row they are about, and apply it."""
    return kitchen.brought("file.json", answers=("--map", "q1=costco", "--map", "q2=wegmans"))


def _file(
    content: _Document | str,
    meant: Mapping[str, _Meant],
    *options: str,
    said: Callable[..., Said] = _import,
    edits: tuple[Edit, ...] = (),
) -> Situation:
    """Bring in a file that is to do what is meant, after others have edited the database."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        kitchen.edit(*edits)
        kitchen.shell.write("file.json", content)
        before, watch = kitchen.contents(), Watch(kitchen)
        result = said(kitchen, *options)
        now = kitchen.contents()
        return watch.outcome(result, {name: partial(of, before, now) for name, of in meant.items()})

    return situation


def _edited(entity: str, uuid: str, **values: Any) -> dict[str, _Meant]:
    return {
        "what was edited": lambda before, _now: {
            **before,
            entity: {**before[entity], uuid: {**before[entity][uuid], **values}},
        }
    }


def _added(*prices: str) -> dict[str, _Meant]:
    """New purchases at these prices, beside what was there."""

    def meant(before: Contents, now: Contents) -> Contents:
        new = {uuid: row for uuid, row in now["purchases"].items() if uuid not in before["purchases"]}
        assert sorted(row["unit_price"] for row in new.values()) == sorted(map(Decimal, prices))
        return {**before, "purchases": {**before["purchases"], **new}}

    return {"what was added": meant}


def _deleted(entity: str, *uuids: str) -> dict[str, _Meant]:
    return {
        "what was deleted": lambda before, _now: {
            **before,
            entity: {uuid: row for uuid, row in before[entity].items() if uuid not in uuids},
        }
    }


def _exchanged(before: Contents, _now: Contents) -> Contents:
    one, other = (before["suppliers"][uid(n)] for n in (1, 2))
    slugs = {uid(1): {**one, "slug": other["slug"]}, uid(2): {**other, "slug": one["slug"]}}
    return {**before, "suppliers": slugs}


def _purchase(**more: Any) -> dict[str, Any]:
    date = {"purchase_date": "2025-12-20", "unit_price": 6.49, "quantity_purchased": 1}
    return {"product_slug": "king", "supplier_slug": "wegmans", **date, **more}


_BARCODE = "071012010103"
_DEAR: _Document = {"purchases": [_purchase(unit_price=54.9)]}
_TWICE: _Document = {"purchases": [_purchase(), _purchase()]}
_MISREAD: _Document = {"products": [{"slug": "king", "upc_code": "071012010104"}]}
_SAME_CODE: _Document = {"products": [{"slug": "king", "upc_code": _BARCODE}]}
_OTHER_CODE: _Document = {"purchases": [_purchase(product_slug=None, product={"slug": "king", "upc_code": _BARCODE})]}
_RENAMED: _Document = {"products": [{"uuid": uid(21), "slug": "king_5_lb"}]}
_ON_THE_OTHER: tuple[Edit, ...] = (f"UPDATE products SET upc_code = '{_BARCODE}' WHERE slug = 'bobs'",)
#: A table that the catalog does not know, which refers to `bobs`.
SHELF: tuple[Edit, ...] = (
    "CREATE TABLE shelves (product INTEGER, FOREIGN KEY (product) REFERENCES products (id) ON DELETE CASCADE)",
    "INSERT INTO shelves (product) SELECT id FROM products WHERE slug = 'bobs'",
)
_ONE: _Document = {"products": [{"slug": "king"}]}
_OTHER: _Document = {"products": [{"slug": "bobs"}]}
_SWAPPED: _Document = {
    "suppliers": [
        {"uuid": uid(1), "slug": "wegmans", "name": "Costco"},
        {"uuid": uid(2), "slug": "costco", "name": "Wegmans"},
    ]
}

#: What is only warned of: the file, and what it does if nothing is asked.
_ALARMS: dict[str, tuple[_Document, dict[str, _Meant], tuple[Edit, ...]]] = {
    "a price is ten times the last one": (_DEAR, _added("54.90"), ()),
    "a check digit is wrong": (_MISREAD, _edited("products", uid(21), upc_code="071012010104"), ()),
}
#: What is warned of, and needs a yes.
_RISKS: dict[str, tuple[_Document, dict[str, _Meant], tuple[Edit, ...]]] = {
    "a barcode is another product's": (_SAME_CODE, _edited("products", uid(21), upc_code=_BARCODE), _ON_THE_OTHER),
    "a reference gives another product's barcode": (_OTHER_CODE, _added("6.49"), _ON_THE_OTHER),
    "two new lines are the same": (_TWICE, _added("6.49", "6.49"), ()),
    "the key of a row is changed": (_RENAMED, _edited("products", uid(21), slug="king_5_lb"), ()),
}

#: How a file is brought in that is warned of.
_WAYS: dict[str, tuple[tuple[str, ...], Callable[..., Said]]] = {
    "": ((), _import),
    ", with --yes": (("--yes",), _import),
    ", with --strict": (("--strict", "--yes"), _import),
    ", with --strict, and it is kept": (("--strict",), _keep),
}

WARNED: dict[str, Situation] = {
    f"{warned}{way}": _file(content, meant, *options, said=said, edits=edits)
    for warned, (content, meant, edits) in (_ALARMS | _RISKS).items()
    for way, (options, said) in _WAYS.items()
    if warned in _RISKS or options != ("--yes",)
}


_MISSPELT: _Document = {"purchases": [_purchase(product_slug="kingg", unit_price=54.9)]}


def _misspelt(*options: str, keep: bool = False) -> Situation:
    """Bring in a purchase of a misspelt product at ten times its last price: it is answered which product that is."""

    def said(kitchen: Kitchen, *options: str) -> Said:
        shell, file = kitchen.shell, kitchen.folder / "brought.changeset.jsonl"
        shell.bake("changeset", "build", "file.json", *options, "--output", file.name)
        shell.done("changeset", "resolve", file.name, "--map", "q1=king")
        assert "10 times more" in shell.done("changeset", "show", file.name)
        if keep:
            asked = further_id("purchases", {"operation": 1, "field": "unit_price"}, ())
            shell.done("changeset", "resolve", file.name, "--keep", asked)
        return kitchen.apply(file=file)

    return _file(_MISSPELT, _added("54.90"), *options, said=said)


def _merged_answers(kitchen: Kitchen, *options: str) -> Said:
    """Build it, answer one question on each of two branches, merge them, and apply that."""
    shell, mine, theirs = kitchen.shell, "brought.changeset.jsonl", "theirs.changeset.jsonl"
    shell.bake("changeset", "build", "file.json", *options, "--output", mine)
    (kitchen.folder / theirs).write_bytes((kitchen.folder / mine).read_bytes())
    shell.done("changeset", "resolve", mine, "--map", "q1=king")
    shell.done("changeset", "resolve", theirs, "--map", "q2=wegmans")
    shell.done("changeset", "merge", mine, theirs)
    return kitchen.apply(file=kitchen.folder / mine)


_BOTH_MISSPELT: _Document = {
    "purchases": [_purchase(product_slug="kingg", supplier_slug=None, supplier_name="Wegmanns", unit_price=54.9)]
}
_AFTER_ANSWER = "a price is ten times the last one of a product that was asked for"
WARNED |= {
    _AFTER_ANSWER: _misspelt(),
    f"{_AFTER_ANSWER}, with --strict": _misspelt("--strict"),
    f"{_AFTER_ANSWER}, with --strict, and it is kept": _misspelt("--strict", keep=True),
    "a price is ten times the last one by the answers of two branches together, with --strict": _file(
        _BOTH_MISSPELT, {}, "--strict", said=_merged_answers
    ),
}


def _lacking_since(*options: str) -> Situation:
    """Import an export in mode `mirror`, of which nothing was taken out, after a row was added."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        kitchen.shell.done("export", "view", "purchases", "--output", "old.json")
        kitchen.edit(another_purchase(32))
        watch = Watch(kitchen)
        said = kitchen.shell.bake("import", "old.json", "--mode", "mirror", *options, "--format", "json")
        return watch.outcome(said, {})

    return situation


_SIZE = {"package_unit": "oz", "package_unit_quantity": 1}
_SPARE: _Document = {"products": [{"uuid": uid(23), "slug": "spare", "ingredient_slug": "rye_flour", **_SIZE}]}


def _taken_out(*answers: str, known: bool = True) -> Situation:
    """Mirror a sheet of the products as exported, without `bobs`, after another one was added.

    A changeset adds it; where that is not to be known, its traces are removed.
    """

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        shell, sheet = kitchen.shell, kitchen.folder / "old.csv"
        shell.done("export", "view", "products", "--format", "csv", "--output", sheet.name)
        shell.write("spare.json", _SPARE)
        shell.done("import", "spare.json")
        kitchen.edit(*(() if known else ("DELETE FROM bake_changes",)))
        lines = sheet.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        sheet.write_text("".join(line for line in lines if ",bobs," not in line), encoding="utf-8")
        before, watch, options = kitchen.contents(), Watch(kitchen), ("--mode", "mirror")
        if answers:
            said = kitchen.brought(sheet.name, *options, answers=answers)
        else:
            said = shell.bake("import", sheet.name, *options, "--yes", "--format", "json")
        gone = {uid(22)} if known else {uid(22), uid(23)}
        products = {uuid: row for uuid, row in before["products"].items() if uuid not in gone}
        return watch.outcome(said, {"what was deleted": lambda: {**before, "products": products}})

    return situation


DELETES: dict[str, Situation] = {
    "rows are lacking": _file(_ONE, _deleted("products", uid(22)), "--mode", "mirror"),
    "rows are lacking, with --yes": _file(_ONE, _deleted("products", uid(22)), "--mode", "mirror", "--yes"),
    "rows are lacking that other rows refer to, with --yes": _file(_OTHER, {}, "--mode", "mirror", "--yes"),
    "rows are lacking that a table outside the catalog refers to, with --yes": _file(
        _ONE, {}, "--mode", "mirror", "--yes", edits=SHELF
    ),
    "rows are lacking in an export that were added since": _lacking_since(),
    "rows are lacking in an export that were added since, with --yes": _lacking_since("--yes"),
    "rows are lacking in a sheet, one of which a changeset added since the export, with --yes": _taken_out(),
    "rows are lacking in a sheet, and the one that a changeset added since is to stay": _taken_out(
        "--choose", "q1=keep"
    ),
    "rows are lacking in a sheet of which nobody knows when they were added, with --yes": _taken_out(known=False),
    "two rows exchange a unique value": _file(_SWAPPED, {"what was edited": _exchanged}, said=_exchange),
}

_LINES = '{"records": [{"product_slug": "king", "notes": "opened"}]}'
_FENCED = f"```json\n{_LINES}\n```\n"
_OPENED = _edited("products", uid(21), notes="opened")


def _piped(text: str) -> Situation:
    """Import what comes through a pipe."""
    return _file(
        "",
        _OPENED,
        said=lambda kitchen: kitchen.shell.process("import", "-", "--view", "products", "--format", "json", text=text),
    )


WRAPPED: dict[str, Situation] = {
    "it comes through a pipe": _piped(_LINES),
    "nothing comes through the pipe": _piped(""),
    "it stands between ``` lines": _file(f"Here it is:\n\n{_FENCED}", _OPENED, "--view", "products"),
    "it stands between ``` lines, and is cut off": _file(f"```json\n{_LINES[:-9]}\n```\n", {}, "--view", "products"),
    "two such blocks are sources": _file(f"{_FENCED}\n{_FENCED}", {}, "--view", "products"),
}
