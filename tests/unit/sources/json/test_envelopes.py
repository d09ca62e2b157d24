"""Views and entity files are known by their envelope, and a broken envelope is explained."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bake.errors import InvalidSource
from bake.sources.model import SourceFile

Read = Callable[[str], SourceFile]
VIEW = '"export_type": "denormalized_view", "view_name": "shelf_complete"'


@pytest.mark.parametrize(
    ("text", "kind", "view"),
    [
        (f'{{{VIEW}, "view_version": "1.0", "record_count": 1, "records": [{{}}]}}', "view", "shelf"),
        ('{"view_name": "shelf_complete", "records": [{}]}', "view", "shelf"),
        ('{"view_name": "shelf", "records": [{}]}', "view", "shelf"),
        ('{"file_version": "1.2", "entity_type": "books", "records": [{}], "schema": {}}', "entity", "books"),
        ('{"version": "1.0", "view_type": "shelf", "_meta": {}, "records": [{}]}', "bake-tracker-view", "shelf"),
        ('{"version": "1.0", "export_type": "shelf", "_meta": {}, "records": [{}]}', "bake-tracker-view", "shelf"),
    ],
)
def test_each_envelope_is_recognised(read: Read, text: str, kind: str, view: str) -> None:
    """An envelope gives one section with the catalog's view; what belongs to the envelope is not reported."""
    source = read(text)
    (section,) = source.sections
    assert (source.kind, source.view, source.size, source.ignored) == (kind, view, 1, ())
    assert (section.name, section.pointer, section.first) == ("records", "/records", 0)
    assert section.view is not None
    assert (section.view.kind, section.view.name, section.view.entity) == (kind, view, "books")


def test_the_export_is_named_and_strangers_are_reported(read: Read) -> None:
    """`export_id` is kept; members that the envelope does not have are ignored with name, kind and place."""
    source = read(f'{{{VIEW}, "export_id": "e1",\n"remark": "hi", "more": [1, 2], "records": []}}')
    assert source.export_id == "e1"
    reported = [(part.name, part.what, part.location.line) for part in source.ignored]
    assert reported == [("remark", "text", 2), ("more", "a list of 2 items", 2)]


@pytest.mark.parametrize(
    ("text", "where", "message", "hint"),
    [
        ('{"export_type": "full", "view_name": "x"}', "1:2 (/export_type)", 'is "full"; expected "denorm', "view_name"),
        ('{"export_type": "denormalized_view"}', "in.json:1:1", "view_name is missing", "shelf_complete"),
        ('{"view_name": 3, "records": []}', "(/view_name)", "view_name is a number; expected text", "shelf_complete"),
        ('{"view_name": "shelf_complet"}', "(/view_name)", 'view_name "shelf_complet" is not', "mean shelf_complete?"),
        ('{"entity_type": "Books", "records": []}', "(/entity_type)", 'entity_type "Books" is not', "mean books?"),
        ('{"export_type": "book", "records": []}', "(/export_type)", 'export_type "book" is not known', "mean books?"),
        (
            '{"view_type": "zzz", "records": []}',
            "(/view_type)",
            'view_type "zzz" is not known',
            "shelf, authors, books.",
        ),
        (f'{{{VIEW}, "view_version": "2.0"}}', "(/view_version)", 'view_version is "2.0"; expected 1.0', "newer Bake"),
        ('{"entity_type": "books", "file_version": 2.1}', "(/file_version)", "is 2.1", "version 1.0"),
        (f"{{\n{VIEW}}}", "in.json:1:1", "records is missing; expected a list", '"records": [ … ]'),
        (f'{{{VIEW},\n"records": {{}}}}', "2:1 (/records)", "records is an object; expected a list", "Put the rows"),
    ],
)
def test_a_broken_envelope_is_explained(read: Read, text: str, where: str, message: str, hint: str) -> None:
    """What breaks the form is said with its place, what was expected, and what to write instead."""
    with pytest.raises(InvalidSource) as caught:
        read(text)
    assert where in str(caught.value.location)
    assert message in caught.value.message
    assert hint in str(caught.value.hint)


def test_every_record_that_is_no_object_is_reported(read: Read) -> None:
    """All of them in one pass, each with its place; the good ones are not."""
    with pytest.raises(InvalidSource, match="3 records are not objects") as caught:
        read(f'{{{VIEW}, "records": [\n 1,\n{{}}, null,\n["x"]]}}')
    assert [str(problem).partition("in.json:")[2] for problem in caught.value.problems] == [
        "2:2 (/records/0): a number; expected an object",
        "3:5 (/records/2): null; expected an object",
        "4:1 (/records/3): a list of 1 item; expected an object",
    ]


def test_names_from_the_file_are_only_shown(read: Read) -> None:
    """A terminal escape in a name arrives as its code (rule 18)."""
    with pytest.raises(InvalidSource) as caught:
        read('{"view_name": "\\u001b[31mred", "records": []}')
    assert "\x1b" not in str(caught.value)
    assert "\\u001b[31mred" in str(caught.value)


@pytest.mark.parametrize(
    ("declared", "said"),
    [("1", []), ("2", ["record_count is 2, but there is 1 record"]), ("true", ["record_count is true, but"])],
)
def test_a_count_that_does_not_fit_is_noticed(read: Read, declared: str, said: list[str]) -> None:
    """Records may be added to a view and removed from it by hand: a count that no longer fits refuses nothing."""
    source = read(f'{{{VIEW}, "record_count": {declared}, "records": [{{}}]}}')
    assert source.size == 1
    assert [remark.code for remark in source.notices] == ["record_count"] * len(said)
    assert all(begin in remark.message for begin, remark in zip(said, source.notices, strict=True))
