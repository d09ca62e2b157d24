"""Who may ask what: only the own page, in a browser that has a session, under a name that is ours.

    check                 against
    Host                  a foreign name that was made to lead to this address (DNS rebinding)
    Origin                forms and scripts of other pages that send something here
    session cookie        anybody else on this machine or network who guesses the port
    token of a form       forms that were made elsewhere (`bake.web.forms`)
    headers of answers    scripts and styles in what is shown, frames of other pages, copies in caches

A session begins with a token in the address that `bake serve` prints. It is good for one browser; then the next one is
printed. Behind a proxy that names the user in a header, that name is the session.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import TypeAlias

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Makes the answer to a request that is refused: its status, a heading, and sentences.
Refuse: TypeAlias = Callable[[Request, int, str, str], Response]

#: Where an export can be cancelled, which changes nothing either.
_STOPS = re.compile(r"/jobs/[0-9a-f]+/cancel")
_SAFE = frozenset({"GET", "HEAD"})
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What is allowed.

    Attributes:
        origins: the addresses under which the page is known, `http://127.0.0.1:8765`.
        read_only: nothing can be sent.
        user_header: the header in which a proxy names the user; None if there is no proxy.
    """

    origins: frozenset[str]
    read_only: bool = False
    user_header: str | None = None

    @property
    def hosts(self) -> frozenset[str]:
        """The names under which the page may be asked for."""
        return frozenset(origin.partition("://")[2] for origin in self.origins)

    @property
    def secure(self) -> bool:
        """Whether the page is only known under TLS."""
        return all(origin.startswith("https://") for origin in self.origins)


class Sessions:
    """The browsers that were let in.

    Args:
        announce: is told the token with which the next browser is let in.
    """

    def __init__(self, announce: Callable[[str], object] = lambda _: None) -> None:
        self._announce = announce
        self._secret = secrets.token_bytes(32)
        self._known: set[str] = set()
        self.token = secrets.token_urlsafe(24)

    def begin(self, token: str) -> str | None:
        """A new session for whoever has the token, which is then used up; None for anybody else."""
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return None
        self.token = secrets.token_urlsafe(24)
        session = secrets.token_urlsafe(24)
        self._known.add(session)
        self._announce(self.token)
        return session

    def knows(self, session: str) -> bool:
        """Whether this session was begun here."""
        return session in self._known

    def form_token(self, session: str) -> str:
        """What forms of this session carry."""
        return hmac.new(self._secret, session.encode(), hashlib.sha256).hexdigest()


class Gate:
    """Lets requests through to the pages, or refuses them.

    Args:
        app: the pages; they find `session` and `user` in `request.state`.
        rules: what is allowed.
        sessions: who was let in.
        cookie: the name of the cookie.
        refuse: makes the answer to what is refused.
    """

    def __init__(self, app: ASGIApp, rules: Rules, sessions: Sessions, cookie: str, refuse: Refuse) -> None:
        self._app = app
        self._rules = rules
        self._sessions = sessions
        self._cookie = cookie
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        answer = self._refused(request) or self._entered(request) or self._unknown(request)
        await (answer or self._app)(scope, receive, _guarded(send, scope["path"]))

    def _refused(self, request: Request) -> Response | None:
        """What is refused to anybody."""
        headers, rules = request.headers, self._rules
        if headers.get("host", "") not in rules.hosts:
            return self._refuse(request, 400, "Unknown host", "This page is not known under that name.")
        if request.method in _SAFE:
            return None
        if headers.get("origin") not in rules.origins:
            return self._refuse(request, 403, "Not from this page", "It was sent by another page; nothing was done.")
        if rules.read_only and not _STOPS.fullmatch(request.url.path):
            return self._refuse(request, 403, "Read-only", "This page only shows; nothing can be changed here.")
        return None

    def _entered(self, request: Request) -> Response | None:
        """The answer to whoever brings a token: a session, and the page without the token in its address."""
        token = request.query_params.get("token")
        if request.url.path != "/" or token is None or self._rules.user_header:
            return None
        if (session := self._sessions.begin(token)) is None:
            return None if self._session(request.headers) else self._locked(request)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(self._cookie, session, httponly=True, samesite="strict", secure=self._rules.secure)
        return answer

    def _unknown(self, request: Request) -> Response | None:
        """The answer to whoever has no session; for all others, it is noted who they are."""
        if request.url.path.startswith("/static/"):
            return None
        header = self._rules.user_header
        user = _named(request.headers, header) if header else None
        if header and user is None:
            return self._refuse(request, 403, "Who are you?", f"The proxy has to name you in the header {header}.")
        session = f"user:{user}" if header else self._session(request.headers)
        if session is None:
            return self._locked(request)
        request.state.session, request.state.user = session, user
        request.state.form_token = self._sessions.form_token(session)
        return None

    def _session(self, headers: Mapping[str, str]) -> str | None:
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return None
        return morsel.value if morsel is not None and self._sessions.knows(morsel.value) else None

    def _locked(self, request: Request) -> Response:
        said = (
            "Open the address that bake serve prints in the terminal. Each address is good for one browser; the one "
            "printed last counts. After a restart, a new one is needed."
        )
        return self._refuse(request, 401, "This browser is not let in yet", said)


def _named(headers: Headers, header: str) -> str | None:
    """The user that a proxy names; None if it names none, or several."""
    values = [value.encode("latin-1").decode("utf-8", "replace").strip() for value in headers.getlist(header)]
    return values[0] if len(values) == 1 and values[0] else None


def _guarded(send: Send, path: str) -> Send:
    """The same, with the headers that all answers have."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS)
            headers["cache-control"] = "max-age=86400" if path.startswith("/static/") else "no-store"
        await send(message)

    return guarded
