"""A changeset with every kind of question: at a terminal, by a file of answers, by options, and on the web page."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import get_args

import pytest
from support.copies import copied
from support.session import Session
from support.shell import Shell, lines, query
from support.web import Page, form_of

from bake.changeset.file import read
from bake.changeset.further_id import further_id
from bake.changeset.model import QuestionKind
from bake.changeset.runs import numbers

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

BAKERY = {
    "suppliers": [
        {"name": "Wilson Farm", "city": "Lexington", "state": "MA"},
        {"name": "Costco", "city": "Waltham", "state": "MA"},
        {"name": "Costco", "city": "Boston", "state": "MA"},
    ],
    "ingredients": [{"slug": "flour", "display_name": "Flour"}],
    "products": [
        {"slug": f"flour_{n}_lb", "ingredient_slug": "flour", "package_unit": "lb", "package_unit_quantity": n}
        for n in (5, 2, 10, 25)
    ],
    "purchases": [
        {
            "product_slug": f"flour_{n}_lb",
            "supplier_name": "Wilson Farm",
            "purchase_date": "2025-12-01",
            "unit_price": price,
            "quantity_purchased": 1,
        }
        for n, price in ((5, 3.5), (2, 2.5), (10, 6), (25, 12))
    ],
}
#: A purchase of what nobody knows, from a supplier whose name is misspelt.
NEW = {
    "product_slug": "cider_64",
    "supplier_name": "Wilson Frams",
    "purchase_date": "2025-12-20",
    "unit_price": 6.99,
    "quantity_purchased": 2,
}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A bakery with four purchases, and the changeset that asks."""
    return Shell(copied("every question", tmp_path, _ask))


@pytest.fixture
def changeset(shell: Shell) -> Path:
    """The changeset that asks."""
    [asks] = (one for one in shell.changesets if lines(one, "question"))
    return asks


def _ask(folder: Path) -> None:
    """Build a changeset of an exported view that asks for trouble, while somebody else edits the database.

    A record without `uuid` and `_base`, but with the id of a purchase of something else, may be either row or new.
    Two others lost their `_base`: one decision says for both whether the file or the database counts.
    """
    shell = Shell(folder)
    shell.done("init")
    shell.done("import", shell.write("bakery.json", BAKERY))
    shell.done("export", "view", "purchases", "--output", "view.json")
    document = json.loads((shell.folder / "view.json").read_text())
    del document["record_count"]
    five, two, ten, twenty_five = document["records"]
    unnamed = {name: value for name, value in two.items() if name not in ("uuid", "_base")}
    document["records"] = [
        {**five, "supplier_name": "Costco", "unit_price": 4.5},  # ambiguous; conflict
        {**two, "quantity_purchased": "lots", "notes": "one"},  # invalid
        {**two, "notes": "two"},  # duplicate
        {**unnamed, "purchase_id": five["purchase_id"], "notes": "which?"},  # identity
        *({**one, "_base": None, "unit_price": 7} for one in (ten, twenty_five)),  # decision
        NEW,  # missing, twice
    ]
    query(shell.database, "UPDATE purchases SET unit_price = 3.9 WHERE unit_price = 3.5")
    shell.built(shell.write("view.json", document))


#: What is asked, in the order in which it is, and what is typed.
SCRIPT = [
    ('"Wilson Frams"', "1"),
    ('"Costco"', "1"),
    ('"cider_64"', "c"),
    ("ingredient:", "Apple Cider"),
    ("package_unit:", "fl oz"),
    ("package_unit_quantity:", "64"),
    ("another field?", ""),
    ('"Apple Cider"', "c"),
    ("display_name:", ""),
    ("another field?", "parent"),
    ("parent:", "Juices"),
    ("another field?", ""),
    ('"Juices"', "c"),
    ("display_name:", ""),
    ("another field?", ""),
    ("6 of 10", "c"),
    ("7 of 10", "f"),
    ("8 of 10", "v"),
    ("quantity_purchased: ", "3"),
    ("9 of 10", "1"),
    ("10 of 10", "e"),  # one by one: the first as in the file, the second as in the database
    ("10 of 10", "1"),
    ("10 of 10", "2"),
    ("remember this", "n"),
]
CIDER = {"ingredient": "Apple Cider", "package_unit": "fl oz", "package_unit_quantity": 64}
#: The same in a file; the answers to duplicates and to the decision name operations, see `answer_file`.
ANSWERS = {
    '"Wilson Frams" is not among': {"choice": "map", "key": {"slug": "wilson_farm_lexington_ma"}},
    '"Costco" is the name of several': {"choice": "map", "key": {"slug": "costco_waltham_ma"}},
    '"cider_64" is not among': {"choice": "create", "values": CIDER},
    "which row is it": "create",
    "is to become 4.5": "file",
    '"lots" is not a number': {"choice": "value", "value": 3},
}
#: The answers to what those answers open: the ingredient of the new product, and its parent.
OPENED = {
    further_id("ingredients", {"display_name": "Apple Cider"}, ()): {
        "choice": "create",
        "values": {"parent": "Juices"},
    },
    further_id("ingredients", {"display_name": "Juices"}, ()): "create",
}


