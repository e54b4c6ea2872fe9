"""The addresses in a page's HTML: which name files of the project, and which stay as they are."""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
from collections.abc import Callable, Iterator
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from publisher.config import Config
from publisher.markdown.pictures import CAPTIONED
from publisher.markdown.targets import key
from publisher.markup import (
    ATTRIBUTE,
    TELLING,
    attribute_value,
    attributes_of,
    tag_name,
    telling_tags,
)
from publisher.math import Macros
from publisher.model import (
    LIBRARIES,
    Asset,
    Library,
    Link,
    Packages,
    Page,
    Problem,
    Reference,
    Target,
)
from publisher.render import pictures
from publisher.render.glue import Glued
from publisher.render.widgets.state import Saved

if TYPE_CHECKING:
    from publisher.render.interact import Interacts

PLACE = "x-publisher:"
MAX_SOUGHT = 5_000  # addresses of a page whose lines are looked for

_ADDRESSED = re.compile(r"href|src|poster|data|style", re.IGNORECASE)
_NAMED = re.compile(r"\b(?:id|name)\s*=", re.IGNORECASE)
_URL = re.compile(r"""(\burl\(\s*)(["']?)([^"'()\\\s]+)(?=\2\s*\))""", re.IGNORECASE)
_SRCSET = re.compile(r"[\s,]*+(\S+)")
_SOURCE = re.compile(rf'\ssrc="{PLACE}(\d+)"')
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
SUFFIXES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/svg+xml": "svg",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "video/mp4": "mp4",
    "video/ogg": "ogv",
    "video/webm": "webm",
    "text/javascript": "js",
}


