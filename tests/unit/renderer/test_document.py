"""What a document holds of a changeset."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec import UNSET

from bake.changeset import events
from bake.changeset import model as m
from bake.changeset.file import Changeset, read
from bake.changeset.writing import append
from bake.renderer.document import document
from bake.renderer.document_parts import FieldChange
from bake.renderer.selection import EVERYTHING, Selection

Make = Callable[..., Changeset]

AT = "2025-12-24T10:05:00Z"
DATABASE = "sqlite:///a.db"
COUNTS = {"products": {"create": 2, "skip": 5}}
APPLIED = events.Applied(by="ada", at=AT, prev="", database=DATABASE, counts=COUNTS, receipt="sha256:0")
FAILED = events.Failed(by="ada", at=AT, prev="", database=DATABASE, code="conflicts", message="1 precondition failed")


def create(n: int, supplier: str = "", **rest: m.Json) -> m.Create:
    """A product, which waits for a question about its supplier if one is given."""
    needs: m.Needs = {"/supplier": supplier} if supplier else {}
    return m.Create(n=n, entity="products", key={"slug": f"p{n}"}, values={"slug": f"p{n}"}, needs=needs, **rest)


def answered(question: str, choice: m.Choice, **rest: m.Json) -> events.Answered:
    """An answer."""
    return events.Answered(by="ada", at=AT, prev="", question=question, choice=choice, **rest)


def missing(id_: str, *asked_by: int) -> m.Question:
    """A question about a supplier."""
    return m.Question(id=id_, kind="missing", entity="suppliers", lookup={"name": id_}, asked_by=asked_by)


def test_summary_counts_what_is_left_after_answers(make: Make) -> None:
    """Skipped operations count as records, rows that answers create as creates, and those that wait as such."""
    file = make(
        [create(1, "q1", from_=(0, 1)), create(2, "q2", from_=(2,)), create(3, "q3", from_=(3,))],
        [missing("q1", 1), missing("q2", 2), missing("q3", 3)],
        records=4,
    )
    skip = answered("q1", "skip")
    made = answered("q2", "create", key={"slug": "s"}, values={"slug": "s"})
    rows = {row.entity: row for row in document(append(file, skip, made)).summary}
    assert (rows["products"].create, rows["products"].skip, rows["products"].waiting) == (2, 2, 1)
    assert rows["products"].counts["skipped"] == 2, "the answer skips them; they are not unchanged"
    assert (rows["suppliers"].create, rows["suppliers"].waiting) == (1, 0)


def test_open_questions_come_first(make: Make) -> None:
    """Open questions come before answered ones, and those before moot ones; only open ones say what to type."""
    operations = [create(1, "q1"), create(2, "q2"), m.Update(n=3, entity="x", key={}, patch=(), needs={"": "q3"})]
    file = make(
        [*operations, create(4, "q4")], [missing("q1", 1), missing("q2", 1, 2), missing("q3", 3), missing("q4", 1)]
    )
    file = append(file, answered("q1", "skip"))
    shown = document(file).questions.items
    assert [(q.question.id, q.standing) for q in shown] == [
        ("q2", "open"),
        ("q3", "open"),
        ("q1", "answered"),
        ("q4", "moot"),
    ]
    assert [bool(q.commands) for q in shown] == [True, True, False, False]
    assert shown[0].waiting == 1, "operation 1 is skipped already"


def test_the_limit_holds_everywhere(make: Make) -> None:
    """No list holds more than the limit, each says how many there are, and None lists all."""
    warnings = (m.Warn(field="slug", message="odd"),)
    file = make(
        [create(n, "q1", warnings=warnings) for n in range(1, 10)]
        + [m.Skip(n=n, entity="x", reason=str(n), from_=(n - 10,)) for n in range(10, 20)],
        [missing(f"q{n}", 1) for n in range(1, 8)],
        tuple(m.Notice(code="c", message=str(n)) for n in range(6)),
        records=10,
    )
    some, everything = document(file, Selection(limit=3)), document(file, EVERYTHING)
    totals = {"operations": 9, "warnings": 9, "questions": 7, "skips": 10, "notices": 6}
    for name, total in totals.items():
        assert (len(getattr(some, name).items), getattr(some, name).total) == (3, total), name
        assert (len(getattr(everything, name).items), getattr(everything, name).more) == (total, 0), name
    assert some.summary == everything.summary


def test_fields_have_two_sides(make: Make) -> None:
    """An update has before and after, a create only after, a delete only before; a need is where it points."""
    patch = (m.Test(path="/a~1b", value=None), m.Replace(path="/a~1b", value=1))
    operations = [
        m.Update(n=1, entity="x", key={}, patch=patch, needs={"/a~1b": 2}),
        m.Create(n=2, entity="x", key={}, values={"c": 0}, needs={"/d": "q1", "": "q1"}),
        m.Delete(n=3, entity="x", key={}, before={"c": False}),
    ]
    update, created, deleted = document(make(operations, [missing("q1", 2)])).operations.items
    assert update.fields == (FieldChange(field="a/b", before=None, after=1, waits_for=2),)
    assert created.fields == (FieldChange(field="c", after=0), FieldChange(field="d", waits_for="q1"))
    assert created.waits_for == "q1"
    assert deleted.fields == (FieldChange(field="c", before=False, after=UNSET),)


def test_skips_of_one_reason_are_one(make: Make) -> None:
    """Skips of one entity and reason become one line with the number of records and the first runs of them."""
    skips = [m.Skip(n=n, entity="x", reason="unchanged", from_=(2 * n - 2,)) for n in range(1, 10)]
    odd = m.Skip(n=10, entity="x", reason="exists", from_=tuple(range(1, 17, 2)))
    unchanged, exists = document(make([*skips, odd], records=17)).skips.items
    assert (unchanged.records, unchanged.from_) == (9, (0, 2, 4, 6, 8, 10))
    assert (exists.records, exists.from_) == (8, (1, 3, 5, 7, 9, 11))


@pytest.mark.parametrize(
    ("operations", "questions", "events", "status", "command"),
    [
        ([], [], [], "empty", ""),
        ([create(1)], [], [], "ready", "apply"),
        ([create(1, "q1")], [missing("q1", 1)], [], "open", "--interactive"),
        ([create(1)], [], [FAILED], "ready", "apply"),
        ([create(1)], [], [FAILED, APPLIED], "applied", ""),
    ],
)
def test_states(
    make: Make,
    operations: list[m.Operation],
    questions: list[m.Question],
    events: list[events.Event],
    status: str,
    command: str,
) -> None:
    """A changeset is empty, ready, open or applied, and says what to type next, if anything."""
    file = make(operations, questions)
    state = document(append(file, *events)).state
    assert state.status == status
    assert command in "".join(state.commands[:1])
    assert bool(state.commands) == bool(command)
    said = " ".join(state.sentences)
    assert ("Applied 2025-12-24 10:05 UTC by ada to sqlite:///a.db: 2 operations." in said) == (APPLIED in events)
    assert ("nothing was written: 1 precondition failed (conflicts)" in said) == (FAILED in events)


def test_a_damaged_file_is_shown(make: Make) -> None:
    """Damage is said problem by problem, up to the limit; what can be read is shown; no command is offered."""
    file = make([create(1), create(2), m.Skip(n=3, entity="x", reason="unchanged", from_=("0-1",))], records=2)
    text = file.path.read_text(encoding="utf-8").replace('"0-1"', '"1-0"').replace('"p1"', '"P1"')
    file.path.write_text(text + "!\n" * 9 + '{"type":', encoding="utf-8")
    shown = document(read(file.path), Selection(limit=4))
    assert shown.state.status == "damaged"
    assert shown.state.commands == ()
    assert [s.partition(" ")[0] for s in shown.state.sentences] == [
        "Damaged:",
        *["Problem:"] * 4,
        "And",
        "Restore",
        "Its",
    ]
    assert [step.key["slug"] for step in shown.operations.items] == ["P1", "p2"]
    assert shown.skips.items[0].records == 0
