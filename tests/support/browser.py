"""A real browser, and a server for it: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

import bake
from bake.web.access import Rules, Sessions
from bake.web.application import application

#: What Chromium is called on different systems.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CATALOG = "bake.catalog.bakery:BAKERY"


def chromium() -> str | None:
    """The path of Chromium, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The page of a project, served in a thread; gives the address that lets a browser in."""
    project = bake.Project(f"sqlite:///{folder / 'bake.db'}", CATALOG, folder=folder, actor="ada")
    configuration = uvicorn.Config(lambda: None, port=0, log_config=None, access_log=False)
    listening = configuration.bind_socket()
    origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
    sessions = Sessions()
    made = application(project, Rules(frozenset({origin})), sessions)
    server = uvicorn.Server(uvicorn.Config(made, log_config=None, access_log=False, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"{origin}/?token={sessions.token}"
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()
