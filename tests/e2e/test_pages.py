"""The shell blocks of the pages: each is typed as it stands, in the order of its page, in an empty folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.documents import PAGES, ROOT
from support.typed import Block, Typist, shell_blocks

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")

#: How many blocks of a page are not run, since they need what the tests may not have. Each says so itself.
UNTESTED = {
    "README.md": 2,
    "docs/howto/assistant.md": 1,
    "docs/howto/own-database.md": 1,
    "docs/howto/web-page.md": 2,
    "docs/reference/databases.md": 1,
    "docs/start/install.md": 1,
}

TYPED = {str(page.relative_to(ROOT)): shell_blocks(page) for page in PAGES}


@pytest.mark.parametrize("page", [page for page, blocks in TYPED.items() if blocks])
def test_what_a_page_says_can_be_typed(page: str, tmp_path: Path) -> None:
    """Each command ends as the page says, and says what the page shows."""
    typist = Typist(tmp_path)
    for block in TYPED[page]:
        if not block.untested:
            typist.type(block, page)


def test_how_many_are_not_run() -> None:
    """A block that is not run says why, and is counted here."""
    untested = {page: sum(bool(block.untested) for block in blocks) for page, blocks in TYPED.items()}
    assert {page: number for page, number in untested.items() if number} == UNTESTED


@pytest.mark.parametrize(
    ("shows", "text", "wrong"),
    [
        (False, "bake changeset show nothing\n", "nothing"),
        (False, "false\ntrue\n", "false"),
        (True, "$ bake --version\nbake 99\n", "said:\nbake"),
        (True, "$ bake --version\n", "said:\nbake"),
        (True, "$ false\n", "the last command failed"),
        (True, "$ false\n$ true\n", "failed"),
        (True, "$ false\n$ echo $?\n2\n", "said:\n1"),
    ],
)
def test_a_page_that_is_wrong_is_found(shows: bool, text: str, wrong: str, tmp_path: Path) -> None:
    """A command that fails, or says something else, fails the test of its page."""
    with pytest.raises(AssertionError, match=wrong):
        Typist(tmp_path).type(Block(1, shows, text), "page")


def test_a_page_that_is_right(tmp_path: Path) -> None:
    """Variables, folders, statuses, here-documents and what `…` stands for are as in a shell."""
    typist = Typist(tmp_path)
    typist.type(Block(1, False, "mkdir here\ncd here\nexport WHO=ada\ncat > x <<'EOF'\n# a\n\nb\nEOF\n"), "page")
    shown = "$ cat x\n# a\n…\n$ echo $WHO\na…\n$ false\n$ echo $?\n1\n$ bake --version\nbake …\n"
    typist.type(Block(1, True, shown), "page")
    assert (tmp_path / "here" / "x").read_text() == "# a\n\nb\n"
