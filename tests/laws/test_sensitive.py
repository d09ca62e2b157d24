"""The law of sensitive fields: their values are in their sources, their columns and the private places, or nowhere."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.shell import Shell

_TABLES = ("people", "teams", "bake_private")

#: Digits that cannot come about otherwise.
_DIGITS = st.integers(10**9, 10**10 - 1).map(str)
_PHONES = _DIGITS.flatmap(lambda n: st.sampled_from([f"+1-{n}", f"  {n} ", n * 5, f"=cmd|{n}", f"<b>{n}</b>\x1b[31m"]))
_SALARIES = _DIGITS.flatmap(lambda n: st.sampled_from([f"{n}.25", f"{n},25", f"EUR {n}", f"{n}.123", f"about {n}"]))
_BORN = _DIGITS.flatmap(lambda n: st.sampled_from([f"19{n[:2]}-0{n[2]}-1{n[3]}", f"{n}/1984", f"born {n}"]))
_REMARKS = st.one_of(st.none(), st.just("likes rye"), _DIGITS.map("call {} first".format))


@st.composite
def _records(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Records about few people, some of whom are told of twice."""
    slugs = draw(st.lists(st.sampled_from(["ada", "bo", "cy", "ADA"]), min_size=1, max_size=4))
    columns = {
        "phone": st.one_of(st.none(), _PHONES),
        "salary": st.one_of(st.none(), _SALARIES),
        "born": st.one_of(st.none(), _BORN),
        "zzz": _REMARKS,
        "team_pin": st.one_of(st.none(), _PHONES),
        "_evidence": st.one_of(st.none(), _DIGITS.map(lambda n: json.dumps({"phone": {"quote": n}}))),
    }
    kept = draw(st.sets(st.sampled_from(sorted(columns)), min_size=1))
    return [
        {"slug": slug, "name": slug.title()} | {name: draw(columns[name]) for name in sorted(kept)} for slug in slugs
    ]


def _secrets(values: Iterator[str]) -> set[str]:
    """The runs of digits in values."""
    return {run for text in values for run in "".join(c if c.isdigit() else " " for c in text).split() if len(run) > 7}


def _written(folder: Path, name: str, records: list[dict[str, Any]], *, sheet: bool) -> Path:
    path = folder / "sources" / f"{name}.{'csv' if sheet else 'json'}"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        if sheet:
            writer = csv.DictWriter(stream, records[0])
            writer.writeheader()
            writer.writerows(records)
        else:
            nested = [{**one, "team": {"slug": "night", "pin": one.get("team_pin")}} for one in records]
            json.dump({"people": nested}, stream)
    return path


def _left(folder: Path) -> Iterator[tuple[str, bytes]]:
    """What is in the folder but for sources, and in the database but for the tables that may hold values."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "bake.db" and not {"private", "sources"} & {*path.parts}:
            yield path.name, path.read_bytes()
    with closing(sqlite3.connect(folder / "bake.db")) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            if name not in _TABLES:
                yield name, repr(database.execute(f"SELECT * FROM {name}").fetchall()).encode()


def _story(shell: Shell, source: Path, typed: str) -> Iterator[tuple[str, str]]:
    """All that is said while a source is built, looked at, resolved, applied and undone."""
    number = len([*shell.folder.glob("*.changeset.jsonl")])
    changeset, undo = f"{number}.changeset.jsonl", f"{number}-undo.changeset.jsonl"
    sheet = ("--view", "staff") if source.suffix == ".csv" else ()
    steps: list[tuple[object, ...]] = [
        ("changeset", "build", source, *sheet, "--output", changeset),
        *(("changeset", "show", changeset, "--all", "--format", form) for form in ("text", "markdown", "json")),
        ("changeset", "resolve", changeset, "--template"),
        ("changeset", "resolve", changeset, "--value", f"q1={typed}", "--remember"),
        ("changeset", "amend", changeset, "--set", f"1/phone={typed}"),
        ("changeset", "check", changeset),
        ("changeset", "apply", changeset, "--skip-on-error", "--format", "json"),
        ("changeset", "show", changeset),
        ("history", "people", "ada"),
        ("export", "view", "staff", "--output", f"{number}.csv"),
        ("export", "complete", "--output", f"{number}-set"),
        ("changeset", "compare", changeset, "0.changeset.jsonl"),
        ("changeset", "revert", changeset, "--output", undo),
        ("changeset", "apply", undo),
    ]
    for step in steps:
        said = shell.bake(*step)
        yield " ".join(map(str, step[:2])), said.out + said.err


@settings(max_examples=5, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))  # a story takes long
@given(st.lists(st.tuples(_records(), st.booleans()), min_size=1, max_size=2), _DIGITS)
def test_no_value_is_ever_seen(rounds: list[tuple[list[dict[str, Any]], bool]], typed: str) -> None:
    """No command says a sensitive value, and no file or table holds one, whatever sources say and people answer."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bake.toml").write_text('catalog = "support.staff:STAFF"\n')
        shell = Shell(folder)
        shell.bake("init")
        with closing(sqlite3.connect(shell.database)) as database, database:
            database.execute("INSERT INTO teams (slug, pin) VALUES ('night', '8877665544')")
            database.execute("INSERT INTO people (slug, name, phone, salary) VALUES ('ada', 'Ada', '9988776655', 1.5)")
        said: list[tuple[str, str]] = []
        for n, (records, sheet) in enumerate(rounds):
            said += _story(shell, _written(folder, f"s{n}", records, sheet=sheet), typed)
        values = (str(value) for records, _ in rounds for one in records for value in one.values())
        secrets = {*_secrets(values), "8877665544", "9988776655"} - {typed}
        left = [(where, data.decode("utf-8", "replace")) for where, data in _left(folder)]
        assert typed not in str(left)  # a command that refuses may repeat what was typed
        for where, text in [*said, *left]:
            assert not [secret for secret in secrets if secret in text], f"{where}: {text}"
