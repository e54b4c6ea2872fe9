"""The preview as a web application: the files of the newest edition, and word of each next one.

All addresses that it writes are relative, so that it works at any place behind a proxy.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route

from publisher.preview.channel import Channel, Editions
from publisher.preview.contents import Contents
from publisher.preview.documents import Documents

RESERVED = "_preview"
HEADERS = {
    "Cache-Control": "no-cache",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
MISSING = b"<!doctype html><title>Not found</title><p>There is no such page."


def app(editions: Editions, *, sandboxed: bool = False) -> Starlette:
    """An application that shows editions.

    `sandboxed` is for an origin that holds more than the site, as that of a Jupyter server: then
    scripts of pages can neither use its API nor read anything of it.
    """
    return Preview(editions, sandboxed=sandboxed).application


class Preview:
    """What the application answers; see `app`."""

    def __init__(self, editions: Editions, *, sandboxed: bool) -> None:
        self.editions = editions
        self.channel = Channel(editions)
        self.contents = Contents()
        self.documents = Documents(sandboxed=sandboxed)
        routes = [
            Route(f"/{RESERVED}/events", self.events),
            Route(f"/{RESERVED}/{{name:path}}", self.own),
            Route("/{path:path}", self.file),
        ]
        self.application = Starlette(routes=routes, lifespan=self._lifespan)
        self.application.add_middleware(_Headers)
        self.application.state.end = self.channel.end
