"""`bake serve`: the web page."""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

import bake
from bake.cli.extras import needing
from bake.cli.options import CatalogName, DatabaseUrl, Format
from bake.cli.output import note, reporting, say

#: What the page needs beside what every command needs, as it is imported.
_NEEDED = ("starlette", "jinja2", "uvicorn", "multipart", "python_multipart")


def serve(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes one that is free.")] = 8765,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1",
    database: DatabaseUrl = None,
    catalog: CatalogName = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Show everything, change nothing.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    user_header: Annotated[
        str | None,
        typer.Option("--user-header", metavar="NAME", help="The header in which a proxy names who is signed in."),
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option("--origin", metavar="URL", help="The public address of the page, if it is behind a proxy."),
    ] = None,
    certificate: Annotated[str | None, typer.Option("--certificate", metavar="FILE", help="For TLS, in PEM.")] = None,
    key: Annotated[str | None, typer.Option("--key", metavar="FILE", help="The key of the certificate.")] = None,
) -> None:
    """Show the project as a web page: import, review, answer, apply and undo in a browser."""
    with reporting(Format.text):
        with needing("web", "the web page", _NEEDED):
            from bake.web.server import Settings
            from bake.web.server import serve as run
        settings = Settings(host, port, read_only, user_header, origin, certificate, key)
        for warning in settings.warnings:
            note(f"warning: {warning}")

        def announce(address: str, first: bool) -> None:
            say(address if first else f"for another browser: {address}")
            if first and not no_browser:
                webbrowser.open(address)

        run(bake.open_project(database=database, catalog=catalog), settings, announce)
