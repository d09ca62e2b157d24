"""A bakery and its changesets, which between them have every kind of line, operation, question and event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from support.kitchen import STOCK, uid
from support.shell import Shell, lines

from bake.changeset.events import Answered, Proposed, ProposedAmendment, ProposedAnswer, Rejected, Withdrawn
from bake.changeset.file import read
from bake.changeset.model import Add, Evidence
from bake.changeset.runs import numbers
from bake.changeset.writing import append

#: A delivery that creates rows which refer to each other, and updates others.
DELIVERY: Mapping[str, Any] = {
    "ingredients": [{"slug": "spelt", "display_name": "Spelt", "parent_slug": "flours"}],
    "products": [
        {"slug": "king", "upc_code": "071012010103", "preferred_supplier_slug": "costco"},
        {"uuid": uid(22), "slug": "bobs_dark_rye"},
        {"slug": "spelt_bag", "ingredient_slug": "spelt", "package_unit": "kg", "package_unit_quantity": 1},
    ],
}
#: All purchases and all suppliers: in a mirror, what is not among them is deleted.
ALL: Mapping[str, Any] = {"suppliers": STOCK["suppliers"], "purchases": []}


@dataclass(frozen=True)
class Corpus:
    """The folder of a bakery.

    Attributes:
        shell: where commands are typed.
        changesets: by name the path of a changeset, relative to the folder.
    """

    shell: Shell
    changesets: Mapping[str, str]


def made(folder: Path, url: str) -> Corpus:
    """A bakery in an empty folder and a database without tables.

    Args:
        folder: the folder.
        url: the database.
    """
    shell = Shell(folder, {"BAKE_DATABASE_URL": url})
    shell.done("init")
    shell.done("import", shell.write("stock.json", STOCK))
    shell.done("import", shell.write("more.json", _more()))
    files = {
        "questions": _questions(shell),
        "mirror": shell.built(shell.write("all.json", ALL), "--mode", "mirror"),
    }
    files["answered"] = _answered(shell, files["questions"])
    files["merged"] = _merged(shell, files["questions"])
    files["applied"] = _applied(shell)
    files["undo"] = folder / "undo.changeset.jsonl"
    shell.done("changeset", "revert", files["applied"], "--output", files["undo"])
    files["rebased"] = _rebased(shell)
    return Corpus(shell, {name: str(path.relative_to(folder)) for name, path in files.items()})


def _more() -> Mapping[str, Any]:
    """What the questions are about: suppliers of one name, and a purchase of each of some products."""
    products: list[dict[str, Any]] = [
        {"slug": f"flour_{n}", "ingredient_slug": "bread_flour", "package_unit": "lb", "package_unit_quantity": n}
        for n in (5, 2, 10, 25)
    ]
    purchases = [
        {
            "product_slug": f"flour_{n}",
            "supplier_name": "Wegmans",
            "purchase_date": "2025-12-01",
            "unit_price": price,
            "quantity_purchased": 1,
        }
        for n, price in ((5, 3.5), (2, 2.5), (10, 6), (25, 12))
    ]
    branch = {"name": "Costco", "city": "Boston", "state": "MA"}
    products.append({"slug": "king", "upc_code": "0"})
    return {"suppliers": [branch], "products": products, "purchases": purchases}


def _questions(shell: Shell) -> Path:
    """A changeset with every kind of question, as `tests/e2e/test_every_question.py` makes it."""
    shell.done("export", "view", "purchases", "--output", "view.json")
    document = json.loads((shell.folder / "view.json").read_text())
    del document["record_count"]
    five, two, ten, twenty_five = document["records"][-4:]
    unnamed = {name: value for name, value in two.items() if name not in ("uuid", "_base")}
    document["records"] = [
        {**five, "supplier_name": "Costco", "unit_price": 4.5},  # ambiguous; conflict
        {**two, "quantity_purchased": "lots", "notes": "one"},  # invalid
        {**two, "notes": "two"},  # duplicate
        {**unnamed, "purchase_id": five["purchase_id"], "notes": "which?"},  # identity
        *({**one, "_base": None, "unit_price": 7} for one in (ten, twenty_five)),  # decision
        {
            "product_slug": "cider_64",
            "supplier_name": "Wilson Frams",
            "purchase_date": "2025-12-20",
            "unit_price": 6.99,
            "quantity_purchased": 2,
        },
    ]
    shell.done("import", shell.write("price.json", {"purchases": [_priced(five, 3.9)]}))
    return shell.built(shell.write("view.json", document))


def _priced(purchase: Mapping[str, Any], price: float) -> Mapping[str, Any]:
    return {"uuid": purchase["uuid"], "unit_price": price}


def _propose(path: Path, n: int) -> None:
    """An answer and an amendment are proposed, and one of them is rejected."""
    who: dict[str, Any] = {"by": "ada", "at": "2026-01-10T12:00:00Z", "prev": ""}
    [first, *_] = read(path).decisions.questions
    answer = ProposedAnswer(question=first, choice="create", values={"notes": "new"})
    patch = (Add(path="/patch/-", value={"op": "test", "path": "/notes", "value": None}),)
    evidence = (Evidence(field="notes", url="https://example.org", quote="so it is", confidence=Decimal("0.9")),)
    file = append(read(path), Proposed(model="a model", answer=answer, confidence=Decimal("0.5"), **who))
    append(file, Rejected(proposal=file.head, reason="no", **who))
    amendment = ProposedAmendment(operation=n, patch=patch)
    append(read(path), Proposed(model="a model", amendment=amendment, evidence=evidence, **who))


def _answered(shell: Shell, questions: Path) -> Path:
    """The same with answers, one of them withdrawn, amended, noted and sealed."""
    copy = questions.with_name("answered.changeset.jsonl")
    copy.write_bytes(questions.read_bytes())
    by_kind: dict[str, Any] = {line["kind"]: line for line in lines(copy, "question")}
    decision, first = by_kind["decision"]["id"], min(numbers(by_kind["duplicate"]["asked_by"]))
    cider = {"ingredient": "Apple Cider", "package_unit": "fl oz", "package_unit_quantity": 64}
    shell.done(
        *("changeset", "resolve", copy),
        *("--map", "suppliers:Costco=costco_boston_ma"),
        *("--create", f"products:cider_64={json.dumps(cider)}"),
        *("--create", by_kind["identity"]["id"]),
        *("--take", f"{by_kind['conflict']['id']}=file"),
        *("--value", f"{by_kind['invalid']['id']}=3"),
        *("--take", f"{by_kind['duplicate']['id']}={first}"),
        *("--choose", f"{decision}=file"),
    )
    shell.done("changeset", "resolve", copy, "--create", 'ingredients:Apple Cider={"parent": "flours"}')
    shell.done("changeset", "resolve", copy, "--skip", "suppliers:Wilson Frams")
    [last] = read(copy).events[-1:]
    assert isinstance(last, Answered)
    append(read(copy), Withdrawn(by="ada", at=last.at, prev="", question=last.question, answers=(last.digest,)))
    shell.done("changeset", "resolve", copy, "--create", "suppliers:Wilson Frams")
    updates = [line["n"] for line in lines(copy, "operation") if line["action"] == "update"]
    shell.done("changeset", "amend", copy, "--set", f"{updates[0]}/notes=amended", "--note", "why")
    shell.done("changeset", "amend", copy, "--note", "a note on the whole")
    _propose(copy, updates[0])
    copy.write_bytes(copy.read_bytes().replace(b'"notes":"which?"', b'"notes":"which one?"'))
    copy.write_bytes(copy.read_bytes().replace(b'"value":"which?"', b'"value":"which one?"'))
    shell.done("changeset", "seal", copy, "--reason", "a better word")
    return copy


def _merged(shell: Shell, questions: Path) -> Path:
    """The same in two versions, which answer one question alike, one otherwise and one each, merged."""
    ours, theirs = (questions.with_name(f"{name}.changeset.jsonl") for name in ("merged", "theirs"))
    for copy, side in ((ours, "file"), (theirs, "database")):
        copy.write_bytes(questions.read_bytes())
        by_kind: dict[str, Any] = {line["kind"]: line for line in lines(copy, "question")}
        alike, otherwise = f"{by_kind['decision']['id']}=file", f"{by_kind['conflict']['id']}={side}"
        own = ("--skip", by_kind["ambiguous" if copy is ours else "invalid"]["id"])
        shell.done("changeset", "resolve", copy, "--choose", alike, "--take", otherwise, *own)
        shell.done("changeset", "amend", copy, "--note", f"by {copy.name}")
    said = shell.bake("changeset", "merge", ours, theirs)
    assert said.status in (0, 3), said
    theirs.unlink()
    return ours


def _applied(shell: Shell) -> Path:
    """One that was tried in vain, and then applied."""
    file = shell.built(shell.write("delivery.json", DELIVERY))
    shell.done("import", shell.write("upc.json", {"products": [{"slug": "king", "upc_code": "1"}]}))
    said = shell.bake("changeset", "apply", file)
    assert said.status == 4, said
    shell.done("import", shell.write("upc.json", {"products": [{"slug": "king", "upc_code": "0"}]}))
    assert "applied" in shell.done("changeset", "apply", file)
    return file


def _rebased(shell: Shell) -> Path:
    """One that was answered, and derived again after others changed what it is about."""
    delivery = {
        "products": [{"slug": "king", "brand": "King A."}, {"slug": "flour_10", "brand": "Mill"}],
        "purchases": [
            {
                "product_slug": "king",
                "supplier_name": "Joe's",
                "purchase_date": "2025-12-21",
                "unit_price": 6,
                "quantity_purchased": 1,
            }
        ],
    }
    file = shell.built(shell.write("later.json", delivery))
    shell.done("changeset", "resolve", file, "--create", "suppliers:Joe's")
    others = {"products": [{"slug": "king", "brand": "Arthur"}], "suppliers": [{"name": "Joe's"}]}
    shell.done("import", shell.write("others.json", others))
    said = shell.bake("changeset", "rebase", file)
    assert said.status in (0, 3), said
    return file
