"""Services shared by inserts, updates and deletes: read row documents, resolve references, write within savepoints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import TypeAlias

import sqlalchemy as sa

from bake.applier.blocks import Block, Columns, Group, pick
from bake.applier.created_numbers import CreatedNumbers
from bake.applier.document_values import DocumentReader
from bake.applier.final_proof import FinalProof
from bake.applier.keys_by_id import KeysById
from bake.applier.report import Report
from bake.applier.rows_by_key import Identified, RowsByKey
from bake.catalog.field_types import Sensitive
from bake.catalog.model import Catalog
from bake.catalog.names import key_words
from bake.catalog.sensitive import HINT
from bake.catalog.values import Json
from bake.changeset.model import Change, Create, Key, Row, Update, Uuids
from bake.changeset.pointers import pointer
from bake.database.failures import constraint_of, is_duplicate, is_refusal
from bake.database.ledger.private_values import PrivateValues
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.writing.writer import Writer


@dataclass(frozen=True, slots=True)
class UnresolvedKey:
    """Takes the place of an id where a reference's key names no row, several, or another row than at the build.

    Attributes:
        key: the key in the reference.
        another: if it names another row than at the build: the uuids of both, in words.
    """

    key: Key
    another: str = ""

    def words(self, entity: str) -> str:
        """A sentence that says what is wrong with the key.

        Args:
            entity: the entity that the reference refers to.
        """
        if self.another:
            return f"{key_words(self.key)} is another one of the {entity} by now: its uuid is {self.another}"
        return f"{entity} has no single row {', '.join(map(str, self.key.values()))}"


#: References that could not be resolved, by position in a block, then by field.
UnresolvedReferences: TypeAlias = Mapping[int, Mapping[str, UnresolvedKey]]


@dataclass(frozen=True, slots=True)
class ApplyContext:
    """What the steps of one application share.

    Attributes:
        catalog: the entities.
        snapshot: the rows of the database, those written so far included.
        rows: finds rows by key.
        writer: writes rows.
        report: the results and conflicts so far.
        proof: compares all written rows with the database at the end.
        private: records which sensitive values were written; None if there are none.
        created: which rows the operations create, and which of these exist by now.
    """

    catalog: Catalog
    snapshot: DatabaseSnapshot
    rows: RowsByKey
    writer: Writer
    report: Report
    proof: FinalProof
    private: PrivateValues | None
    created: CreatedNumbers = field(default_factory=CreatedNumbers)
    _readers: dict[str, DocumentReader] = field(default_factory=dict, init=False, repr=False, compare=False)

    def read(self, entity: str, changes: Sequence[Change], *given: Block) -> tuple[list[Block], set[int]]:
        """Parse documents into canonical values.

        A value that does not fit its field is reported as a `constraint` conflict: the catalog has changed since the
        build.

        Args:
            entity: the entity of the changes.
            changes: the changes to which the documents belong.
            given: blocks of documents as the file has them; each block has one document for each change.

        Returns:
            The blocks with canonical values, references still as keys; and the positions of the changes with a value
            that does not fit.
        """
        if entity not in self._readers:
            self._readers[entity] = DocumentReader(self.catalog.entities[entity])
        read = [self._readers[entity].read(block) for block in given]
        unfit = [(position, one) for _, those in read for position, one in those.items()]
        sensitive = self.catalog.entities[entity].sensitive
        for position, (name, raw, why) in sorted(unfit, key=itemgetter(0)):
            found = None if name in sensitive else raw
            self.report.conflict(changes[position], "constraint", name, found=found, detail=why)
        return [block for block, _ in read], {position for position, _ in unfit}

    def without_values(self, entity: str, changes: Sequence[Change], written: Block) -> set[int]:
        """Report tokens of sensitive fields whose values are not known, so that they cannot be written.

        Args:
            entity: the entity of the changes.
            changes: the changes.
            written: the values that they write, one document for each.

        Returns:
            The positions of the changes with such a token.
        """
        lacking: set[int] = set()
        for name in self.catalog.entities[entity].sensitive if written.size else ():
            type_ = self.catalog.entities[entity].fields[name].type
            tokens = {n: text for n, text in enumerate(written.column(name)) if text is not None}
            if tokens and isinstance(type_, Sensitive):
                type_.bound.load(tokens.values())
                for n, text in tokens.items():
                    if why := type_.bound.why_unknown(type_.scope, text):
                        self.report.conflict(changes[n], "constraint", name, found=text, detail=f"{why}: {HINT}")
                        lacking.add(n)
        return lacking

    def record_private(self, entity: str, ids: Sequence[int], fields: Iterable[str]) -> None:
        """Record what rows hold in the sensitive ones of some fields, before they are overwritten or deleted."""
        sensitive = self.catalog.entities[entity].sensitive
        names = [name for name in fields if name in sensitive] if sensitive else ()
        if names and ids and self.private is not None:
            self.private.record(entity, ids, names)

    def with_ids(
        self, entity: str, documents: Block, changes: Sequence[Create | Update] = ()
    ) -> tuple[Block, UnresolvedReferences]:
        """Replace the keys in references by ids.

        Args:
            entity: the entity of the documents.
            documents: a block of documents in canonical form.
            changes: for each document, the change that writes it. It says which rows its references named at the build,
                by uuid, and which are created by another operation; a key that names another row is unresolved.

        Returns:
            The documents with ids, and an `UnresolvedKey` where a key could not be resolved; and these, by position.
        """
        unresolved: defaultdict[int, dict[str, UnresolvedKey]] = defaultdict(dict)
        references = self.catalog.entities[entity].references
        for name in [name for name in documents.names if name in references]:
            documents = documents.changed(name, partial(self._ids, references[name], name, changes, unresolved))
        return documents, unresolved

    def _ids(
        self,
        target: str,
        name: str,
        changes: Sequence[Create | Update],
        unresolved: defaultdict[int, dict[str, UnresolvedKey]],
        positions: Sequence[int],
        keys: Sequence[Json],
    ) -> Sequence[Json]:
        """The ids for one reference field of the documents at some positions; `unresolved` gets the other keys."""
        path, those = pointer(name), [changes[position] for position in positions] if changes else []
        found = self._found(target, keys, [one.needs.get(path) for one in those])
        meant = [one.uuids.get(path) for one in those] or [None] * len(keys)
        ids: list[Json] = [one and one.id for one in found]
        others = self.rows.are_others(target, [one and one.uuid for one in found], meant)
        for n, (key, one, other) in enumerate(zip(keys, found, others, strict=True)):
            if one is None and key is not None:
                ids[n] = unresolved[positions[n]][name] = UnresolvedKey(key)
            elif one is not None and other:
                words = f"{one.uuid or 'none'}, not {meant[n]}, as was meant"
                ids[n] = unresolved[positions[n]][name] = UnresolvedKey(key, words)
        return ids

    def _found(self, target: str, keys: Sequence[Json], needs: Sequence[int | str | None]) -> list[Identified | None]:
        """The row that each key names, those that this application creates by the keys that they have now.

        Until such a row is there, its key names none, whatever other row has it.
        """
        if not any(needs):
            return self.rows.identified(target, keys)
        found: list[Identified | None] = [None] * len(keys)
        created = [n for n, need in enumerate(needs) if self.created.is_there(need)]
        others = [n for n, need in enumerate(needs) if not (self.created.is_there(need) or self.created.awaits(need))]
        for current, those in ((False, others), (True, created)):
            for n, one in zip(those, self.rows.identified(target, pick(keys, those), current=current), strict=True):
                found[n] = one
        return found

    def uuids_named(self, entity: str, documents: Block) -> list[Uuids]:
        """For each document, the uuids of the rows that its references name, by JSON pointer.

        It costs no queries, since `with_ids` has looked up the same keys before.
        """
        result: list[Uuids] = [{} for _ in range(documents.size)]
        references = self.catalog.entities[entity].references
        for name in [name for name in documents.names if name in references]:
            _note_uuids(result, pointer(name), self.rows.identified(references[name], documents.column(name)))
        return result

    def uuids_of_created(
        self, entity: str, changes: Sequence[Create | Update], documents: Sequence[Row]
    ) -> list[Uuids] | None:
        """For each change, the uuids of the rows in its references that this application created, by JSON pointer.

        Args:
            entity: the entity of the changes.
            changes: creates or updates that were carried out.
            documents: what they wrote, references as keys.

        Returns:
            The uuids; None if no change needs another operation.
        """
        if not any(change.needs for change in changes):
            return None
        result: list[Uuids] = [{} for _ in changes]
        for name, target in self.catalog.entities[entity].references.items():
            path = pointer(name)
            needs = ((n, change.needs.get(path)) for n, change in enumerate(changes) if name in documents[n])
            those = [n for n, need in needs if self.created.is_there(need)]
            rows = self.rows.identified(target, [documents[n][name] for n in those], current=True)
            _note_uuids(pick(result, those), path, rows)
        return result

    def report_unresolved(self, entity: str, changes: Sequence[Change], unresolved: UnresolvedReferences) -> None:
        """Report each unresolved reference as a `reference` conflict."""
        for position, names in unresolved.items():
            for name, key in names.items():
                detail = key.words(self.catalog.entities[entity].references[name])
                self.report.conflict(changes[position], "reference", name, expected=key.key, detail=detail)

    def wholes(self, entity: str, said: Block, rows: Columns) -> list[Row]:
        """Row documents of whole rows.

        Args:
            entity: the entity of the rows.
            said: the documents of the changes: fields that they hold, references included, are taken from here.
            rows: the columns of the rows as the database has them, for all other fields; their references become keys.
        """
        keys_by_id, references = KeysById(self.snapshot, self.catalog), self.catalog.entities[entity].references
        for name, target in references.items():
            silent = [group for group in said.groups if name not in group.columns]
            ids = {id_ for group in silent for id_ in pick(rows[name], group.positions)}
            keys_by_id.keys(target, ids - {None})
        groups = []
        for group in said.groups:
            filled = {name: pick(column, group.positions) for name, column in rows.items() if name not in group.columns}
            for name in filled.keys() & references.keys():
                keys = keys_by_id.keys(references[name], ())
                filled[name] = [None if id_ is None else keys[id_] for id_ in filled[name]]
            columns = {name: group.columns[name] if name in group.columns else filled[name] for name in rows}
            groups.append(Group(group.positions, columns))
        return Block(said.size, groups).documents()

    def update(self, entity: str, ids: Sequence[int], written: Block) -> None:
        """Write documents to the rows with these ids, in the same order."""
        for group in written.groups:
            if group.columns:
                self.writer.update_columns(entity, pick(ids, group.positions), group.columns)

    def try_each(
        self,
        changes: Sequence[Change],
        write: Callable[[Sequence[int]], None],
        duplicates: list[int] | None = None,
    ) -> Sequence[int]:
        """Write all changes at once; if the database refuses, write them one by one, and report each refusal.

        Args:
            changes: the changes, all of one entity.
            write: writes the changes at some positions.
            duplicates: if given, a change that breaks a unique constraint is not reported; its position is added here.

        Returns:
            The positions of the changes that were written.
        """
        everything = range(len(changes))
        if not changes or self.refusal(changes[0].entity, lambda: write(everything)) is None:
            return everything
        return [n for n in everything if self._accepted(changes[n], write, n, duplicates)]

    def _accepted(
        self, change: Change, write: Callable[[Sequence[int]], None], position: int, duplicates: list[int] | None
    ) -> bool:
        refusal = self.refusal(change.entity, lambda: write([position]))
        if refusal is not None and duplicates is not None and is_duplicate(refusal):
            duplicates.append(position)
        elif refusal is not None:
            self.report_refused([change], refusal)
        return refusal is None

    def report_refused(self, changes: Iterable[Change], refusal: sa.exc.DBAPIError) -> None:
        """Report changes that the database refuses; its words are left out where they may quote a sensitive value."""
        for change in changes:
            hides = bool(self.catalog.entities[change.entity].sensitive)
            self.report.conflict(change, "constraint", detail=constraint_of(refusal, hides=hides))

    def refusal(self, entity: str, write: Callable[[], None]) -> sa.exc.DBAPIError | None:
        """Call `write` in a savepoint; if the database refuses a row, roll back to it and return the error."""
        self.rows.forget(entity)
        try:
            with self.writer.savepoint():
                write()
        except sa.exc.DBAPIError as error:
            if not is_refusal(error):
                raise
            return error
        return None


def uuid_of(value: Json) -> str | None:
    """The value of a row's `uuid` field if it is a text; else None."""
    return value if isinstance(value, str) else None


def _note_uuids(noted: Sequence[Uuids], path: str, rows: Sequence[Identified | None]) -> None:
    """Note the uuids of rows under a JSON pointer, each in its mapping; of rows without one, nothing."""
    for uuids, row in zip(noted, rows, strict=True):
        if row is not None and isinstance(row.uuid, str):
            uuids[path] = row.uuid