def answer_file(shell: Shell, changeset: Path) -> Path:
    """The template, filled in."""
    document = json.loads(shell.done("changeset", "resolve", changeset, "--template"))
    for entry in document["questions"]:
        for asks, answer in ANSWERS.items():
            if asks in entry["asks"]:
                entry["answer"] = answer
        if entry["kind"] == "duplicate":
            entry["answer"] = {"choice": "take", "operation": entry["operations"][0]["operation"]}
        if entry["kind"] == "decision":
            last = entry["operations"][-1]["operation"]
            entry["answer"] = {"choose": "file", "except": {str(last): "database"}}
    document["questions"] += [{"question": id_, "answer": answer} for id_, answer in OPENED.items()]
    return shell.write("answers.json", document)


def resolve_with_options(shell: Shell, changeset: Path) -> None:
    """The same answers as options; what they open is answered by commands that follow."""
    [identity], [conflict], [invalid] = (asked(changeset, kind) for kind in ("identity", "conflict", "invalid"))
    [duplicate], [decision] = asked(changeset, "duplicate"), asked(changeset, "decision")
    first, last = waiting(changeset, duplicate)[0], waiting(changeset, decision)[-1]
    commands = [
        [
            *("--map", "suppliers:Wilson Frams=wilson_farm_lexington_ma"),
            *("--map", "suppliers:Costco=costco_waltham_ma"),
            *("--create", f"products:cider_64={json.dumps(CIDER)}"),
            *("--create", identity),
            *("--take", f"{conflict}=file"),
            *("--value", f"{invalid}=3"),
            *("--take", f"{duplicate}={first}"),
            *("--choose", f"{decision}=file", "--choose", f"{decision}/{last}=database"),
        ],
        ["--create", 'ingredients:Apple Cider={"parent": "Juices"}'],
        ["--create", "ingredients:Juices"],
    ]
    for options in commands:
        shell.done("changeset", "resolve", changeset, *options)


def resolve_on_the_page(shell: Shell, changeset: Path) -> None:
    """The same answers on the web page: each question's own form, with what is chosen and typed in it."""
    page = Page(shell.folder)
    address = f"/c/{changeset.name.removesuffix('.changeset.jsonl')}"
    single = iter(["choose:file", "choose:database"])
    while (at := page.client.get(f"{address}/resolve").url.path) != address:
        question = read(changeset).decisions.questions[at.rpartition("/")[2]]
        typed = PAGE_ANSWERS.get(question.kind) or PAGE_ANSWERS[str(next(iter((question.lookup or {}).values())))]
        if question.kind == "duplicate":
            typed = {"choice": f"take:{waiting(changeset, question.id)[0]}"}
        if question.kind == "decision":
            at += f"?operation={next(iter(read(changeset).decisions.undecided(question)))}"
            typed = {"choice": next(single)}
        answer = page.post(at, form_of(page.get(at)) | typed)
        assert answer.status_code == 200, answer.text


#: What is chosen and typed on the web page, by the kind of question, or by what is asked for.
PAGE_ANSWERS = {
    "identity": {"choice": "create"},
    "conflict": {"choice": "file"},
    "invalid": {"choice": "value", "value": "3"},
    "duplicate": {"choice": "take"},
    "decision": {"choice": "choose"},
    "Wilson Frams": {"choice": 'map:{"slug":"wilson_farm_lexington_ma"}'},
    "Costco": {"choice": 'map:{"slug":"costco_waltham_ma"}'},
    "cider_64": {
        "choice": "create",
        "f-ingredient": "Apple Cider",
        "f-package_unit": "fl oz",
        "f-package_unit_quantity": "64",
    },
    "Apple Cider": {"choice": "create", "f-parent": "Juices"},
    "Juices": {"choice": "create"},
}


def asked(changeset: Path, kind: str) -> list[str]:
    """The ids of the questions of a kind."""
    return [line["id"] for line in lines(changeset, "question") if line["kind"] == kind]


def waiting(changeset: Path, question: str) -> list[int]:
    """The numbers of the operations that wait for a question."""
    [asked_by] = [line["asked_by"] for line in lines(changeset, "question") if line["id"] == question]
    return list(numbers(asked_by))


