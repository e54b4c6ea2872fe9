"""The addresses in a page's HTML: which name files of the project, and which stay as they are."""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
from html import escape, unescape
from typing import Any
from urllib.parse import unquote

from publisher.config import Config
from publisher.model import Asset, Link, Page, Problem
from publisher.render import pictures

PLACE = "x-publisher:"

_MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|(?P<opening><(?P<raw>script|style|textarea|title)\b(?:\"[^\"<]*\"|'[^'<]*'|[^<>\"'])*>)"
    r".*?(?:</(?P=raw)\s*>|\Z)"
    r"|<[a-zA-Z](?:\"[^\"<]*\"|'[^'<]*'|[^<>\"'])*>",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"""(?P<before>\s(?P<name>href|src|poster|srcset)\s*=\s*)"""
    r"""(?P<value>"[^"]*"|'[^']*'|[^\s"'>]+)""",
    re.IGNORECASE,
)
_SOURCE = re.compile(rf'\ssrc="{PLACE}(\d+)"')
_SIZE = re.compile(r"\s(?:width|height|style)\s*=", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_ALT = re.compile(r"""\salt\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE)
SUFFIXES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/svg+xml": "svg",
}


class Addresses:
    """Collects a page's links, made files and warnings while its HTML is drawn."""

    def __init__(self, page: Page, config: Config) -> None:
        self.page = page
        self.config = config
        self.shown = config.shown(page.path)
        self.links: list[Link] = []
        self.assets: dict[str, Asset] = {}
        self.problems: list[Problem] = []
        self.first_picture: str | None = None
        self.warned: set[str] = set()

    def rewrite(self, html: str, cell: int | None) -> str:
        """Replace the addresses of files and pages in HTML that belongs to a cell (its index).

        An image that does not exist becomes its alternative text.
        """

        def markup(match: re.Match[str]) -> str:
            text = match[0]
            if text.startswith("<!--"):
                return text
            tag = match["opening"] or text
            image = tag[:4].lower() == "<img"
            try:
                new = _ATTRIBUTE.sub(lambda m: self._attribute(m, cell, image), tag)
                return (self._sized(new) if image else new) + text[len(tag) :]
            except _MissingError:
                alt = _ALT.search(tag)
                return f'<span class="missing">{alt[1][1:-1] if alt else ""}</span>'

        return _MARKUP.sub(markup, html)

    def _sized(self, tag: str) -> str:
        """An `<img>` with its size, where it has none and shows a file of the project."""
        place = _SOURCE.search(tag)
        if place is None or _SIZE.search(tag):
            return tag
        link = self.links[int(place[1])]
        asset = self.assets.get(link.path)
        known = pictures.size(asset.content if asset else self.config.source / link.path)
        return tag[:4] + pictures.attributes(known) + tag[4:]

    def _attribute(self, match: re.Match[str], cell: int | None, image: bool) -> str:
        value = match["value"]
        if value[0] in "\"'":
            value = value[1:-1]
        value = unescape(value).strip()
        if match["name"].lower() == "srcset":
            parts = [part.strip().split(None, 1) for part in value.split(",") if part.strip()]
            shown = ", ".join(
                " ".join([self.address(p[0], cell, picture=True) or p[0], *p[1:]]) for p in parts
            )
            return f'{match["before"]}"{escape(shown)}"'
        new = self.address(value, cell, picture=image)
        if new is None:
            raise _MissingError
        return f'{match["before"]}"{escape(new)}"'

    def address(self, raw: str, cell: int | None, *, picture: bool = False) -> str | None:
        """The address to write for what the author wrote; None for a picture that is missing."""
        if raw.startswith("attachment:"):
            return self._attachment(unquote(raw.removeprefix("attachment:")), cell)
        if not raw or _ELSEWHERE.match(raw):
            return raw
        rest, _, fragment = raw.partition("#")
        rest, _, query = rest.partition("?")
        fragment = unquote(fragment)
        line = self.line(raw, cell)
        if not rest:
            return self._add(Link(raw, "", fragment, query, "page", line=line))
        path = unquote(rest).replace("\\", "/")
        folder = "" if path.startswith("/") else posixpath.dirname(self.page.source)
        resolved = posixpath.normpath(posixpath.join(folder, path.lstrip("/")))
        file = self._may_copy(resolved)
        if picture and not file:
            self._warn(f"the image {raw} does not exist, so it is left out", line)
            return None
        slash = "/" if path.endswith("/") and resolved != "." else ""
        return self._add(Link(raw, f"{resolved}{slash}", fragment, query, "source", file, line))

    def asset(self, content: bytes, mime: str) -> str:
        """The address of a file that we made."""
        name = f"{hashlib.blake2b(content, digest_size=10).hexdigest()}.{SUFFIXES.get(mime, 'bin')}"
        self.assets.setdefault(name, Asset(name, content))
        place = self._add(Link(name, name, kind="asset"))
        self.first_picture = self.first_picture or place
        return place

    def line(self, text: str, cell: int | None) -> int | None:
        """The line of the file on which a text stands in a cell, else the cell's first."""
        if cell is None or not self.page.lines or not self.page.lines[cell]:
            return None
        source: str = self.page.notebook.cells[cell].source
        found = [source.find(spelling) for spelling in (text, unquote(text), escape(text))]
        position = next((at for at in found if at >= 0), 0)
        return self.page.lines[cell] + source.count("\n", 0, position)

    def _add(self, link: Link) -> str:
        self.links.append(link)
        return f"{PLACE}{len(self.links) - 1}"

    def _may_copy(self, path: str) -> bool:
        """Whether a path names a file of the source folder that may be published."""
        return self.config.publishable(self.config.source / path)

    def _attachment(self, name: str, cell: int | None) -> str | None:
        cells: Any = self.page.notebook.cells
        bundle = cells[cell].get("attachments", {}).get(name, {}) if cell is not None else {}
        for mime, data in bundle.items():
            try:
                return self.asset(decoded(data), mime)
            except ValueError:
                continue
        self._warn(
            f"the attachment {name} is not in the file, so the image is left out",
            self.line(f"attachment:{name}", cell),
            "save the image beside the page and link to that",
        )
        return None

    def _warn(self, message: str, line: int | None, hint: str | None = None) -> None:
        self.problems.append(Problem(message, self.shown, line, hint=hint))


def decoded(data: Any) -> bytes:
    """The bytes of a base64 text with or without line breaks. `ValueError` if it is none."""
    return base64.b64decode("".join(str(data).split()), validate=True)


class _MissingError(Exception):
    """An image that is not there."""
