"""The document, the schema and the code of the changeset format say the same."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from bake.changeset import events, header
from bake.changeset import model as m
from bake.changeset.codec import decode, encode
from bake.changeset.effects import CHOICES
from bake.changeset.file import read
from bake.changeset.header import FORMAT, CatalogStamp, Header, ReadAs, Section, Source

DOCUMENT = (Path(__file__).parents[3] / "docs" / "reference" / "changeset-format.md").read_text(encoding="utf-8")
SCHEMA = json.loads(files("bake.changeset").joinpath("schema.json").read_text(encoding="utf-8"))
DIGEST = "sha256:" + "0" * 64
INSTANT = "2025-12-24T10:00:00Z"
PRICE = Decimal("3.99")

TEST = m.Test(path="/a~1b", value=None)
REPLACE = m.Replace(path="/a~1b", value=PRICE)
ADD = m.Add(path="/a~1b", value=PRICE)
REMOVE = m.Remove(path="/a~1b")
WARNING = m.Warn(field="unit_price", message="47.9 is 10 times more than the last, 4.79", code="outlier", factor=10)
UUIDS = {"/supplier": "00000000-0000-4000-8000-000000000001"}
CANDIDATE = m.Candidate(
    key={"slug": "s"}, label="S", score=Decimal("0.93"), why="near", patch=(TEST, REPLACE), uuids=UUIDS, operation=1
)
SECTION = Section(name="suppliers", records=3, entity="suppliers")
READ_AS = ReadAs(encoding="windows-1252", sheet="May", header=3, as_is=True, fill_down=("Shop",))
SOURCE = Source(
    name="view.json",
    path="in/view.json",
    sha256="0" * 64,
    kind="view",
    view="products",
    records=3,
    sections=(SECTION,),
    export_id="e1",
    read_as=READ_AS,
    columns={"Shop": "supplier_name", "Notes": None},
    values={"product": "butter"},
)
CATALOG = CatalogStamp(name="bakery", fingerprint="0123456789abcdef")
NOTICE = m.Notice(code="unknown_field", message="no such field", from_=(0, "4-9"))
QUESTION = m.Question(
    id="q1",
    kind="conflict",
    entity="products",
    field="notes",
    key={"slug": "s"},
    label="S",
    lookup={"name": "S"},
    value=None,
    problem="it is not text",
    warning="duplicate",
    base=None,
    current="x",
    where="view.json:7 (/records/4/notes)",
    asked_by=(1, "2-3"),
    candidates=(CANDIDATE,),
    more=1,
    options=(m.Option(name="same", label="the same rows", records=12, example="3.99 to 4.99"),),
    columns=(
        m.SourceColumn(
            name="Shop", samples=("Costco",), field="supplier_name", why="its name", others=("notes",), value=True
        ),
    ),
    lacking={"product": ("product_slug",)},
    record={"Shop": "Costco", "Price": PRICE},
    doubt=("Shop",),
    told={"city": "Waltham"},
)
FURTHER = m.Outcome(needs={"": "q2"}, outcomes={"q2": {"new": m.Outcome(for_all=True)}})
OUTCOME = m.Outcome(
    skip="a total",
    taken=4,
    same_as=CANDIDATE,
    omit=("notes",),
    values={"price": PRICE},
    needs={"": "q2"},
    outcomes={"q2": {"": FURTHER}},
    for_all=True,
)
#: What all changes of a row have in common, with nothing left out.
CHANGE: dict[str, Any] = {
    "n": 1,
    "entity": "products",
    "key": {"slug": "s"},
    "label": "S",
    "from_": (0, "4-9"),
    "needs": {"": "q1", "/supplier": 7},
    "outcomes": {"q1": {"same": OUTCOME}},
    "uuids": UUIDS,
    "warnings": (WARNING,),
}
EVENT: dict[str, Any] = {"by": "ada", "at": INSTANT, "prev": DIGEST, "digest": DIGEST}
ANSWER = events.ProposedAnswer(
    question="q1",
    choice="create",
    key={"slug": "s"},
    values={"slug": "s"},
    value=None,
    option="same",
    operation=2,
    columns={"Shop": "supplier", "Till": None},
)
AMENDMENT = events.ProposedAmendment(operation=2, patch=(TEST, REMOVE, ADD, REPLACE))
EVIDENCE = m.Evidence(field="upc", source="photo 3", url="https://example.org", quote="0 12", confidence=Decimal("0.9"))
PROPOSED = events.Proposed(
    model="a model",
    answer=ANSWER,
    amendment=AMENDMENT,
    reason="it says so",
    confidence=Decimal("0.5"),
    evidence=(EVIDENCE,),
    **EVENT,
)
POLICY = events.PolicyMark(digest=DIGEST, rules=("assistants fill in codes",))
COUNTS = {"products": {"create": 1, "skip": 2}}

#: By the heading of its table and the name of its definition: one of each, with every field filled in.
FULL: dict[str, msgspec.Struct] = {
    "header": Header(
        format=FORMAT,
        source=SOURCE,
        catalog=CATALOG,
        mode="merge",
        strict=True,
        base="e1",
        built_at=INSTANT,
        built_by="ada",
    ),
    "create": m.Create(values={"slug": "s", "price": PRICE}, derived=("slug",), evidence=(EVIDENCE,), **CHANGE),
    "update": m.Update(patch=(TEST, REPLACE), evidence=(EVIDENCE,), **CHANGE),
    "delete": m.Delete(before={"slug": "s"}, **CHANGE),
    "skip": m.Skip(n=1, entity="products", reason="unchanged", from_=("0-2",)),
    "question": QUESTION,
    "built": m.Built(counts=COUNTS, notices=(NOTICE,), digest=DIGEST),
    "asked": events.Asked(question=QUESTION, **EVENT),
    "answered": events.Answered(
        question="q1",
        choice="create",
        key={"slug": "s"},
        values={"slug": "s"},
        value=None,
        option="same",
        operation=2,
        needs={"/ingredient": "q2"},
        uuids=UUIDS,
        origin="terminal",
        revises=(DIGEST,),
        proposal=DIGEST,
        **EVENT,
    ),
    "withdrawn": events.Withdrawn(question="q1", answers=(DIGEST,), **EVENT),
    "derived": events.Derived(
        operations={2: events.Entailed(warnings=(WARNING,), values={"slug": "s"}, key={"slug": "s"})},
        questions=(QUESTION,),
        **EVENT,
    ),
    "rebased": events.Rebased(
        database="sqlite:///bake.db",
        operations=(m.Skip(n=1, entity="products", reason="already so", from_=(0,)),),
        questions=(QUESTION,),
        reopened=("q1",),
        **EVENT,
    ),
    "amended": events.Amended(
        operation=2, patch=(TEST, REMOVE, ADD, REPLACE), reason="a slip", proposal=DIGEST, **EVENT
    ),
    "proposed": PROPOSED,
    "rejected": events.Rejected(proposal=DIGEST, reason="no such shop", **EVENT),
    "proposed_answer": ANSWER,
    "proposed_amendment": AMENDMENT,
    "evidence": EVIDENCE,
    "sealed": events.Sealed(content=DIGEST, reason="a slip", **EVENT),
    "applied": events.Applied(database="sqlite:///bake.db", counts=COUNTS, receipt=DIGEST, policy=POLICY, **EVENT),
    "policy": POLICY,
    "approved": events.Approved(content=DIGEST, signature="-----BEGIN SSH SIGNATURE-----", **EVENT),
    "failed": events.Failed(database="sqlite:///bake.db", code="conflicts", message="1 conflict", **EVENT),
    "merged": events.Merged(prev=DIGEST, other=DIGEST, digest=DIGEST),
    "read_as": READ_AS,
    "source": SOURCE,
    "section": SECTION,
    "catalog": CATALOG,
    "test": TEST,
    "replace": REPLACE,
    "add": ADD,
    "remove": REMOVE,
    "warning": WARNING,
    "entailed": events.Entailed(warnings=(WARNING,), values={"slug": "s"}, key={"slug": "s"}),
    "candidate": CANDIDATE,
    "option": QUESTION.options[0],
    "source_column": QUESTION.columns[0],
    "outcome": OUTCOME,
    "notice": NOTICE,
}
#: What is written before the fields of a struct, to tell which struct it is.
TAGS = ("type", "action", "op")
LINES = [name for name in FULL if {"$ref": f"#/$defs/{name}"} in SCHEMA["oneOf"]]


def written(value: msgspec.Struct) -> dict[str, Any]:
    """What a reader of the file finds: a line as the codec writes it, a part of one as msgspec does."""
    line = value if isinstance(value, get_args(events.Line)) else None
    raw = encode(line) if line else msgspec.json.Encoder(decimal_format="number").encode(value)
    parsed: dict[str, Any] = json.loads(raw)
    return parsed


def least(value: msgspec.Struct) -> msgspec.Struct:
    """The same with only the fields that have no default, and the digest of an event, which comes with the writing."""
    written = {"digest"} if isinstance(value, get_args(events.Event)) else set()
    required = {
        f.name: getattr(value, f.name) for f in msgspec.structs.fields(value) if f.required or f.name in written
    }
    return type(value)(**required)


def validator(name: str) -> Draft202012Validator:
    """Checks one definition of the schema."""
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})


def tables(start: str) -> dict[str, list[list[str]]]:
    """The rows of each table whose header begins so, by the last heading above it; code marks are taken off."""
    found: dict[str, list[list[str]]] = {}
    heading, inside = "", False
    for line in DOCUMENT.splitlines():
        heading = line.lstrip("# ").strip("`") if line.startswith("#") else heading
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        inside = bool(cells) and (inside or cells[0] == start)
        if inside and cells[0] != start and not cells[0].startswith("---"):
            found.setdefault(heading, []).append(cells)
    return found


def names(cell: str) -> tuple[str, ...]:
    """The code words of a table cell."""
    return tuple(re.findall(r"`([^`]+)`", cell))


def test_the_schema_is_a_schema() -> None:
    """The shipped file is valid against the JSON Schema draft that it names."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_samples_leave_nothing_out() -> None:
    """Every struct of the model has a sample, and every line type has a definition among the schema's lines."""
    declared = {name: value for module in (header, m, events) for name, value in vars(module).items()}
    structs = {
        value
        for name, value in declared.items()
        if isinstance(value, type) and issubclass(value, m.LinePart) and value is not m.LinePart and name[0] != "_"
    }
    assert {type(sample) for sample in FULL.values()} == structs
    assert {type(FULL[name]) for name in LINES} == set(get_args(events.Line))
    assert len(LINES) == len(SCHEMA["oneOf"])