class Addresses:
    """Collects a page's links, made files and warnings while its HTML is drawn.

    Also its cross-references, its labelled places by `markdown.targets.key`, and the macros that
    the formulas of its outputs know. `embedded` are the labels of the cells whose `outputs` prose
    shows in another place.

    `packages` tells the environments that hold the libraries of the page's outputs, the best first.
    `saved` is the state of its widgets, `interacts` are those that readers move, `stored` says that
    its outputs were in its file.
    """

    def __init__(
        self, page: Page, config: Config, packages: Callable[[], tuple[Packages, ...]] = tuple
    ) -> None:
        self.page = page
        self.config = config
        self.packages = cache(packages)
        self.shown = config.shown(page.path)
        self.links: list[Link] = []
        self.shared: dict[str, str] = {}
        self.assets: dict[str, Asset] = {}
        self.libraries: dict[str, Library] = {}
        self.problems: list[Problem] = []
        self.warned: set[str] = set()
        self.sought = 0
        self.passed: dict[tuple[str, int], int] = {}
        self.asked: dict[str, bool] = {}
        self.measured: dict[str, None] = {}
        self.references: list[Reference] = []
        self.targets: dict[str, Target] = {}
        self.glued: dict[str, Glued] = {}
        self.embedded: set[str] = set()
        self.outputs: dict[str, str] = {}
        self.macros: Macros = {}
        self.saved: Saved | None = None
        self.interacts: Interacts | None = None
        self.stored = False

    def rewrite(self, html: str, cell: int | None) -> str:
        """Replace the addresses of files and pages in HTML that belongs to a cell (its index).

        An image that does not exist becomes its alternative text, or nothing above a caption that
        says the same.
        """

        def markup(match: re.Match[str]) -> str:
            text = match["markup"]
            if not text or text.startswith("<!--") or not _ADDRESSED.search(text):
                return match[0]
            return match[0][: -len(text)] + addressed(match["opening"] or text, text)

        def addressed(tag: str, text: str) -> str:
            name = tag_name(tag)
            try:
                new = ATTRIBUTE.sub(lambda m: self._attribute(m, cell, name), tag)
                new = new.replace(CAPTIONED, "", 1) if name == "img" else new
                return (self._sized(new) if name == "img" else new) + text[len(tag) :]
            except _NothingError:
                return ""
            except _MissingError:
                alt = "" if CAPTIONED in tag else attributes_of(tag).get("alt", "")
                return f'<span class="missing">{escape(alt, quote=False)}</span>'

        return TELLING.sub(markup, html) if _may_name(html) else html

    def _sized(self, tag: str) -> str:
        """An `<img>` with its size, where it shows a file of the project.

        One that has a width of its own gets the height that fits, so that browsers know its shape.
        """
        place, given = _SOURCE.search(tag), attributes_of(tag)
        if place is None or "height" in given or "height" in given.get("style", ""):
            return tag
        link = self.links[int(place[1])]
        asset = self.assets.get(link.path)
        if not asset:
            self.measured[link.path] = None
        known = pictures.size(asset.content if asset else self.config.source / link.path)
        return tag[:4] + pictures.attributes(known, given.get("width")) + tag[4:]

    def _attribute(self, match: re.Match[str], cell: int | None, tag: str) -> str:
        """An attribute of a tag, its addresses replaced if it holds any."""
        name, value = match["name"].lower(), attribute_value(match)
        new: str | None = value
        if name in ("href", "src", "poster") or (name, tag) == ("data", "object"):
            new = self.address(value, cell, picture=tag == "img")
            if new is None:
                raise _MissingError
        elif name == "xlink:href" and not value.startswith("#"):  # not of a part of a drawing
            new = self.address(value, cell)
        elif name == "srcset":
            new = ", ".join(
                " ".join([self.address(source, cell, picture=True) or source, *size])
                for source, *size in _sources(value)
            )
        elif name == "style":
            new = _URL.sub(lambda m: f"{m[1]}{m[2]}{self._url(m[3], cell)}", value)
        return match[0] if new in (value, None) else f'{match["name"]}="{escape(new or "")}"'

    def _url(self, value: str, cell: int | None) -> str:
        return value if value.startswith("#") else self.address(value, cell) or value

    def address(self, raw: str, cell: int | None, *, picture: bool = False) -> str | None:
        """The address to write for what the author wrote; None for a picture that is missing."""
        if raw.startswith(PLACE):  # one of ours, or what an author makes of that
            number = raw.removeprefix(PLACE)
            known = number.isascii() and number.isdecimal() and len(number) < 10
            return raw if known and int(number) < len(self.links) else ""
        if raw.startswith("attachment:"):
            return self._attachment(unquote(raw.removeprefix("attachment:")), cell)
        own = self._own(raw)
        if picture and own.strip("/") in ("", "#"):
            self._warn("an image without an address is left out", self.line(raw or "![", cell))
            raise _NothingError
        if not raw or (_ELSEWHERE.match(raw) and own == raw):
            return raw
        rest, _, fragment = own.partition("#")
        rest, _, query = rest.partition("?")
        fragment = unquote(fragment)
        if not rest and not fragment:
            if raw == "#" and self.page.kind == "prose":
                self._warn("the link to # leads nowhere", self._next_line("](#)", cell))
            return raw
        line = self.line(raw, cell)
        if not rest:
            return self._add(Link(raw, "", fragment, query, "page", line=line))
        path = unquote(rest).replace("\\", "/")
        resolved, file = self._resolved(path)
        if picture and not file:
            if self._as_written:
                self._warn(f"the image {raw} does not exist", line)
                return raw
            self._warn(f"the image {raw} does not exist, so it is left out", line)
            return None
        slash = "/" if path.endswith("/") and resolved != "." else ""
        again = self._own(path)  # pages add `baseurl` to what has it already
        other = again.lstrip("/") if again != path and not file else ""
        found = f"{resolved}{slash}"
        return self._add(Link(raw, found, fragment, query, "source", file, line, other))

    def picture(self, raw: str) -> str | None:
        """The address of the picture that the page names as its own; None if it is missing."""
        try:
            return self.address(raw, None, picture=True)
        except _NothingError:
            return None

    @property
    def _as_written(self) -> bool:
        """Whether addresses are those of a Jekyll page: as seen from its place in the site."""
        return self.page.dialect in ("kramdown", "html")

    def _own(self, raw: str) -> str:
        """An address with the site's own, and its path on the server, taken off."""
        base = self.config.settings.url.rstrip("/")
        if base and (raw == base or raw.startswith((f"{base}/", f"{base}#", f"{base}?"))):
            return raw[len(base) :] or "/"
        below = self.config.jekyll.baseurl if self.config.jekyll else ""
        if below and (raw == below or raw.startswith(f"{below}/")):
            return raw[len(below) :] or "/"
        return raw

    def _resolved(self, path: str) -> tuple[str, bool]:
        """A path relative to the source folder, and whether it names a file that may be copied.

        Jekyll's pages are read from the address that they have in the site, then, as others are,
        from where their source lies.
        """
        folders = [posixpath.dirname(self.page.source)]
        if path.startswith("/"):
            folders = [""]
        elif self._as_written and self.page.meta.permalink:
            folders.insert(0, posixpath.dirname(self.page.meta.permalink).strip("/"))
        every = [posixpath.normpath(posixpath.join(f, path.lstrip("/"))) for f in folders]
        for resolved in every:
            if self._may_copy(resolved):
                return resolved, True
        return every[0], False

    def asset(self, content: bytes, mime: str) -> str:
        """The address of a file that we made."""
        name = f"{hashlib.blake2b(content, digest_size=10).hexdigest()}.{SUFFIXES.get(mime, 'bin')}"
        self.assets.setdefault(name, Asset(name, content))
        return self._add(Link(name, name, kind="asset"))

    def library(self, library: Library) -> str:
        """The address of a script or style sheet that pages share."""
        self.libraries.setdefault(library.name, library)
        path = f"{LIBRARIES}/{library.name}"
        known = self.shared.get(path) or self._add(Link(path, path, kind="asset"))
        return self.shared.setdefault(path, known)

    def name(self, label: str, target: Target, cell: int) -> None:
        """Let a label name a place among the outputs of a cell."""
        other = self.targets.setdefault(key(label), target)
        if other is not target:
            self._warn(f"the label {label} is given twice", self.line(label, cell))

    def line(self, text: str, cell: int | None) -> int | None:
        """The line of the file on which a text stands in a cell, else the cell's first."""
        if cell is None or not self.page.lines or not self.page.lines[cell]:
            return None
        source = self._source(cell)
        self.sought += 1
        spellings = (text, unquote(text), escape(text)) if self.sought <= MAX_SOUGHT else ()
        found = map(source.find, dict.fromkeys(spellings))
        position = next((at for at in found if at >= 0), 0)
        return self.page.line(cell, 1 + source.count("\n", 0, position))

    def _next_line(self, text: str, cell: int | None) -> int | None:
        """The line of a text in a cell, of each occurrence in turn."""
        if cell is None:
            return None
        source = self._source(cell)
        at = source.find(text, self.passed.get((text, cell), 0))
        if at < 0:
            return self.line(text, cell)
        self.passed[text, cell] = at + 1
        return self.page.line(cell, 1 + source.count("\n", 0, at))

    def _source(self, cell: int) -> str:
        """What a cell holds, Liquid filled in."""
        return str(self.page.notebook.cells[cell].source)

    def _add(self, link: Link) -> str:
        self.links.append(link)
        return f"{PLACE}{len(self.links) - 1}"

    def _may_copy(self, path: str) -> bool:
        """Whether a path names a file of the source folder that may be published."""
        if path not in self.asked:
            self.asked[path] = self.config.publishable(self.config.source / path)
        return self.asked[path]

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


