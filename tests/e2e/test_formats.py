"""Columns in a format of their own: one question for the column, whatever the number of its rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.shell import Shell, lines, notices, query

HEADER = "product_slug,supplier_name,purchase_date,unit_price,quantity_purchased\n"
_BOUGHT = "SELECT purchase_date, unit_price FROM purchases WHERE unit_price > 90 ORDER BY unit_price"


def sheet(shell: Shell, *rows: tuple[str, str]) -> Path:
    """A sheet of purchases: day and price of each."""
    text = "".join(f'bobs_rye_flour_20_oz,Costco,{day},"{price}",1\n' for day, price in rows)
    return shell.write("bought.csv", HEADER + text)


def test_dates_of_one_format_are_one_question(bakery: Shell) -> None:
    """The formats that fit are offered with how many they fit; where several fit all, nothing is guessed."""
    days = ["1/2/2025", "2/3/2025", "1/11/2025", "12/4/2025"]
    built = bakery.built(sheet(bakery, *((day, f"{91 + n}") for n, day in enumerate(days))), "--view", "purchases")
    [question] = lines(built, "question")
    assert (question["kind"], question["field"]) == ("decision", "purchase_date")
    offered = [(option["name"], option["records"]) for option in question["options"]]
    assert sorted(offered) == [("day/month/year", 4), ("month/day/year", 4)]
    assert bakery.bake("changeset", "apply", built).status == 3
    bakery.done("changeset", "resolve", built, "--choose", "q1=month/day/year")
    bakery.done("changeset", "apply", built)
    expected = ["2025-01-02", "2025-02-03", "2025-01-11", "2025-12-04"]
    assert [day for day, _ in query(bakery.database, _BOUGHT)] == expected


def test_a_date_proves_the_format_of_its_column(bakery: Shell) -> None:
    """Where only one format fits all dates of a column, they are read by it, and that is noticed."""
    built = bakery.built(sheet(bakery, ("1/2/2025", "91"), ("1/13/2025", "92")), "--view", "purchases")
    assert "month/day/year" in bakery.done("changeset", "show", built)
    bakery.done("changeset", "apply", built)
    assert [day for day, _ in query(bakery.database, _BOUGHT)] == ["2025-01-02", "2025-01-13"]


def test_what_an_option_does_not_fit_stays_open(bakery: Shell) -> None:
    """The choice of a format is nothing to the dates that it cannot read; those that none can are asked by value."""
    rows = [("1/2/2025", "91"), ("1/13/2025", "92"), ("soon", "93"), ("soon", "94")]
    built = bakery.built(sheet(bakery, *rows), "--view", "purchases")
    assert [q["kind"] for q in lines(built, "question")] == ["decision", "invalid"]
    said = bakery.bake("changeset", "resolve", built, "--choose", "q1=day/month/year", "--skip", "q2")
    assert said.status == 0, said
    assert bakery.bake("changeset", "apply", built).status == 3
    bakery.done("changeset", "resolve", built, "--value", "q1/2=2025-01-13")
    bakery.done("changeset", "apply", built)
    assert [day for day, _ in query(bakery.database, _BOUGHT)] == ["2025-02-01", "2025-01-13"]


@pytest.mark.parametrize(("option", "price"), [("decimal comma", 1234), ("decimal point", 1.234)])
def test_decimals_in_doubt_are_one_question(bakery: Shell, option: str, price: float) -> None:
    """One comma proves little: what would be a number by itself is asked about, too."""
    rows = [("2025-12-20", "99,5"), ("2025-12-21", "1.234"), ("2025-12-22", "1.234")]
    built = bakery.built(sheet(bakery, *rows), "--view", "purchases")
    [question] = lines(built, "question")
    assert (question["kind"], question["field"]) == ("decision", "unit_price")
    assert question["problem"].startswith('"1.234" and the like')
    bakery.done("changeset", "resolve", built, "--choose", f"q1={option}")
    bakery.done("changeset", "apply", built)
    bought = query(bakery.database, "SELECT unit_price FROM purchases WHERE purchase_date >= '2025-12-21'")
    assert bought == [(price,), (price,)]


def test_fractions_are_offered_as_their_value(bakery: Shell) -> None:
    """In JSON, too; one question for all of them."""
    records = [
        {"product_slug": "bobs_rye_flour_20_oz", "package_unit_quantity": "1 1/2"},
        {"product_slug": "king_arthur_bread_flour_5_lb", "package_unit_quantity": "½"},
    ]
    built = bakery.built(bakery.write("half.json", records), "--view", "products")
    [question] = lines(built, "question")
    assert [option["name"] for option in question["options"]] == ["fraction"]
    bakery.done("changeset", "resolve", built, "--choose", "q1=fraction")
    bakery.done("changeset", "apply", built)
    assert query(bakery.database, "SELECT package_unit_quantity FROM products ORDER BY 1") == [(0.5,), (1.5,)]


def test_a_date_that_is_so_already_is_left_alone(bakery: Shell) -> None:
    """An exported sheet whose dates a spreadsheet has turned: the right format changes nothing."""
    bakery.done("export", "view", "purchases", "--format", "csv", "--output", "out.csv")
    path = bakery.folder / "out.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace("2025-11-15", "11/15/2025"), encoding="utf-8")
    built = bakery.built(path)
    if lines(built, "question"):
        bakery.done("changeset", "resolve", built, "--choose", "q1=month/day/year")
        bakery.done("changeset", "apply", built)
    assert query(bakery.database, "SELECT purchase_date FROM purchases") == [("2025-11-15",)]


def test_units_in_another_case_are_taken(bakery: Shell) -> None:
    """Case and blanks make no other unit: noticed, and unchanged where the row has it."""
    text = "product_slug,package_unit\nbobs_rye_flour_20_oz, OZ\nking_arthur_bread_flour_5_lb,FL  Oz\n"
    built = bakery.built(bakery.write("units.csv", text), "--view", "products")
    assert lines(built, "question") == []
    assert notices(built)["option"] == [
        'package_unit: "OZ" was taken for oz',
        'package_unit: "FL  Oz" was taken for fl oz',
    ]
    bakery.done("changeset", "apply", built)
    assert query(bakery.database, "SELECT package_unit FROM products ORDER BY 1") == [("fl oz",), ("oz",)]


def test_other_spellings_of_units_are_offered(bakery: Shell) -> None:
    """One question for a word, however many records have it; a word that means nothing has no option."""
    text = "product_slug,package_unit\nbobs_rye_flour_20_oz,{}\nking_arthur_bread_flour_5_lb,{}\n"
    built = bakery.built(bakery.write("units.csv", text.format("Pounds", "Pounds")), "--view", "products")
    [question] = lines(built, "question")
    assert (question["kind"], [option["name"] for option in question["options"]]) == ("decision", ["lb"])
    bakery.done("changeset", "resolve", built, "--choose", "q1=lb")
    bakery.done("changeset", "apply", built)
    assert query(bakery.database, "SELECT package_unit FROM products") == [("lb",), ("lb",)]
    other = bakery.built(bakery.write("units.csv", text.format("sacks", "fl. oz.")), "--view", "products")
    assert [q["kind"] for q in lines(other, "question")] == ["invalid", "decision"]


def test_ranges_and_words_beside_numbers_are_asked_once_each(bakery: Shell) -> None:
    """All ranges are one question, and all numbers beside one word; the answer is the number that is meant."""
    header = "product_slug,supplier_name,purchase_date,unit_price,quantity_purchased"
    said = [("91", "2-3"), ("92", "4 to 5"), ("93", "3 bags"), ("94", "2 Bags"), ("95", "about 4")]
    rows = [f"bobs_rye_flour_20_oz,Costco,2025-12-20,{price},{count}" for price, count in said]
    built = bakery.built(bakery.write("counted.csv", "\n".join([header, *rows, ""])), "--view", "purchases")
    asked = [[option["name"] for option in question["options"]] for question in lines(built, "question")]
    assert asked == [["lower", "upper", "middle"], ["number alone"], ["number alone"]]
    chosen = ["q1=upper", "q2=number alone", "q3=number alone"]
    bakery.done("changeset", "resolve", built, *(word for one in chosen for word in ("--choose", one)))
    bakery.done("changeset", "apply", built)
    counted = "SELECT quantity_purchased FROM purchases WHERE unit_price > 90 ORDER BY unit_price"
    assert [count for (count,) in query(bakery.database, counted)] == [3, 5, 3, 2, 4]


def test_what_words_for_nothing_say_is_remembered(bakery: Shell) -> None:
    """For the field, whichever words they are; that dates are in some order is not, as another file has another."""

    def sheet(name: str, word: str) -> Path:
        return bakery.write(name, f"{HEADER[:-1]},notes\nbobs_rye_flour_20_oz,Costco,1/2/2025,97,1,{word}\n")

    first = bakery.built(sheet("first.csv", "N/A"), "--view", "purchases")
    options = {frozenset(o["name"] for o in q["options"]): q["id"] for q in lines(first, "question")}
    words, dates = options[frozenset(("nothing", "text"))], options[frozenset(("day/month/year", "month/day/year"))]
    chosen = ["--choose", f"{words}=nothing", "--choose", f"{dates}=month/day/year"]
    assert "1 remembered" in bakery.done("changeset", "resolve", first, *chosen, "--remember")
    assert bakery.done("answers", "list") == 'purchases, notes: "words for nothing" are nothing\n'
    again = bakery.built(sheet("again.csv", "-"), "--view", "purchases")
    [answered] = lines(again, "answered")
    assert (answered["option"], answered["origin"]) == ("nothing", "remembered: changesets/answers.toml")
