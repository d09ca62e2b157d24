"""`bake export …`: what leaves the database, made to come back."""

from __future__ import annotations

import typer

export = typer.Typer(help="Write sets and views, and check them.", no_args_is_help=True)
