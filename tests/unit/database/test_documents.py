from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bake.catalog.field_types import Document
from bake.catalog.values import Json, parse, same
from bake.database.documents import decode, decode_own, encode

NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.decimals(allow_nan=False, allow_infinity=False, places=12)
TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"))
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
)


@given(DOCUMENTS)
def test_a_document_goes_and_comes_back_the_same(raw: Json) -> None:
    """Every canonical document is itself after a round trip, if whole decimals are written as such."""
    document = parse(Document(), raw)
    again = parse(Document(), decode(encode(document)))
    assert same(_plain(again), _plain(document))
    assert repr(decode_own(encode([document]), list)) == repr(decode(encode([document])))


def _plain(document: Json) -> Json:
    match document:
        case dict():
            return {name: _plain(value) for name, value in document.items()}
        case list():
            return [_plain(value) for value in document]
        case Decimal() if document == document.to_integral_value():
            return int(document)
        case _:
            return document


def test_digits_survive() -> None:
    """A number of more digits than a double holds keeps them all."""
    assert decode(encode({"a": [Decimal("0.1000000000000000055511151231257827")]})) == {
        "a": [Decimal("0.1000000000000000055511151231257827")]
    }