def _may_name(html: str) -> bool:
    """Whether HTML may hold an address: most prose and tables need not be looked through."""
    small = html.lower()
    return any(sign in small for sign in ("href", "src", "poster", "<object", "url("))


def identifiers(html: str) -> frozenset[str]:
    """The ids in HTML, and the names, which are ids of old."""
    found: set[str] = set()
    for tag in telling_tags(html):
        if _NAMED.search(tag):
            attributes = attributes_of(tag)
            found.update(attributes.get(key, "") for key in ("id", "name"))
    return frozenset(found - {""})


def images(html: str) -> Iterator[dict[str, str]]:
    """The attributes of each image in HTML."""
    if "<img" not in html.lower():
        return
    for tag in telling_tags(html):
        if tag_name(tag) == "img":
            yield attributes_of(tag)


def _sources(srcset: str) -> list[list[str]]:
    """The addresses of a `srcset`, each with its size, if it has one."""
    found, at = [], 0
    while match := _SRCSET.match(srcset, at):
        source, at = match[1], match.end()
        if source.endswith(","):
            found.append([source.rstrip(",")])
            continue
        end = srcset.find(",", at) % (len(srcset) + 1)  # the end if there is no comma
        found.append([source, *srcset[at:end].split()])
        at = end
    return found


def decoded(data: Any) -> bytes:
    """The bytes of a base64 text with or without line breaks. `ValueError` if it is none."""
    return base64.b64decode("".join(str(data).split()), validate=True)


class _MissingError(Exception):
    """An image that is not there."""


class _NothingError(Exception):
    """An image that has no address at all."""
