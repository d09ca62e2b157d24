"""The numbers that stand for primary keys."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bake.catalog.identity import IdentityList, IdentityPlaces, as_stored, identity_of, is_text, shown_identity, text_of

_TEXTS = st.text()
_NUMBERS = st.integers(-(2**63) + 1_000, 2**64 - 1)


@given(_TEXTS)
def test_the_text_comes_back(text: str) -> None:
    """Nothing is lost, and no text is taken for a number that a database gives."""
    assert text_of(identity_of(text)) == text
    assert is_text(identity_of(text))
    assert int(as_stored(identity_of(text))) == identity_of(text)


@given(_TEXTS, _TEXTS)
def test_two_texts_are_two_numbers(one: str, other: str) -> None:
    """Two texts have the same number only if they are the same."""
    assert (identity_of(one) == identity_of(other)) == (one == other)


@given(_NUMBERS)
def test_a_number_stands_for_itself(number: int) -> None:
    """Whole numbers are what they are."""
    assert not is_text(number)
    assert int(as_stored(number)) == number
    assert shown_identity(number) == str(number)


@given(st.lists(st.one_of(_NUMBERS, _TEXTS.map(identity_of)), unique=True))
def test_stores_of_64_bits(identities: list[int]) -> None:
    """Lists give them back in their order, and places stand for each of them."""
    many, places = IdentityList(), IdentityPlaces()
    many.extend(identities[:1])
    many.extend(identities[1:])
    assert list(many) == identities
    numbers = places.add(identities)
    assert places.of(numbers) == identities
    assert all(-(2**63) <= number < 2**63 for number in numbers)


def test_people_see_the_key() -> None:
    """What is shown is the key, quoted if it is a text."""
    assert shown_identity(identity_of("IT")) == '"IT"'
