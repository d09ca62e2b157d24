from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from pathlib import Path

import pytest
from support import cupboard
from support.cupboard import CUPBOARD
from support.sets import fill, project_at

from bake.app.export import export_complete
from bake.changeset.header import ReadAs
from bake.errors import DamagedExport, InvalidSource, UsageError
from bake.sources.detect import open_source
from bake.sources.normalized.set_files import set_files
from bake.sources.normalized.sets import open_set

ROWS = {"shelves": [{"id": 5, "room": "kitchen", "place": 1, "favourite": None}]}


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """The folder of a set of one shelf."""
    project = project_at(tmp_path / "project", cupboard.NAME)
    fill(project, ROWS)
    return export_complete(project, output=tmp_path / "set", archive=True).folder


@pytest.fixture
def archive(exported: Path) -> Path:
    """The same as a ZIP."""
    return exported.parent / "archives" / "set.zip"


def test_folder_manifest_and_zip_are_one_source(exported: Path, archive: Path) -> None:
    """However a set is named, it is the same source: a section an entity, digest and export id of the manifest."""
    sources = [open_set(path, CUPBOARD) for path in (exported, exported / "manifest.json", archive)]
    digest = hashlib.sha256((exported / "manifest.json").read_bytes()).hexdigest()
    for source in sources:
        assert source is not None
        assert (source.kind, source.sha256, source.size) == ("set", digest, 1)
        assert [section.name for section in source.sections] == ["jars", "shelves", "spoons"]
        [record] = source.records(source.sections[1])
        assert record.value["room"] == "kitchen"
        assert str(source.locate(0, "room")).startswith("02_shelves.json:")
    assert [source.name for source in sources if source] == ["set", "set", "set.zip"]


@pytest.mark.parametrize(
    ("view", "how", "option"),
    [
        ("shelves", ReadAs(), "--view"),
        (None, ReadAs(sheet="May"), "--sheet"),
        (None, ReadAs(encoding="latin-1"), "--encoding"),
        (None, ReadAs(header=2), "--header"),
    ],
)
def test_what_the_manifest_says_is_not_said_again(exported: Path, view: str | None, how: ReadAs, option: str) -> None:
    """How to read a file is refused for a set, and not passed over; texts of a set stay as they are in any case."""
    with pytest.raises(UsageError) as caught:
        open_source(exported, CUPBOARD, view, how)
    assert f"Leave out {option}" in str(caught.value.hint)
    assert open_source(exported, CUPBOARD, None, ReadAs(as_is=True)).kind == "set"


def test_other_files_are_no_sets(tmp_path: Path) -> None:
    """A plain file is left to other readers; a folder without a manifest is none of a set."""
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    assert open_set(tmp_path / "x.json", CUPBOARD) is None
    with pytest.raises(InvalidSource, match="no manifest"):
        open_set(tmp_path, CUPBOARD)


def test_nothing_is_read_before_it_verifies(exported: Path) -> None:
    """A set with a wrong checksum is refused when it is opened, not when its records are read."""
    with (exported / "02_shelves.json").open("ab") as stream:
        stream.write(b" ")
    with pytest.raises(DamagedExport):
        open_set(exported, CUPBOARD)


def test_change_after_verification_is_noticed(exported: Path) -> None:
    """A file that is changed between checking and reading is not read."""
    source = open_set(exported, CUPBOARD)
    assert source is not None
    with (exported / "02_shelves.json").open("ab") as stream:
        stream.write(b" ")
    with pytest.raises(DamagedExport, match="changed while"):
        list(source.records(source.sections[1]))


def test_set_of_another_catalog(exported: Path) -> None:
    """A set that was exported with another catalog is refused by name."""
    path = exported / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace("cupboard/", "garage/"), encoding="utf-8")
    with pytest.raises(InvalidSource, match="garage"):
        open_set(exported, CUPBOARD)


@pytest.mark.parametrize("name", ["../02_shelves.json", "/etc/passwd", "a/b.json", "..", "", "C:x", "a\\b", "x\0"])
def test_names_that_leave_the_folder(exported: Path, name: str) -> None:
    """A manifest cannot point outside of its folder, on any system."""
    path = exported / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["files"][1]["filename"] = name
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(DamagedExport) as caught:
        open_set(exported, CUPBOARD)
    assert any("leads out of" in problem.message for problem in caught.value.problems)


