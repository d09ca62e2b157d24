"""Makes the pages of the reference that the code itself gives (commands, errors, settings), and a JSON Schema.

python book/generated_pages.py            # write them
python book/generated_pages.py --check    # are they what the code gives? exit status 1 if not
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import typer

from bake.app.settings import SETTINGS
from bake.cli import main as command_line
from bake.cli.loading import Announced
from bake.errors import BakeError
from bake.policy.rules import FORMAT as POLICY_FORMAT
from bake.policy.rules import Policy
from bake.renderer.document_parts import Document
from bake.renderer.json_output import FORMAT as DOCUMENT_FORMAT

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
POLICY_SCHEMA = Path(__file__).parents[1] / "src" / "bake" / "policy" / "policy.schema.json"
SCHEMA = Path(__file__).parents[1] / "src" / "bake" / "renderer" / "document.schema.json"
MADE = "<!-- Made by `python book/generated_pages.py`. Do not edit it: a test compares. -->"

_COMMANDS = """\
Every command, as `bake COMMAND --help` says it. Results go to stdout, everything else to stderr; with `--format json`,
errors are an object on stdout, too. [Exit statuses](errors.md) are the same for all commands. `-` stands for stdin or
stdout.

**Sources.** `SOURCE` is a JSON view or a CSV sheet that `bake export` wrote, a file of one entity, a document of
several entities, a whole exported set (folder, manifest or ZIP), or, with `--view NAME`, a sheet that somebody made
elsewhere. It is recognised by what is in it. If the very same file was applied before, what was edited since is a
question: the file changes nothing back by itself.

**Asking first.** `bake import` shows its plan on a terminal, and asks before it writes. Elsewhere, what deletes rows,
doubles them or changes their keys needs `--yes`.

**Stopping.** Long work shows its progress on stderr, if that is a terminal. Ctrl-C or SIGTERM ends it at any moment:
what was unfinished is taken back, and one line says what is so now. What a killed build left (a hidden `.part` beside
the changesets) is removed by a build a day later."""

_ERRORS = """\
An error says what happened, where, what was expected, and what to type next. It is written to stderr; with
`--format json` it is an object on stdout with `error` (the code), `exit_status`, `message`, and, where there are any,
`hint`, `location`, `problems`, `questions` and `conflicts`. In Python it is an exception of `bake.errors`, and
`bake.to_dict` makes the same object of it.

Codes and exit statuses are stable. Scripts should test these, never the words of a message."""

_SETTINGS = """\
`bake.toml` lies in the folder where commands are typed. All of it is optional; a name that is not in this table is an
error."""

_EXAMPLE = """\
```toml
database = "postgresql+psycopg://ada@db.example/bakery"
catalog = "shop.catalog:CATALOG"
wait = 30
```

Which database is used: `--database URL`, then the variable `BAKE_DATABASE_URL`, then `database` here, then
`sqlite:///bake.db`. A password belongs in the variable, or where the driver looks for it (`~/.pgpass`), not in a file
that is kept in git. Which catalog: `--catalog NAME`, then `catalog` here, then `catalog.toml` in the folder, then the
bakery.

Other variables: `BAKE_ACTOR` (who events and the ledger say has acted; otherwise git's `user.name`, or the login
name), `BAKE_MCP_TOKEN` (what clients of `bake mcp --http` have to send; otherwise one is made), `BAKE_KEY` (the key by
which [sensitive values](../howto/sensitive.md) are replaced, 16 characters at least; otherwise `.bake/private/key`) and
`NO_COLOR`."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def commands(group: Any, path: tuple[str, ...] = ("bake",)) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group below a group, by what is typed, the group itself first."""
    yield path, group
    for name, announced in getattr(group, "commands", {}).items():
        command = announced.loaded() if isinstance(announced, Announced) else announced
        yield from commands(command, (*path, name))


def commands_page() -> str:
    """All commands with their arguments and options."""
    (_, outermost), *others = commands(typer.main.get_command(command_line.bake))
    here = command_line.documentation()
    overview = "\n".join(line.rstrip() for line in _context(("bake",), outermost).get_help().splitlines())
    parts = [f"```text\n{overview.replace(here, 'where this documentation is')}\n```"]
    parts += [_section(path, command) for path, command in others]
    return _page("Commands", _COMMANDS, *parts)