@pytest.mark.parametrize("name", FULL)
def test_schema_code_and_document_have_the_same_fields(name: str) -> None:
    """The same fields in the same order, which is the canonical one, and the same of them always written."""
    definition = SCHEMA["$defs"][name]
    rows = tables("field")[name]
    documented = [names(row[0])[0] for row in rows]
    always = {names(row[0])[0] for row in rows if row[2] == "always"}
    assert {row[2] for row in rows} <= {"always", "optional"}
    assert list(written(FULL[name])) == documented == list(definition["properties"])
    assert [n for n in documented if n not in TAGS] == list(type(FULL[name]).__struct_encode_fields__)
    assert set(written(least(FULL[name]))) == always == set(definition["required"])


def test_the_document_has_no_other_tables_of_fields() -> None:
    """Nothing is documented that the code does not know."""
    assert set(tables("field")) == set(FULL)


@pytest.mark.parametrize("make", [lambda v: v, least], ids=["full", "least"])
@pytest.mark.parametrize("name", FULL)
def test_what_is_written_is_valid(name: str, make: Any) -> None:
    """Each struct, filled in or with its required fields only, is written as its definition says."""
    validator(name).validate(written(make(FULL[name])))


@pytest.mark.parametrize("name", LINES)
def test_a_line_is_exactly_one_of_the_lines(name: str) -> None:
    """The definitions of the lines exclude one another."""
    Draft202012Validator(SCHEMA).validate(written(FULL[name]))


