"""What batches have in common that need no second look, and can be carried out a field at a time.

Of most batches it can be seen so that all is well. Anything else is left to the long way (`bake.applier.inserts`,
`bake.applier.updates`), which finds out what is wrong, if anything is; a law in tests/laws holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from bake.applier.tools import Tools
from bake.catalog.reader import is_canonical
from bake.catalog.values import Text, Uuid
from bake.changeset.model import Change


class Doubtful(Exception):
    """A batch needs a second look."""


def plain_keys(tools: Tools, entity: str, changes: Sequence[Change]) -> tuple[str, list[str]]:
    """The field that is the whole key of all of some changes, and its values, each once.

    Raises:
        Doubtful: there is no such field, or a value is not in canonical form.
    """
    names = set(map(tuple, map(attrgetter("key"), changes)))
    if [len(name) for name in names] != [1]:
        raise Doubtful
    ((by,),) = names
    fields = tools.catalog.entities[entity].fields
    type_ = fields[by].type if by in fields else None
    keys = [change.key[by] for change in changes]
    plain = isinstance(type_, Text | Uuid) and is_canonical(type_, set(map(type, keys)), keys)
    if not plain or None in keys or len(set(keys)) < len(keys):
        raise Doubtful
    return by, keys