def _context(path: tuple[str, ...], command: Any) -> Any:
    context = command.context_class(command, info_name=" ".join(path), **command.context_settings)
    context.terminal_width = 80
    return context


def _section(path: tuple[str, ...], command: Any) -> str:
    context = _context(path, command)
    words = inspect.cleandoc(command.help)
    if hasattr(command, "commands"):
        return f"## `{' '.join(path)} …`\n\n{words}"
    usage = command.get_usage(context).removeprefix("Usage: ")
    records = [parameter.get_help_record(context) for parameter in command.params]
    rows = [(f"`{name}`", meaning) for name, meaning in filter(None, records)]
    level = "#" * len(path)
    return f"{level} `{' '.join(path)}`\n\n{words}\n\n```text\n{usage}\n```\n\n{table(('', 'meaning'), rows)}"


def errors_page() -> str:
    """All errors, in the order of their exit statuses."""
    rows = [
        ("0", "", "", "Done."),
        ("1", "", "", "A bug in Bake, with a traceback; or stdout does not take the result."),
        *((str(e.exit_status), f"`{e.code}`", f"`{e.__name__}`", inspect.getdoc(e) or "") for e in errors()),
    ]
    head = ("exit status", "code", "in Python", "meaning")
    return _page("Errors and exit statuses", _ERRORS, table(head, rows))


def errors(above: type[BakeError] = BakeError) -> list[type[BakeError]]:
    """The kinds of error below a kind, in the order of their exit statuses; what is one of another follows it."""
    children = [child for child in above.__subclasses__() if child.__module__ == above.__module__]
    below = [error for child in children for error in (child, *errors(child))]
    return sorted(below, key=lambda error: error.exit_status)


def settings_page() -> str:
    """All settings of `bake.toml`."""
    rows = [(f"`{name}`", _TYPES[one.types[-1]], f"`{one.default}`", one.meaning) for name, one in SETTINGS.items()]
    return _page("bake.toml", _SETTINGS, table(("setting", "is", "default", "meaning"), rows), _EXAMPLE)


_TYPES = {str: "text", int: "whole number", float: "number"}


def schema_of(type_: type) -> dict[str, Any]:
    """The JSON Schema of a type. Decimals are the numbers that they are written as.

    Descriptions are not indented, as older versions of msgspec (before 0.23) leave them.
    """
    found: dict[str, Any] = _plain(msgspec.json.schema(type_))
    return found


def _plain(schema: Any) -> Any:
    match schema:
        case {"format": "decimal"}:
            return {"type": "number"}
        case {"description": str() as text}:
            return {**{name: _plain(value) for name, value in schema.items()}, "description": inspect.cleandoc(text)}
        case dict():
            return {name: _plain(value) for name, value in schema.items()}
        case list():
            return [_plain(value) for value in schema]
        case _:
            return schema


def document_schema() -> str:
    """The JSON Schema of `bake.document/2`, which says what `bake changeset show --format json` writes."""
    schema = schema_of(Document)
    document = schema["$defs"].pop("Document")
    properties = {"format": {"const": DOCUMENT_FORMAT}, **document["properties"]}
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A changeset as a document, format {DOCUMENT_FORMAT}",
        **document,
        "properties": properties,
        "required": list(properties),
        "$defs": schema["$defs"],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def policy_schema() -> str:
    """The JSON Schema of `bake-policy.toml`."""
    schema = schema_of(Policy)
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema["$defs"].pop("Policy"),
        "title": f"A policy, format {POLICY_FORMAT}",
        "$defs": schema["$defs"],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


FILES = {
    REFERENCE / "commands.md": commands_page,
    REFERENCE / "errors.md": errors_page,
    REFERENCE / "settings.md": settings_page,
    SCHEMA: document_schema,
    POLICY_SCHEMA: policy_schema,
}


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([MADE, f"# {title}", *parts]) + "\n"


def stale() -> list[str]:
    """The files that are not what the code gives."""
    return [path.name for path, made in FILES.items() if not _is(path, made())]


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main(what: str = "") -> None:
    """Do what the option says."""
    if what == "--check":
        if names := stale():
            raise SystemExit(f"{', '.join(names)}: not what the code gives: python book/generated_pages.py")
        return
    for path, made in FILES.items():
        path.write_text(made(), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:2])
