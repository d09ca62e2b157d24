from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bake.app.export import validate_export
from bake.errors import BakeError, DamagedExport, InvalidSource

Edit = Callable[[Any], None]


def edited(folder: Path, filename: str, edit: Edit) -> None:
    """Edit a file of a set, and let the manifest have its new checksum, as a careful forger would."""
    path = folder / filename
    document = json.loads(path.read_bytes())
    edit(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for entry in manifest["files"]:
        if entry["filename"] == filename:
            entry["checksum_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    if filename != "manifest.json":
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def problems(folder: Path, kind: type[BakeError]) -> list[str]:
    """Everything that is wrong with a set."""
    with pytest.raises(kind) as caught:
        validate_export(folder)
    return [str(problem) for problem in caught.value.problems]


def test_in_order(exported: Path) -> None:
    """What was just exported is in order, named as folder or as manifest."""
    assert validate_export(exported).manifest == validate_export(exported / "manifest.json").manifest


def test_all_problems_in_one_pass(exported: Path) -> None:
    """A tampered file, a missing one and an extra one are all reported at once."""
    tampered = exported / "01_jars.json"
    tampered.write_bytes(tampered.read_bytes().replace(b"honey", b"money"))
    (exported / "03_spoons.json").unlink()
    (exported / "notes.txt").touch()
    (exported / ".DS_Store").touch()
    assert problems(exported, DamagedExport) == [
        "manifest.json (/files/2/filename): \"03_spoons.json\" is missing",
        "notes.txt: \"notes.txt\" is not in the manifest",
        "01_jars.json: its checksum is not the one in the manifest",
    ]  # fmt: skip


def test_lost_references(exported: Path) -> None:
    """References to rows that are not there are found by id and by name, and so is an id that means another name."""

    def lose(document: Any) -> None:
        document["records"][0]["favourite_id"] = 99
        document["records"][1]["favourite_label"] = "marmalade"

    edited(exported, "02_shelves.json", lose)
    assert problems(exported, InvalidSource) == [
        "02_shelves.json (/records/0/favourite_id): favourite_id 99 is none of the jars of the set",
        '02_shelves.json (/records/1/favourite_id): favourite_label "marmalade" is none of the jars of the set',
    ]
    edited(exported, "02_shelves.json", lambda document: document["records"][1].update(favourite_label="honey"))
    assert 'favourite_id 2 is "a\\u000ab", not "honey"' in problems(exported, InvalidSource)[1]


@pytest.mark.parametrize(
    ("filename", "edit", "kind", "said"),
    [
        ("01_jars.json", lambda d: d.update(record_count=5), DamagedExport, "record_count is 5, but there are 2"),
        ("01_jars.json", lambda d: d["records"].pop(), DamagedExport, "record_count is 2, but"),
        ("01_jars.json", lambda d: d.update(entity_type="cans"), DamagedExport, 'its entity_type is "cans"'),
        ("01_jars.json", lambda d: d.update(export_id="x"), DamagedExport, "it comes from another export"),
        ("01_jars.json", lambda d: d.update(file_version="2.0"), InvalidSource, 'file_version is "2.0"; expected 1.0'),
        ("01_jars.json", lambda d: d.update(records={}), InvalidSource, "not the file of an entity"),
        ("manifest.json", lambda d: d["files"][2].update(dependencies=["pans"]), DamagedExport, 'needs "pans", which'),
        ("manifest.json", lambda d: d["files"][2].update(import_order=0), DamagedExport, "which comes after it"),
        ("manifest.json", lambda d: d["files"][2].update(import_order=1), DamagedExport, "1 is given twice"),
        ("manifest.json", lambda d: d["files"][0].update(record_count=7), DamagedExport, "record_count is 7, but"),
        ("manifest.json", lambda d: d["files"].append(d["files"][0]), DamagedExport, "is listed twice"),
    ],
)  # fmt: skip
def test_one_thing_wrong(exported: Path, filename: str, edit: Edit, kind: type[BakeError], said: str) -> None:
    """Each way to be wrong is found although the checksums are right, and told apart: damage, or not readable."""
    edited(exported, filename, edit)
    assert any(said in problem for problem in problems(exported, kind))


@pytest.mark.parametrize("version", ["2.0", None, 1.0])
def test_unknown_manifest_version(exported: Path, version: object) -> None:
    """A manifest of another version is not read at all."""
    edited(exported, "manifest.json", lambda document: document.update(manifest_version=version))
    with pytest.raises(InvalidSource, match="manifest_version"):
        validate_export(exported)
