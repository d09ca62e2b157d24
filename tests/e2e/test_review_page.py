"""The workflow of docs/howto/review.md: its steps are run as a shell runs them, in a repository with a remote."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.shell import Shell

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "review.md").read_text(encoding="utf-8")
WORKFLOW, LEDGER_ONLY = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
FILE = "changesets/receipt.changeset.jsonl"
RECEIPT = """\
product_slug,supplier_name,purchase_date,unit_price,quantity_purchased
bobs_rye_flour_20_oz,Wegman,2026-01-05,6.49,1
"""
#: What stands for the command line of the forge: it keeps what was posted, and knows one pull request.
GH = """\
gh() {
  if [ "$1 $2" = "pr list" ]; then echo 7; return; fi
  printf '%s\\n' "$*" >> "$POSTED"
  while [ $# -gt 0 ]; do [ "$1" = --body-file ] && cat "$2" >> "$POSTED"; shift; done
  return 0
}
"""


def step(name: str, job: str = WORKFLOW) -> str:
    """What a step runs."""
    found = re.search(rf"- name: {name}\n(?: +if: .*\n)? +run: \|\n((?: {{10}}.*\n| *\n)+)", job)
    assert found, name
    return textwrap.dedent(found[1])


pytestmark = pytest.mark.skipif(not shutil.which("jq"), reason="there is no jq, which the runners of the forge have")


@dataclass
class Runner:
    """Runs steps in a clone, as a forge does: with `bash -e`, each by itself."""

    shell: Shell
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, script: str, status: int = 0) -> str:
        """Run a script and expect an exit status; all that it says."""
        bake = f'bake() {{ "{sys.executable}" -m bake "$@"; }}\n'
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", f"{bake}{GH}{script}"],
            cwd=self.shell.folder,
            env={**self.shell.environment(), "GIT_CONFIG_GLOBAL": os.devnull, **self.variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def runner(bakery: Shell, tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A bakery in a repository with a remote; a changeset on a branch is answered, and not approved yet."""
    place = tmp_path_factory.mktemp("forge")
    bakery.write(".gitignore", "bake.db*\n.bake/\n")
    bakery.write("receipt.csv", RECEIPT)
    people = {f"GIT_{role}_{part}": "ada" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    actions = {"BASE": "origin/main", "NUMBER": "7", "SHA": "0" * 40, "RUNNER_TEMP": str(place)}
    runner = Runner(bakery, {**people, **actions, "POSTED": str(place / "posted"), "KEY": str(place / "ada")})
    runner.run(f"""
        ssh-keygen -q -t ed25519 -N '' -f "$KEY"
        echo "ada@example.com $(cat "$KEY.pub")" > allowed_signers
        git init -q --bare -b main {place / "origin"}
        git init -q -b main && git remote add origin {place / "origin"}
        git add . && git commit -qm bakery && git push -qu origin main
        git switch -qc receipt
    """)
    bakery.done("changeset", "build", "receipt.csv", "--view", "purchases", "--output", FILE)
    bakery.done("changeset", "resolve", FILE, "--map", "q1=wegmans_burlington_ma")
    runner.run("git add changesets && git commit -qm receipt")
    return runner


def test_a_pull_request_from_its_beginning_to_its_receipt(runner: Runner) -> None:
    """It is commented, checked, approved, merged and applied; the event comes back, and another run does nothing."""
    posted = Path(runner.variables["POSTED"])
    runner.run(step("Comment"))
    assert "pr comment 7 --body-file review.md --edit-last" in posted.read_text(encoding="utf-8")
    assert "**Ready to apply.**" in posted.read_text(encoding="utf-8")
    assert "title=not_approved::0 of 1 approvals" in runner.run(step("Check"), status=3)

    runner.shell.done("changeset", "approve", FILE, "--key", runner.variables["KEY"])
    runner.run("git commit -qam approved && rm changed review.md")
    assert "error" not in runner.run(step("Check"))

    runner.run("git switch -q main && git merge -q receipt && git push -q")
    for name in ("Apply", "Post the receipt", "Commit what was applied"):
        runner.run(step(name))
    assert re.search(r"was applied to `sqlite:///bake.db`: .*1.*, receipt `sha256:", posted.read_text(encoding="utf-8"))
    assert runner.run(f"git show origin/main:{FILE}").count('"type":"applied"') == 1
    runner.run("rm receipt.md")
    runner.run(step("Apply") + step("Commit what was applied"))
    assert runner.run("cat receipt.md; git log --oneline origin/main").count("applied [skip ci]") == 1
    assert "error" not in runner.run(step("Check"))


def test_the_ledger_alone_knows_what_was_applied(runner: Runner) -> None:
    """Without the commit, a check that has no database still asks for an approval; one that has the ledger does not."""
    runner.shell.done("changeset", "apply", FILE)
    runner.run(f"git checkout -q -- {FILE}")
    assert "not_approved" in runner.run(step("Check"), status=3)
    runner.variables["READ_ONLY_DATABASE_URL"] = "sqlite:///bake.db"
    assert "error" not in runner.run(step("Check", LEDGER_ONLY))
