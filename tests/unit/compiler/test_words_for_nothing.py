"""Words for nothing, such as N/A: asked once a column, whichever the words are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from support.compiling import Compiled, compiled_source
from support.memory import MemorySnapshot

from bake.catalog.bakery import BAKERY
from bake.changeset.header import ReadAs
from bake.changeset.model import Outcome
from bake.sources.detect import recognise
from bake.sources.texts.text import text_of

ROWS = {
    "ingredients": [{"id": 1, "slug": "rye", "display_name": "Rye", "uuid": "i1"}],
    "products": [
        {
            "id": 1,
            "uuid": "p1",
            "slug": "rye_5_lb",
            "ingredient": 1,
            "product_name": "Rye",
            "package_unit": "lb",
            "package_unit_quantity": 5,
            "package_size": 2,
        }
    ],
}


def compiled(*lines: str, as_is: bool = False) -> Compiled:
    """Compile a sheet of products against one of them."""
    source = recognise(text_of(Path("in.csv"), "\n".join(lines).encode()), BAKERY, "products")
    if as_is:
        source = replace(source, read_as=ReadAs(as_is=True))
    return compiled_source(source, MemorySnapshot(BAKERY, ROWS), BAKERY)


def test_all_words_of_a_column_are_one_question() -> None:
    """Also of texts, for which the words may be meant; a row that is here keeps what it has."""
    result = compiled("product_slug,notes,package_size", "rye_5_lb,n/a,#N/A", "rye_5_lb_2,TBD,?")
    asked = {question.field: question for question in result.questions if question.kind == "decision"}
    assert {field: [option.name for option in question.options] for field, question in asked.items()} == {
        "notes": ["nothing", "text"],
        "package_size": ["nothing"],
    }
    assert asked["notes"].problem == '"TBD" and the like: is nothing meant?'
    assert [option.records for option in asked["notes"].options] == [2, 2]
    [update] = result.updates
    assert update.outcomes[asked["notes"].id] == {
        "nothing": Outcome(omit=("notes",)),
        "text": Outcome(values={"notes": "n/a"}),
    }
    assert update.outcomes[asked["package_size"].id] == {"nothing": Outcome(omit=("package_size",))}


def test_what_is_needed_is_asked_once() -> None:
    """One question for all words where a value is needed, and none of it for a text that fits."""
    header = "product_slug,ingredient_slug,package_unit,package_unit_quantity"
    result = compiled(header, "a,rye,lb,N/A", "b,rye,lb,unknown", "c,rye,lb,some")
    words, other = [question for question in result.questions if question.kind == "invalid"]
    assert (words.field, words.asked_by) == ("package_unit_quantity", ("1-2",))
    assert words.problem is not None
    assert words.problem.startswith('"N/A" and the like say nothing, and package_unit_quantity is needed; expected a ')
    assert other.value == "some"


def test_texts_are_asked_about_in_own_sheets_only() -> None:
    """With --as-is texts stay as they are, and so do those of exports; a number is asked about anywhere."""
    lines = "product_slug,notes,package_size", "rye_5_lb,none,none"
    assert {question.field for question in compiled(*lines).questions} == {"package_size", "notes"}
    assert [question.field for question in compiled(*lines, as_is=True).questions] == ["package_size"]
    header, row = lines
    exported = compiled(f"{header},export_id:products_complete", f"{row},e1")
    assert "notes" not in [question.field for question in exported.questions]
