"""Changesets in real repositories: shown, merged by git in every way in which it merges, and checked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from support.shell import Shell

import bake
from bake.cli.git import merge_driver

FILE = "changesets/receipts.changeset.jsonl"
RECEIPTS = """\
product_slug,supplier_name,purchase_date,unit_price,quantity_purchased
bobs_rye_flour_20_oz,Wegman,2026-01-05,6.49,1
king_arthur_bread_flour_5_lb,Costko,2026-01-05,4.99,1
bobs_rye_flour_20_oz,Stop and Shop,2026-01-06,5.99,1
"""
ATTRIBUTES = "*.changeset.jsonl -text diff=bake merge=bake\n"


@dataclass(frozen=True)
class Repository:
    """A bakery's folder in git, with a changeset of three open questions."""

    shell: Shell

    def git(self, *arguments: str, status: int = 0, by: str = "ada") -> str:
        """Run git and expect an exit status; what it says on both streams."""
        who = {f"GIT_{role}_{part}": by for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.shell.folder,
            env={**self.shell.environment(), **who, "PATH": path, "GIT_CONFIG_GLOBAL": os.devnull},
            capture_output=True,
            check=False,
        )
        said = (done.stdout + done.stderr).decode(errors="replace")
        assert done.returncode == status, said
        return said

    def answer(self, by: str, *options: str) -> None:
        """Answer as somebody, and commit that."""
        Shell(self.shell.folder, {**self.shell.variables, "BAKE_ACTOR": by}).done(
            "changeset", "resolve", FILE, *options
        )
        self.git("commit", "-qam", f"{by}: {' '.join(options)}", by=by)

    def branch(self, name: str, by: str, *options: str) -> None:
        """Answer on a new branch, and come back to main."""
        self.git("switch", "-qc", name)
        self.answer(by, *options)
        self.git("switch", "-q", "main")

    @property
    def open(self) -> Sequence[str]:
        """The ids of the open questions."""
        ids: list[str] = json.loads(self.shell.bake("changeset", "check", FILE, "--offline", "--format", "json").out)[
            "open_questions"
        ]
        return ids

    @property
    def lines(self) -> list[str]:
        """The lines of the changeset."""
        return (self.shell.folder / FILE).read_text(encoding="utf-8").splitlines()


@pytest.fixture
def plain(bakery: Shell) -> Repository:
    """Not installed yet."""
    repository = Repository(bakery)
    repository.git("init", "-q", "-b", "main")
    bakery.write(".gitignore", "bake.db*\n.bake/\n")
    bakery.write("receipts.csv", RECEIPTS)
    bakery.done("changeset", "build", "receipts.csv", "--view", "purchases", "--output", FILE)
    return repository


@pytest.fixture
def repository(plain: Repository) -> Repository:
    """Installed and committed."""
    plain.shell.done("git", "install")
    plain.git("add", ".")
    plain.git("commit", "-qm", "build")
    return plain


def test_installing_says_what_it_changes_and_can_be_taken_back(plain: Repository) -> None:
    """A second time nothing is changed; uninstalling leaves the repository as it was. Other attributes stay."""
    attributes = plain.shell.folder / ".gitattributes"
    attributes.write_text("*.csv text", encoding="utf-8")
    before = (plain.shell.folder / ".git/config").read_text(encoding="utf-8")
    said = plain.shell.done("git", "install")
    assert ".gitattributes: added *.changeset.jsonl" in said
    assert "git config merge.bake.driver: " in said
    assert attributes.read_text(encoding="utf-8") == f"*.csv text\n{ATTRIBUTES}"
    assert "installed already" in plain.shell.done("git", "install")
    document = plain.shell.bake("git", "uninstall", "--format", "json").document
    assert len(document["changed"]) == 3
    assert "not installed" in plain.shell.done("git", "uninstall")
    assert attributes.read_text(encoding="utf-8") == "*.csv text\n"
    assert (plain.shell.folder / ".git/config").read_text(encoding="utf-8") == before


def test_uninstalling_removes_a_file_of_attributes_that_holds_nothing_else(plain: Repository) -> None:
    """Installing made it."""
    plain.shell.done("git", "install")
    plain.shell.done("git", "uninstall")
    assert not (plain.shell.folder / ".gitattributes").exists()


