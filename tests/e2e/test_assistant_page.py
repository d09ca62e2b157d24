"""The page "Let an assistant fill in the barcodes": its transcript is what a scripted client and Ada see."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from support.assistant import Assistant, played
from support.shell import Shell
from support.web import bakery

import bake
from bake import Project
from bake.changeset.proposals import proposal_id
from bake.mcp.server import server

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "assistant.md"
FLOUR, BREAD = "king_arthur_all_purpose_flour_5_lb", "king_arthur_bread_flour_5_lb"
READ = {FLOUR: "071012010103", BREAD: "071012050501"}
EVIDENCE = {"url": "https://shop.example/flour", "quote": "UPC 0 71012 01010 3", "confidence": 0.95}
_LONGEST = 96


class Transcript:
    """What an assistant calls, and what Ada types, with what both get: what differs from day to day is left out."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._names: dict[str, str] = {}

    def call(self, name: Any, shown: str) -> None:
        """A name that differs from day to day is shown as another."""
        self._names[str(name)] = shown

    def tool(self, tool: str, arguments: dict[str, Any], data: Any) -> None:
        """A tool, and what of its result matters here."""
        self.lines += [f"→ {tool} {self._brief(arguments)}", f"← {self._brief(data)}"]

    def typed(self, command: str, said: str) -> None:
        """A command that Ada types."""
        self.lines += [f"$ {self._plain(command)}", *map(self._plain, said.splitlines())]

    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)

    def _brief(self, value: Any) -> str:
        return self._plain(json.dumps(value, ensure_ascii=False))

    def _plain(self, text: str) -> str:
        for name, shown in self._names.items():
            text = text.replace(name, shown)
        text = re.sub(r'"b1[\w-]{20,}"', '"b1…"', text)
        return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2026-01-10 12:00 UTC", text)


def test_the_transcript_of_the_page(tmp_path: Path) -> None:
    """Export what lacks a code, build, propose; Ada accepts one and rejects one, applies, and takes it back."""
    folder = bakery(tmp_path / "shop")
    shell = Shell(folder, {"BAKE_ACTOR": "ada"})
    url, actor = f"sqlite:///{folder / 'bake.db'}", "assistant of ada"
    own = Project(url, "bake.catalog.bakery:BAKERY", folder=folder, actor=actor)
    transcript = Transcript()

    async def script(assistant: Assistant) -> str:
        async def call(tool: str, keep: Any = lambda data: data, **arguments: Any) -> Any:
            data = await assistant.call(tool, **arguments)
            if "changeset" in data:
                transcript.call(data["changeset"], "products.changeset.jsonl")
            for n, name in enumerate(data.get("proposed", ())):
                transcript.call(name, f"p{'ab'[n]}1c2d3e4")
            transcript.tool(tool, arguments, keep(data))
            return data

        page = await call("export_view", view="products", columns=["upc_code"], where="upc_code is null", limit=2)
        records = [
            {
                "product_slug": one["product_slug"],
                "_base": one["_base"],
                "upc_code": READ[one["product_slug"]],
                "_evidence": {"upc_code": EVIDENCE if one["product_slug"] == FLOUR else "photo 3"},
            }
            for one in page["records"]
        ]
        built = await call(
            "build",
            lambda data: {name: data[name] for name in ("changeset", "status", "open_questions")},
            view="products",
            records=records,
        )
        await call(
            "propose",
            lambda data: {name: data[name] for name in ("proposed", "waiting")},
            changeset=built["changeset"],
            model="a model 1",
            answers=[
                {
                    "question": "q1",
                    "choice": "value",
                    "value": "071012050505",
                    "confidence": 0.4,
                    "reason": "the last digit is hard to read",
                    "evidence": [{"source": "photo 3"}],
                }
            ],
            amendments=[{"operation": 1, "set": {"notes": "check the code"}, "reason": "both flours look alike"}],
        )
        return str(built["changeset"])

    name = played(server(own), script)
    path = f"changesets/{name}"
    code, notes = map(proposal_id, bake.read(folder / path).decisions.proposed)
    for command in (
        f"bake changeset resolve {path} --proposals",
        f"bake changeset resolve {path} --accept {code} --reject {notes}",
        f"bake changeset apply {path}",
        f"bake history products {FLOUR} --field upc_code",
        f"bake changeset revert {path} --output undo.changeset.jsonl",
        "bake changeset apply undo.changeset.jsonl",
    ):
        said = shell.bake(*command.split()[1:])
        assert said.status == 0, said
        transcript.typed(command, said.out)
    told = re.sub(r"changeset [0-9a-f]{8,}", "changeset 1f0c2a9b", transcript.text())
    [shown] = re.findall(r"```text\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert told == shown
