"""Serving the page: the port, the addresses by which it is known, and an end in order."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

import uvicorn

import bake
from bake.errors import UsageError
from bake.web.access import Rules, Sessions
from bake.web.application import application

#: Hosts that stand for all addresses of the machine.
_ANY = ("0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class Settings:
    """How the page is served.

    Attributes:
        host: the address to listen on.
        port: the port; 0 for any that is free.
        read_only: nothing can be changed through the page.
        user_header: the header in which a proxy names the user.
        origin: the address under which a proxy makes the page known, `https://bake.example`.
        certificate: the path of a TLS certificate.
        key: the path of its key.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    read_only: bool = False
    user_header: str | None = None
    origin: str | None = None
    certificate: str | None = None
    key: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether it can only be reached from this machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What others could do to a page that they can reach, and how to keep them from it."""
        if self.is_local:
            return ()
        encrypted = self.certificate or (self.origin or "").startswith("https://")
        open_ = (
            "other machines can reach this page, and whoever is on the way can read it: there is no TLS; "
            "give --certificate and --key, or put a proxy with TLS before it"
        )
        named = (
            f"whoever reaches this port past the proxy can name anybody in {self.user_header}; listen on 127.0.0.1, "
            "or let nobody else reach it"
        )
        return (*(() if encrypted else (open_,)), *((named,) if self.user_header else ()))


def serve(project: bake.Project, settings: Settings, announce: Callable[[str, bool], object]) -> None:
    """Serve the page until the process is told to end; work that is going on is cancelled first.

    Args:
        project: what is shown.
        settings: how.
        announce: is told the address to open, and whether it is the first.

    Raises:
        UsageError: the port cannot be had, a certificate cannot be read, or nothing says by which name it is asked for.
    """
    if settings.host in _ANY and not settings.origin:
        raise UsageError(
            f"{settings.host} is no name by which a browser asks for the page",
            hint=f"add the address that people type: --origin {_scheme(settings)}://NAME:{settings.port}",
        )
    listening = _listening(settings)
    with listening:
        port = listening.getsockname()[1]
        rules = Rules(_origins(settings, port), settings.read_only, settings.user_header)
        home = settings.origin or f"{_scheme(settings)}://{_bracketed(settings.host)}:{port}"
        sessions = Sessions(lambda token: announce(f"{home}/?token={token}", False))
        made = application(project, rules, sessions, f"bake-{port}")
        server = uvicorn.Server(_configuration(made, settings))
        announce(home if settings.user_header else f"{home}/?token={sessions.token}", True)
        with suppress(KeyboardInterrupt):  # what uvicorn passes on once it has ended in order
            server.run(sockets=[listening])


def _configuration(made: object, settings: Settings) -> uvicorn.Config:
    try:
        config = uvicorn.Config(
            made,  # type: ignore[arg-type]
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=5,
            ssl_certfile=settings.certificate,
            ssl_keyfile=settings.key,
        )
        config.load()
    except OSError as error:
        raise UsageError(
            f"the certificate cannot be read: {error.strerror}", hint="check --certificate, --key"
        ) from None
    return config


def _listening(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((settings.host, settings.port))
        made.listen()  # whoever opens the address at once waits until it is served
    except OSError as error:
        made.close()
        said = (error.strerror or str(error)).lower()
        raise UsageError(
            f"the port {settings.port} of {settings.host} cannot be had: {said}",
            hint="bake serve --port 0 takes one that is free",
        ) from None
    return made


def _origins(settings: Settings, port: int) -> frozenset[str]:
    """The addresses under which the page is known."""
    scheme = _scheme(settings)
    names = {_bracketed(settings.host), *(("127.0.0.1", "localhost", "[::1]") if settings.is_local else ())}
    usual = {"http": 80, "https": 443}[scheme]
    own = {f"{scheme}://{name}{'' if port == usual else f':{port}'}" for name in names}
    return frozenset({*own, *([settings.origin.rstrip("/")] if settings.origin else ())})


def _scheme(settings: Settings) -> str:
    return "https" if settings.certificate else "http"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