def test_no_repository_and_a_bare_one(shell: Shell) -> None:
    """Each is said, with what to type."""
    said = shell.bake("git", "install")
    assert (said.status, "is not in a git repository" in said.err, "git init" in said.err) == (2, True, True)
    subprocess.run(["git", "init", "-q", "--bare"], cwd=shell.folder, check=True)
    said = shell.bake("git", "install")
    assert (said.status, "is a bare repository" in said.err, "clone" in said.err) == (2, True, True)


def test_differences_are_shown_in_words(repository: Repository) -> None:
    """The hunk of a changed operation names it, and no line is JSON."""
    repository.answer("ada", "--map", "q1=wegmans_burlington_ma")
    shown = repository.git("show", "--format=")
    assert "supplier            wegmans_burlington_ma" in shown
    assert '{"type"' not in shown
    assert repository.git("log", "-p", "--format=").count("answer: it is wegmans_burlington_ma") == 1
    hunks = repository.git("diff", "-U0", "HEAD~1", "HEAD")
    assert "@@     1 create purchases bobs_rye_flour_20_oz" in hunks


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b'{"type":"header"}\n', b"<<<<<<< HEAD\n", b"\x1b[31m\xe2\x80\xaex\n", None]
)
def test_what_cannot_be_shown_is_shown_as_it_is(content: bytes | None, repository: Repository) -> None:
    """`git log` goes on, whatever stands in a file: nothing, no text, no header, conflict markers, half of it.

    Nothing of that steers the terminal.
    """
    file = repository.shell.folder / FILE
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if content is None else content)
    repository.git("commit", "-qam", "torn")
    said = repository.git("log", "-p")
    assert "torn" in said
    assert not {"\x1b", "\u202e"} & set(said)


def test_a_name_that_looks_like_an_option(repository: Repository) -> None:
    """It is shown and merged like any other, and what is offered for it can be typed."""
    shell, name = repository.shell, "-x y.changeset.jsonl"
    repository.git("mv", "--", FILE, name)
    repository.git("commit", "-qm", "renamed")
    for branch, question in (("theirs", "q2"), ("ours", "q1")):
        repository.git("switch", "-qc", branch, "main")
        assert "resolve './-x y.changeset.jsonl'" in shell.bake("changeset", "check", f"./{name}", "--offline").out
        shell.done("changeset", "resolve", f"./{name}", "--skip", question)
        assert "skip what asks this" in repository.git("diff")
        repository.git("commit", "-qam", branch)
    repository.git("merge", "-q", "theirs", "-m", "merge")
    assert "still open: q3" in shell.done("changeset", "resolve", f"./{name}", "--skip", "q1")


def test_where_bake_cannot_be_run_git_goes_on(repository: Repository) -> None:
    """As without it: changesets are shown as they stand, and versions that differ are a conflict with its markers."""
    repository.branch("theirs", "bob", "--skip", "q2")
    repository.answer("ada", "--skip", "q1")
    for name in ("diff.bake.textconv", "merge.bake.driver"):
        said = repository.git("config", name)
        without = re.sub(r"\S*(bake|python\S* -m bake) git ", "no-such-program git ", said.strip())
        repository.git("config", name, without)
    assert '+{"type":"answered"' in repository.git("log", "-p", "-1")
    repository.git("merge", "theirs", status=1)
    assert "has conflict markers of git" in repository.shell.bake("changeset", "show", FILE).err


