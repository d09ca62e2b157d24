"""`bake serve` as a process: it begins, answers, and ends in order."""

from __future__ import annotations

import signal
import subprocess
import sys
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from support.shell import Shell


def test_it_serves_until_it_is_told_to_end(shell: Shell) -> None:
    """The address that it prints lets one browser in; SIGTERM ends it with status 0 and frees the port."""
    command = [sys.executable, "-m", "bake", "serve", "--port", "0", "--no-browser"]
    with subprocess.Popen(
        command, cwd=shell.folder, env=shell.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with pytest.raises(HTTPError, match="401"):
            urlopen(address.partition("?")[0])
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert errors == ""


def test_what_is_not_installed_is_said(shell: Shell) -> None:
    """Without the extra, the message says what to install; no traceback."""
    script = "import sys; sys.modules['starlette'] = None; from bake.cli.main import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", script, "serve"],
        cwd=shell.folder,
        env=shell.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert "pip install 'bake-changesets[web]'" in run.stderr
    assert "Traceback" not in run.stderr