def copy_of(changeset: Path, name: str) -> Path:
    """A copy beside it."""
    copy = changeset.with_name(f"{name}.changeset.jsonl")
    copy.write_bytes(changeset.read_bytes())
    return copy


def test_the_changeset_asks_every_kind_of_question(changeset: Path) -> None:
    """Otherwise the tests below would prove less than they say. Where columns are asked for, nothing else is."""
    assert {line["kind"] for line in lines(changeset, "question")} == set(get_args(QuestionKind)) - {"columns"}
    [decision] = asked(changeset, "decision")
    assert len(waiting(changeset, decision)) == 2


@pytest.mark.parametrize(("columns", "term"), [(80, "xterm"), (40, "xterm"), (40, "dumb")])
def test_the_terminal_a_file_options_and_the_page_come_to_the_same(
    shell: Shell, changeset: Path, columns: int, term: str
) -> None:
    """A chain from a product to its ingredient and that one's parent among them; all of it is applied then."""
    from_file, from_options, on_page = (copy_of(changeset, name) for name in ("file", "options", "page"))
    shell.done("changeset", "resolve", from_file, "--answers", answer_file(shell, from_file))
    resolve_with_options(shell, from_options)
    resolve_on_the_page(shell, on_page)
    session = Session(shell.folder, "changeset", "resolve", changeset, "--interactive", columns=columns, term=term)
    session.script(SCRIPT)
    assert "Traceback" not in session.end()
    resolved = read(changeset).intact()
    assert resolved.decisions.open == []
    for copy in (from_file, from_options, on_page):
        assert list(resolved.effective()) == list(read(copy).intact().effective())
    assert "applied" in shell.done("changeset", "apply", changeset)
    [(grandparent,)] = query(
        shell.database,
        "SELECT p.slug FROM products JOIN ingredients i ON i.id = ingredient_id JOIN ingredients p"
        " ON p.id = i.parent_id WHERE products.slug = 'cider_64'",
    )
    assert grandparent == "juices"
    purchases = query(
        shell.database,
        "SELECT p.slug, s.slug, unit_price, quantity_purchased, u.notes FROM purchases u"
        " JOIN products p ON p.id = product_id JOIN suppliers s ON s.id = supplier_id ORDER BY u.id",
    )
    assert purchases[:4] == [
        ("flour_5_lb", "costco_waltham_ma", 4.5, 1, None),
        ("flour_2_lb", "wilson_farm_lexington_ma", 2.5, 3, "one"),
        ("flour_10_lb", "wilson_farm_lexington_ma", 7, 1, None),
        ("flour_25_lb", "wilson_farm_lexington_ma", 12, 1, None),
    ]
    assert sorted(purchases[4:]) == [
        ("cider_64", "wilson_farm_lexington_ma", 6.99, 2, None),
        ("flour_2_lb", "wilson_farm_lexington_ma", 2.5, 1, "which?"),
    ]


def test_every_line_fits_a_narrow_terminal(shell: Shell, changeset: Path) -> None:
    """At 40 columns nothing is cut and nothing is wrapped by the terminal itself: what can only print shows it."""
    session = Session(shell.folder, "changeset", "resolve", changeset, "--interactive", columns=40, term="dumb")
    session.script(SCRIPT)
    screen = session.end()
    said, _, _ = screen.partition("next: ")
    wide = [line for line in said.splitlines() if len(line) > 40]
    assert wide == []
    assert "\x1b" not in session.seen


PROMPTS = {
    "menu": [],
    "search": [('"Wilson', "m")],
    "text": [('"Wilson', "c")],
    "word": [('"Wilson', "c"), ("name:", "")],
}


@pytest.mark.parametrize(
    ("prompt", "leaving"),
    [
        (prompt, leaving)
        for leaving in ("Ctrl-C", "end of input", "the terminal is closed")
        for prompt in PROMPTS
        if (prompt, leaving) != ("menu", "end of input")  # a menu takes keys, and no input that could end
    ],
)
def test_leaving_at_any_prompt_leaves_the_file_whole(shell: Shell, changeset: Path, prompt: str, leaving: str) -> None:
    """Nothing is half written, nothing that was not answered is recorded, and there is no traceback."""
    before = changeset.read_bytes()
    session = Session(shell.folder, "changeset", "resolve", changeset, "--interactive")
    session.script(PROMPTS[prompt])
    session.type({"menu": "later", "search": "search:", "text": "name:", "word": "another field?"}[prompt])
    if leaving == "the terminal is closed":
        session.process.close(force=True)
    else:
        session.process.send("\x15" + ("\x03" if leaving == "Ctrl-C" else "\x04"))
        assert "Traceback" not in session.end()
    assert changeset.read_bytes() == before
    read(changeset).intact()