def test_link_in_a_folder(exported: Path) -> None:
    """A file that is a link is refused, even to the very same bytes."""
    path = exported / "02_shelves.json"
    path.rename(exported.parent / "elsewhere.json")
    path.symlink_to(exported.parent / "elsewhere.json")
    with pytest.raises(DamagedExport) as caught:
        open_set(exported, CUPBOARD)
    assert any("is a link" in problem.message for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("name", "mode", "data", "said"),
    [
        ("../evil.json", 0, b"{}", "leads out of"),
        ("/evil.json", 0, b"{}", "leads out of"),
        ("link.json", stat.S_IFLNK | 0o777, b"/etc/passwd", "is a link"),
        ("bomb.json", 0, bytes(50 * 1024**2), "ZIP bomb"),
        ("extra.json", 0, b"{}", "not in the manifest"),
    ],
)
def test_hostile_entries(archive: Path, name: str, mode: int, data: bytes, said: str) -> None:
    """Entries that leave the folder, links, bombs and strangers in a ZIP are refused before anything is read."""
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.create_system = 3
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as target:
        target.writestr(info, data, zipfile.ZIP_DEFLATED)
    with pytest.raises(DamagedExport) as caught:
        open_set(archive, CUPBOARD)
    assert any(said in problem.message for problem in caught.value.problems)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_twice(archive: Path) -> None:
    """Two entries of one name are refused: which is read would depend on the reader."""
    with zipfile.ZipFile(archive, "a") as target:
        target.writestr("manifest.json", b"{}")
    with pytest.raises((DamagedExport, InvalidSource)):
        open_set(archive, CUPBOARD)


def test_an_entry_that_lies_about_its_size(archive: Path) -> None:
    """No more is decompressed than an entry declares; one that declares less than it has is damaged."""
    with zipfile.ZipFile(archive) as source:
        size = source.getinfo("02_shelves.json").file_size
    data = archive.read_bytes()
    central = data.index(b"PK\x01\x02")
    at = data.index(b"02_shelves.json", central) - 46 + 24
    assert int.from_bytes(data[at : at + 4], "little") == size
    archive.write_bytes(data[:at] + (size - 9).to_bytes(4, "little") + data[at + 4 :])
    with pytest.raises(DamagedExport):
        open_set(archive, CUPBOARD)


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.99])
def test_truncated_zip(archive: Path, kept: float) -> None:
    """A ZIP that was cut off is damaged, wherever it ends."""
    data = archive.read_bytes()
    archive.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(DamagedExport, match="cannot be opened"):
        open_set(archive, CUPBOARD)


def test_zip_of_the_folder(exported: Path, tmp_path: Path) -> None:
    """A ZIP that somebody made of the whole folder opens as well, with what systems drop into it."""
    again = tmp_path / "again.zip"
    with zipfile.ZipFile(again, "w") as target:
        target.mkdir("set")
        for path in exported.iterdir():
            target.write(path, f"set/{path.name}")
        target.writestr("__MACOSX/set/._manifest.json", b"")
    assert open_set(again, CUPBOARD) is not None


def test_entries_of_a_zip_are_read_again(archive: Path) -> None:
    """More entries than lie decompressed at a time are read in turns, and again."""
    source = open_set(archive, CUPBOARD)
    assert source is not None
    for _ in range(2):
        assert [len(list(source.records(section))) for section in source.sections] == [0, 1, 0]


@pytest.mark.parametrize("there", [True, False])
def test_zip_changed_after_verification(archive: Path, there: bool) -> None:
    """A ZIP that is changed or removed is not read on as if nothing had happened, once an entry is needed again."""
    files = set_files(archive)
    assert files is not None
    jars, _, _ = [files.open(name) for name in ("01_jars.json", "02_shelves.json", "03_spoons.json")]
    if there:
        archive.write_bytes(archive.read_bytes() + b" ")
    else:
        archive.unlink()
    with pytest.raises(DamagedExport, match=r"changed while|cannot be"):
        jars.read(0, 1)
