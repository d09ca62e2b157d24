"""All formats, whatever a changeset holds: they show it, and nothing in it steers a terminal or becomes markup."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from importlib.resources import files
from io import BytesIO
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from rich.cells import cell_len

from bake.changeset import model as m
from bake.changeset.file import Changeset
from bake.renderer.document import document
from bake.renderer.document_parts import Document
from bake.renderer.json_output import write_json
from bake.renderer.markdown import markdown
from bake.renderer.markdown_parts import code, escaped
from bake.renderer.printable import UNSAFE, printable
from bake.renderer.text import text

Make = Callable[..., Changeset]

ANSI = re.compile(r"\x1b\[[0-9;]*m")
COMMONMARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _strict(schema: Any) -> Any:
    """A schema by which an object has no field that it does not name."""
    match schema:
        case {"properties": properties, **rest}:
            closed = {"additionalProperties": False, **rest}
            return {"properties": _strict(properties), **{name: _strict(value) for name, value in closed.items()}}
        case dict():
            return {name: _strict(value) for name, value in schema.items()}
        case list():
            return [_strict(value) for value in schema]
        case _:
            return schema


SCHEMA = json.loads(files("bake.renderer").joinpath("document.schema.json").read_text(encoding="utf-8"))
STRICT = Draft202012Validator(_strict(SCHEMA))

NASTY = st.sampled_from(
    ["`|`", "\x1b[2J", "](x)", "<b>", "&amp;", "\n# ", "\n- ", "\\", "**", "_", "~~", "\u202e", "👩‍🍳", "\ufe0f"]
)
DATA = st.lists(st.text(max_size=12) | NASTY, max_size=5).map("".join)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.decimals(allow_nan=False, allow_infinity=False)
)
VALUES = SCALARS | DATA | st.dictionaries(DATA, SCALARS | DATA, max_size=2) | st.lists(SCALARS | DATA, max_size=2)
ROWS = st.dictionaries(DATA, VALUES, max_size=3)
WARNINGS = st.lists(st.builds(m.Warn, field=DATA, message=DATA), max_size=1).map(tuple)
COMMON = {"n": st.just(1), "entity": DATA, "key": ROWS, "warnings": WARNINGS}
PATCHES = st.builds(
    lambda field, before, after: (m.Test(path=f"/{field}", value=before), m.Replace(path=f"/{field}", value=after)),
    DATA,
    VALUES,
    VALUES,
)
OPERATIONS = (
    st.builds(m.Create, **COMMON, values=ROWS, needs=st.sampled_from([{}, {"/a": "q1"}, {"": 1}]))
    | st.builds(m.Update, **COMMON, patch=PATCHES)
    | st.builds(m.Delete, **COMMON, before=ROWS)
    | st.builds(m.Skip, n=st.just(1), entity=DATA, reason=DATA)
)
CANDIDATES = st.builds(m.Candidate, key=ROWS, label=DATA, score=st.just(Decimal("0.5")), why=DATA, patch=PATCHES)
QUESTIONS = st.builds(
    m.Question,
    id=st.just("q1"),
    kind=st.sampled_from(["missing", "ambiguous", "identity", "conflict", "invalid", "duplicate"]),
    entity=DATA,
    field=DATA,
    key=ROWS,
    lookup=ROWS,
    value=VALUES,
    problem=st.none() | DATA,
    base=VALUES,
    current=VALUES,
    where=DATA,
    candidates=st.lists(CANDIDATES, max_size=2).map(tuple),
)
NOTICES = st.lists(st.builds(m.Notice, code=DATA, message=DATA), max_size=1).map(tuple)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operation=OPERATIONS, question=QUESTIONS, notices=NOTICES, name=DATA)
def test_any_data_can_be_shown(
    make: Make, operation: m.Operation, question: m.Question, notices: tuple[m.Notice, ...], name: str
) -> None:
    """Any operation, question and notice is shown in every format, within the width, and without obeying it."""
    file = make([operation], [question], notices, name)
    shown = document(file)
    for width in (40, 60, 80):
        _check_text(shown, width)
    _check_markdown(markdown(shown), shown)
    raw = _json(file)
    STRICT.validate(msgspec.json.decode(raw))
    assert not UNSAFE.search(raw.decode().replace("\n", ""))
    read_back = msgspec.json.decode(raw)
    assert read_back["heading"]["header"]["source"]["name"] == name
    assert read_back["questions"]["items"][0]["question"].get("where") == question.where


def _json(file: Changeset) -> bytes:
    written = BytesIO()
    write_json(file, written)
    return written.getvalue()


def _check_text(shown: Document, width: int) -> None:
    plain = text(shown, width=width, colour=False)
    assert all(cell_len(line) <= width for line in plain.split("\n"))
    assert all(printable(line) == line for line in plain.split("\n"))
    assert ANSI.sub("", text(shown, width=width, colour=True)) == plain


def _check_markdown(rendered: str, shown: Document) -> None:
    tokens = [part for token in COMMONMARK.parse(rendered) for part in [token, *(token.children or ())]]
    kinds = [token.type for token in tokens]
    listings = (shown.questions, shown.warnings, shown.operations, shown.skips, shown.notices)
    assert kinds.count("heading_open") == 1 + sum(bool(listing.total) for listing in listings)
    assert kinds.count("td_open") == sum(len(re.findall(r"(?<!\\)\|", line)) - 1 for line in _rows(rendered))
    assert not {"html_block", "html_inline", "link_open", "image", "s_open", "em_open", "hr", "code_block"} & set(kinds)
    emphasised = sum(len(listing.items) for listing in (shown.questions, shown.operations))
    assert kinds.count("strong_open") == 1 + emphasised


def _rows(rendered: str) -> list[str]:
    lines = rendered.split("\n")
    start = lines.index(next(line for line in lines if line.startswith("| --- |")))
    return [line for line in lines[start + 1 :] if line.startswith("| ")]


@given(DATA)
def test_code_spans_hold_any_text(data: str) -> None:
    """A code span shows a text as it is, and nothing of it gets out."""
    (paragraph,) = (token for token in COMMONMARK.parse(f"a {code(data)} b") if token.type == "inline")
    assert [part.type for part in paragraph.children or ()] == ["text", "code_inline", "text"]
    assert (paragraph.children or [])[1].content.strip(" ") == printable(data).strip(" ")


@given(DATA)
def test_escaped_text_reads_as_it_was(data: str) -> None:
    """An escaped text is one run of plain text, which reads as the data, joiners that break mentions left out."""
    (paragraph,) = (token for token in COMMONMARK.parse(f"a {escaped(data)} b") if token.type == "inline")
    read = "".join(part.content for part in paragraph.children or () if part.type in ("text", "text_special"))
    assert read.replace("\u200b", "") == f"a {printable(data)} b"


def test_nobody_is_mentioned() -> None:
    """What a forge would turn into a mention, a reference, a link or an emoji is broken up."""
    assert escaped("@all #12 GH-12 https://x.example www.x.example a@b.example :smile: 10:30") == (
        "@&#8203;all #&#8203;12 GH-&#8203;12 https\\://x.example www\\.x.example a@&#8203;b.example \\:smile: 10:30"
    )


def test_json_has_everything(make: Make) -> None:
    """Nothing is cut off, however much there is; each operation is a line, and the file is as its schema says."""
    operations = [m.Create(n=n, entity="e", key={"s": f"r{n}"}, values={"s": f"r{n}"}) for n in range(1, 121)]
    raw = _json(make(operations))
    shown = json.loads(raw)
    STRICT.validate(shown)
    assert [one["n"] for one in shown["operations"]["items"]] == list(range(1, 121))
    assert sum(b'"action":"create"' in line for line in raw.splitlines()) == 120
    assert json.loads(_json(make()))["operations"] == {"items": [], "before": 0, "total": 0}


def test_the_schema_is_a_schema() -> None:
    """It is valid against the draft that it names, and refuses what is no document."""
    Draft202012Validator.check_schema(SCHEMA)
    assert not Draft202012Validator(SCHEMA).is_valid({"format": "bake.document/1"})


def test_json_keys_are_stable(make: Make) -> None:
    """Programs find the same keys at the top, whatever is in the changeset."""
    assert list(msgspec.json.decode(_json(make()))) == [
        "format",
        "heading",
        "state",
        "summary",
        "warnings",
        "questions",
        "later",
        "proposals",
        "skips",
        "notices",
        "operations",
    ]
