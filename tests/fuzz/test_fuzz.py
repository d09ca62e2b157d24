"""A short run of what `nox -s fuzz` does for long."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz.corpus import Corpus, made
from fuzz.mutation import decoded, encoded
from fuzz.running import Fuzz
from fuzz.session import DRAWS
from fuzz.storage import ServerStorage, SqliteStorage
from support.databases import SERVERS, Servers
from support.shell import lines

from bake.changeset.file import read

#: How many cases of each kind are run here.
CASES = {"cases": 150, "values": 60, "arguments": 80}
SEED = 20251224


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """The bakery that is worked on."""
    folder = tmp_path_factory.mktemp("fuzz")
    return made(folder, f"sqlite:///{folder / 'bake.db'}")


def test_the_corpus_has_every_line(corpus: Corpus) -> None:
    """Every type of line, action of an operation, kind of question and choice that a file can have is mutated."""
    every = [line for path in corpus.changesets.values() for line in lines(corpus.shell.folder / path)]
    assert {line["type"] for line in every} == {
        *("header", "operation", "question", "built", "asked", "answered", "withdrawn", "rebased", "amended"),
        *("proposed", "rejected", "sealed", "applied", "failed", "merged"),
    }
    assert {line.get("action") for line in every} == {None, "create", "update", "delete", "skip"}


def test_encoding_makes_digests_right(corpus: Corpus) -> None:
    """What is read and written without a change is the same file; with one, it is as intact as before."""
    for path in corpus.changesets.values():
        file = corpus.shell.folder / path
        content = file.read_bytes()
        assert encoded(decoded(content)) == content or b'"sealed"' in content
        edited = decoded(content)
        edited[0]["built_by"] = "somebody else"
        corpus.shell.write("edited.changeset.jsonl", encoded(edited))
        assert read(corpus.shell.folder / "edited.changeset.jsonl").edits == ()
        assert json.loads(content.splitlines()[0])["built_by"] == "ada"


@pytest.mark.parametrize(("what", "many"), CASES.items())
def test_no_command_fails_in_an_unknown_way(corpus: Corpus, what: str, many: int) -> None:
    """Documented exit statuses, JSON where it was asked for, and other rows only where it says that it applied."""
    fuzz = Fuzz(corpus, SqliteStorage(corpus.shell.folder / "bake.db"), SEED, DRAWS[what](corpus))
    failures = [failure for n in range(many) if (failure := fuzz.run(fuzz.case(n)))]
    assert [(one.case.typed, one.what, one.trace) for one in failures] == []


@pytest.fixture(params=SERVERS)
def server_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of a server, without tables."""
    servers = Servers()
    with servers.fresh(request.param, tmp_path) as url:
        yield url
    servers.drop()


def test_a_database_of_a_server_is_brought_back(tmp_path: Path, server_url: str) -> None:
    """What a case changes there is seen, and is as it was afterwards."""
    corpus = made(tmp_path, server_url)
    storage = ServerStorage(server_url)
    assert not storage.changed()
    corpus.shell.done("import", corpus.shell.write("new.json", {"suppliers": [{"slug": "new", "name": "New"}]}))
    assert storage.changed()
    storage.restore()
    assert not storage.changed()
    for draw in DRAWS.values():
        fuzz = Fuzz(corpus, storage, SEED, draw(corpus))
        failures = [failure for n in range(8) if (failure := fuzz.run(fuzz.case(n)))]
        assert [(one.case.typed, one.what, one.trace) for one in failures] == []
