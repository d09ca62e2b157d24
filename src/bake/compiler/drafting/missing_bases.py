"""Records of an export without a usable base: no edit can be told from an old value, so it is asked which counts."""

from __future__ import annotations

from bake.catalog.base_digest import Unusable
from bake.changeset.model import Option, Outcome
from bake.changeset.pointers import pointer
from bake.compiler.context import Context
from bake.compiler.drafting.drafted_values import OperationDraft
from bake.compiler.pending_record import PendingRecord

_NO_BASE = (
    "these records come from an export, but {why}, so that an edit cannot be told from an old value: "
    "which values count where the file and the database differ, or a row is not here?"
)
_MISSING = "do not say what they were exported with (they have no _base)"
_SIDES = (
    Option(name="file", label="the file's values"),
    Option(name="database", label="the database's values: the records are left out"),
)


class MissingBases:
    """Asks the question, once for the whole file."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._reasons: dict[str, None] = {}

    def ask(self, pending: PendingRecord, draft: OperationDraft) -> None:
        """Ask whose values count, if the record should have a base and has none that can be used.

        Args:
            pending: the record.
            draft: its operation, which waits for the answer.
        """
        context = self._context
        if not context.lacks_base(pending.binding, draft.reading):
            return
        if all(pointer(name) in draft.needs for name in draft.values):
            return  # each of its fields is asked about by itself
        why = _MISSING
        if isinstance(base := draft.reading.base, Unusable):
            why = f"have a _base that cannot be used ({base.reason})"
            message = f"the _base of the record was not used: {base.reason}"
            context.notices.add("base_unusable", message, draft.reading.number)
        self._reasons.setdefault(why)
        problem = _NO_BASE.format(why=", or ".join(self._reasons))
        slots = ("", *map(pointer, draft.values))
        free = next(slot for slot in slots if slot not in draft.needs)
        question = context.questions.decision(
            "base",
            entity=pending.binding.entity.name,
            problem=problem,
            origin=context.origin(draft.reading),
            options=_SIDES,
            n=draft.n,
        )
        context.questions.reword("base", problem)
        draft.needs[free] = question
        draft.outcomes[question] = {"file": Outcome(), "database": Outcome(skip="as it is in the database")}
