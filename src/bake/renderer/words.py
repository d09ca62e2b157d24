"""How values, keys, numbers and times are said: the same in every format, on one line, printable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

import msgspec
from msgspec import UNSET

from bake.changeset.header import Section
from bake.changeset.model import Add, Amendment, Evidence, Json, Key, Remove, Replace, Runs, Test, Warn
from bake.changeset.pointers import field_of
from bake.renderer.document_parts import FieldChange, Warned
from bake.renderer.printable import printable

#: What people are told of a changeset file that did not say yet that it was applied.
CUT_OFF = "an earlier run was cut off before it could say so in the file; now the file says it"

_LONGEST = 240
_KEPT = 24
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?Z", re.ASCII)
_json = msgspec.json.Encoder(decimal_format="number")


def value_text(value: Json) -> str:
    """A canonical value: text in quotation marks, so that `5` and `"5"` differ; a key as people say it."""
    match value:
        case str():
            return _quoted(clipped(value))
        case dict():
            return key_text(value)
        case list():
            return clipped(printable(json_text(value)))
        case None | bool() | int() | Decimal():
            return clipped(json_text(value))
        case _:
            return clipped(printable(str(value)))


def row_text(key: Key, label: str | None) -> str:
    """A row by its label, where it has one because its key tells people nothing; else by its key."""
    return printable(clipped(label)) if label else key_text(key)


def warned_of(n: int, warning: Warn) -> str:
    """A warning in a sentence, of the operation with this number."""
    return f"operation {n}, {warning.field}: {warning.message}"


def warned_text(warned: Warned) -> str:
    """A warning with its row and field: one line, printable."""
    row = f"{printable(warned.entity)} {row_text(warned.key, warned.label)}, {printable(warned.warning.field)}"
    return f"{row}: {printable(warned.warning.message)}"


def key_text(key: Key) -> str:
    """A natural key: the value alone if it is one text, else `name=Wilson Farm, city=Lexington`."""
    match list(key.values()):
        case []:
            return "(no key)"
        case [str() as only] if only:
            return printable(clipped(only))
        case [dict() as inner]:
            return key_text(inner)
        case _:
            return clipped(", ".join(f"{printable(name)}={_part(value)}" for name, value in key.items()))


def change_text(before: Json, after: Json) -> tuple[str, str]:
    """Both sides of a change, such that the difference shows.

    Long texts begin where they begin to differ. Of texts that look alike (a no-break space, a composed accent), all
    that is not ASCII is shown by its number.
    """
    if not (isinstance(before, str) and isinstance(after, str)):
        return value_text(before), value_text(after)
    if _alike(before) == _alike(after):
        return _quoted(clipped(_ascii(before))), _quoted(clipped(_ascii(after)))
    start = _common_start(before, after) if max(len(before), len(after)) > _LONGEST else 0
    lead = "…" if start else ""
    return _quoted(lead + clipped(before[start:])), _quoted(lead + clipped(after[start:]))


def field_sides(change: FieldChange) -> tuple[str, str]:
    """Before and after of a field, "" where there is no such side; what is undecided says what it waits for."""
    if change.before is not UNSET and change.after is not UNSET:
        before, after = change_text(change.before, change.after)
    else:
        before, after = ("" if side is UNSET else value_text(side) for side in (change.before, change.after))
    match change.waits_for:
        case None:
            return before, after
        case int() as n:
            return before, f"{after} (operation {n})".lstrip()
        case question:
            lacking = change.after is UNSET or change.after is None
            return before, f"waits for {printable(question)}" + ("" if lacking else f" (says {after})")


def amendment_text(patch: Amendment) -> str:
    """What an amendment changes, in words: `values/city "Bostn" → "Boston"`; a dropped operation as such."""
    if any(isinstance(step, Replace) and (step.path, step.value) == ("/action", "skip") for step in patch):
        return "dropped"
    tested = {step.path: step.value for step in patch if isinstance(step, Test)}
    said = []
    for step in patch:
        name = printable(field_of(step.path))
        match step:
            case Add(path="/patch/-", value={"op": "test", "path": str() as path, "value": value}):
                tested[path] = value
            case Add(path="/patch/-", value={"op": "replace", "path": str() as path, "value": value}):
                said.append(f"{printable(field_of(path))}: {' → '.join(change_text(tested.get(path), value))}")
            case Add():
                said.append(f"{name}: {value_text(step.value)} added")
            case Replace():
                said.append(f"{name}: {' → '.join(change_text(tested.get(step.path), step.value))}")
            case Remove():
                said.append(f"{name} taken away")
            case Test():
                pass
    return clipped(", ".join(said) or "nothing")


def json_text(value: Json) -> str:
    """A value as JSON, numbers exact."""
    return _json.encode(value).decode()


def clipped(text: str, limit: int = _LONGEST) -> str:
    """At most `limit` characters of a text, and how many were left out."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def evidence_text(evidence: Evidence) -> str:
    """Where a value comes from: `upc_code: photo 3, https://example.org, “0 71012 01010 3”, 90 % sure`; printable."""
    said = [
        evidence.source,
        evidence.url,
        f"it says {value_text(evidence.quote)}" if evidence.quote else None,
        sure_text(evidence.confidence),
    ]
    field = f"{evidence.field}: " if evidence.field else ""
    return printable(clipped(field + ", ".join(filter(None, said))))


def sure_text(confidence: Decimal | None) -> str | None:
    """How sure somebody is: `90% sure`; None if it was not said."""
    return None if confidence is None else f"{confidence:.0%} sure"


def counted(number: int, noun: str) -> str:
    """`1 record`, `2 records`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def moment(at: str) -> str:
    """A time of a changeset to the minute, `2025-12-24 10:00 UTC`; anything else as it stands."""
    match = _INSTANT.fullmatch(at)
    return f"{match[1]} {match[2]} UTC" if match else printable(at)


def numbered(noun: str, runs: Runs) -> str:
    """`record 3`, `records 3, 5-6`."""
    return f"{noun}{'' if len(runs) == 1 and isinstance(runs[0], int) else 's'} {runs_text(runs)}"


def runs_text(runs: Runs, limit: int = 5) -> str:
    """The first few runs of record or operation numbers."""
    shown = ", ".join(printable(str(run)) for run in runs[:limit])
    return f"{shown}, …" if len(runs) > limit else shown


def sections_text(sections: Sequence[Section], limit: int = 12) -> str:
    """The parts of a source by name and number of records, those that the catalog does not know as such."""
    shown = [f"{printable(s.name)} {s.records:,}{'' if s.entity else ' (unknown)'}" for s in sections[:limit]]
    return ", ".join([*shown, "…"] if len(sections) > limit else shown)


def _quoted(text: str) -> str:
    return '"' + printable(text).replace('"', '\\"') + '"'


def _part(value: Json) -> str:
    match value:
        case str() if value:
            return printable(value)
        case dict():
            return f"({key_text(value)})"
        case _:
            return value_text(value)


def _alike(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()


def _common_start(before: str, after: str) -> int:
    """Where to begin showing two long texts: a little before the first difference."""
    same = next((n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), None)
    first = min(len(before), len(after)) if same is None else same
    return max(0, first - _KEPT)