def test_a_driver_that_fails_leaves_a_conflict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails: both versions stand in the file, marked, so that nobody takes the one for the merge."""

    def failing(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(bake, "merge", failing)
    base, ours, theirs = (tmp_path / name for name in ("base", "ours", "theirs"))
    for path in (base, ours, theirs):
        path.write_text(f"{path.name}\n", encoding="utf-8")
    with pytest.raises(typer.Exit) as ended:
        merge_driver(base, ours, theirs, "x.changeset.jsonl")
    assert ended.value.exit_code == 1
    assert {"<<<<<<< ours", "ours", "theirs", ">>>>>>> theirs"} <= set(ours.read_text(encoding="utf-8").splitlines())


def test_answers_to_different_questions_are_merged(repository: Repository) -> None:
    """No conflict: nothing is open that both have answered between them, and each line stands as it was written."""
    repository.branch("theirs", "bob", "--skip", "q2")
    theirs = repository.git("show", f"theirs:{FILE}", "--no-textconv").splitlines()
    repository.answer("ada", "--map", "q1=wegmans_burlington_ma")
    ours = repository.lines
    repository.git("merge", "-q", "theirs", "-m", "merge")
    assert repository.open == ["q3"]
    assert {*ours, *theirs} < set(repository.lines)
    assert repository.lines[-1].startswith('{"type":"merged",')


def test_both_directions_give_the_same_bytes(repository: Repository) -> None:
    """Whoever merges: so that the branches of both are the same then, and merge with no further event."""
    repository.branch("theirs", "bob", "--skip", "q2")
    repository.answer("ada", "--map", "q1=wegmans_burlington_ma")
    repository.git("branch", "ours")
    repository.git("merge", "-q", "theirs", "-m", "merge")
    here = repository.lines
    repository.git("switch", "-q", "theirs")
    repository.git("merge", "-q", "ours", "-m", "merge")
    assert repository.lines == here
    repository.git("merge", "-q", "main", "-m", "merge")
    assert repository.lines == here


def test_one_question_answered_twice_is_open_again(repository: Repository) -> None:
    """Never the last answer: both are shown with their authors, by git's own output and by `check`; then one counts."""
    repository.branch("theirs", "bob", "--skip", "q1")
    repository.answer("ada", "--map", "q1=wegmans_burlington_ma")
    said = repository.git("merge", "theirs", "-m", "merge")
    assert "open again" in said
    assert repository.open == ["q1", "q2", "q3"]
    checked = repository.shell.bake("changeset", "check", FILE, "--offline")
    assert checked.status == 3
    assert all(answer in checked.out for answer in ("skip what asks this (bob)", "map to wegmans_burlington_ma (ada)"))
    repository.answer("eve", "--map", "q1=costco_waltham_ma")
    assert repository.open == ["q2", "q3"]


def test_the_same_answer_on_both_sides_is_one(repository: Repository) -> None:
    """Nothing is open again."""
    repository.branch("theirs", "bob", "--skip", "q1")
    repository.answer("ada", "--skip", "q1")
    repository.git("merge", "-q", "theirs", "-m", "merge")
    assert repository.open == ["q2", "q3"]


def test_rebase_cherry_pick_and_stash_merge_too(repository: Repository) -> None:
    """Git calls the driver for each of them."""
    repository.branch("theirs", "bob", "--skip", "q2")
    repository.branch("picked", "eve", "--skip", "q3")
    repository.answer("ada", "--map", "q1=wegmans_burlington_ma")
    repository.git("cherry-pick", "picked")
    assert repository.open == ["q2"]
    repository.git("switch", "-q", "theirs")
    repository.git("rebase", "-q", "main")
    assert repository.open == []
    repository.git("switch", "-qc", "later", "main~2")
    repository.shell.done("changeset", "resolve", FILE, "--skip", "q2")
    repository.git("stash", "-q")
    repository.git("reset", "-q", "--hard", "picked")
    repository.git("stash", "pop")
    assert repository.open == ["q1"]


def test_what_a_revert_and_a_cherry_pick_cannot_do_is_said(repository: Repository) -> None:
    """An answer that a commit takes out stays, and one that comes before what is picked comes along."""
    for question in ("q1", "q2", "q3"):
        repository.answer("ada", "--skip", question)
    said = repository.git("revert", "--no-edit", "HEAD~1", status=1)
    assert f"bake: {FILE}:  1 event stayed: a merge takes none out; to revise an answer, answer again" in said
    assert repository.open == []
    repository.git("switch", "-qc", "other", "main~3")
    repository.answer("bob", "--skip", "q3")
    assert "1 event from before came along" in repository.git("cherry-pick", "main~1")


