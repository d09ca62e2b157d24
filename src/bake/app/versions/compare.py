"""What changed from one version of a changeset to another: after answers, a rebase, another build, an edit."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from deepdiff import DeepDiff
from deepdiff.helper import notpresent

from bake.app.versions.comparison import ChangedOperation, Comparison, Difference
from bake.changeset.decisions import Decisions
from bake.changeset.file import Changeset, read
from bake.changeset.model import Change, Create, Delete, Key, Replace, Skip, Test, Update
from bake.changeset.place import ChangesetLike, path_of
from bake.changeset.pointers import field_of
from bake.changeset.runs import count
from bake.renderer.sentences import sentence

_encoder = msgspec.json.Encoder(decimal_format="number", order="deterministic")
#: What of a header says when and by whom, and nothing of what is done.
_STAMPS = frozenset({"built_at", "built_by"})


class _Identity(NamedTuple):
    """Which operation it is in any version: its row, and of several without a key, which of those."""

    entity: str
    key: bytes
    nth: int


def compare(before: ChangesetLike, after: ChangesetLike) -> Comparison:
    """What changed from one changeset to another one, which is usually a later version of the same.

    Operations are compared as they are now, by the rows that they are about; their numbers, and which records they come
    from, may differ. The database is not needed.

    Args:
        before: the one, or its path.
        after: the other, or its path.

    Raises:
        UsageError: one of them is not there.
        DamagedChangeset: one of them is no changeset.
    """
    old, new = read(path_of(before)), read(path_of(after))
    had, has = _digests(old), _digests(new)
    differing = {one for one in had.keys() | has.keys() if had.get(one) != has.get(one)}
    was, is_ = _chosen(old, differing), _chosen(new, differing)
    pairs = (_changed(old, was[one], new, change) for one, change in is_.items() if one in was)
    asked, asks = _questions(old), _questions(new)
    return Comparison(
        old,
        new,
        header=_differences(_header(old), _header(new)),
        added=tuple(_named(change) for one, change in is_.items() if one not in was),
        removed=tuple(_named(change) for one, change in was.items() if one not in is_),
        changed=tuple(both for both in pairs if both.differences),
        skipped=_differences(_skips(old), _skips(new)),
        opened=tuple(text for one, text in asks.items() if one not in asked),
        closed=tuple(text for one, text in asked.items() if one not in asks),
    )


def _identified(file: Changeset) -> Iterator[tuple[_Identity, Change]]:
    """What a changeset does, each with what tells it from the others."""
    seen: Counter[tuple[str, bytes]] = Counter()
    for operation in file.effective():
        if not isinstance(operation, Skip):
            row = operation.entity, _encoder.encode(operation.key)
            yield _Identity(*row, seen[row]), operation
            seen[row] += 1


def _digests(file: Changeset) -> dict[_Identity, bytes]:
    """Little of each operation, as there may be very many: only those whose digests differ are looked at."""
    return {
        one: hashlib.blake2b(_encoder.encode(_document(change, file.decisions)), digest_size=16).digest()
        for one, change in _identified(file)
    }


def _chosen(file: Changeset, wanted: set[_Identity]) -> dict[_Identity, Change]:
    return {one: change for one, change in _identified(file) if one in wanted}


def _document(change: Change, decisions: Decisions) -> dict[str, Any]:
    """An operation as what it would do: the values that it writes, those that it expects, and what it waits for."""
    document: dict[str, Any] = {"action": type(change).__name__.lower()}
    match change:
        case Create():
            document |= change.values
        case Update():
            for step in change.patch:
                match step:
                    case Test():
                        document[f"expects {field_of(step.path)}"] = step.value
                    case Replace():
                        document[field_of(step.path)] = step.value
        case Delete():
            document |= {f"expects {name}": value for name, value in change.before.items()}
    for place, need in change.needs.items():
        if isinstance(need, str) and need in decisions.questions:
            document[f"waits for {field_of(place) or 'row'}"] = decisions.questions[need].kind
    return document


def _changed(old: Changeset, was: Change, new: Changeset, is_: Change) -> ChangedOperation:
    differences = _differences(_document(was, old.decisions), _document(is_, new.decisions))
    return ChangedOperation(is_.entity, is_.key, differences)


def _differences(was: Mapping[str, Any], is_: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Every value that differs, by its path; 1, 1.0 and true are three values.

    Objects that have little in common, such as two keys of different fields, are one value; others are gone into.
    """
    found = []
    for name in {**was, **is_}:
        if name not in is_:
            found.append(Difference(name, "removed", was[name], None))
        elif name not in was:
            found.append(Difference(name, "added", None, is_[name]))
        else:
            leaves = DeepDiff(was[name], is_[name], view="tree").values()
            found += [_difference(name, leaf) for kind in leaves for leaf in kind]
    return tuple(sorted(found, key=lambda one: one.path))


def _difference(name: str, leaf: Any) -> Difference:
    path = "/".join([name, *(str(step) for step in leaf.path(output_format="list"))])
    if leaf.t1 is notpresent:
        return Difference(path, "added", None, leaf.t2)
    if leaf.t2 is notpresent:
        return Difference(path, "removed", leaf.t1, None)
    return Difference(path, "changed", leaf.t1, leaf.t2)


def _named(change: Change) -> tuple[str, str, Key]:
    return type(change).__name__.lower(), change.entity, change.key


def _header(file: Changeset) -> dict[str, Any]:
    header = msgspec.to_builtins(file.header)
    return {name: value for name, value in header.items() if name not in _STAMPS}


def _skips(file: Changeset) -> dict[str, int]:
    found: Counter[str] = Counter()
    for operation in file.effective():
        if isinstance(operation, Skip):
            found[f"{operation.entity}: {operation.reason}"] += count(operation.from_)
    return dict(found)


def _questions(file: Changeset) -> dict[bytes, str]:
    """The open questions in words, by what they ask, whatever their number and whoever asks."""
    asked = {}
    for question in file.open_questions:
        bare = msgspec.structs.replace(question, id="", asked_by=(), where=None, record={}, doubt=())
        waiting = sum(1 for _ in file.decisions.undecided(question))
        asked[_encoder.encode(bare)] = sentence(question, waiting, file.decisions.contradicting(question.id))
    return asked
