"""The policy of a project, and what it says of a changeset: who built it, from what, and on whose word."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from msgspec import UNSET

from bake.app.approval_results import CheckedApproval
from bake.app.approve import checked_approvals
from bake.app.project import Project
from bake.changeset.accepted import accepted_proposals
from bake.changeset.events import PolicyMark
from bake.changeset.file import Changeset
from bake.changeset.model import Create, Delete, Operation, Skip, Update
from bake.changeset.patch import before_after
from bake.commands import command
from bake.errors import Problem, RefusedByPolicy, UsageError
from bake.policy.rules import Policy, parse_policy, require_known
from bake.policy.verdict import Circumstances, FieldWrite, Verdict, judge
from bake.renderer.refusals import refusal_text

#: The file of a project's policy, in its folder.
POLICY = "bake-policy.toml"


@dataclass(frozen=True, slots=True)
class ProjectPolicy:
    """A policy as it stands in a file.

    Attributes:
        policy: what it says.
        digest: of the file's bytes.
    """

    policy: Policy
    digest: str

    def mark(self, verdict: Verdict) -> PolicyMark:
        """What the event of an application says of it."""
        return PolicyMark(digest=self.digest, rules=tuple(verdict.rules))


def policy_of(project: Project) -> ProjectPolicy | None:
    """The policy of a project; None if it has none.

    Raises:
        UsageError: its file cannot be read, is no policy, or names what the catalog does not know.
    """
    path = project.folder / POLICY if project.has_folder else None
    if path is None or not path.exists():
        return None
    if not path.is_file():
        raise UsageError(f"{path} is no ordinary file")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    policy = parse_policy(raw, POLICY)
    require_known(policy, {name: item.fields for name, item in project.catalog.entities.items()}, POLICY)
    return ProjectPolicy(policy, "sha256:" + hashlib.sha256(raw).hexdigest())


def require_assistants_apply(project: Project) -> None:
    """See that the policy of a project lets assistants apply what its rules allow them.

    Args:
        project: whose policy; one without a folder has none.

    Raises:
        UsageError: there is no policy, it does not say so, or it cannot be read.
    """
    known = policy_of(project)
    if known is None or not known.policy.assistants_apply or known.policy.otherwise != "refuse":
        raise UsageError(
            f"{POLICY} does not say that assistants may apply, and what",
            hint='write `assistants_apply = true` and `otherwise = "refuse"` there, and rules for what they may change',
        )


def judged(known: ProjectPolicy, file: Changeset, actor: str, approvals: int = 0) -> Verdict:
    """What a policy says of a changeset that somebody is to apply; operations that wait for an answer count, too."""
    return judge(known.policy, _circumstances(file, actor, approvals), _writes(file))


def is_accepted(known: ProjectPolicy, before: Changeset, after: Changeset, actor: str) -> bool:
    """Whether all that a proposal changes is such that rules accept it, without anybody looking at it.

    Args:
        known: the policy.
        before: the changeset.
        after: the same with the proposal accepted.
        actor: in whose name.
    """
    there = {_mark(write) for write in _writes(before)}
    new = [write for write in _writes(after) if _mark(write) not in there]
    verdict = judge(known.policy.accepting, _circumstances(after, actor), new)
    return bool(new) and not verdict.refused


def _mark(write: FieldWrite) -> str:
    return repr((write.n, write.action, write.field, write.after))


def _circumstances(file: Changeset, actor: str, approvals: int = 0) -> Circumstances:
    header = file.header
    return Circumstances(
        actor=actor,
        built_by=header.built_by,
        source=header.source.name,
        kind=header.source.kind,
        operations=sum(1 for operation in file.effective() if not isinstance(operation, Skip)),
        approvals=approvals,
    )


def approvals_for(known: ProjectPolicy, file: Changeset, allowed: Path | None) -> int:
    """How many people other than the builder have approved a changeset; not counted if no rule asks for approvals."""
    if not any(rule.approvals for rule in known.policy.rule):
        return 0
    return others(file, checked_approvals(file, allowed))


def others(file: Changeset, approvals: Iterable[CheckedApproval]) -> int:
    """How many people are among approvals that count, without the one who built the changeset."""
    return len({one.signer for one in approvals if one.signer} - {file.header.built_by})


def require_allowed(known: ProjectPolicy, file: Changeset, actor: str, approvals: int) -> PolicyMark:
    """What the event of an application is to say of the policy that allows it.

    Raises:
        RefusedByPolicy: it does not; the problems say of each change why, the first of many.
    """
    verdict = judged(known, file, actor, approvals)
    if not verdict.refused:
        return known.mark(verdict)
    many = "1 change" if verdict.refused == 1 else f"{verdict.refused:,} changes"
    raise RefusedByPolicy(
        f"{POLICY} does not allow {actor} to apply {many} of {file.path.name}; nothing was written",
        problems=[Problem(refusal_text(one)) for one in verdict.refusals],
        hint=f"{command('changeset', 'check', file.path, '--policy')} says which rules are about it; "
        f"{command('changeset', 'amend', file.path, '--drop', 'OPERATION')} leaves an operation out",
    )


def _writes(file: Changeset) -> Iterator[FieldWrite]:
    """The fields that the operations write, as they are now."""
    accepted = accepted_proposals(file)
    for operation in accepted.evidenced(file.effective()):
        said = operation.evidence if isinstance(operation, Create | Update) else ()
        for name, before, after in _sides(operation):
            proposals = accepted.of(operation.n, name, after)
            yield FieldWrite(
                n=operation.n,
                action=type(operation).__name__.lower(),
                entity=operation.entity,
                key=operation.key,  # type: ignore[union-attr] # a skip writes nothing
                field=name,
                before=before,
                after=after,
                models=frozenset(one.model for one in proposals),
                evidence=tuple(one for one in said if one.field == name),
            )


def _sides(operation: Operation) -> Iterator[tuple[str, object, object]]:
    """The fields that an operation writes, with the values before and after."""
    match operation:
        case Create(values=values):
            yield from ((name, UNSET, value) for name, value in values.items())
        case Update(patch=patch):
            before, after = before_after(patch)
            yield from ((name, before.get(name, UNSET), value) for name, value in after.items())
        case Delete(before=row):
            yield "", row, None
        case Skip():
            pass
