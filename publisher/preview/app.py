"""The preview as a web application: the files of the newest edition, and word of each next one.

All addresses that it writes are relative, so that it works at any place behind a proxy.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from posixpath import basename
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from publisher.bundle import media_type
from publisher.config import MANIFEST
from publisher.model import File
from publisher.preview import documents
from publisher.preview.channel import Channel, Editions
from publisher.preview.contents import FOREVER, Contents
from publisher.preview.edition import Edition

MISSING = "404.html"
NOTHING = """<!doctype html>
<html lang="en">
<head>
<title>{0}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
</head>
<body>
<main>
<p>{0}</p>
</main>
</body>
</html>
"""
HTML = "text/html; charset=utf-8"
HEADERS = {
    "Cache-Control": "no-cache",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # an address may hold a token
    "X-Content-Type-Options": "nosniff",
}


def app(editions: Editions, *, sandboxed: bool = False) -> Starlette:
    """An application that shows editions. What is set as its `state.end` ends its streams.

    `sandboxed` is for an origin that holds more than the site, as that of a Jupyter server:
    scripts of pages can then neither use its API nor read anything of it.
    """
    channel = Channel(editions)
    preview = _Preview(editions, channel, sandboxed)

    async def events(request: Request) -> Response:
        return StreamingResponse(channel.stream(), media_type="text/event-stream")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        close = channel.open()
        yield
        close()

    routes = [
        Route(f"/{documents.RESERVED}/events", events),
        Route(f"/{documents.RESERVED}/{{name:path}}", _own),
        Route("/{path:path}", preview.answer),
    ]
    application = Starlette(routes=routes, lifespan=lifespan)
    application.add_middleware(_Headers, sandboxed=sandboxed)
    application.state.end = channel.end
    return application


def find(files: Mapping[str, object], path: str) -> str | None:
    """The file for a path below the site as web servers find it: `a`, `a.html`, `a/index.html`.

    The last is shown at `a/` alone: whoever asks for `a` has to be sent there.
    """
    if not path or path.endswith("/"):
        names = [f"{path}index.html"]
    else:
        names = [path, f"{path}.html", f"{path}/index.html"]
    return next((name for name in names if name in files and basename(name) != MANIFEST), None)


class _Preview:
    """What is answered for the files of a site."""

    def __init__(self, editions: Editions, channel: Channel, sandboxed: bool) -> None:
        self.editions, self.channel, self.sandboxed = editions, channel, sandboxed
        self.contents = Contents()

    async def answer(self, request: Request) -> Response:
        """The file that an address leads to, else the page that says that there is none."""
        edition, path = self.editions.edition, request.path_params["path"]
        name = await run_in_threadpool(find, edition.files, path)  # some are made once asked for
        if name is not None and name == f"{path}/index.html":
            return _sent_on(request, path)
        found = await self._file(request, edition, name) if name is not None else None
        if found is None and name != MISSING:
            found = await self._file(request, edition, MISSING)
        return found or await self._nothing(request, edition)

    async def _nothing(self, request: Request, edition: Edition) -> Response:
        """A page of ours, where the site has none for what it does not have."""
        begins = edition.building and not edition.files
        text = "The site is being built." if begins else "There is no page at this address."
        page = File(MISSING, NOTHING.format(text).encode())
        shown = await self._page(request, edition, page, "")
        assert shown is not None  # its content is at hand
        return shown

    async def _file(self, request: Request, edition: Edition, name: str) -> Response | None:
        file, digest = edition.files.get(name), edition.digests.get(name, "")
        if file is None:
            return None
        if media_type(name).startswith("text/html"):
            return await self._page(request, edition, file, digest)
        return await self.contents.answer(request, file, digest)

    async def _page(
        self, request: Request, edition: Edition, file: File, digest: str
    ) -> Response | None:
        """A page with our client; in the sandbox, the shell around it or the page itself."""
        up = "../" * (request.scope["raw_path"].count(b"/") - 1)
        status = 404 if file.path == MISSING else 200
        if self.sandboxed and _is_visit(request):
            headers = {"Content-Security-Policy": documents.SHELL}
            return Response(documents.shell(up), status, headers, media_type=HTML)
        content = await self.contents.read(file, digest)
        if content is None:
            return None
        about = {
            "data-up": up,
            "data-page": file.path,
            "data-digest": digest,
            "data-run": self.channel.run,
            "data-edition": str(edition.number),
        }
        if self.sandboxed:
            read = self._reader(edition)
            page = await run_in_threadpool(documents.sandboxed, content, file.path, read, about)
        else:
            page = documents.with_client(content, up, about)
        return Response(page, status, media_type=HTML)

    def _reader(self, edition: Edition) -> Callable[[str], bytes | None]:
        def read(name: str) -> bytes | None:
            file = edition.files.get(name)
            return self.contents.read_now(file, edition.digests.get(name, "")) if file else None

        return read


class _Headers:
    """Adds what is said with every answer."""

    def __init__(self, app: ASGIApp, sandboxed: bool) -> None:
        self.app, self.sandboxed = app, sandboxed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                pdf = headers.get("content-type") == "application/pdf"  # no browser shows it then
                if self.sandboxed and not pdf:
                    headers.setdefault("content-security-policy", documents.SANDBOX)
                if message["status"] == 405:
                    headers["connection"] = "close"  # whatever is still to come
            await send(message)

        await self.app(scope, receive, sent)


async def _own(request: Request) -> Response:
    """A file of the preview itself."""
    name = request.path_params["name"]
    content = documents.own(name)
    headers = {"Content-Security-Policy": documents.OWN}
    headers |= FOREVER if request.url.query else {}
    return Response(content or b"", 200 if content else 404, headers, media_type=media_type(name))


def _sent_on(request: Request, path: str) -> Response:
    """Send the browser on to a folder."""
    query = request.url.query
    address = f"./{quote(basename(path))}/" + (f"?{query}" if query else "")
    return Response(status_code=307, headers={"Location": address})


def _is_visit(request: Request) -> bool:
    """Whether a browser goes to a page, rather than the shell that shows it."""
    kind = request.headers.get("sec-fetch-dest", "document")
    return kind in ("document", "iframe", "frame") and "_page" not in request.query_params
