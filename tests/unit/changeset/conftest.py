"""A changeset file with every type of line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bake.changeset import events
from bake.changeset import model as m
from bake.changeset.file import Changeset
from bake.changeset.header import FORMAT, CatalogStamp, Header, Source
from bake.changeset.writing import append, write

HEADER = Header(
    format=FORMAT,
    source=Source(name="till.json", sha256="0" * 64, kind="view", view="till", records=6),
    catalog=CatalogStamp(name="market", fingerprint="0123456789abcdef"),
    mode="merge",
    built_at="2025-12-24T10:00:00Z",
    built_by="ada",
)
OPERATIONS: tuple[m.Operation, ...] = (
    m.Update(
        n=1,
        entity="shops",
        key={"slug": "mill"},
        patch=(m.Test(path="/name", value="Mill"), m.Replace(path="/name", value="Müller’s")),
        from_=(0,),
    ),
    m.Create(
        n=2,
        entity="sales",
        key={"uuid": "u2"},
        values={"uuid": "u2", "price": Decimal("3.99"), "shop": {"name": "Aldi"}},
        from_=(1,),
        needs={"/shop": "q1"},
    ),
    m.Delete(n=3, entity="sales", key={"uuid": "u3"}, before={"uuid": "u3", "price": 4}, from_=(2,)),
    m.Skip(n=4, entity="sales", reason="unchanged", from_=("3-5",)),
)
QUESTION = m.Question(id="q1", kind="missing", entity="shops", lookup={"name": "Aldi"}, asked_by=(2,))
FURTHER = m.Question(id="q2", kind="missing", entity="people", lookup={"name": "Bob"}, asked_by=(5,))
EVENTS: tuple[events.Event, ...] = (
    events.Asked(by="ada", at="2025-12-24T10:05:00Z", prev="", question=FURTHER),
    events.Answered(
        by="ada",
        at="2025-12-24T10:05:00Z",
        prev="",
        question="q1",
        choice="create",
        key={"slug": "aldi"},
        values={"slug": "aldi", "owner": {"name": "Bob"}},
        needs={"/owner": "q2"},
    ),
    events.Answered(by="ada", at="2025-12-24T10:06:00Z", prev="", question="q2", choice="map", key={"slug": "bob"}),
    events.Applied(
        by="ada", at="2025-12-24T10:07:00Z", prev="", database="sqlite:///a.db", counts={}, receipt="sha256:1"
    ),
)
BUILT = m.Built(counts={"sales": {"create": 1}}, digest="")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the changeset goes."""
    return tmp_path / "changesets" / "x.changeset.jsonl"


@pytest.fixture
def built(path: Path) -> Changeset:
    """A changeset that nothing has happened to since it was built."""
    return _read(write([HEADER, *OPERATIONS, QUESTION, BUILT], lambda _: path).path)


@pytest.fixture
def lived(built: Changeset) -> Changeset:
    """The same, answered and applied."""
    return append(built, *EVENTS)


def _read(path: Path) -> Changeset:
    from bake.changeset.file import read

    return read(path)