@pytest.mark.parametrize("name", FULL)
def test_the_schema_refuses_what_is_not_documented(name: str) -> None:
    """A field too many is not valid, nor is one too few."""
    valid = written(FULL[name])
    with pytest.raises(ValidationError):
        validator(name).validate({**valid, "else": 1})
    for field in SCHEMA["$defs"][name]["required"]:
        with pytest.raises(ValidationError):
            validator(name).validate({other: value for other, value in valid.items() if other != field})


@pytest.mark.parametrize(
    ("definition", "bad"),
    [
        ("runs", ["4"]),
        ("runs", ["04-9"]),
        ("runs", [-1]),
        ("needs", {"supplier": "q1"}),
        ("needs", {"/supplier": "1"}),
        ("needs", {"/supplier": 0}),
        ("pointer", "/a~2"),
        ("pointer", "a"),
        ("digest", "0" * 64),
        ("instant", "2025-12-24T10:00:00+01:00"),
        ("question_id", "q0"),
        ("counts", {"products": {"merge": 1}}),
        ("patch", [{"op": "add", "path": "/a", "value": 1}]),
    ],
)
def test_the_schema_refuses_malformed_parts(definition: str, bad: object) -> None:
    """What looks nearly like a run, a need, a pointer, a digest, … is not valid."""
    with pytest.raises(ValidationError):
        validator(definition).validate(bad)


@pytest.mark.parametrize(
    ("line", "field", "type_"),
    [
        ("header", "mode", m.Mode),
        ("question", "kind", m.QuestionKind),
        ("answered", "choice", m.Choice),
    ],
)
def test_the_words_of_the_schema_are_those_of_the_code(line: str, field: str, type_: object) -> None:
    """Modes, kinds of question and choices are the same closed lists in the schema and in the types."""
    assert tuple(SCHEMA["$defs"][line]["properties"][field]["enum"]) == get_args(type_)


def test_the_document_offers_the_choices_that_the_code_takes() -> None:
    """The table of kinds lists each kind with its choices; the table of effects has a row for each pair."""
    kinds = {names(row[0])[0]: names(row[3]) for row in tables("kind")["Kinds of question"]}
    effects = [(kind, names(row[1])[0]) for row in tables("kind")["What an answer does"] for kind in names(row[0])]
    assert kinds == CHOICES
    assert len(effects) == len(set(effects))
    assert set(effects) == {(kind, choice) for kind, choices in CHOICES.items() for choice in choices}


def test_the_example_is_a_changeset(tmp_path: Path) -> None:
    """Each of its lines is valid and canonical, its digests are right, it is complete, and nothing in it is open."""
    example = re.findall(r"```jsonl\n(.*?)```", DOCUMENT, re.DOTALL)[0].encode()
    path = tmp_path / "example.changeset.jsonl"
    path.write_bytes(example)
    for raw in example.splitlines(keepends=True):
        assert encode(decode(raw)) == raw
        Draft202012Validator(SCHEMA).validate(json.loads(raw))
    file = read(path).intact()
    assert file.total == 3
    assert len(file.decisions.applied) == 1
    assert file.decisions.open == []
