"""A changeset that was built with another catalog than the project has now."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.compiling import written
from support.labels import LABELS

from bake.app.apply import apply
from bake.app.build import build
from bake.app.check import check
from bake.app.project import Project
from bake.app.rebase import rebase
from bake.app.serialise import to_dict
from bake.catalog.model import Catalog
from bake.cli.history_output import check_text, rebase_text
from bake.cli.results import apply_text
from bake.database.schema import create_tables
from bake.errors import UsageError

#: What can be done with a changeset, and how its result is put into words.
WAYS: dict[str, tuple[Callable[[Project, Path], Any], Callable[[Any], str]]] = {
    "check": (check, check_text),
    "rebase": (rebase, rebase_text),
    "apply --dry-run": (partial(apply, dry_run=True), apply_text),
    "apply": (apply, apply_text),
}

ways = pytest.mark.parametrize(("do", "words"), WAYS.values(), ids=WAYS)


def project(folder: Path, catalog: Catalog) -> Project:
    """A project in a folder, with this catalog."""
    return Project(f"sqlite:///{folder / 'bake.db'}", catalog, folder=folder, wait=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A changeset with a new label, built with `LABELS`."""
    sqlite3.connect(tmp_path / "bake.db").close()
    mine = project(tmp_path, LABELS)
    with mine.connect() as database, database.writing() as connection:
        create_tables(connection, LABELS)
    source = tmp_path / "in.json"
    source.write_bytes(written({"labels": [{"code": "Red"}]}))
    return build(mine, source).path


def short(value: str) -> str | None:
    """A check that the catalog did not have."""
    return None if len(value) > 3 else f"{value!r} is short"


def stricter() -> Catalog:
    """The same catalog, with a check more."""
    item = LABELS.entities["labels"]
    fields = {**item.fields, "code": replace(item.fields["code"], checks=(short,))}
    return replace(LABELS, entities={"labels": replace(item, fields=fields)})


@ways
def test_other_declarations_are_remarked_on(
    path: Path, tmp_path: Path, do: Callable[[Project, Path], Any], words: Callable[[Any], str]
) -> None:
    """The result says so in words and in JSON, with what to type; what is done is not hindered."""
    now = project(tmp_path, stricter())
    result = do(now, path)
    [remark] = to_dict(result)["remarks"]
    assert remark.startswith(
        f"it was built when the catalog labels had other declarations ({LABELS.fingerprint}, "
        f"now {now.catalog.fingerprint}): what is asked, warned of and taken for the same may differ"
    )
    assert "bake changeset build" in remark
    assert f"note: {remark}" in words(result)


@ways
def test_the_same_declarations_need_no_remark(
    path: Path, tmp_path: Path, do: Callable[[Project, Path], Any], words: Callable[[Any], str]
) -> None:
    """Nothing is said where nothing has changed."""
    result = do(project(tmp_path, LABELS), path)
    assert to_dict(result)["remarks"] == ()
    assert "note:" not in words(result)


@pytest.mark.parametrize("do", [rebase, apply])
def test_a_changeset_of_another_catalog_is_refused(
    path: Path, tmp_path: Path, do: Callable[[Project, Path], Any]
) -> None:
    """Its entities are unknown here; a rebase does not say either that everything holds."""
    with pytest.raises(UsageError, match="was built for the catalog 'labels', not 'others'"):
        do(project(tmp_path, replace(LABELS, name="others")), path)
