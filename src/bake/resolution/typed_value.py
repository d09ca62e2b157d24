"""What a person types, as the value of a field."""

from __future__ import annotations

import msgspec

from bake.catalog.field_types import Boolean, Date, Document, Exact, PlainType, Real, ScalarType, Sensitive
from bake.catalog.readings import CERTAIN, meanings
from bake.catalog.sensitive import known
from bake.catalog.type_words import describe
from bake.catalog.values import TOKEN, Json, Misfit, parse, shown
from bake.resolution.json_text import decode_json

_WORDS = {"true": True, "yes": True, "y": True, "false": False, "no": False, "n": False}


def from_text(type_: ScalarType, text: str) -> Json:
    """The canonical value of a text that was typed for a field of this type.

    Raises:
        Misfit: it is not one of the type's; `expected` says what would be.
    """
    match type_:
        case Boolean():
            return _boolean(text)
        case Document():
            return parse(type_, _document(text))
        case Sensitive():
            return known(type_, parse(type_, text if text.startswith(TOKEN) else _typed(type_.inner, text)))
        case Date() | Exact() | Real():
            return _as_people_write(type_, text)
        case _:
            return parse(type_, text)


def _as_people_write(type_: Date | Exact | Real, text: str) -> Json:
    """The date or number that a text says, also as people write it (`$4.79`, `12/31/2025`), if it can be only one."""
    try:
        return parse(type_, text)
    except Misfit as misfit:
        found = meanings(type_, text)
        values = list(dict.fromkeys(str(one.value) for one in found))
        if len(values) > 1:
            raise Misfit(f"{shown(text)} may be {' or '.join(values)}", misfit.expected) from None
        if found and all(one.name in CERTAIN for one in found):
            return found[0].value
        raise


def _typed(type_: PlainType, text: str) -> Json:
    """The canonical value of a text for a sensitive field; no message holds it."""
    try:
        return from_text(type_, text)
    except Misfit as misfit:
        raise Misfit("the value, which is not shown, does not fit", misfit.expected) from None


def _boolean(text: str) -> bool:
    word = _WORDS.get(text.strip().casefold())
    if word is None:
        raise Misfit(f"{shown(text)} is neither true nor false", describe(Boolean()))
    return word


def _document(text: str) -> Json:
    try:
        return decode_json(text.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Misfit(f"{shown(text)} is not JSON", describe(Document())) from None
