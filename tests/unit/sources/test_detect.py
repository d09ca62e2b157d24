"""A file is recognised by its content, and what is recognised by none is told what would be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bake.catalog.model import Catalog
from bake.errors import InvalidSource
from bake.sources.detect import FORMS, open_source
from bake.sources.model import SourceFile


def test_the_name_of_a_file_does_not_matter(tmp_path: Path, catalog: Catalog) -> None:
    """A document of entities is one, whatever its name says."""
    path = tmp_path / "view_shelf.txt"
    path.write_text('{"books": [{"title": "Emma"}]}')
    source = open_source(path, catalog)
    assert (source.name, source.path, source.kind) == ("view_shelf.txt", path, "document")


@pytest.mark.parametrize(
    ("text", "seen"), [("{}", "no members"), ('{"films": [{}], "tags": 1}', '"films", "tags"')], ids=["empty", "other"]
)
def test_an_unknown_form_is_told_all_known_ones(read: Callable[[str], SourceFile], text: str, seen: str) -> None:
    """The error says what was seen, and the hint what each form looks like."""
    with pytest.raises(InvalidSource) as caught:
        read(text)
    assert caught.value.message.endswith(f"the document has {seen}")
    assert str(caught.value.location) == "in.json:1:1"
    for form in FORMS:
        assert f"{form.title}: {form.example}" in str(caught.value.hint)


def test_a_misspelt_entity_is_recognised_as_such(read: Callable[[str], SourceFile]) -> None:
    """The nearest known name is offered."""
    with pytest.raises(InvalidSource) as caught:
        read('{"version": 1, "boks": [{}]}')
    assert str(caught.value.hint).startswith("Did you mean books? ")


def test_a_document_of_many_members_is_described_briefly(read: Callable[[str], SourceFile]) -> None:
    """Eight names are enough for an error."""
    with pytest.raises(InvalidSource, match=r'"m7", …$'):
        read("{" + ", ".join(f'"m{n}": 0' for n in range(1000)) + "}")
