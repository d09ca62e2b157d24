"""Bad answers of assistants: each takes the records of an exported view, and gives them back as one might."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

Record = dict[str, Any]
Document = dict[str, Any]

#: What Bake makes of it: it asks without `--strict`, warns (and asks with it), tells of it in a notice, refuses the
#: file, has nothing to change, or takes it as any other value.
Outcome = Literal["question", "warning", "notice", "refused", "harmless", "missed"]

_GERMAN = "Kühl und trocken lagern"

#: Codes whose check digits are right, of no product of the bakery, in no order.
CODES = ("036000291452", "071012050505", "012000161155", "049000028904", "041196910117", "078742351865", "024000163022")


@dataclass(frozen=True)
class Kind:
    """A kind of bad answer.

    Attributes:
        name: in words, for people.
        spoil: changes the exported document in place, or gives the text of a file.
        outcome: what becomes of it.
        says: what the question, warning, notice or error says.
        why: why it is missed.
    """

    name: str
    spoil: Callable[[Document], str | None]
    outcome: Outcome
    says: str = ""
    why: str = ""


def _each(**values: Callable[[int, Record], Any]) -> Callable[[Document], None]:
    """Spoil these columns of all records."""

    def spoil(document: Document) -> None:
        before = [dict(record) for record in document["records"]]
        for n, record in enumerate(document["records"]):
            record.update({name: make(n, before[n]) for name, make in values.items()})

    return spoil


def _first(**values: Any) -> Callable[[Document], None]:
    """Spoil these columns of the first record; a function is given what stands there."""

    def spoil(document: Document) -> None:
        record = document["records"][0]
        record.update({name: value(record[name]) if callable(value) else value for name, value in values.items()})

    return spoil


def _some(spoil: Callable[[list[Record]], Any]) -> Callable[[Document], None]:
    return lambda document: spoil(document["records"])


def _swapped(records: list[Record]) -> None:
    one = records[0]
    one["brand"], one["product_name"] = one["product_name"], one["brand"]


def _other_size(records: list[Record]) -> None:
    next(record for record in records if "5 lb" in record["product_name"])["package_unit_quantity"] = 6


def _copied(records: list[Record]) -> None:
    for column in ("brand", "product_name"):
        records[2][column] = records[1][column] = f"Other {records[0][column]}"


def _name_moved(records: list[Record]) -> None:
    records[0]["product_name"] = f"{records[0]['brand']} {records[0]['product_name']}"
    records[0]["brand"] = None


def _shifted(records: list[Record], by: int = 1) -> None:
    names = [(record["brand"], record["product_name"]) for record in records]
    for n, record in enumerate(records):
        record["brand"], record["product_name"] = names[(n - by) % len(names)]


def _pattern(_n: int, record: Record) -> str:
    return f"{record['product_name']} is a staple for all your baking needs."


def _other_number(records: list[Record]) -> None:
    records[3]["notes"] = records[3]["notes"].replace("three", "thirty")


def _bases_exchanged(records: list[Record]) -> None:
    records[0]["_base"], records[1]["_base"] = records[1]["_base"], records[0]["_base"]
    records[0]["notes"] = "sifted twice"


def _without_bases(records: list[Record]) -> None:
    for record in records:
        del record["_base"]
    records[0]["notes"] = "sifted twice"


def _twice(records: list[Record]) -> None:
    records.append({**records[0], "notes": "sifted twice"})
    records[0]["notes"] = "sifted once"


def _again(word: str, document: Document) -> None:
    records = document["records"]
    document["record_count"] += 1
    one = {name: value for name, value in records[0].items() if name not in ("_base", "product_id", "product_slug")}
    records.append({**one, "product_name": one["product_name"].replace("Flour", word), "upc_code": None})


def _unknown_ingredient(records: list[Record]) -> None:
    said = {"brand": "Acme", "product_name": "Dust", "package_unit": "lb", "package_unit_quantity": 1}
    records.append({"ingredient_slug": "pixie_dust", "ingredient_name": "Pixie Dust", **said})


def _invented_row(records: list[Record]) -> None:
    records[0] |= {"product_slug": "no_such_product", "product_id": 999_999, "notes": "sifted twice"}
    del records[0]["_base"]


def _torn(document: Document) -> str:
    return json.dumps(document)[:-200]


def _fenced(document: Document) -> str:
    return f"Here is your file:\n\n```json\n{json.dumps(document)}\n```\n\nAnything else?\n"


_BODIES = [f"07101299{n:03}" for n in range(100, 120)]


def _with_check_digit(body: str) -> str:
    odd, even = sum(map(int, body[::2])), sum(map(int, body[1::2]))
    return body + str(-(3 * odd + even) % 10)


KINDS = (
    Kind("a wrong check digit", _first(upc_code="071012010104"), "warning", "the check digit"),
    Kind("a code without its leading zero", _first(upc_code="71012010103"), "warning", "has 11 digits"),
    Kind("a code that is too short", _first(upc_code="71012"), "warning", "a GTIN has"),
    Kind("letters in a code", _first(upc_code="0710120X0103"), "warning", "no GTIN"),
    Kind("a code of zeros", _first(upc_code="000000000000"), "warning", "all zeros"),
    Kind("a code of one digit", _first(upc_code="111111111117"), "warning", "one digit again and again"),
    Kind("a code that counts", _first(upc_code="123456789012"), "warning", "counts through the digits"),
    Kind("a code that a spreadsheet mangled", _first(upc_code="7.1012E+10"), "question", "scientific notation"),
    Kind("one code for all", _each(upc_code=lambda _n, _r: CODES[0]), "warning", "belongs to one of the products only"),
    Kind("another product's code", _first(upc_code="041196910223"), "warning", "belongs to one of the products only"),
    Kind(
        "codes after each other", _each(upc_code=lambda n, _r: _with_check_digit(_BODIES[n])), "warning", "count from"
    ),
    Kind("a textbook's code", _first(upc_code="036000291452"), "warning", "an example in textbooks"),
    Kind("a code that shops give", _first(upc_code="212345678992"), "warning", "given by shops"),
    Kind(
        "the code of a product that is not here",
        _first(upc_code=CODES[2]),
        "missed",
        why="GS1 alone knows whose it is",
    ),
    Kind("two columns swapped", _some(_swapped), "warning", "look swapped"),
    Kind("values of the record before", _some(_copied), "warning", "look copied"),
    Kind(
        "one note for all",
        _each(notes=lambda _n, _r: "A versatile pantry staple for all your baking needs."),
        "warning",
        "looks pasted",
    ),
    Kind("a word for nothing", _first(notes="N/A"), "warning", "stands for a value that is lacking"),
    Kind("a placeholder", _first(notes="[insert notes here]"), "warning", "a remark about the value"),
    Kind("an apology", _first(notes="I could not find a UPC for this product."), "warning", "a remark about the value"),
    Kind("a text decoded wrongly", _first(notes="CrÃ¨me fraÃ®che"), "warning", "read as Windows-1252"),
    Kind("a text that cannot be seen", _first(notes="sif\u200bted"), "warning", "cannot be seen"),
    Kind("a text with an ellipsis", _some(lambda r: r[3].update(notes=r[3]["notes"][:30] + "…")), "warning", "cut off"),
    Kind("the beginning of a text", _some(lambda r: r[3].update(notes=r[3]["notes"][:30])), "warning", "cut off"),
    Kind("a text in other letters", _some(lambda r: r[3].update(notes="Хранить в сухом месте")), "warning", "letters"),
    Kind(
        "a text in another language",
        _some(lambda r: r[3].update(notes=_GERMAN)),
        "warning",
        "looks German",
    ),
    Kind("HTML in a text", _first(notes="<p>Best for bread &amp; cakes</p>"), "warning", "has HTML in it"),
    Kind("Markdown in a text", _first(notes="**Wheat** flour"), "warning", "has Markdown in it"),
    Kind("the mark of a citation", _first(notes="Keep it dry.【4†source】"), "warning", "mark of a citation"),
    Kind("JSON in a text", _first(notes='{"value": "Keep it dry"}'), "warning", "has JSON in it"),
    Kind("an escaped character", _first(notes="Cr\\u00e8me fraiche"), "warning", "an escaped character"),
    Kind("a formula", _first(notes='=HYPERLINK("https://x.example")'), "warning", "a formula of a spreadsheet"),
    Kind("an object of a program", _first(notes="[object Object]"), "warning", "an object of a program"),
    Kind("marks alone", _first(notes='"'), "warning", "stands for a value that is lacking"),
    Kind("how sure it is, in the text", _first(notes="Wheat (95% confidence)"), "warning", "a remark about the value"),
    Kind("the address of a page as a name", _first(brand="www.mill.example"), "warning", "the address of a page"),
    Kind("a name in capitals", _first(product_name=str.upper), "warning", "all letters became capitals"),
    Kind(
        "a name that begins twice",
        _first(product_name="King Arthur King Arthur Flour"),
        "warning",
        "stands there twice",
    ),
    Kind("a name as a text", _some(lambda r: r[0].update(notes=r[0]["product_name"])), "warning", "the same as"),
    Kind("a name in another field", _some(_name_moved), "warning", "and stands in product_name now"),
    Kind("names shifted by a record", _some(_shifted), "warning", "those of the record before"),
    Kind("names shifted the other way", _some(partial(_shifted, by=-1)), "warning", "those of the record after"),
    Kind("a unit without its amount", _first(package_unit="oz"), "warning", "the amount stays 5"),
    Kind("a code of the same digits again and again", _first(upc_code="121212121212"), "warning", "again and again"),
    Kind("a book's code", _first(upc_code="9780131103627"), "warning", "printed on books"),
    Kind("codes of two products", _first(upc_code=CODES[1], gtin=CODES[4]), "warning", "the code of another product"),
    Kind("a code in other digits", _first(upc_code="\uff10" * 12), "warning", "other characters than digits"),
    Kind("a text of one pattern for all", _each(notes=_pattern), "missed", why="each of them is another text"),
    Kind("a price as the quantity", _first(package_unit_quantity=6.99), "missed", why="one has to see the package"),
    Kind("a number in a text, changed", _some(_other_number), "missed", why="one has to know the product"),
    Kind("a text that is wrong", _first(notes="Contains nuts."), "missed", why="one has to know the product"),
    Kind("a quantity ten times too large", _first(package_unit_quantity=50), "warning", "10 times more"),
    Kind("a size that the name contradicts", _some(_other_size), "warning", "name says"),
    Kind("a unit that there is not", _first(package_unit="bags"), "question", "bags"),
    Kind("a number in words", _first(package_unit_quantity="five"), "question", "five"),
    Kind("a negative quantity", _first(package_unit_quantity=-5), "question", "-5"),
    Kind("a quantity that was cleared", _first(package_unit_quantity=None), "question", "cleared"),
    Kind("notes that were cleared", _some(lambda r: r[3].update(notes=None)), "warning", "taken away"),
    Kind("records left out", _some(lambda r: r.__delitem__(slice(2, 4))), "notice", "record_count is"),
    Kind("records in another order", _some(lambda r: r.reverse()), "harmless"),
    Kind("context that was edited", _first(ingredient_name="Wheat"), "notice", "ingredient_name"),
    Kind("a computed value that was edited", _first(last_purchase_price=1), "notice", "last_purchase_price"),
    Kind("a column of its own", _first(upc="071012010103"), "notice", "upc"),
    Kind("a row that is not there", _some(_invented_row), "question", ""),
    Kind("a record twice, with other values", _some(_twice), "question", "which of the records counts"),
    Kind("a product that is here, misspelled", partial(_again, "Flower"), "question", "misspelt"),
    Kind("a product that is here, in capitals", partial(_again, "FLOUR"), "notice", "was taken for"),
    Kind("an ingredient that nobody knows", _some(_unknown_ingredient), "question", "is not among the ingredients"),
    Kind("bases left out", _some(_without_bases), "question", ""),
    Kind("bases exchanged", _some(_bases_exchanged), "question", ""),
    Kind("JSON that breaks off", _torn, "refused", ""),
    Kind("JSON in prose", _fenced, "notice", "taken out of the text around it"),
)
