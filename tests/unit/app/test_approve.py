"""Approvals: signed, verified as git verifies, void once what was approved is another thing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest
from support.changesets import written

from bake.app.amend import amend
from bake.app.apply import apply
from bake.app.approve import approve
from bake.app.check import check
from bake.app.check_folder import check_folder
from bake.app.project import Project
from bake.app.resolve import resolve_with_options
from bake.app.seal import seal
from bake.app.serialise import to_dict
from bake.changeset.approval import approvals, content_digest
from bake.changeset.events import Approved
from bake.changeset.file import read
from bake.changeset.merging import merged_versions
from bake.changeset.model import Create, Operation, Question
from bake.changeset.writing import append
from bake.cli.history_output import folder_report
from bake.database.schema import create_tables
from bake.errors import NotApproved, OpenQuestions, RefusedByPolicy, UsageError
from bake.renderer.document import document
from bake.renderer.text import text

UUID = "00000000-0000-4000-8000-00000000000{}"
OPERATIONS: list[Operation] = [
    Create(n=1, entity="shops", key={"slug": "coop"}, values={"slug": "coop", "name": "Coop"}, from_=(0,)),
    Create(
        n=2,
        entity="sales",
        key={"uuid": UUID.format(5)},
        values={"uuid": UUID.format(5), "shop": {"name": "Corner"}},
        from_=(1,),
        needs={"/shop": "q1"},
    ),
]
QUESTIONS = [Question(id="q1", kind="missing", entity="shops", lookup={"name": "Corner"}, asked_by=(2,))]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys of ada, bob and eve, and a file of allowed signers, in which eve is not."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("ada", "bob", "eve"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / name], check=True)
    lines = [f'{name}@example.com namespaces="bake" {(folder / f"{name}.pub").read_text()}' for name in ("ada", "bob")]
    (folder / "allowed").write_text("".join(lines))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty mill."""
    project = Project(f"sqlite:///{tmp_path / 'mill.db'}", "support.memory:MILL", folder=tmp_path, actor="ada")
    with project.connect(create=True) as database, database.writing() as connection:
        create_tables(connection, project.catalog)
    return project


@pytest.fixture
def path(project: Project) -> Path:
    """A changeset with one open question."""
    path = project.folder / "it.changeset.jsonl"
    written(path, OPERATIONS, QUESTIONS)
    return path


@pytest.fixture
def answered(project: Project, path: Path) -> Path:
    """The same, answered."""
    resolve_with_options(project, path, skip=["q1"])
    return path


def test_a_policy_may_ask_for_approvals(project: Project, answered: Path, keys: Path) -> None:
    """Of people other than the builder, whose signatures count."""
    policy = 'format = "bake.policy/1"\n[[rule]]\nname = "reviewed"\napprovals = 1\n'
    (project.folder / "bake-policy.toml").write_text(policy)
    with pytest.raises(RefusedByPolicy) as refused:
        apply(project, answered, allowed_signers=keys / "allowed")
    assert "with an approval (there are 0)" in refused.value.problems[0].message
    approve(project, answered, key=keys / "bob")
    assert check(project, answered, offline=True, allowed_signers=keys / "allowed").state == "ready"
    assert apply(project, answered, allowed_signers=keys / "allowed").state == "applied"


def state(path: Path) -> list[bool]:
    """Of each approval, whether it counts."""
    return [one.counts for one in approvals(read(path))]


def test_what_is_open_cannot_be_approved(project: Project, path: Path, keys: Path) -> None:
    """Nobody knows yet what it does; nothing is written."""
    with pytest.raises(OpenQuestions):
        approve(project, path, key=keys / "ada")
    assert read(path).events == ()


def test_it_takes_as_many_people_as_are_required(project: Project, answered: Path, keys: Path) -> None:
    """Two signatures of one key are one approval, one of nobody who is allowed is none; dry runs ask for them, too."""
    allowed = keys / "allowed"
    approve(project, answered, key=keys / "ada")
    approve(project, answered, key=keys / "ada")
    approve(project, answered, key=keys / "eve")
    for dry_run in (True, False):
        with pytest.raises(NotApproved, match=r"has 1 of 2 approvals: ada@example\.com;") as refused:
            apply(project, answered, require_approval=2, allowed_signers=allowed, dry_run=dry_run)
        assert "by no key of the allowed signers" in str(refused.value.problems[0])
    approve(project, answered, key=keys / "bob")
    assert apply(project, answered, require_approval=2, allowed_signers=allowed).state == "applied"
    assert apply(project, answered, require_approval=3, allowed_signers=allowed).state == "already applied"
    with pytest.raises(UsageError, match="applied"):
        approve(project, answered, key=keys / "ada")