def test_new_rows_that_ask_the_same_ask_it_once(repository: Repository) -> None:
    """Two branches create two products of one unknown ingredient: it is one question, asked by both rows."""
    shell, file = repository.shell, "changesets/new.changeset.jsonl"
    unknown = RECEIPTS.replace("bobs_rye_flour_20_oz", "spelt_a").replace("king_arthur_bread_flour_5_lb", "spelt_b")
    shell.write("new.csv", unknown)
    shell.done("changeset", "build", "new.csv", "--view", "purchases", "--output", file)
    repository.git("add", ".")
    repository.git("commit", "-qm", "new")
    for branch, product in (("theirs", "spelt_a"), ("ours", "spelt_b")):
        repository.git("switch", "-qc", branch, "main")
        fields = {"ingredient": "Spelt", "package_unit": "lb", "package_unit_quantity": len(branch)}
        shell.done("changeset", "resolve", file, "--create", f"products:{product}={json.dumps(fields)}")
        repository.git("commit", "-qam", branch)
    repository.git("merge", "-q", "theirs", "-m", "merge")
    said = json.loads(shell.done("changeset", "show", file, "--format", "json"))["questions"]["items"]
    [asked] = [one["question"] for one in said if one["question"]["entity"] == "ingredients"]
    assert len(asked["asked_by"]) == 2


def test_what_cannot_be_merged_is_a_conflict_that_every_command_names(repository: Repository) -> None:
    """Two builds: git says why, leaves its markers, and each command says that they are there and what to type."""
    repository.git("switch", "-qc", "theirs")
    (repository.shell.folder / FILE).unlink()
    Shell(repository.shell.folder, {**repository.shell.variables, "BAKE_ACTOR": "bob"}).done(
        "changeset", "build", "receipts.csv", "--view", "purchases", "--output", FILE
    )
    repository.git("commit", "-qam", "again")
    repository.git("switch", "-q", "main")
    repository.answer("ada", "--skip", "q1")
    said = repository.git("merge", "theirs", status=1)
    assert f"the two versions of {FILE} cannot be merged: they are two builds" in said
    for command in ("show", "check", "apply", "resolve", "rebase", "seal", "revert"):
        options = ("--skip", "q1") if command == "resolve" else ()
        told = repository.shell.bake("changeset", command, FILE, *options)
        assert told.status == 6
        assert "has conflict markers of git: two versions of it were not merged" in told.err
        assert f"git checkout --ours -- {FILE}" in told.err
    repository.git("checkout", "--ours", "--", FILE)
    assert repository.open == ["q2", "q3"]


def test_a_conflict_from_before_the_installation_is_merged_after_it(plain: Repository) -> None:
    """The commands that the error offers do it."""
    plain.git("add", ".")
    plain.git("commit", "-qm", "build")
    plain.branch("theirs", "bob", "--skip", "q2")
    plain.answer("ada", "--skip", "q1")
    plain.git("merge", "theirs", status=1)
    assert "bake git install, then git checkout --merge" in plain.shell.bake("changeset", "show", FILE).err
    plain.shell.done("git", "install")
    plain.git("checkout", "--merge", "--", FILE)
    plain.git("add", FILE)
    assert plain.open == ["q3"]


def test_the_command_merges_two_files(bakery: Shell) -> None:
    """What the driver does, by hand; into the first file, or another one, which must not be there."""
    ours = bakery.built("wilson.json")
    theirs = bakery.folder / "theirs.changeset.jsonl"
    theirs.write_bytes(ours.read_bytes())
    bakery.done("changeset", "resolve", ours, "--skip", "q1")
    bakery.done("changeset", "resolve", theirs, "--map", "q1=costco_waltham_ma")
    both = bakery.folder / "both.changeset.jsonl"
    document = bakery.bake("changeset", "merge", ours, theirs, "--output", both, "--format", "json").document
    assert (document["ours"], document["theirs"], list(document["reopened"])) == (1, 1, ["q1"])
    assert "is there already" in bakery.bake("changeset", "merge", ours, theirs, "--output", both).err
    said = bakery.done("changeset", "merge", ours, theirs)
    assert "open again: " in said
    assert "still open: q1" in said
    assert ours.read_bytes() == both.read_bytes()


