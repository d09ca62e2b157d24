"""How the page is served: where it listens, under which names it is known, and what is said where that cannot be."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

import bake
from bake.errors import UsageError
from bake.web.server import Settings, serve

CATALOG = "bake.catalog.bakery:BAKERY"


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        (Settings(), ()),
        (Settings(host="localhost"), ()),
        (Settings(host="::1", user_header="X-User"), ()),
        (Settings(host="bake.example"), ("no TLS",)),
        (Settings(host="0.0.0.0", origin="http://bake.example"), ("no TLS",)),
        (Settings(host="0.0.0.0", origin="https://bake.example"), ()),
        (Settings(host="0.0.0.0", certificate="cert.pem", key="key.pem"), ()),
        (Settings(host="10.0.0.1", user_header="X-User"), ("no TLS", "name anybody in X-User")),
        (Settings(host="10.0.0.1", user_header="X-User", origin="https://bake.example"), ("name anybody",)),
    ],
)
def test_what_others_could_do_is_warned_of(settings: Settings, warned: tuple[str, ...]) -> None:
    """Where other machines reach the page: without TLS it can be read, and past a proxy anybody can be named."""
    assert len(settings.warnings) == len(warned)
    assert all(part in said for part, said in zip(warned, settings.warnings, strict=True))


def test_a_host_that_is_no_name_needs_one(tmp_path: Path) -> None:
    """All addresses of a machine are no name to ask for: without one, nobody on another machine would be let in."""
    project = bake.Project(f"sqlite:///{tmp_path / 'bake.db'}", CATALOG, folder=tmp_path)
    with pytest.raises(UsageError, match="is no name") as refused:
        serve(project, Settings(host="0.0.0.0"), lambda *_: pytest.fail("announced"))
    assert refused.value.hint == "add the address that people type: --origin http://NAME:8765"


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    """With what to type instead; nothing is announced."""
    project = bake.Project(f"sqlite:///{tmp_path / 'bake.db'}", CATALOG, folder=tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"the port {port} of 127.0.0.1 cannot be had") as refused:
            serve(project, Settings(port=port), lambda *_: pytest.fail("announced"))
    assert refused.value.hint == "bake serve --port 0 takes one that is free"


def test_a_certificate_that_is_not_there_is_said(tmp_path: Path) -> None:
    """Before anybody is told an address."""
    project = bake.Project(f"sqlite:///{tmp_path / 'bake.db'}", CATALOG, folder=tmp_path)
    settings = Settings(port=0, certificate=str(tmp_path / "cert.pem"), key=str(tmp_path / "key.pem"))
    with pytest.raises(UsageError, match="the certificate cannot be read"):
        serve(project, settings, lambda *_: pytest.fail("announced"))
