"""Commands that are shown: a shell reads the words that were meant, and a terminal obeys nothing in them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bake.commands import command, quoted, quoted_words
from bake.renderer.printable import printable

_ODD = (
    "a b",
    "it's",
    "\x1b]0;owned\x07",
    "new\nline",
    "\udce9",
    "\\",
    "back\\\x1b'",
    "$HOME `id` !!",
    '"',
    "",
    "\u202egnp",
)


@given(st.lists(st.text() | st.sampled_from(_ODD)))
def test_what_is_shown_is_the_command(words: list[str]) -> None:
    """A command is one line that stays as it is when it is made printable, and its words can be told apart again."""
    line = command(*words)
    assert printable(line) == line
    assert " ".join(quoted_words(line)) == line
    assert len(quoted_words(line)) == 1 + len(words)


@given(st.text().filter(str.isprintable))
def test_what_can_be_printed_is_read_by_any_shell(argument: str) -> None:
    """It needs no mark that is not in every POSIX shell."""
    assert shlex.split(quoted(argument)) == [argument]


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash here")
def test_a_shell_reads_the_words_that_were_meant() -> None:
    """What is copied into a shell are the very same bytes, whatever a name consists of."""
    line = command(*_ODD).removeprefix("bake")
    said = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True).stdout
    assert said.split(b"\0")[:-1] == [os.fsencode(word) for word in _ODD]


def test_a_path_is_no_option() -> None:
    """One that begins with a dash is given as a path of this folder; a word that does is an option."""
    assert command("changeset", "show", Path("-x.jsonl"), "--all") == "bake changeset show ./-x.jsonl --all"
