"""Serving a built site on this machine."""

from __future__ import annotations

import posixpath
import sys
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from publisher.config import MANIFEST
from publisher.errors import ConfigError

HOST = "127.0.0.1"


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of `folder` on loopback; port 0 takes a free one. `ConfigError` if it is taken."""
    try:
        return _Server((HOST, port), partial(_Handler, directory=str(folder)))
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is none"
        raise ConfigError(
            f"port {port} cannot be used: {reason}", hint="choose another with --port"
        ) from error


class _Server(ThreadingHTTPServer):
    """A server that takes it calmly when a browser goes away in the middle of an answer."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report what is a bug, not what is the way of browsers."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(SimpleHTTPRequestHandler):
    """Files only: `/about` finds `about.html`, folders need an index, the rest is `404.html`."""

    def send_head(self) -> Any:
        """Answer a request, or say that there is no such page."""
        try:
            path = self._file(unquote(urlsplit(self.path).path))
        except (OSError, ValueError):  # an address that no file can have
            path = None
        if path is None:
            self._missing()
            return None
        if path.is_dir():
            return super().send_head()  # redirects to the folder
        self.path = quote("/" + path.relative_to(self.directory).as_posix())
        return super().send_head()

    def _file(self, address: str) -> Path | None:
        """The file of an address; a folder if a slash is missing; None if there is no page."""
        root = Path(self.directory)
        wanted = posixpath.normpath("/" + address.lstrip("/")).lstrip("/")
        path = root / wanted
        if MANIFEST in Path(wanted).parts:
            return None
        if path.is_dir():
            if not (path / "index.html").is_file():
                return None
            path = path / "index.html" if address.endswith("/") else path
        elif address.endswith("/"):
            return None
        elif not path.is_file():
            path = path.with_name(path.name + ".html")
        if not path.exists() or not path.resolve().is_relative_to(root.resolve()):
            return None
        return path

    def _missing(self) -> None:
        page = Path(self.directory) / "404.html"
        body = page.read_bytes() if page.is_file() else b"Not found"
        self.send_response(HTTPStatus.NOT_FOUND)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self) -> None:
        """Let no browser keep a page that the next build replaces."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
        """Keep quiet: the address may hold a token."""
