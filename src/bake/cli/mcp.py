"""`bake mcp`: the server for assistants."""

from __future__ import annotations

import os
import secrets
from typing import Annotated

import typer

import bake
from bake.cli.extras import needing
from bake.cli.options import CatalogName, DatabaseUrl, Format
from bake.cli.output import note, reporting
from bake.commands import TOKEN_VARIABLE
from bake.errors import UsageError

#: What the server needs beside what every command needs, as it is imported.
_NEEDED = ("mcp", "mcp_types", "pydantic", "anyio", "starlette", "uvicorn")
_LOCAL = ("127.0.0.1", "::1", "localhost")


def mcp(
    http: Annotated[bool, typer.Option("--http", help="Serve over streamable HTTP, not standard input.")] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes one that is free.")] = 8766,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1",
    actor: Annotated[
        str | None,
        typer.Option(
            "--actor", metavar="NAME", help="The author of what the assistant builds and proposes.", show_default=False
        ),
    ] = None,
    allow_apply: Annotated[
        bool, typer.Option("--allow-apply", help="Let it apply what bake-policy.toml allows it (assistants_apply).")
    ] = False,
    database: DatabaseUrl = None,
    catalog: CatalogName = None,
) -> None:
    """Serve the project to an assistant (Model Context Protocol): it can export, build and propose, and not apply."""
    with reporting(Format.text):
        with needing("mcp", "the server", _NEEDED):
            from bake.mcp.server import Address, run_http, run_stdio, server
        project = bake.open_project(database=database, catalog=catalog)
        own = bake.open_project(database=database, catalog=catalog, actor=actor or f"assistant of {project.actor}")
        made = server(own, may_apply=allow_apply)
        if not http:
            run_stdio(made)
            return
        if host not in _LOCAL:
            note(
                "warning: other machines can reach this server, and whoever is on the way can read the token: there is "
                "no TLS; put a proxy with TLS before it"
            )
        given = os.environ.get(TOKEN_VARIABLE)
        token = given or secrets.token_urlsafe(24)
        if not given:
            note(f"token: {token} (or set {TOKEN_VARIABLE})")
        try:
            run_http(made, Address(host, port, token), lambda url: note(f"serving {url}"))
        except OSError as error:
            raise UsageError(
                f"{host}:{port} cannot be listened on: {error.strerror}", hint="give another --port"
            ) from None
