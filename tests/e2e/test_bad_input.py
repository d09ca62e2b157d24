"""Bad input: each gets an error or a question with its place, an exit status, the next thing to type, and no traceback.

The commands run within this process, so that an exception which a user would see as a traceback fails the test.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.shell import Said, Shell, lines, notices, tables
from support.workbooks import gzipped, xlsx_by_hand

LONG = "x" * 8_000_000
DEEP = 100_000

PURCHASE = {
    "product_slug": "bobs_rye_flour_20_oz",
    "supplier_slug": "costco_waltham_ma",
    "purchase_date": "2025-12-20",
    "unit_price": 6.99,
    "quantity_purchased": 1,
}
PRODUCT = {
    "slug": "new_rye",
    "ingredient_slug": "rye_flour",
    "brand": "New",
    "package_unit": "lb",
    "package_unit_quantity": 2,
}


def _view(**members: Any) -> dict[str, Any]:
    return {"export_type": "denormalized_view", "view_name": "products_complete", **members}


@dataclass(frozen=True)
class Bad:
    """A source that cannot be read: its content, where the error is, a word of the error, a word of the hint.

    What is large is made when it is written, so that it takes neither time nor memory before and after.
    """

    content: object
    place: str
    says: str
    hint: str = ""


UNREADABLE = {
    "not JSON": Bad("hello", "bad.json:1:1", "not JSON", "Correct"),
    "empty": Bad("", "bad.json:1:1", "empty", "finished"),
    "truncated": Bad('{"suppliers": [{"slug": "a"', "bad.json:1:28", "ends in the middle", "cut off"),
    "a comma too many": Bad('{"suppliers": [{"slug": "a"},]}', "bad.json:1:", "not JSON", "Remove the comma"),
    "a top-level list": Bad([{"slug": "a"}], "bad.json:1:1", "does not say what its records are", "--view NAME"),
    "a top-level number": Bad("12", "bad.json:1:1", "a number", ""),
    "no envelope": Bad({"foo": [{"a": 1}]}, "bad.json:1:1", "not a form of source", "Known are"),
    "an empty object": Bad({}, "bad.json:1:1", "no members", "Known are"),
    "an unknown export type": Bad(
        _view(records=[]) | {"export_type": "else"}, "(/export_type)", '"else"', "denormalized_view"
    ),
    "an unknown view": Bad(_view(records=[]) | {"view_name": "product"}, "(/view_name)", '"product"', "Known are"),
    "a later version": Bad(_view(records=[], view_version="2.0"), "(/view_version)", '"2.0"', "newer Bake"),
    "no records": Bad(_view(), "bad.json:1:1", "records is missing", '"records": [ … ]'),
    "records are no list": Bad(_view(records={}), "(/records)", "records is an object", '"records": [ … ]'),
    "an entity is no list": Bad({"suppliers": {}, "products": []}, "(/suppliers)", "suppliers is an object", "list"),
    "a record is no object": Bad({"suppliers": [{"name": "a"}, 3]}, "(/suppliers/1)", "a number", "{"),
    "NaN": Bad('{"suppliers": [{"name": NaN}]}', "bad.json:1:25", "NaN is not a JSON number", "null"),
    "a number too long": Bad(
        '{"suppliers": [{"name": ' + "1" * DEEP + "}]}", "bad.json:1:25", "too long or too large", "text"
    ),
    "nested too deep": Bad(
        '{"suppliers": [{"name": ' + "[" * DEEP + "]" * DEEP + "}]}", "bad.json:1:", "nested more than", "record"
    ),
    "objects nested too deep": Bad('{"a": ' * DEEP + "1" + "}" * DEEP, "bad.json:1:", "nested more than", "record"),
    "a name twice": Bad(
        '{"suppliers": [\n  {"slug": "a",\n   "slug": "b"}]}', "bad.json:3:4", "stands twice", "Keep one"
    ),
    "invalid UTF-8": Bad(b'{"suppliers": [{"name": "a\xff"}]}', "bad.json:1:27", "0xff", "UTF-8"),
    "torn UTF-16": Bad('{"suppliers": []}'.encode("utf-16")[:-1], "bad.json:1", "mean nothing in UTF-16", "copy"),
    "a picture": Bad(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "bad.json:1:1", "a picture", ""),
    "a gzip cut off": Bad(gzipped(b'{"suppliers": []}')[:-9], "bad.json", "the gzip is cut off", "download"),
    "a gzip bomb": Bad(lambda: gzipped(bytes(100_000_000)), "bad.json", "gzip bomb", "Unpack it yourself"),
    "a workbook bomb": Bad(
        lambda: xlsx_by_hand(f"<row><c t='inlineStr'><is><t>{'a' * 100_000_000}</t></is></c></row>"),
        "bad.json",
        "ZIP bomb",
        "Save the sheet as CSV",
    ),
    "a formula without its result": Bad(
        xlsx_by_hand("<row><c><f>1+1</f></c></row>"), "bad.json!Sheet1:A1", "its result is not in the file", "save it"
    ),
    "a torn line of JSON": Bad('{"slug": "a"}\n{"slug": "b', "bad.json:2:10", "ends in the middle", "cut off"),
    "a million columns": Bad(
        lambda: "product_slug,export_id:products_complete" + ",x" * 1_000_000,
        "bad.json:1:1",
        "more than 200,000 columns",
        "Is this a sheet",
    ),
    "a cell of 20 MB": Bad(
        lambda: f"product_slug,notes,export_id:products_complete\na,{'x' * 20_000_000}\n",
        "bad.json",
        "more than 8,388,608 characters",
        "line",
    ),
    "zero bytes": Bad(b"a,b\0\0\0,c\n", "bad.json:1:1", "binary", "UTF-8"),
}


@pytest.fixture
def untouched(bakery: Shell) -> Iterator[Shell]:
    """A bakery whose database is, when the test ends, byte for byte what it was."""
    before = bakery.database.read_bytes()
    yield bakery
    assert bakery.database.read_bytes() == before
    assert tables(bakery.database)


@pytest.mark.parametrize("command", [("import",), ("changeset", "build")], ids=" ".join)
@pytest.mark.parametrize("bad", UNREADABLE.values(), ids=UNREADABLE)
def test_a_source_that_cannot_be_read(untouched: Shell, bad: Bad, command: tuple[str, ...]) -> None:
    """Status 5, the place to the column or the member, what is wrong, what to do; and no changeset is left."""
    untouched.write("bad.json", bad.content() if callable(bad.content) else bad.content)
    before = untouched.changesets
    said = untouched.bake(*command, "bad.json")
    assert (said.status, said.out) == (5, "")
    assert bad.place in said.err.splitlines()[1]
    assert bad.says in said.err
    assert _hint(said)
    assert bad.hint in _hint(said)
    assert len(said.err) < 3000
    assert untouched.changesets == before
    assert list((untouched.folder / "changesets").glob("*.part")) == []


def _hint(said: Said) -> str:
    return said.err.partition("\nnext: ")[2]


@dataclass(frozen=True)
class Misfit:
    """A record with one value that does not fit: its entity, the column and value, the field asked about, the words."""

    entity: str
    column: str
    value: str
    says: str
    field: str = ""
    kind: str = "invalid"


MISFITS = {
    "an unknown unit": Misfit("products", "package_unit", '"furlong"', "expected one of mg, g, kg"),
    "a negative quantity": Misfit("purchases", "quantity_purchased", "-2", "more than 0"),
    "a negative price": Misfit("purchases", "unit_price", "-0.01", "at least 0"),
    "a price with a word": Misfit("purchases", "unit_price", '"about 6.99"', "the number alone", kind="decision"),
    "a price with two words": Misfit("purchases", "unit_price", '"about 6.99 each"', "expected a number"),
    "too many decimals": Misfit("purchases", "unit_price", "6.99999", "more than 4 decimals", kind="decision"),
    "1e999": Misfit("purchases", "unit_price", "1e999", "expected a number"),
    "a month too many": Misfit("purchases", "purchase_date", '"2025-13-01"', "such as 2025-12-20"),
    "a day too many": Misfit("purchases", "purchase_date", '"2025-02-29"', "not in the calendar"),
    "a number for a text": Misfit("products", "brand", "12", "expected text"),
    "a list for a text": Misfit("products", "brand", '["a"]', "expected text"),
    "a text for a flag": Misfit("products", "is_hidden", '"maybe"', "expected true or false"),
    "a text too long": Misfit("products", "brand", json.dumps(LONG), "has 8000000 characters"),
    "a character that cannot be stored": Misfit("products", "brand", '"a\\u0000b"', "no database stores"),
    "half a character": Misfit("products", "brand", '"\\ud800"', "no database stores"),
    "a list for a reference": Misfit("purchases", "supplier_slug", "[1]", "expected text", field="supplier"),
    "null where a value is needed": Misfit("purchases", "unit_price", "null", "unit_price"),
}


@pytest.mark.parametrize("misfit", MISFITS.values(), ids=MISFITS)
def test_a_value_that_does_not_fit(untouched: Shell, misfit: Misfit) -> None:
    """A question with its location; `build` succeeds, `import` lists it and writes nothing (3)."""
    record = PURCHASE if misfit.entity == "purchases" else PRODUCT
    members = [f'"{name}": {json.dumps(value)}' for name, value in record.items() if name != misfit.column]
    text = f'{{"{misfit.entity}": [\n{{{", ".join(members)},\n"{misfit.column}": {misfit.value}}}]}}'
    untouched.write("bad.json", text)
    [question] = lines(untouched.built("bad.json"), "question")
    said = untouched.bake("import", "bad.json")
    assert question["kind"] == misfit.kind
    assert question["field"] == (misfit.field or misfit.column)
    assert question["where"].startswith("bad.json:")
    assert said.status == 3
    assert misfit.says in said.err
    assert question["where"] in said.err
    assert "bake changeset resolve " in _hint(said)
    assert len(said.err) < 1000


def test_all_bad_records_are_reported_in_one_pass(untouched: Shell) -> None:
    """Two bad values in one record and one in another are three questions, each at its own line."""
    first = PURCHASE | {"unit_price": "about 6.99", "purchase_date": "2025-13-01"}
    second = PURCHASE | {"quantity_purchased": -1}
    untouched.write("bad.json", json.dumps({"purchases": [first, PURCHASE, second]}, indent=1))
    questions = lines(untouched.built("bad.json"), "question")
    fields = {(question["field"], question["where"].partition(" ")[0]) for question in questions}
    assert fields == {
        ("unit_price", "bad.json:7:4"),
        ("purchase_date", "bad.json:6:4"),
        ("quantity_purchased", "bad.json:22:4"),
    }


def test_a_very_long_column_name(untouched: Shell) -> None:
    """An unknown column with a name of 8 MB is a notice that can still be read."""
    untouched.write("bad.json", {"suppliers": [{"slug": "costco_waltham_ma", LONG: 1}]})
    changeset = untouched.built("bad.json")
    [message] = notices(changeset)["unknown_field"]
    assert len(message) < 300
    assert len(untouched.done("changeset", "show", changeset)) < 5000


def test_a_byte_order_mark_is_no_trouble(untouched: Shell) -> None:
    """A file that begins with a byte order mark is read as if it did not."""
    text = json.dumps({"suppliers": [{"slug": "costco_waltham_ma", "name": "Costco"}]})
    untouched.write("bom.json", b"\xef\xbb\xbf" + text.encode())
    assert "nothing to change" in untouched.done("import", "bom.json")


def test_an_unknown_field_is_a_notice(bakery: Shell) -> None:
    """The field is named with the nearest known one, the rest of the record is taken, and `import` says so."""
    bakery.write("new.json", {"suppliers": [{"slug": "corner", "name": "Corner", "notez": "x"}]})
    said = bakery.done("import", "new.json")
    [message] = notices(bakery.changesets[-1])["unknown_field"]
    assert '"notez" is no column of suppliers; did you mean notes?' in message
    assert "1 notice" in said
    assert [row["name"] for row in tables(bakery.database)["suppliers"]] == ["Costco", "Wegmans", "Corner"]


def test_no_file_and_a_folder(untouched: Shell) -> None:
    """A source that is not there is a usage error (2), a folder is no source (5); both say what to do."""
    missing = untouched.bake("import", "nothing.json")
    folder = untouched.bake("import", "changesets")
    assert (missing.status, folder.status) == (2, 5)
    assert "nothing.json: there is no such file" in missing.err
    assert "changesets" in folder.err
    assert _hint(missing)
    assert _hint(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_file_name_that_is_no_text(bakery: Shell) -> None:
    """A name with bytes that are not UTF-8, and with an escape sequence, is imported and shown harmlessly."""
    name = os.fsdecode(b"caf\xe9\x1b[31m.json")
    bakery.write(name, {"suppliers": [{"slug": "corner", "name": "Corner"}]})
    said = bakery.process("import", name)
    shown = bakery.process("changeset", "show", bakery.changesets[-1])
    assert (said.status, shown.status) == (0, 0), said
    assert "\x1b" not in said.out + said.err + shown.out
    assert bakery.process("import", os.fsdecode(b"\xff\x1b[31m.json")).status == 2


def test_an_actor_that_is_no_text(bakery: Shell) -> None:
    """A login name that is not UTF-8 does not stand in the way."""
    shell = Shell(bakery.folder, {"BAKE_ACTOR": os.fsdecode(b"ad\xe9")})
    bakery.write("new.json", {"suppliers": [{"slug": "corner", "name": "Corner"}]})
    assert shell.process("import", "new.json").status == 0


# Changeset files


def _torn(raw: bytes) -> bytes:
    return raw[: len(raw) * 2 // 3]


def _deep(raw: bytes) -> bytes:
    first, rest = raw.split(b"\n", 1)
    line = (
        b'{"type":"operation","action":"skip","n":1,"entity":"suppliers","reason":' + b"[" * DEEP + b"]" * DEEP + b"}"
    )
    return first + b"\n" + line + b"\n" + rest


DAMAGED = {
    "torn": (_torn, "torn"),
    "torn at a line": (lambda raw: b"".join(raw.splitlines(keepends=True)[:3]), "torn"),
    "tampered with": (lambda raw: raw.replace(b"6.49", b"0.01"), "digest differs"),
    "an operation removed": (lambda raw: raw.replace(raw.splitlines(keepends=True)[2], b""), "exactly one operation"),
    "operations swapped": (
        lambda raw: b"".join([*(x := raw.splitlines(keepends=True))[:1], x[2], x[1], *x[3:]]),
        "digest differs",
    ),
    "an event not JSON": (lambda raw: raw + b"{nonsense}\n", "cannot be read"),
    "an event forged": (
        lambda raw: raw + b'{"type":"answered","by":"x","at":"y","prev":"sha256:0","question":"q1","choice":"skip"}\n',
        "digest differs",
    ),
    "an event unknown": (lambda raw: raw + b'{"type":"sealed","by":"x","at":"y","prev":"z"}\n', "cannot be read"),
    "a line nested too deep": (_deep, "cannot be read"),
    "not UTF-8": (lambda raw: raw.replace(b"Wilson", b"W\xff\xfeson"), "cannot be read"),
}

UNKNOWN = {
    "an unknown version": (lambda raw: raw.replace(b"bake.changeset/1", b"bake.changeset/999"), "bake.changeset/999"),
    "empty": (lambda _: b"", "is empty"),
    "not a changeset": (lambda _: b'{"suppliers": []}\n', "header"),
    "binary": (lambda _: bytes(range(256)) * 20, "header"),
    "a header nested too deep": (lambda _: b'{"type":"header","x":' + b"[" * DEEP + b"\n", "header"),
}


@pytest.fixture
def wilson(untouched: Shell) -> Path:
    """A changeset with an open question, in a bakery that stays as it is."""
    return untouched.built("wilson.json")


@pytest.mark.parametrize("format_", ["text", "markdown", "json"])
@pytest.mark.parametrize(("damage", "_says"), DAMAGED.values(), ids=DAMAGED)
def test_showing_a_damaged_changeset(untouched: Shell, wilson: Path, damage: Any, _says: str, format_: str) -> None:
    """What is left of it is shown, with the damage."""
    wilson.write_bytes(damage(wilson.read_bytes()))
    said = untouched.bake("changeset", "show", wilson, "--format", format_)
    assert said.status == 0, said
    assert "amage" in said.out
    assert "wilson.json" in said.out


@pytest.mark.parametrize(("damage", "says"), DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize(
    "command", [("apply", "--skip-on-error"), ("apply", "--dry-run"), ("resolve", "--skip", "q1")], ids=" ".join
)
def test_using_a_damaged_changeset(
    untouched: Shell, wilson: Path, damage: Any, says: str, command: tuple[str, ...]
) -> None:
    """It is refused with status 6, the line that is wrong, and the way out; the file stays as it is."""
    broken = damage(wilson.read_bytes())
    wilson.write_bytes(broken)
    said = untouched.bake("changeset", command[0], wilson, *command[1:])
    assert said.status == 6, said
    assert says in said.err
    assert wilson.name in said.err
    assert "build it again from wilson.json" in _hint(said)
    assert wilson.read_bytes() == broken
    assert list(untouched.folder.glob("import_skipped_*")) == []


@pytest.mark.parametrize(("damage", "says"), UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("command", ["show", "apply", "resolve"])
def test_a_file_that_is_no_changeset(untouched: Shell, wilson: Path, damage: Any, says: str, command: str) -> None:
    """It is refused with status 6 and its first line, whatever is asked of it; a list of changesets still lists it."""
    wilson.write_bytes(damage(wilson.read_bytes()))
    said = untouched.bake("changeset", command, wilson)
    assert said.status == 6, said
    assert says in said.err
    assert f"{wilson.name}:1" in said.err
    assert _hint(said)
    assert f"damaged    {wilson.name}" in untouched.done("changeset", "list")


def test_an_event_that_was_cut_off_never_happened(bakery: Shell) -> None:
    """An unfinished last line is no damage: it is passed over, and the next event takes its place."""
    changeset = bakery.built("wilson.json")
    whole = changeset.read_bytes()
    changeset.write_bytes(whole + b'{"type":"answered","question":"q1","cho')
    bakery.done("changeset", "resolve", changeset, "--skip", "q1")
    bakery.done("changeset", "apply", changeset)
    assert changeset.read_bytes().startswith(whole + b'{"type":"answered","question":"q1","choice":"skip",')
    assert [line["type"] for line in lines(changeset)[-2:]] == ["answered", "applied"]


def test_a_changeset_that_is_not_there(untouched: Shell) -> None:
    """A missing file and a folder are usage errors (2)."""
    for command in ("show", "apply", "resolve"):
        assert untouched.bake("changeset", command, "nothing.changeset.jsonl").status == 2
        assert untouched.bake("changeset", command, "changesets").status == 2


# Databases


COMMANDS = [
    ("import", "wilson.json"),
    ("changeset", "build", "wilson.json"),
    ("changeset", "apply", "c.changeset.jsonl"),
]


@pytest.fixture
def ready(bakery: Shell) -> Shell:
    """A bakery with a changeset `c.changeset.jsonl` that could be applied."""
    changeset = bakery.built("wilson.json", "--output", "c.changeset.jsonl")
    bakery.done("changeset", "resolve", changeset, "--create", "q1")
    return bakery


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_database(ready: Shell, command: tuple[str, ...]) -> None:
    """A database file that is not there is not made in passing: status 7, and the command that makes it."""
    said = ready.bake(*command, "--database", "sqlite:///other.db")
    assert said.status == 7
    assert "sqlite:///other.db: there is no such file" in said.err
    assert "bake init" in _hint(said)
    assert not (ready.folder / "other.db").exists()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_database_without_tables(ready: Shell, command: tuple[str, ...]) -> None:
    """An empty database has not been initialised: status 7, and the command that does it."""
    (ready.folder / "other.db").touch()
    said = ready.bake(*command, "--database", "sqlite:///other.db")
    assert said.status == 7
    assert "bake init" in _hint(said)


@pytest.mark.parametrize("command", [*COMMANDS, ("init",)], ids=" ".join)
def test_a_file_that_is_no_database(ready: Shell, command: tuple[str, ...]) -> None:
    """Another file is not a database (7), and is left as it is."""
    other = ready.write("other.db", "This is a shopping list.\n" * 200)
    before = other.read_bytes()
    said = ready.bake(*command, "--database", "sqlite:///other.db")
    assert said.status == 7
    assert "not a database" in said.err
    assert _hint(said)
    assert other.read_bytes() == before


def test_a_database_that_somebody_else_holds(ready: Shell) -> None:
    """A lock is waited for as long as bake.toml says, then it is status 7; nothing was written, and it works later."""
    ready.write("bake.toml", "wait = 0.3\n")
    before = (ready.folder / "c.changeset.jsonl").read_bytes()
    script = (
        "import sqlite3, sys\nc = sqlite3.connect('bake.db', isolation_level=None)\n"
        "c.execute('BEGIN IMMEDIATE')\nprint('held', flush=True)\nsys.stdin.read()\nc.close()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ready.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        start = time.monotonic()
        said = ready.bake("changeset", "apply", "c.changeset.jsonl")
        seconds = time.monotonic() - start
        reading = ready.bake("changeset", "build", "wilson.json")
        holder.communicate(b"")
    assert said.status == 7
    assert "locked by somebody else" in said.err
    assert "try again" in _hint(said)
    assert 0.3 <= seconds < 5
    assert reading.status == 0
    assert (ready.folder / "c.changeset.jsonl").read_bytes() == before
    ready.done("changeset", "apply", "c.changeset.jsonl")


def test_tables_of_something_else(ready: Shell) -> None:
    """A database whose tables have other columns is refused with status 7, not with a traceback."""
    with closing(sqlite3.connect(ready.folder / "other.db")) as connection, connection:
        connection.execute("CREATE TABLE suppliers (id INTEGER PRIMARY KEY, colour TEXT)")
    said = ready.bake("import", "wilson.json", "--database", "sqlite:///other.db")
    assert said.status == 7
    assert _hint(said)


@pytest.mark.parametrize("url", ["nonsense", "oracle://scott:tiger@host/x", "sqlite://host/x.db", ""])
def test_a_url_that_cannot_be_used(ready: Shell, url: str) -> None:
    """A database URL that makes no sense is an error with an example, and says no password."""
    said = ready.bake("import", "wilson.json", "--database", url)
    assert said.status in (2, 7)
    assert _hint(said)
    assert "tiger" not in said.err


# Places that cannot be written to


@pytest.fixture
def read_only(ready: Shell) -> Iterator[Shell]:
    """The same, where this user may read and not write."""
    (ready.folder / "changesets").chmod(0o555)
    ready.folder.chmod(0o555)
    try:
        if os.access(ready.folder, os.W_OK):
            pytest.skip("this user may write everywhere")
        yield ready
    finally:
        ready.folder.chmod(0o755)
        (ready.folder / "changesets").chmod(0o755)


def test_a_folder_that_is_read_only(read_only: Shell) -> None:
    """No changeset can be kept there, and no database made: both say so, and nothing is imported."""
    kept = read_only.bake("import", "wilson.json", "--skip-on-error")
    made = read_only.bake("init", "--database", "sqlite:///other.db")
    assert (kept.status, made.status) == (2, 7)
    assert "cannot be written to" in kept.err


def test_a_log_that_cannot_be_written(bakery: Shell) -> None:
    """Where the log of skipped records cannot be kept, nothing is skipped and nothing written."""
    changeset = bakery.built("wilson.json", "--output", "kept/c.changeset.jsonl")
    before = bakery.database.read_bytes()
    bakery.folder.chmod(0o555)
    try:
        if os.access(bakery.folder, os.W_OK):
            pytest.skip("this user may write everywhere")
        said = bakery.bake("changeset", "apply", changeset, "--skip-on-error")
    finally:
        bakery.folder.chmod(0o755)
    assert said.status in (2, 7)
    assert bakery.database.read_bytes() == before


def test_a_changeset_that_is_read_only(ready: Shell) -> None:
    """A changeset that could not be told of its application is not applied."""
    changeset = ready.folder / "c.changeset.jsonl"
    before = ready.database.read_bytes()
    changeset.chmod(0o444)
    if os.access(changeset, os.W_OK):
        pytest.skip("this user may write everywhere")
    said = ready.bake("changeset", "apply", changeset)
    assert said.status == 2
    assert "cannot be written to" in said.err
    assert ready.database.read_bytes() == before


def test_a_file_in_the_place_of_the_folder(untouched: Shell) -> None:
    """`changesets` is a file: status 2 with its name, and nothing is imported."""
    for path in untouched.changesets:
        path.unlink()
    (untouched.folder / "changesets").rmdir()
    untouched.write("changesets", "a file")
    said = untouched.bake("import", "wilson.json", "--skip-on-error")
    assert said.status == 2
    assert "changesets" in said.err


# What is typed wrong


@pytest.mark.parametrize(
    "arguments",
    [
        ("--nonsense",),
        ("nonsense",),
        ("import",),
        ("import", "wilson.json", "--nonsense"),
        ("import", "wilson.json", "--mode", "nonsense"),
        ("import", "wilson.json", "--format", "nonsense"),
        ("changeset", "nonsense"),
        ("changeset", "show"),
        ("changeset", "apply", "a", "b"),
    ],
    ids=" ".join,
)
def test_what_is_typed_wrong(untouched: Shell, arguments: tuple[str, ...]) -> None:
    """Status 2, and a way to help."""
    said = untouched.bake(*arguments)
    assert (said.status, said.out) == (2, "")
    assert "--help" in said.err


@pytest.mark.parametrize(
    ("content", "says"),
    [("database = ", "bake.toml"), ("colour = 3", "'colour'"), ('wait = "5"', "'wait'"), ("wait = true", "'wait'")],
)
def test_a_configuration_that_cannot_be_read(untouched: Shell, content: str, says: str) -> None:
    """A mistake in bake.toml is status 2 and names the file."""
    untouched.write("bake.toml", content)
    said = untouched.bake("import", "wilson.json")
    assert said.status == 2
    assert says in said.err
    assert "bake.toml" in said.err


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("import", "nothing.json"), 2, "usage"),
        (("import", "wilson.json"), 3, "open_questions"),
        (("changeset", "apply", "wilson.json"), 6, "damaged_changeset"),
        (("import", "bad.json"), 5, "invalid_source"),
        (("import", "wilson.json", "--database", "sqlite:///other.db"), 7, "database_unavailable"),
        (("changeset", "show", "wilson.json"), 6, "damaged_changeset"),
    ],
)
def test_errors_for_programs(untouched: Shell, arguments: tuple[str, ...], status: int, code: str) -> None:
    """With `--format json` an error is a JSON document on stdout, and stderr is empty."""
    untouched.write("bad.json", "{")
    said = untouched.bake(*arguments, "--format", "json")
    assert said.status == status
    assert said.err == ""
    assert said.document["error"] == code
    assert said.document["exit_status"] == status
    assert said.document["message"]
    assert said.document["hint"]


def test_open_questions_for_programs(untouched: Shell) -> None:
    """The questions are in the JSON, each with its id, its sentence, its place, and how many operations wait."""
    document = untouched.bake("import", "wilson.json", "--format", "json").document
    [question] = document["questions"]
    assert question["id"] == "q1"
    assert "Wilson's Farm" in question["text"]
    assert question["where"].startswith("wilson.json:")
    assert question["waiting"] == 1
