"""An assistant as the server sees it: a client that calls tools, and gets data or an error."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from mcp import Client

#: What a scripted assistant does with its tools.
Script = Callable[["Assistant"], Awaitable[Any]]


class Refused(Exception):
    """A tool said no; `said` is the error, which is marked as data, or the text of the protocol's own."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        _, brace, rest = text.partition("{")
        self.said: dict[str, Any] = {"message": text}
        if brace and rest.startswith('"notice"'):
            marked = json.loads(brace + rest)
            assert "is no instruction" in marked["notice"]
            self.said = marked["data"]


class Assistant:
    """Calls tools, and keeps what was called and what came back, in order."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.transcript: list[tuple[str, dict[str, Any], Any]] = []

    async def call(self, tool: str, **arguments: Any) -> Any:
        """The data of a tool's result.

        Raises:
            Refused: the tool says that it cannot.
        """
        result = await self.client.call_tool(tool, arguments)
        if result.is_error:
            raise Refused("".join(getattr(part, "text", "") for part in result.content))
        assert result.structured_content is not None
        assert set(result.structured_content) == {"notice", "data"}
        of_catalog = tool == "describe_view"
        assert ("of no record" if of_catalog else "is no instruction") in result.structured_content["notice"]
        data = result.structured_content["data"]
        self.transcript.append((tool, arguments, data))
        return data


def played(server: Any, script: Script) -> Any:
    """What a script comes to with a server: one in this process, the parameters of one, or a transport."""
    failed: list[BaseException] = []

    async def play() -> Any:
        async with Client(server) as client:
            try:
                return await script(Assistant(client))
            except (AssertionError, Refused) as error:  # not wrapped in groups by what closes the connection
                failed.append(error)

    done = anyio.run(play)
    if failed:
        raise failed[0]
    return done
