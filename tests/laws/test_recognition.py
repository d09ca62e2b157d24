"""What is only done for speed changes nothing: comparing records as they stand, forgetting, workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from itertools import cycle
from operator import itemgetter
from typing import Any
from unittest.mock import patch

from hypothesis import example, given
from hypothesis import strategies as st
from support.compiling import DATABASE, Compiled, compiled, compiled_against, exported, source, view
from support.examples import examples
from support.market import MARKET, uid
from support.memory import MemorySnapshot
from support.states import State, as_rows, document, states

from bake.catalog.base_digest import BASE
from bake.catalog.view import View
from bake.compiler import parallel
from bake.compiler.build import batch_compiler
from bake.compiler.context import Options
from bake.compiler.matching import column_batch, row_claims
from bake.compiler.matching.row_matching import RowMatcher
from bake.compiler.parallel import BatchExecutor, RunTask, Task, TaskResult
from bake.compiler.references import references
from bake.compiler.rows import row_keys

EDITS: st.SearchStrategy[Any] = st.sampled_from([None, "", "x", 0, 1, True, False, [], "0", 2.5])
#: How many records are compared together.
PIECES = st.sampled_from([1, 2, 500])


@st.composite
def edited(draw: st.DrawFn) -> tuple[State, dict[str, list[dict[str, Any]]]]:
    """Rows, and records made of them.

    Some are edited in a field, some are said twice, some have another row's id, and some have other columns.
    """
    state = draw(states())
    records: dict[str, list[dict[str, Any]]] = {}
    for name, those in state.items():
        records[name] = [document(state, name, n) for n in those]
        for record in records[name]:
            edit: bool = draw(st.booleans())
            if record and edit:
                record[draw(st.sampled_from(sorted(record)))] = draw(EDITS)
            if draw(st.booleans()):
                record["id"] = draw(st.integers(1, 5))
            if record and draw(st.integers(0, 4)) == 0:
                del record[draw(st.sampled_from(sorted(record)))]
            if draw(st.integers(0, 4)) == 0:
                record[draw(st.sampled_from(["colour", "size"]))] = "unknown"
        records[name] += draw(st.lists(st.sampled_from(records[name]), max_size=2)) if records[name] else []
    return state, records


def _none(_self: RowMatcher, column_batch: Any) -> list[None]:
    return [None] * len(column_batch.values)


def _one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


SLUGS = _one_of("new", "newer", "newest", "p0", "s1", "g2", None)
#: Columns of records that are mostly new, and what stands in them: names that lead somewhere, and some that do not.
ARRIVING: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "people": {"slug": SLUGS, "name": _one_of("Ada", "Eve", 7), "shop_slug": _one_of("s0", "s1", "new", None)},
    "shops": {
        "uuid": _one_of(None, None, uid(200), uid(900), "no uuid"),
        "id": _one_of(None, None, 1, 9, "x"),
        "slug": SLUGS,
        "name": _one_of("Shop", "Stall", "Co"),
        "city": _one_of("c0", "c9", None),
        "state": _one_of("MA", None),
        "owner_slug": _one_of("p0", "new", "nobody", None),
        "owner_name": _one_of("Ada", None, None),
        "rating": _one_of(3, Decimal("3.0"), 9, True, None),
        "tags": _one_of([1], None),
    },
    "grains": {"slug": SLUGS, "name": _one_of("Rye", "Oat"), "parent_slug": _one_of("g0", "g2", "new", None)},
}


@st.composite
def arriving(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Records of some entities, each entity's with the same columns for the most part."""
    entities = draw(st.lists(st.sampled_from(sorted(ARRIVING)), min_size=1, unique=True))
    columns = {name: draw(st.sets(st.sampled_from(sorted(ARRIVING[name])), min_size=2)) for name in entities}
    return {
        name: draw(st.lists(st.fixed_dictionaries({c: ARRIVING[name][c] for c in sorted(columns[name])}), max_size=6))
        for name in entities
    }


@contextmanager
def _without_first_look() -> Iterator[None]:
    """Every record is read in full, and identified by all that it says."""
    with patch.object(RowMatcher, "_keys", _none):
        yield


@examples(25)
@given(edited(), st.sampled_from([1, 2, 1000]), PIECES, st.sampled_from(["merge", "skip-existing", "mirror"]))
def test_the_first_look_changes_nothing(pair: tuple[State, dict[str, Any]], batch: int, piece: int, mode: Any) -> None:
    """Comparing records before they are read gives the same operations, questions and notices as reading all."""
    state, records = pair
    rows = as_rows(state)
    with patch.object(column_batch, "_PIECE", piece):
        compared = compiled(records, rows, batch=batch, mode=mode)
    with _without_first_look():
        read = compiled(records, rows, batch=batch, mode=mode)
    assert compared == read


