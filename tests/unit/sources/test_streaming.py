"""Sources are read a part at a time: in memory that does not grow with them, and noticing whoever changes them."""

from __future__ import annotations

import json
import os
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from bake.catalog.model import Catalog
from bake.errors import InvalidSource
from bake.sources.detect import open_source, recognise
from bake.sources.json import json_reader
from bake.sources.texts import text
from bake.sources.texts.opening import read_text
from bake.sources.texts.streams import as_file
from bake.sources.texts.text import text_of


def books(count: int) -> Iterator[dict[str, object]]:
    """So many records."""
    return ({"title": f"Emma, volume {n}", "price": n % 100 / 4, "notes": "x" * 200} for n in range(count))


def write_json(path: Path, count: int) -> None:
    """A document of books."""
    path.write_text(f'{{"books": [{",".join(map(json.dumps, books(count)))}]}}', encoding="utf-8")


def write_csv(path: Path, count: int) -> None:
    """A sheet of books."""
    lines = (f'"{book["title"]}",{book["price"]},{book["notes"]}\n' for book in books(count))
    path.write_text("title,price,notes\n" + "".join(lines), encoding="utf-8")


@pytest.mark.parametrize("write", [write_json, write_csv])
def test_memory_does_not_grow_with_the_source(write: object, tmp_path: Path, catalog: Catalog) -> None:
    """Opening a file, reading all of its records and locating some takes no more for ten times as many."""
    assert callable(write)
    peaks = []
    for count in (3_000, 30_000):
        path = tmp_path / f"{count}.txt"
        write(path, count)
        tracemalloc.start()
        source = open_source(path, catalog, None if write is write_json else "books")
        assert sum(1 for _ in source.records(source.sections[0])) == count
        assert source.locate(count - 1).line == (1 if write is write_json else count + 1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]