def test_an_answer_and_an_amendment_make_it_void(project: Project, answered: Path, keys: Path) -> None:
    """Whatever changes what would be done; what changes nothing leaves it. Both check and show say it."""
    approve(project, answered, key=keys / "ada")
    amend(project, answered, note="seen")
    assert state(answered) == [True]
    assert "Approved" in text(document(read(answered)))
    amend(project, answered, set_=["1/name=Other"])
    assert state(answered) == [False]
    result = check(project, answered, offline=True, require_approval=1, allowed_signers=keys / "allowed")
    assert (result.state, result.exit_status, result.lacking) == ("unapproved", 3, "0 of 1 approvals")
    assert "changed since" in result.approvals[0].text
    assert "changed since" in " ".join(text(document(read(answered))).split())
    amend(project, answered, set_=["1/name=Coop"])
    assert state(answered) == [True], "it does again what was approved"
    resolve_with_options(project, answered, create=["q1"])
    assert state(answered) == [False]


def test_a_signature_is_of_one_content_only(project: Project, answered: Path, keys: Path) -> None:
    """One that was copied from another approval, or is no signature, is nobody's."""
    approve(project, answered, key=keys / "ada")
    [first] = [event for event in read(answered).events if isinstance(event, Approved)]
    amend(project, answered, set_=["1/name=Other"])
    file = read(answered)
    for signature in (first.signature, "none", "\x00\ud800"[:1]):
        forged = msgspec.structs.replace(first, content=content_digest(file), signature=signature)
        file = append(file, forged)
    found = check(project, answered, offline=True, allowed_signers=keys / "allowed").approvals
    assert [(one.counts, one.signer) for one in found[1:]] == [(True, None)] * 3
    with pytest.raises(NotApproved):
        apply(project, answered, require_approval=1, allowed_signers=keys / "allowed")


def test_edited_lines_are_not_approved(project: Project, answered: Path, keys: Path) -> None:
    """Whoever edits an approved changeset and seals it has another one."""
    approve(project, answered, key=keys / "ada")
    answered.write_bytes(answered.read_bytes().replace(b'"Coop"', b'"Coup"'))
    seal(project, answered)
    assert state(answered) == [False]


def test_approvals_of_two_branches_are_merged(project: Project, answered: Path, keys: Path) -> None:
    """Both count if both are of what comes of the merge; beside another answer, the approval is void."""
    raw = answered.read_bytes()
    other = answered.with_name("other.changeset.jsonl")
    other.write_bytes(raw)
    approve(project, answered, key=keys / "ada")
    approve(project, other, key=keys / "bob")
    with merged_versions(read(answered), read(other), answered.parent, "it") as merged:
        assert [one.counts for one in approvals(merged.changeset)] == [True, True]
    other.write_bytes(raw)
    resolve_with_options(project, other, create=["q1"])
    with merged_versions(read(answered), read(other), answered.parent, "it") as merged:
        assert [one.counts for one in approvals(merged.changeset)] == [False]


def test_a_folder_says_what_is_not_approved(project: Project, answered: Path, keys: Path) -> None:
    """Lacking approvals are errors, void ones warnings; it ends as one that waits for people."""
    approve(project, answered, key=keys / "ada")
    amend(project, answered, set_=["1/name=Other"])
    allowed = keys / "allowed"
    found = check_folder(project, answered.parent, offline=True, require_approval=1, allowed_signers=allowed)
    assert [(one.code, one.level) for one in found.findings] == [("not_approved", "error"), ("not_approved", "warning")]
    assert found.exit_status == 3
    approve(project, answered, key=keys / "bob")
    found = check_folder(project, answered.parent, offline=True, require_approval=1, allowed_signers=allowed)
    assert found.exit_status == 0
    assert "signed by bob@example.com" in folder_report(found, "text")
    assert [one["signer"] for one in to_dict(found)["approvals"][str(answered)]] == [None, "bob@example.com"]


def test_what_git_says_is_used(
    project: Project, answered: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its signing key and its file of allowed signers; without them it is said what to give."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    with pytest.raises(UsageError, match="which key signs is not known"):
        approve(project, answered)
    with pytest.raises(UsageError, match="whose signatures count is not known"):
        apply(project, answered, require_approval=1)
    (tmp_path / "gitconfig").write_text(
        f'[gpg]\nformat = ssh\n[gpg "ssh"]\nallowedSignersFile = {keys / "allowed"}\n'
        f"[user]\nsigningKey = {keys / 'ada.pub'}\n"
    )
    approve(project, answered)
    assert [one.signer for one in check(project, answered, offline=True).approvals] == ["ada@example.com"]


def test_a_key_that_cannot_sign(project: Project, answered: Path, keys: Path, tmp_path: Path) -> None:
    """A file that is no key, or none that is there, is refused with what ssh-keygen says."""
    for key, why in ((tmp_path / "none", "there is no key"), (keys / "allowed", "ssh-keygen cannot sign")):
        with pytest.raises(UsageError, match=why):
            approve(project, answered, key=key)
    assert state(answered) == []