@examples(75)
@given(states(), arriving(), st.sampled_from([1, 2, 1000]), st.sampled_from(["merge", "mirror"]), st.booleans())
def test_the_first_look_changes_nothing_of_new_rows(
    state: State, records: dict[str, Any], batch: int, mode: Any, strict: bool
) -> None:
    """The same of records of flat columns, many of them new, some of them doubles, misfits, or of unknown parents."""
    rows = as_rows(state)
    compared = compiled(records, rows, batch=batch, mode=mode, strict=strict)
    with _without_first_look():
        read = compiled(records, rows, batch=batch, mode=mode, strict=strict)
    assert compared == read


@examples(75)
@given(states(), arriving(), st.sampled_from([1, 2]))
def test_how_many_records_are_looked_up_together_decides_no_key(
    state: State, records: dict[str, Any], batch: int
) -> None:
    """Keys are made in the order of the records, so that the same are taken, and asked about, in any batch."""
    rows = as_rows(state)
    few, many = compiled(records, rows, batch=batch), compiled(records, rows)
    assert _keys(few) == _keys(many)


def _keys(result: Compiled) -> tuple[list[str], list[str]]:
    creates = [repr((create.entity, create.from_, create.key)) for create in result.creates]
    return sorted(creates), sorted(repr((q.kind, q.entity, q.field, q.key, q.lookup)) for q in result.questions)


@examples(25)
@given(edited(), st.sampled_from([1, 2, 1000]))
def test_forgetting_changes_nothing(pair: tuple[State, dict[str, Any]], batch: int) -> None:
    """How much is remembered from batch to batch decides how often database and disk are asked, and nothing else."""
    state, records = pair
    rows = as_rows(state)
    remembering = compiled(records, rows, batch=batch)
    with ExitStack() as stack:
        for module in (row_claims, row_keys, references):
            stack.enter_context(patch.object(module, "REMEMBERED", 0))
        forgetting = compiled(records, rows, batch=batch)
    assert remembering == forgetting


TILL, SHELF = (next(view for view in MARKET.views if view.name == name) for name in ("till", "shelf"))
#: What becomes of the base of a record.
HARM = st.sampled_from(["nothing", "nothing", "nothing", "lost", "cut off", "of another"])


@st.composite
def exports(draw: st.DrawFn) -> tuple[State, dict[str, Any]]:
    """A state, and a view that was exported from it and edited: fields, bases that got lost, columns that are gone."""
    state = draw(states())
    view_ = draw(st.sampled_from([TILL, SHELF]))
    rows = as_rows(state)
    records = [exported(view_, _record(view_, rows, row)) for row in rows[view_.entity]]
    bases = [record[BASE] for record in records]
    for record in records:
        for name in draw(st.lists(st.sampled_from(sorted(record.keys() - {BASE})), max_size=2)):
            record[name] = draw(EDITS | st.just("Shop"))
        match draw(HARM):
            case "lost":
                del record[BASE]
            case "cut off":
                record[BASE] = record[BASE][: draw(st.integers(0, 40))]
            case "of another":
                record[BASE] = draw(st.sampled_from(bases))
            case _:
                pass
        if draw(st.integers(0, 4)) == 0:
            del record[draw(st.sampled_from(sorted(record)))]
    return state, {**view(view_.envelope, *records), "export_id": "e1"}


def _record(view_: View, rows: dict[str, list[dict[str, Any]]], row: dict[str, Any]) -> dict[str, Any]:
    """A row as a record of a view."""
    return {column.name: _at(view_.entity, rows, row, column.path) for column in view_.columns if column.path}


def _at(entity: str, rows: dict[str, list[dict[str, Any]]], row: dict[str, Any], path: tuple[str, ...]) -> Any:
    value = row.get(path[0])
    if len(path) == 1 or value is None:
        return value
    target = MARKET.entities[entity].references[path[0]]
    [parent] = [other for other in rows[target] if other["id"] == value]
    return _at(target, rows, parent, path[1:])


@examples(75)
@given(exports(), st.none() | states(), st.sampled_from([1, 2, 1000]), PIECES, st.booleans())
def test_the_first_look_changes_nothing_with_a_base(
    export: tuple[State, dict[str, Any]], later: State | None, batch: int, piece: int, two_way: bool
) -> None:
    """The same where records carry what they were exported with, whatever the rows and the file have become since."""
    state, document_ = export
    rows = as_rows(state if later is None else later)
    with patch.object(column_batch, "_PIECE", piece):
        compared = compiled(document_, rows, batch=batch, two_way=two_way)
    with _without_first_look():
        read = compiled(document_, rows, batch=batch, two_way=two_way)
    assert compared == read


