"""Carries out operations as `bake.applier.apply` does, but with steps that look at one operation after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import sqlalchemy as sa
from support.reference_applier.apply_context import ApplyContext
from support.reference_applier.deletes import Deletes
from support.reference_applier.inserts import Inserts
from support.reference_applier.updates import Updates

from bake.applier.report import Outcome, Report
from bake.applier.rows_by_key import RowsByKey
from bake.applier.schedule import Schedule
from bake.catalog.model import Catalog
from bake.changeset.model import Operation, Skip
from bake.database.ledger.row_changes import RowChange
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.writing.writer import Writer


def carry_out(
    operations: Iterable[Operation],
    connection: sa.Connection,
    catalog: Catalog,
    keep: Callable[[RowChange], None],
    size: int,
) -> Outcome:
    """Check and write operations; `size` says how many of them are taken together."""
    snapshot, report = DatabaseSnapshot(connection, catalog), Report(keep)
    context = ApplyContext(catalog, snapshot, RowsByKey(snapshot, catalog), Writer(connection, catalog), report)
    steps: tuple[Any, Any, Any] = Inserts(context), Updates(context), Deletes(context)
    schedule = Schedule(*steps, context.created)
    changes = (operation for operation in operations if not isinstance(operation, Skip))
    while batch := list(islice(changes, size)):
        schedule.batch(batch)
    schedule.finish()
    return report.outcome()
