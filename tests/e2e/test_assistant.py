"""The server for assistants as a program: over standard input and over HTTP, from an export to an undo."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from support.assistant import Assistant, played
from support.web import bakery

import bake
from bake import Project
from bake.changeset.proposals import proposal_id
from bake.errors import RefusedByPolicy

FLOUR, BREAD = "king_arthur_all_purpose_flour_5_lb", "king_arthur_bread_flour_5_lb"
CODES = {FLOUR: "071012010105", BREAD: "071012050501"}
POLICY = """
format = "bake.policy/1"
[[rule]]
name = "codes"
actor = ["ada"]
built_by = ["assistant of *"]
model = ["a model *"]
fields = ["upc_code"]
evidence = true
[[rule]]
name = "undo"
kind = ["revert"]
"""
TOKEN = "only-this-assistant"
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The bakery of the demonstration, which is Ada's."""
    folder = bakery(tmp_path / "shop")
    return Project(f"sqlite:///{folder / 'bake.db'}", "bake.catalog.bakery:BAKERY", folder=folder, actor="ada")


def environment(project: Project) -> dict[str, str]:
    """What the program is told by its environment."""
    source = str(Path(bake.__file__).parents[1])
    told = {"PYTHONPATH": source, "BAKE_ACTOR": "ada", "BAKE_MCP_TOKEN": TOKEN}
    return {**told, "BAKE_DATABASE_URL": f"sqlite:///{project.folder / 'bake.db'}"}


@contextmanager
def stdio(project: Project) -> Iterator[Any]:
    """The program, as an assistant's host starts it."""
    yield StdioServerParameters(
        command=sys.executable, args=["-m", "bake", "mcp"], env=environment(project), cwd=str(project.folder)
    )


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """A connection that sends the token."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as client,
        streamable_http_client(url, http_client=client) as streams,
    ):
        yield streams


@contextmanager
def http(project: Project) -> Iterator[Any]:
    """The program, listening on a port; without its token nobody is served, nor a page of another site."""
    command = [sys.executable, "-m", "bake", "mcp", "--http", "--port", "0"]
    run = subprocess.Popen(command, cwd=project.folder, env=environment(project), stderr=subprocess.PIPE, text=True)
    try:
        assert run.stderr is not None
        url = re.search(r"http\S+", run.stderr.readline())
        assert url is not None
        right = f"bearer {TOKEN}"
        for wrong in (None, "Bearer other", "Bearer", f"Basic {TOKEN}", TOKEN, f"{right} {TOKEN}"):
            headers = {"authorization": wrong} if wrong else {}
            assert httpx2.post(url[0], json={}, headers=headers).status_code == 401, wrong
        for name, status in (("origin", 403), ("host", 421)):  # a page of another site, or a name that leads here
            headers = {"authorization": right, name: "http://evil.example" if name == "origin" else "evil.example"}
            assert httpx2.post(url[0], json={}, headers=headers).status_code == status
        huge = httpx2.post(url[0], content=b" " * 9_000_000, headers={"authorization": right, **JSON})
        assert huge.status_code == 413
        yield connected(url[0])
    finally:
        run.terminate()
        run.communicate(timeout=20)


@pytest.mark.parametrize("served", [stdio, http])
def test_from_an_export_to_an_undo(project: Project, served: Any) -> None:
    """The assistant fills in codes and proposes; Ada accepts two of three, and the policy refuses one of these.

    Without it, Ada applies the other one, and takes it back.
    """

    async def script(assistant: Assistant) -> str:
        page = await assistant.call("export_view", view="products", columns=["upc_code"], where="upc_code is null")
        records = [{**one, "upc_code": CODES.get(one["product_slug"])} for one in page["records"]]
        built = await assistant.call("build", view="products", records=[one for one in records if one["upc_code"]])
        asked = await assistant.call("list_questions", changeset=built["changeset"])
        assert ["should be" in one["asks"] for one in asked["questions"]] == [True, True]
        answers = [
            {"question": "q1", "choice": "value", "value": "071012010103", "evidence": [{"source": "photo 1"}]},
            {"question": "q2", "choice": "value", "value": "071012050505", "confidence": 0.4},
        ]
        notes = {"operation": 1, "set": {"notes": "check the code"}}
        offered = {"model": "a model 1", "answers": answers, "amendments": [notes]}
        await assistant.call("propose", changeset=built["changeset"], **offered)
        return str(built["changeset"])

    with served(project) as server:
        name = played(server, script)
    file = bake.read(project.changesets / name).intact()
    assert file.header.built_by == "assistant of ada"
    sure, unsure, notes = map(proposal_id, file.decisions.proposed)
    bake.settle_proposals(project, file, accept=[sure, unsure], reject=[notes], reason="it is no note")
    (project.folder / "bake-policy.toml").write_text(POLICY)
    with pytest.raises(RefusedByPolicy) as refused:
        bake.apply(project, file)
    [problem] = refused.value.problems
    assert problem.message.startswith(f"operation 2, update products {BREAD}, upc_code: ")
    assert "evidence" in problem.message
    file = bake.amend(project, file, drop=[2], note="nobody knows where it comes from").changeset
    applied = bake.apply(project, file)
    mark = applied.changeset.decisions.applied[-1].policy
    assert (mark.rules if mark else ()) == ("codes",)
    assert applied.counts["products"]["update"] == 1
    assert codes(project) == {FLOUR: "071012010103", BREAD: None}
    undo = bake.revert(project, applied.changeset)
    bake.apply(project, undo.changeset)
    assert codes(project) == {FLOUR: None, BREAD: None}


def codes(project: Project) -> dict[str, Any]:
    """The codes of the two flours, as they are in the database."""
    path = project.folder / "codes.json"
    bake.export_view(project, "products", output=path, force=True)
    records = json.loads(path.read_text())["records"]
    return {one["product_slug"]: one["upc_code"] for one in records if one["product_slug"] in CODES}