@examples(50)
@given(states(), states(), st.sampled_from([TILL, SHELF]), st.sampled_from([1, 1000]))
def test_an_unedited_export_asks_for_nothing(state: State, later: State, view_: View, batch: int) -> None:
    """Whatever the rows have become since: nothing is created, changed or asked."""
    rows = as_rows(state)
    records = [exported(view_, _record(view_, rows, row)) for row in rows[view_.entity]]
    document_ = {**view(view_.envelope, *records), "export_id": "e1"}
    result = compiled(document_, as_rows(later), batch=batch)
    assert not result.questions
    assert not result.updates
    assert not result.creates


def _ahead(document: Any, rows: Any, options: Options, who: Sequence[str]) -> BatchExecutor:
    """Batches are done by a helper, here, or by nobody."""
    helper = batch_compiler(source(document), MARKET, MemorySnapshot(MARKET, rows), options, DATABASE)

    def executor(tasks: Sequence[Task], here: RunTask) -> Iterator[TaskResult]:
        for task, one in zip(tasks, cycle(who), strict=False):
            yield helper(task) if one == "helper" else here(task) if one == "here" else None

    return executor


def _shop(**said: Any) -> dict[str, Any]:
    return {"city": "c0", "name": "Shop", "slug": "new", "owner_name": "Ada", "owner_slug": "p0"} | said


@examples(100)
@example(
    state={
        "people": {1: {"slug": "p1", "name": "Bob", "shop": None}},
        "shops": {},
        "grains": {},
        "bags": {},
        "sales": {},
    },
    records={"shops": [{"owner_slug": "p1", **_shop(owner_slug="p1")}, _shop(owner_slug="p1"), _shop()]},
    batch=2,
    who=["helper", "here"],
    mode="merge",
    strict=False,
)  # columns in another order, which each way to read a batch passed on into the question
@example(
    state={"people": {}, "shops": {}, "grains": {}, "bags": {}, "sales": {}},
    records={
        "people": [
            {"name": "Eve", "shop_slug": "s0", "slug": "new"},
            {"name": "Eve", "shop_slug": None, "slug": "newer"},
            {"name": "Eve", "shop_slug": "s0", "slug": None},
        ]
    },
    batch=1,
    who=["helper"],
    mode="merge",
    strict=False,
)  # of two records with one name, the one that came first is named in the question about a third
@given(
    states(),
    st.one_of(edited().map(itemgetter(1)), arriving()),
    st.sampled_from([1, 2, 3]),
    st.lists(st.sampled_from(["helper", "here", "nobody"]), min_size=1, max_size=4),
    st.sampled_from(["merge", "skip-existing", "mirror"]),
    st.booleans(),
)
def test_helpers_change_nothing(
    state: State,
    records: dict[str, Any],
    batch: int,
    who: list[str],
    mode: Any,
    strict: bool,
) -> None:
    """Whoever compiles which batch by itself, and whatever of that is lost, the changeset is the same."""
    rows, options = as_rows(state), Options(mode=mode, strict=strict, batch=batch)
    for name, those in records.items():
        document_ = {"entity_type": name, "records": those}
        alone = compiled_against(document_, MemorySnapshot(MARKET, rows), MARKET, options)
        with patch.object(parallel, "MANY", 0):
            executor = _ahead(document_, rows, options, who)
            together = compiled_against(document_, MemorySnapshot(MARKET, rows), MARKET, options, executor=executor)
        assert together == alone


@examples(50)
@given(
    exports(),
    st.none() | states(),
    st.sampled_from([1, 2, 3]),
    st.lists(st.sampled_from(["helper", "here", "nobody"]), min_size=1, max_size=4),
)
def test_helpers_change_nothing_with_a_base(
    export: tuple[State, dict[str, Any]], later: State | None, batch: int, who: list[str]
) -> None:
    """The same of records that carry what they were exported with."""
    state, document_ = export
    rows, options = as_rows(state if later is None else later), Options(batch=batch)
    alone = compiled_against(document_, MemorySnapshot(MARKET, rows), MARKET, options)
    with patch.object(parallel, "MANY", 0):
        executor = _ahead(document_, rows, options, who)
        together = compiled_against(document_, MemorySnapshot(MARKET, rows), MARKET, options, executor=executor)
    assert together == alone
