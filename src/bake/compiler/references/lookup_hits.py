"""What the database has for lookups: rows by a whole key, or else by parts of keys, or else by a name's normal form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bake.catalog.entity import ID, Entity
from bake.catalog.lookups import Frozen, contradicts, frozen, given, plain_names, spelled_out
from bake.catalog.row import Row
from bake.changeset.model import Key
from bake.compiler.references.agreeing_rows import AgreeingRows
from bake.compiler.rows.created_rows import CreatedRow
from bake.compiler.rows.resolved import Found, Resolved
from bake.compiler.rows.row_keys import RowKeys
from bake.compiler.rows.stored_rows import StoredRows


@dataclass(frozen=True, slots=True)
class Hits:
    """What the database has for a lookup: rows by a whole key, or else by parts, or else by a name's normal form."""

    exact: tuple[Row, ...] = ()
    by_parts: tuple[Row, ...] = ()
    by_name: tuple[Row, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """All of them."""
        return self.exact or self.by_parts or self.by_name


class LookupHits:
    """Finds, for many lookups at once, the rows of the database that may be meant: those that contradict none of it."""

    def __init__(
        self,
        stored: StoredRows,
        keys: RowKeys,
        resolve: Callable[[str, Sequence[Key]], dict[Frozen, Resolved]],
        distinct: Callable[[str, Key], frozenset[str]],
    ) -> None:
        """Prepare.

        Args:
            stored: finds rows of the database.
            keys: those by id.
            resolve: what lookups name, by their frozen form; takes the entity of their rows.
            distinct: of an entity and a lookup, the keys of rows that it does not mean.
        """
        self._stored = stored
        self._keys = keys
        self._resolve = resolve
        self._distinct = distinct

    def of(self, item: Entity, lookups: list[Key]) -> Iterator[Hits]:
        """The hits of each lookup, in their order."""
        exact = [
            [row for row in rows if not _has_another_code(item, lookup, row)]
            for lookup, rows in zip(lookups, self._stored.exact(item, lookups), strict=True)
        ]
        rest = [n for n, rows in enumerate(exact) if not rows]
        unkeyed = [lookups[n] for n in rest]
        self.resolve_parents(item, unkeyed)
        named = [
            by_text or by_parts
            for by_text, by_parts in zip(
                self._stored.by_text(item, unkeyed), self._stored.by_parts(item, unkeyed), strict=True
            )
        ]
        self._stored.fetch_parents(item, unkeyed, [row for rows in named for row in rows])
        agreeing = AgreeingRows(item)
        alike = {n: self._agreeing_rows(agreeing, item, lookups[n], rows) for n, rows in zip(rest, named, strict=True)}
        by_name = self._stored.by_name(item, [lookups[n] for n in rest if not alike[n]])
        for n, lookup in enumerate(lookups):
            if exact[n]:
                yield Hits(exact=tuple(exact[n]))
            elif alike[n]:
                yield Hits(by_parts=alike[n])
            else:
                rows = by_name[tuple(plain_names(item, lookup))]
                yield Hits(by_name=self._by_name(agreeing, item, lookup, rows))

    def resolve_parents(self, item: Entity, lookups: Sequence[Key]) -> None:
        """Resolve what lookups say of the rows that theirs refers to, so that it is known."""
        for name, target in item.references.items():
            parts = [part for lookup in lookups if isinstance(part := lookup.get(name), dict) and given(lookup, name)]
            self._resolve(target, parts)

    def _by_name(self, agreeing: AgreeingRows, item: Entity, lookup: Key, rows: list[Row]) -> tuple[Row, ...]:
        never = self._distinct(item.name, spelled_out(item, lookup))
        agreed = self._agreeing_rows(agreeing, item, lookup, rows)
        if not never:
            return agreed
        return tuple(row for row in agreed if repr(self._keys.key(item.name, row)) not in never)

    def _agreeing_rows(self, agreeing: AgreeingRows, item: Entity, lookup: Key, rows: Sequence[Row]) -> tuple[Row, ...]:
        """The rows that contradict nothing of what a lookup says, nor do those that they refer to."""
        rows = agreeing.of(lookup, rows)
        if not any(isinstance(lookup.get(name), dict) for name in item.references):
            return rows
        return tuple(row for row in rows if self._has_parents(item, lookup, row))

    def _has_parents(self, item: Entity, lookup: Key, row: Row) -> bool:
        for name, target in item.references.items():
            part = lookup.get(name)
            if not isinstance(part, dict) or not any(given(part, one) for one in part if one != ID):
                continue
            match self._resolve(target, [part])[frozen(part)]:
                case Found(parent):
                    fits = parent.id == row.values[name]
                case CreatedRow():
                    fits = False
                case _:
                    fits = self._stored.agrees(item.name, row.values, {name: part})
            if not fits:
                return False
        return True


def _has_another_code(item: Entity, lookup: Key, row: Row) -> bool:
    """Whether a row that is named by a natural key has another code, such as a barcode, than is said of it."""
    codes = {name: lookup[name] for name in item.codes if given(lookup, name) and row.values.get(name) is not None}
    return bool(codes) and not given(lookup, "uuid") and contradicts(item, codes, row.values)
