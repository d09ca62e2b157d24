"""Pointers to fields."""

from __future__ import annotations

import pytest

from bake.changeset.pointers import field_of, pointer


@pytest.mark.parametrize(
    ("name", "written"), [("slug", "/slug"), ("a/b", "/a~1b"), ("a~b", "/a~0b"), ("~1", "/~01"), ("", "/")]
)
def test_a_pointer_leads_to_its_field(name: str, written: str) -> None:
    """Names with the characters that pointers use are escaped as RFC 6901 says, and come back as they were."""
    assert pointer(name) == written
    assert field_of(written) == name
