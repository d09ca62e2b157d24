"""Templates, and how values are shown in them. Jinja escapes everything: nothing from a file is ever HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from difflib import SequenceMatcher
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar
from urllib.parse import quote

import jinja2
from msgspec import UNSET

from bake import __version__
from bake.changeset.model import Json
from bake.renderer.counts import counts_text
from bake.renderer.printable import printable
from bake.renderer.words import (
    change_text,
    clipped,
    counted,
    evidence_text,
    json_text,
    key_text,
    moment,
    numbered,
    row_text,
    value_text,
)
from bake.web.event_texts import told

STATIC = Path(__file__).with_name("static")
#: Texts longer than this are shown whole on both sides, without marks within them.
_MARKED = 400
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z", re.ASCII)

#: What a state looks like: the class of its badge.
Tone: TypeAlias = Literal["open", "ready", "done", "bad", "quiet"]
_TONES: Mapping[str, Tone] = {"ready": "ready", "applied": "done", "open": "open"}

V = TypeVar("V")
#: A piece of a text, and whether it stands on one side of a change only.
Piece: TypeAlias = tuple[str, bool]


def environment() -> jinja2.Environment:
    """The templates, with the filters that they use."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("bake.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        ago=ago,
        counted=counted,
        counts=counts_text,
        digits=lambda number: f"{number:,}",
        evidence=evidence_text,
        json=json_text,
        key=key_text,
        mapped=lambda key: f"map:{key}",
        moment=moment,
        numbered=numbered,
        ordered=ordered,
        plain=plain,
        printable=printable,
        row=row_text,
        segment=lambda text: quote(str(text), safe=""),
        told=told,
        tone=tone,
        typed_key=typed_key,
        text=lambda value: clipped(printable(str(value))),
        words=lambda name: printable(str(name)).replace("_", " "),
    )
    made.globals.update(sides=sides, sides_of=sides, static=static, version=__version__)
    return made


def ordered(counts: Mapping[str, V], order: Sequence[str]) -> list[tuple[str, V]]:
    """What is counted by entity, in the order of the catalog; entities that it does not know come last."""
    rank = {name: n for n, name in enumerate(order)}
    return sorted(counts.items(), key=lambda one: rank.get(one[0], len(rank)))


@cache
def static(name: str) -> str:
    """The address of a static file, which changes with the file."""
    return f"/static/{name}?{sha256(STATIC.joinpath(name).read_bytes()).hexdigest()[:10]}"


def plain(value: Json) -> str:
    """A value as a person would write it: a text without quotation marks; nothing is an empty text."""
    match value:
        case str():
            return printable(value)
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dict():
            return key_text(value)
        case _:
            return value_text(value)


def typed_key(value: Json, *, always: bool = False) -> str:
    """A value as it is typed into a form: a key of one text as that, any other as JSON.

    Args:
        value: the value.
        always: a key is written as JSON in any case.
    """
    match value:
        case dict() if not always and len(value) == 1 and isinstance(only := next(iter(value.values())), str):
            return only
        case dict() | list():
            return json_text(value)
        case str():
            return value
        case _:
            return plain(value)


def sides(before: Json, after: Json) -> tuple[list[Piece], list[Piece]]:
    """Both sides of a change in pieces, those marked that stand on one side only.

    A side that is not there has no pieces. Texts that look alike are shown by the numbers of their signs.
    """
    if before is UNSET or after is UNSET:
        return _whole(before), _whole(after)
    if not (isinstance(before, str) and isinstance(after, str)):
        return _whole(before), _whole(after)
    shown = _timed(before), _timed(after)
    one, other = change_text(*(shown if shown[0] != shown[1] else (before, after)))
    if max(len(one), len(other)) > _MARKED:
        return [(one[1:-1], False)], [(other[1:-1], False)]
    return _marked(one[1:-1], other[1:-1])


def _whole(value: Json) -> list[Piece]:
    if value is UNSET:
        return []
    shown = _timed(value) if isinstance(value, str) else value
    return [("nothing" if value is None else clipped(plain(shown)), False)]


def _timed(text: str) -> str:
    """A text; if it is a time, date and time as people write them, to the second."""
    match = _TIME.fullmatch(text)
    return f"{match[1]} {match[2]} UTC" if match else text


def _marked(one: str, other: str) -> tuple[list[Piece], list[Piece]]:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.ratio() < 0.5:  # hardly anything is the same: marks would only disturb
        return [(one, False)], [(other, False)]
    left: list[Piece] = []
    right: list[Piece] = []
    for kind, start, end, begin, stop in matcher.get_opcodes():
        differs = kind != "equal"
        left.append((one[start:end], differs))
        right.append((other[begin:stop], differs))
    return [piece for piece in left if piece[0]], [piece for piece in right if piece[0]]


def ago(at: str) -> str:
    """A time of a changeset for people: `3 hours ago`, date and time once it is a day; what is no time as it stands.

    Where there are scripts, the page writes date and time as the browser does, in its time zone.
    """
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()
    except (ValueError, TypeError):
        return printable(at)
    if seconds >= 86_400:
        return moment(at)
    for size, noun in ((3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{counted(int(seconds // size), noun)} ago"
    return "just now"


def query(given: Mapping[str, str], **changed: str | int | None) -> str:
    """The part of an address that says what is shown, with some of it changed; None takes a part away."""
    parts: dict[str, str | int | None] = {**given, **changed}
    said = [f"{quote(name)}={quote(str(value))}" for name, value in parts.items() if value not in (None, "")]
    return "?" + "&".join(said)


def tone(state: str) -> Tone:
    """What the state of a changeset that was compared with the database looks like."""
    return _TONES.get(state, "bad")