def test_a_story(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two branches answer different questions and one the same, and somebody imports the same receipts again.

    What was answered twice is found and answered again; what collides is named and taken out; what is left is approved,
    and applied because it is.
    """
    shell = repository.shell
    repository.branch("bob", "bob", "--skip", "q2", "--skip", "q3")
    repository.answer("ada", "--map", "q1=wegmans_burlington_ma", "--map", "q3=costco_waltham_ma")
    repository.git("merge", "-q", "bob", "-m", "merge")
    checked = shell.bake("changeset", "check", FILE, "--offline")
    assert (checked.status, "q3 has two answers" in checked.out, "q1" in checked.out) == (3, True, False)
    repository.answer("ada", "--map", "q3=wegmans_burlington_ma")

    again = "changesets/again.changeset.jsonl"
    shell.done("changeset", "build", "receipts.csv", "--view", "purchases", "--output", again)
    shell.done("changeset", "resolve", again, "--skip", "q1", "--skip", "q2", "--map", "q3=costco_waltham_ma")
    together = shell.bake("changeset", "compare", FILE, again, "--together")
    assert (together.status, "only one of them can be applied" in together.out) == (4, True)
    folder = shell.bake("changeset", "check", "changesets", "--offline")
    assert (folder.status, "with again.changeset.jsonl: purchases" in folder.out) == (4, True)
    (shell.folder / again).unlink()

    key = tmp_path_factory.mktemp("keys") / "ada"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (key.parent / "allowed").write_text(f"ada@example.com {key.with_suffix('.pub').read_text()}", encoding="utf-8")
    required = ("--require-approval", "1", "--allowed-signers", key.parent / "allowed")
    assert "has 0 of 1 approvals" in shell.bake("changeset", "apply", FILE, *required).err
    shell.done("changeset", "approve", FILE, "--key", key)
    assert "signed by ada@example.com" in shell.done("changeset", "check", FILE, *required)
    assert "purchases: 2 created" in shell.done("changeset", "apply", FILE, *required)
    repository.git("commit", "-qam", "applied")
    assert "applied" in shell.done("changeset", "check", FILE)


def test_a_changeset_is_compared_with_a_revision(repository: Repository) -> None:
    """What has changed since; what is no revision, or lacks the file, is said."""
    repository.answer("ada", "--map", "q1=wegmans_burlington_ma")
    said = repository.shell.done("changeset", "compare", FILE, "HEAD~1")
    assert said.startswith(f"HEAD~1:{FILE} → {FILE}\n")
    assert "supplier: Wegman → wegmans_burlington_ma" in said
    assert "both come to the same" in repository.shell.done("changeset", "compare", FILE, "HEAD")
    document = repository.shell.bake("changeset", "compare", FILE, "HEAD", "--format", "json").document
    assert (document["before"], document["after"], document["same"]) == (f"HEAD:{FILE}", FILE, True)
    for revision in ("nonsense", "--output=x"):
        said_ = repository.shell.bake("changeset", "compare", "--", FILE, revision)
        assert (said_.status, "neither a file nor a revision" in said_.err) == (2, True)
    repository.git("rm", "-q", "--cached", FILE)
    repository.git("commit", "-qm", "gone")
    assert "was not there at HEAD" in repository.shell.bake("changeset", "compare", FILE, "HEAD").err


def test_a_changeset_is_put_together_with_a_revision(repository: Repository) -> None:
    """Names are those that were typed, and not those of files that exist for a moment."""
    said = repository.shell.bake("changeset", "compare", FILE, "HEAD", "--together").out
    assert said.startswith(f"HEAD:{FILE} and {FILE}: only one of them can be applied\n")


def test_a_repository_without_commits_has_no_revisions(plain: Repository) -> None:
    """It can be installed in; what is compared with is not there."""
    plain.shell.done("git", "install")
    said = plain.shell.bake("changeset", "compare", FILE, "HEAD")
    assert (said.status, "neither a file nor a revision" in said.err) == (2, True)


def test_a_changeset_that_collides_is_named(repository: Repository) -> None:
    """Two changesets that give one row two values: the row, the field and the values, and status 4."""
    shell = repository.shell
    built = []
    for code in ("071012010103", "071012010110"):
        shell.write("upc.json", {"products": [{"slug": "bobs_rye_flour_20_oz", "upc_code": code}]})
        built.append(f"changesets/{code}.changeset.jsonl")
        shell.done("changeset", "build", "upc.json", "--output", built[-1])
    said = shell.bake("changeset", "compare", *built, "--together")
    assert said.status == 4
    assert "only one of them can be applied" in said.out
    assert 'products bobs_rye_flour_20_oz (upc_code): null → "071012010103" in the one' in said.out
    said = shell.bake("changeset", "compare", built[0], FILE, "--together")
    assert (said.status, "both can be applied, in any order" in said.out) == (0, True)
    assert "3 questions open" in said.out


def _step_of_action(name: str) -> str:
    """What a step of the action runs."""
    steps = (Path(__file__).parents[2] / "action.yml").read_text(encoding="utf-8")
    return steps.partition(f"    - name: {name}\n")[2].partition("      run: |\n")[2].partition("      env:")[0]


def test_a_folder_is_checked(repository: Repository) -> None:
    """Each changeset by itself and against the others; the most serious finding gives the status."""
    shell = repository.shell
    checked = shell.bake("changeset", "check", "changesets", "--offline")
    assert (checked.status, "q1: " in checked.out) == (3, True)
    shell.done("changeset", "resolve", FILE, "--skip", "q1", "--skip", "q2", "--skip", "q3")
    assert "changesets checked, 0 findings" in shell.done("changeset", "check", "changesets", "--offline")
    for code in ("071012010103", "071012010110"):
        shell.write("upc.json", {"products": [{"slug": "bobs_rye_flour_20_oz", "upc_code": code}]})
        shell.done("changeset", "build", "upc.json", "--output", f"changesets/{code}.changeset.jsonl")
    checked = shell.bake("changeset", "check", "changesets", "--format", "github")
    assert checked.status == 4
    assert len(checked.out.splitlines()) == 2
    assert "file=changesets/071012010103.changeset.jsonl,line=1,title=collision::with 071012010110" in checked.out
    assert shell.done("changeset", "apply", "changesets/071012010103.changeset.jsonl")
    (shell.folder / FILE).write_bytes(b"<<<<<<< HEAD\n")
    document = shell.bake("changeset", "check", "changesets", "--format", "json").document
    assert document["exit_status"] == 6
    assert [one["code"] for one in document["findings"]] == ["conflict", "damaged"]
    for format_ in ("gitlab", "sarif", "junit"):
        assert "conflict markers" in shell.bake("changeset", "check", "changesets", "--format", format_).out
    assert shell.bake("changeset", "check", "nothing", "--format", "github").status == 2


@pytest.mark.parametrize(
    ("database", "installed"),
    [("", "/bake"), ("postgresql://there/x", "/bake[postgresql]"), ("mysql+pymysql://there/x", "/bake[mysql]")],
)
def test_the_action_installs_the_driver_that_is_needed(database: str, installed: str) -> None:
    """Its first step, as a shell runs it: Bake, with what the database needs."""
    run = subprocess.run(
        ["bash", "-ec", f'pip() {{ echo "$@"; }}\n{_step_of_action("Install")}'],
        env={"PATH": os.environ["PATH"], "BAKE": "/bake", "BAKE_DATABASE_URL": database},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == f"install {installed}\n"


def test_the_steps_of_the_action_run(repository: Repository) -> None:
    """As a shell runs them, but for the installation: the status is that of the check."""
    script = _step_of_action("Check")
    inputs = {"CHANGESETS": "changesets", "BAKE_DATABASE_URL": "", "APPROVALS": "0", "ALLOWED_SIGNERS": ""}
    run = subprocess.run(
        ["bash", "-ec", f'bake() {{ "{sys.executable}" -m bake "$@"; }}\n{script}'],
        cwd=repository.shell.folder,
        env={**repository.shell.environment(), **inputs},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 3, run.stderr
    assert run.stdout.count("::error file=changesets/receipts.changeset.jsonl,line=1,title=open_question::") == 3
