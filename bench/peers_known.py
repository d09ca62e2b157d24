"""The peers: how each is run, and what it can be asked for besides being fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: What a reviewed import needs, as the columns of the table.
QUESTIONS = ("preview = applied?", "stale check?", "undo?", "references by key?")
DRIVER, BAKE = "the bare driver", "Bake"
_BY_HAND = "no: looked up by the script"
_BLIND = ("no preview", "no", "no", _BY_HAND)


@dataclass(frozen=True, slots=True)
class Peer:
    """Another way to do the job.

    Attributes:
        name: what people call it.
        script: in `bench/peers`.
        needs: the distributions that it imports.
        answers: to `QUESTIONS`.
        arguments: what the script is given after the folder.
        prepares: whether it first makes a database of its own, which is not measured.
        same_table: whether it writes the table that the bare driver writes, so that the rows can be compared.
        slow: whether it takes minutes.
    """

    name: str
    script: str
    needs: tuple[str, ...]
    answers: tuple[str, str, str, str] = _BLIND
    arguments: tuple[str, ...] = ()
    prepares: bool = False
    same_table: bool = True
    slow: bool = False

    @property
    def facts(self) -> dict[str, Any]:
        """What the table says of it."""
        return {"script": f"bench/peers/{self.script}", "answers": list(self.answers)}


_LOADS = ("no preview", "no", "no", "no: names stay names")

PEERS = (
    Peer("Polars, read, join, write", "polars_merge.py", ("polars",), (*_BLIND[:3], "no: joined by the script")),
    Peer("pandas, read, merge, write", "pandas_merge.py", ("pandas",)),
    Peer("sqlite-utils upsert", "sqlite_utils_upsert.py", ("sqlite-utils",)),
    Peer(
        "SQLite sessions (apsw)",
        "apsw_session.py",
        ("apsw",),
        (
            "yes, but binary, and made by writing to a copy first",
            "yes: each column that it changes",
            "yes: inverted; later edits are conflicts",
            "no: surrogate ids",
        ),
        prepares=True,
    ),
    Peer("dlt merge to DuckDB", "dlt_merge.py", ("dlt", "duckdb"), _LOADS, ("duckdb",), True, same_table=False),
    Peer(
        "SQLAlchemy ORM merge",
        "orm_merge.py",
        ("sqlalchemy",),
        ("no preview", "only with a version column", "no", _BY_HAND),
        slow=True,
    ),
    Peer("dlt merge to SQLite", "dlt_merge.py", ("dlt",), _LOADS, ("sqlite",), True, same_table=False, slow=True),
    Peer(
        "django-import-export",
        "django_import.py",
        ("django", "django-import-export"),
        ("no: a dry run, then all of it again", "no", "no", "yes: by a widget, a query each unless cached"),
        slow=True,
    ),
)

#: What is said of each, by name.
FACTS: dict[str, dict[str, Any]] = {
    DRIVER: {"script": "bench/blind.py", "answers": list(_BLIND)},
    BAKE: {
        "script": "bake changeset build, apply",
        "answers": [
            "yes: the file that is shown is what is applied",
            "yes: each field that it touches",
            "yes: `revert`; later edits are kept",
            "yes: what is unclear is asked",
        ],
    },
    **{peer.name: peer.facts for peer in PEERS},
}
