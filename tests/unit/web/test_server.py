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
    ("settings", "exposed"),
    [
        (Settings(), False),
        (Settings(host="localhost"), False),
        (Settings(host="::1"), False),
        (Settings(host="0.0.0.0"), True),
        (Settings(host="bake.example"), True),
        (Settings(host="0.0.0.0", certificate="cert.pem", key="key.pem"), False),
    ],
)
def test_what_can_be_read_on_the_way_is_known(settings: Settings, exposed: bool) -> None:
    """A page that other machines reach without TLS is warned of."""
    assert settings.is_exposed is exposed


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