@pytest.mark.parametrize(
    ("begin", "filling", "end", "view", "refused"),
    [
        ("", " ", "", None, "empty"),
        ('{"books": [', " ", '{"title": "Emma"}]}', None, None),
        ('{"books": [{"title": "Emma"}', "\n", "]}", None, None),
        ('{"books": [{"title":', " ", '"Emma"}]}', None, "a value has more than"),
        ('{"books": [{"title": "', "x", '"}]}', None, "a value has more than"),
        ('"', "x", '"', None, "a line has more than"),
        ('{"', "x", '": 1}', None, "a value has more than"),
        ('{"books": [{"price": ', "1", "}]}", None, "too long or too large"),
        ("title\n", "x", "", "books", "a line has more than"),
        ('title\n"', "x", '"', "books", "a line has more than"),
        ("title\n", " ", "\nEmma\n", "books", "a line has more than"),
    ],
)
def test_memory_does_not_grow_with_blanks_or_one_value(
    begin: str,
    filling: str,
    end: str,
    view: str | None,
    refused: str | None,
    tmp_path: Path,
    catalog: Catalog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where next to nothing stands in very much, it is read in little memory, or refused by name."""
    monkeypatch.setattr(json_reader, "LONGEST_VALUE", 64 * 1024)
    monkeypatch.setattr(text, "LONGEST_LINE", 64 * 1024)
    path = tmp_path / "in.txt"
    path.write_text(begin + filling * 4 * 1024**2 + end, encoding="utf-8")
    tracemalloc.start()
    try:
        if refused is None:
            source = open_source(path, catalog, view)
            assert [record.value["title"] for record in source.records(source.sections[0])] == ["Emma"]
        else:
            with pytest.raises(InvalidSource, match=refused):
                open_source(path, catalog, view)
        assert tracemalloc.get_traced_memory()[1] < 3 * 1024**2
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("write", [write_json, write_csv])
def test_a_change_while_it_is_read_is_noticed(write: object, tmp_path: Path, catalog: Catalog) -> None:
    """What was recognised is what is read, or nothing is."""
    assert callable(write)
    path = tmp_path / "in.txt"
    write(path, 3)
    source = open_source(path, catalog, None if write is write_json else "books")
    with path.open("a", encoding="utf-8") as stream:
        stream.write("\n")
    with pytest.raises(InvalidSource, match="changed while it was being read"):
        list(source.records(source.sections[0]))
    path.unlink()
    with pytest.raises(InvalidSource, match="changed while it was being read"):
        source.locate(0)


def test_what_records_hold_is_checked_as_they_are_read(catalog: Catalog) -> None:
    """A fault within a record comes when that is read, after those before it, with its place."""
    text = '{"authors": [{"name": "Austen"}],\n"books": [{"title": "Emma"},\n{"title": 1, "title": 2},\n{}]}'
    source = recognise(text_of(Path("in.json"), text.encode()), catalog)
    authors, titles = source.sections
    assert [record.value for record in source.records(authors)] == [{"name": "Austen"}]
    records = source.records(titles)
    assert next(records).value == {"title": "Emma"}
    with pytest.raises(InvalidSource, match="stands twice") as caught:
        next(records)
    assert str(caught.value.location) == "in.json:3:14 (/books/1)"


def test_the_first_fault_is_said(catalog: Catalog) -> None:
    """Where the grammar is broken further down, a fault in an earlier record is still what is reported."""
    text = '{"books": [{"title": 1, "title": 2}, {}],\n"authors": [{"name": ]}'
    with pytest.raises(InvalidSource, match="stands twice"):
        recognise(text_of(Path("in.json"), text.encode()), catalog)


def test_texts_that_look_like_names_are_texts(catalog: Catalog) -> None:
    """Colons and quotes within texts neither hide a second name nor make one up."""
    values = [{"title": ": ", "notes": '": "'}, {"title": '"a": 1', "notes": "\\"}, {"title": {"price": ["12:30", {}]}}]
    source = recognise(text_of(Path("in.json"), json.dumps({"books": values}).encode()), catalog)
    assert [record.value for record in source.records(source.sections[0])] == values


@pytest.mark.parametrize("block", [1, 5, 64, 4096])
def test_a_record_may_be_longer_than_what_is_read_at_a_time(block: int, catalog: Catalog) -> None:
    """Records of any length are read and located, and the borders of blocks are nowhere to be seen."""
    values = [{"title": "é" * (37 * n % 500), "price": n} for n in range(40)]
    text = json.dumps({"books": values}, indent=1, ensure_ascii=False)
    source = recognise(text_of(Path("in.json"), text.encode(), block), catalog)
    assert [record.value for record in source.records(source.sections[0])] == values
    assert source.locate(39, "price").line == 2 + 39 * 4 + 3


@pytest.mark.parametrize("block", [1, 7, 4096])
def test_rows_are_located_however_many_there_are(block: int, catalog: Catalog) -> None:
    """Rows over several lines, blank rows and blocks of any size: every record is found on its line."""
    lines = ["title,price"]
    expected = []
    for n in range(700):
        lines += [""] * (n % 3 == 0)
        expected.append(sum(line.count("\n") + 1 for line in lines) + 1)
        lines.append(f'"Em\n\nmä {n}",{n}' if n % 5 == 0 else f"Emma {n},{n}")
    source = recognise(text_of(Path("in.csv"), "\r\n".join(lines).encode(), block), catalog, "books")
    assert [record.value["price"] for record in source.records(source.sections[0])] == list(range(700))
    assert [source.locate(n).line for n in range(700)] == expected


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_copied_and_then_read(tmp_path: Path) -> None:
    """What can be read only once is copied first; the text of the copy can be read again."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b'{"a": 1}',))
    writer.start()
    with as_file(path) as copy:
        writer.join()
        source = read_text(copy)
        assert ("".join(source.lines()), "".join(source.lines()), source.name) == ('{"a": 1}', '{"a": 1}', "pipe")
    assert not copy.exists()


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="there are no devices here")
def test_what_is_no_ordinary_file_is_not_read_as_one() -> None:
    """Its bytes could not be read again; that is no empty file."""
    with pytest.raises(InvalidSource, match="no ordinary file"):
        read_text(Path("/dev/null"))
