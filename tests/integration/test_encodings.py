"""Databases in other encodings than UTF-8: what they can hold comes back as it was, and the rest is an error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from support import databases
from support.shell import Shell

#: By encoding, a text that it can hold, and one that it cannot; SQL_ASCII holds whatever bytes there are.
TEXTS = {"SQL_ASCII": ("Müller 雪", None), "LATIN1": ("Müller", "Snow 雪"), "EUC_JP": ("雪と小麦", "Zürich ☃")}


@pytest.fixture(params=TEXTS)
def encoded(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """The URL of an empty PostgreSQL database in an encoding, and the encoding."""
    encoding, name = str(request.param), f"bake_test_{uuid4().hex[:12]}"
    if (there := databases.server("postgresql")) is None:
        pytest.skip("no PostgreSQL server answers")
    server = sa.create_engine(there, isolation_level="AUTOCOMMIT")
    options = f"ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} {options}"))
    yield sa.make_url(there).set(database=name).render_as_string(hide_password=False), encoding
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def test_texts_come_back_as_they_were(tmp_path: Path, encoded: tuple[str, str]) -> None:
    """Imported, proven after writing, exported, imported again without a change, and reverted."""
    url, encoding = encoded
    shell = Shell(tmp_path, {"BAKE_DATABASE_URL": url})
    shell.done("init")
    text = TEXTS[encoding][0]
    file = shell.built(shell.write("s.json", {"suppliers": [{"slug": "a", "name": text, "city": "A", "state": "MA"}]}))
    shell.done("changeset", "apply", file)
    shell.done("export", "complete", "--output", "set")
    [exported] = (tmp_path / "set").glob("*_suppliers.json")
    assert text in exported.read_text(encoding="utf-8")
    assert "nothing to change" in shell.done("import", "set")
    shell.done("changeset", "revert", file)


def test_what_an_encoding_lacks_is_refused(tmp_path: Path, encoded: tuple[str, str]) -> None:
    """The conflict has the database's words, and nothing is written; what is no UTF-8 in SQL_ASCII is an error."""
    url, encoding = encoded
    text = TEXTS[encoding][1]
    shell = Shell(tmp_path, {"BAKE_DATABASE_URL": url})
    shell.done("init")
    file = shell.built(shell.write("s.json", {"suppliers": [{"slug": "a", "name": text or "A"}]}))
    said = shell.bake("changeset", "apply", file, "--format", "json")
    if text is not None:
        assert said.status == 4, said
        assert [one["kind"] for one in said.document["conflicts"]] == ["constraint"]
        assert "has no equivalent in encoding" in said.document["conflicts"][0]["detail"]
        return
    engine = sa.create_engine(url, connect_args={"options": "-c client_encoding=UTF8"})
    with engine.begin() as connection:
        connection.exec_driver_sql(r"UPDATE suppliers SET name = E'\xff'")
    engine.dispose()
    said = shell.bake("export", "complete")
    assert said.status == 7
    assert "holds what is no text" in said.err
