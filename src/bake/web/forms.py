"""Forms as they were sent: their token is checked, and their size limited, before any of it is used."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive

#: Answers a form; it runs in a thread, and may take its time.
Sent: TypeAlias = Callable[[Request, FormData], Response]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

#: The most bytes of a form without files, and of one with files.
FORM, UPLOAD = 1 << 20, 512 << 20
#: The most files, and the most fields: one for each column of a sheet, or each field of a row.
_FILES, _FIELDS = 100, 5_000
_FOREIGN = "The form does not belong to this session; nothing was done. Load it again."


def form(answer: Sent, limit: int = FORM) -> Endpoint:
    """What answers a form that was sent.

    Args:
        answer: answers it.
        limit: the most bytes that it may have.
    """

    async def endpoint(request: Request) -> Response:
        bounded = Request(request.scope, _bounded(request.receive, limit))
        if int(request.headers.get("content-length") or 0) > limit:
            raise _too_large(limit)
        try:
            async with bounded.form(max_files=_FILES, max_fields=_FIELDS, max_part_size=FORM) as sent:
                token = sent.get("form_token")
                if not isinstance(token, str) or not hmac.compare_digest(token.encode(), _expected(request)):
                    raise HTTPException(403, _FOREIGN)
                return await run_in_threadpool(answer, bounded, sent)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it: the page was closed before all of the form had come

    return endpoint


def text(sent: FormData, name: str) -> str:
    """A field of a form, without blanks around it; "" if it was not sent."""
    value = sent.get(name)
    return value.strip() if isinstance(value, str) else ""


def texts(sent: FormData, prefix: str) -> dict[str, str]:
    """The fields whose names begin so, by the rest of their names."""
    return {
        name.removeprefix(prefix): value.strip()
        for name, value in sent.items()
        if name.startswith(prefix) and isinstance(value, str)
    }


def _expected(request: Request) -> bytes:
    return str(request.state.form_token).encode()


def _bounded(receive: Receive, limit: int) -> Receive:
    """The same, until more than so many bytes have come."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise _too_large(limit)
        return message

    return bounded


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"More than {limit >> 20:,} MB cannot be sent; the command line takes files of any size.")
