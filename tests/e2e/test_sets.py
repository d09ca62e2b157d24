"""Sets as people use them: exported, checked, carried elsewhere, brought back."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.sets import comparable
from support.shell import Shell, command, contents


def test_round_trip(bakery: Shell) -> None:
    """A bakery goes out as a ZIP and comes back into an empty database as it was; a second import changes nothing."""
    bakery.done("export", "complete", "--output", "out/set", "--zip")
    assert "in order" in bakery.done("export", "validate", "out/archives/set.zip")
    bakery.done("init", "--database", "sqlite:///copy.db")
    bakery.done("import", "out/archives/set.zip", "--database", "sqlite:///copy.db")
    bakery.done("export", "complete", "--output", "again", "--database", "sqlite:///copy.db")
    assert comparable(bakery.folder / "again") == comparable(bakery.folder / "out/set")
    assert "nothing to change" in bakery.done("import", "out/set", "--database", "sqlite:///copy.db")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_the_documented_round_trip(bakery: Shell) -> None:
    """The commands of docs/reference/exports.md, typed as they stand there, say that both exports are the same."""
    document = (Path(__file__).parents[2] / "docs" / "reference" / "exports.md").read_text(encoding="utf-8")
    block = document.partition("### A round trip")[2].partition("```sh\n")[2].partition("```")[0]
    shutil.copy(bakery.folder / "bakery.json", bakery.folder / "my_data.json")
    typed = f'set -e\nbake() {{ {shlex.join(command())} "$@"; }}\n{block}'
    said = subprocess.run(
        ["sh", "-c", typed], cwd=bakery.folder, env=bakery.environment(), capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout.endswith("the same\n")
    first, again = ((bakery.folder / name / "03_products.json").read_bytes() for name in ("first", "again"))
    assert b"king_arthur" in first
    assert first != again


def test_default_place(bakery: Shell) -> None:
    """Without --output a set gets a folder of its own, named for the time, under docs/exports."""
    bakery.done("export", "complete", "--zip")
    [archives, folder] = sorted((bakery.folder / "docs/exports").iterdir(), key=lambda path: path.name != "archives")
    assert (folder / "manifest.json").is_file()
    assert [path.stem for path in archives.iterdir()] == [folder.name]


def test_json_output(bakery: Shell) -> None:
    """Programs get the folder and the whole manifest."""
    said = bakery.bake("export", "complete", "--output", "set", "--no-transactional", "--format", "json").document
    assert Path(said["folder"]).name == "set"
    assert "purchases" not in {entry["entity_type"] for entry in said["manifest"]["files"]}


def test_damaged_set_is_refused(bakery: Shell) -> None:
    """A tampered set is not imported: exit status 6, what is wrong and where, no changeset, nothing written."""
    bakery.done("export", "complete", "--output", "set")
    path = bakery.folder / "set" / "03_products.json"
    path.write_bytes(path.read_bytes().replace(b"Dark Rye", b"Pale Rye"))
    before, changesets = contents(bakery.database), bakery.changesets
    for typed in (("import",), ("changeset", "build"), ("export", "validate")):
        said = bakery.bake(*typed, "set")
        assert said.status == 6
        assert "03_products.json: its checksum is not the one in the manifest" in said.err
    assert contents(bakery.database) == before
    assert bakery.changesets == changesets


def test_lost_reference(bakery: Shell) -> None:
    """A set whose checksums are right and whose references lead nowhere is invalid: exit status 5."""
    bakery.done("export", "complete", "--output", "set", "--no-transactional")
    path = bakery.folder / "set" / "03_products.json"
    data = path.read_bytes().replace(b'"ingredient_slug":"rye_flour"', b'"ingredient_slug":"oat_flour"')
    _replace(bakery.folder / "set", path, data)
    said = bakery.bake("export", "validate", "set")
    assert said.status == 5
    assert 'ingredient_slug "oat_flour" is none of the ingredients' in said.err


def test_not_a_set(bakery: Shell) -> None:
    """What is no set is an error of usage or of the source, never a traceback."""
    assert bakery.bake("export", "validate", "nowhere").status == 2
    assert bakery.bake("export", "validate", "bakery.json").status == 2
    assert bakery.bake("export", "validate", ".").status == 5


def _replace(folder: Path, path: Path, data: bytes) -> None:
    """Replace a file of a set, with its checksum in the manifest."""
    import hashlib

    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(data)
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(before, hashlib.sha256(data).hexdigest()), "utf-8")
