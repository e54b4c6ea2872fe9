"""A page of the site as one file that needs no other: what it shows stands in it as `data:`.

Stylesheets become `<style>`; scripts, pictures, media, fonts and icons become `data:` addresses,
so that nothing in them can end the element that holds them. Addresses of other sites stay as they
are, as does what is not there; nothing is fetched.
"""

from __future__ import annotations

import base64
import mimetypes
import posixpath
import re
from collections.abc import Callable
from html import escape
from typing import TypeAlias
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit

from publisher.markup import ATTRIBUTE, MARKUP, attribute_value, attributes_of, tag_name

Read: TypeAlias = Callable[[str], bytes | None]
Links: TypeAlias = Callable[[str], str | None]

MAX_BYTES = 100_000_000  # of what is put in; beyond, addresses stay as they are
_DEEP = 8  # style sheets or frames within each other
_ROOT = "http://site.invalid/"  # stands for the site while addresses are joined

_KEPT = ("id", "class", "media", "title")  # of a link to a style sheet
_TYPES = {
    ".avif": "image/avif",
    ".csv": "text/csv",
    ".ico": "image/x-icon",
    ".ipynb": "application/x-ipynb+json",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".otf": "font/otf",
    ".ttf": "font/ttf",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
_TYPES_OF_PYTHON = mimetypes.MimeTypes(filenames=())  # not those of this machine

_STRING = r""""(?>(?:[^"\\\n]++|\\.)*)"|'(?>(?:[^'\\\n]++|\\.)*)'"""
_CSS = re.compile(
    rf"/\*.*?(?:\*/|\Z)|(?P<import>@import\s++)(?P<imported>{_STRING})|{_STRING}"
    r"|[\"'](?>(?:[^\"'\\\n]++|\\.)*)|\\."  # a string that has no end: not to be sought again
    rf"|(?P<url>\burl\(\s*+)(?P<address>{_STRING}|"
    r"(?>(?:[^\"'()\\\s]++|\\[0-9a-f]{1,6}\s?|\\.)+))\s*+\)",
    re.DOTALL | re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.DOTALL | re.IGNORECASE)
_CANDIDATE = re.compile(r"[\s,]*+(?P<url>[^\s,](?:\S*[^\s,])?)(?P<size>[^,]*+)")
_ENDS_BODY = re.compile(r"</body\b|</html\b", re.IGNORECASE)

_SHOWN = {
    "src": frozenset("img source video audio track embed input script frame".split()),
    "poster": frozenset(["video"]),
    "data": frozenset(["object"]),
    "background": frozenset("body table td th".split()),
    "href": frozenset("image feimage".split()),
    "xlink:href": frozenset("image feimage".split()),
    "data-script": frozenset(["button"]),  # our theme's search, loaded once it is asked for
    "data-style": frozenset(["button"]),
}
_LIVE = re.compile(r"data-src\d*")  # what an output that is alive loads
_LEADING = {"href": frozenset("a area".split()), "xlink:href": frozenset("a".split())}


def bundle(html: bytes | str, path: str, read: Read, *, link: Links | None = None) -> str:
    """A page of the site, self-contained.

    `path` is that of its file below the site (`guide/index.html`), and `read` gives the bytes of
    a file by such a path, None if there is none. `link` is asked what becomes of each link to
    elsewhere in the site: it gets the address below the site's root (`posts/a/?x#y`) and says
    what to write, or None for no link; without it links stay as they were written.

    What scripts fetch as they run cannot be known and is not put in.
    """
    text = html.decode("utf-8-sig", "replace") if isinstance(html, bytes) else html
    return _Bundle(read, link).page(text, path)


def media_type(path: str) -> str:
    """The type of a file by its name, the same on every machine, with the charset of texts."""
    kind, encoding = _TYPES_OF_PYTHON.guess_type(path)
    kind = _TYPES.get(posixpath.splitext(path)[1].lower(), kind)
    if kind is None or encoding is not None:
        return "application/octet-stream"
    texts = ("text/", "application/json", "application/xml", "image/svg")
    return f"{kind}; charset=utf-8" if kind.startswith(texts) else kind


def place(address: str, base: str) -> str | None:
    """The address below the site's root that an address on the file `base` leads to.

    None for another site, for a place on the same page, and for what is no address.

    >>> place("../a b.png?x#y", "guide/index.html"), place("//example.org/", "index.html")
    ('a b.png?x#y', None)
    """
    if not address or address.startswith("#"):
        return None
    try:
        joined = urljoin(_ROOT + quote(base), address.replace("\\", "/"))
    except ValueError:
        return None
    return joined.removeprefix(_ROOT) if joined.startswith(_ROOT) else None


def _file(below: str) -> str:
    """The path of the file that an address below the root names."""
    return unquote(urlsplit(_ROOT + below).path.removeprefix("/"))


class _Bundle:
    """What one page takes in.

    `sprites` are the drawings that its `<use>` elements name, `loaded` the names of what its
    outputs load.
    """

    def __init__(self, read: Read, link: Links | None) -> None:
        self.read, self.link = read, link
        self.left = MAX_BYTES
        self.known: dict[str, str | None] = {}
        self.sprites: dict[str, tuple[str, str] | None] = {}
        self.loaded: dict[str, str] = {}

    def page(self, html: str, path: str, depth: int = 0) -> str:
        """The page with all that it shows."""
        html = MARKUP.sub(lambda match: self._markup(match, path, depth), html)
        sprites = "".join(drawing for _, drawing in filter(None, self.sprites.values()))
        if depth or not sprites:
            return html
        ends = [match.start() for match in _ENDS_BODY.finditer(html)]
        at = ends[-2] if len(ends) > 1 else ends[-1] if ends else len(html)
        return f"{html[:at]}{sprites}{html[at:]}"

    def _markup(self, match: re.Match[str], path: str, depth: int) -> str:
        whole = match[0]
        if whole.startswith("<!--"):
            return whole
        tag = match["opening"] or whole
        rest, name = whole[len(tag) :], tag_name(tag)
        given = attributes_of(tag[len(name) + 1 :]) if name in ("link", "iframe") else {}
        if name == "link":
            return self._linked(tag, given, path)
        if name == "iframe":
            return self._framed(tag, given, path, depth)
        if name == "style":
            content, end = _split_end(rest)
            return tag + _in_style(self._css(content, path, ())) + end
        new = ATTRIBUTE.sub(lambda part: self._attribute(part, name, path), tag[len(name) + 1 :])
        return f"{tag[: len(name) + 1]}{new}{rest}"

    def _attribute(self, part: re.Match[str], tag: str, path: str) -> str:
        """An attribute of a tag, with what it names in place of its address."""
        name, value = part["name"].lower(), attribute_value(part)
        new: str | None = value
        if name == "style":
            new = self._css(value, path, ())
        elif name == "srcset":
            new = self._srcset(value, path)
        elif tag == "use" and name in ("href", "xlink:href"):
            new = self._sprite(value, path)
        elif tag in _SHOWN.get(name, ()):
            new = self._data(value, path)
        elif tag == "div" and _LIVE.fullmatch(name):
            new = self._loaded(value, path)
        elif self.link is not None and tag in _LEADING.get(name, ()):
            below = place(value, path)
            new = value if below is None else self.link(below)
        elif name == "integrity" and tag == "script":
            return ""  # the hash is that of the file: we have just read it
        if new is None:
            return ""
        return part[0] if new == value else f'{part["name"]}="{escape(new)}"'

    def _linked(self, tag: str, given: dict[str, str], path: str) -> str:
        """A `<link>`: a style sheet, an icon, or what one file cannot have."""
        below = place(given.get("href", ""), path)
        kinds = given.get("rel", "").lower().split()
        if below is None:
            return tag
        if "stylesheet" in kinds and "alternate" not in kinds:
            css = self._sheet(below, ())
            if css is None:
                return tag
            kept = {key: value for key, value in given.items() if key in _KEPT}
            return f"<style{_written(kept)}>{_in_style(css)}</style>"
        if any("icon" in kind for kind in kinds):
            return f"<link{_written({**given, 'href': self._data(given['href'], path)})}>"
        return ""

    def _framed(self, tag: str, given: dict[str, str], path: str, depth: int) -> str:
        """An `<iframe>`: another page of the site, bundled too, or another file."""
        below = place(given.get("src", ""), path)
        if below is None or "srcdoc" in given:
            return tag
        file = _file(below)
        if not media_type(file).startswith("text/html"):
            return f"<iframe{_written({**given, 'src': self._data(given['src'], path)})}>"
        content = self._bytes(file) if depth < _DEEP else None
        if content is None:
            return tag
        inner = self.page(content.decode("utf-8-sig", "replace"), file, depth + 1)
        del given["src"]
        return f"<iframe{_written({**given, 'srcdoc': inner})}>"

    def _srcset(self, value: str, path: str) -> str:
        found = _CANDIDATE.finditer(value)
        return ", ".join(
            f"{self._data(each['url'], path)}{each['size'].rstrip()}" for each in found
        )

    def _sprite(self, address: str, path: str) -> str:
        """The address of a part of a drawing, which is taken in: no browser finds it in `data:`."""
        below = place(address, path)
        if below is None or "#" not in below:
            return address
        file = _file(below)
        if file not in self.sprites:
            content = self._bytes(file)
            prefix = f"sprite-{len(self.sprites)}-"
            self.sprites[file] = (prefix, _sprite(content, prefix)) if content else None
        found = self.sprites[file]
        return f"#{found[0]}{unquote(urldefrag(below)[1])}" if found else address

    def _css(self, css: str, path: str, on: tuple[str, ...]) -> str:
        """A style sheet that lies at `path`, with what it names; `on` are those that led to it."""

        def named(match: re.Match[str]) -> str:
            given = match["imported"] or match["address"]
            if not given:
                return match[0]
            address = _ESCAPED.sub(_unescaped, given[1:-1] if given[0] in "\"'" else given)
            before = css[max(0, match.start() - 20) : match.start()].rstrip().lower()
            if match["import"] or before.endswith("@import"):
                new = self._import(address, path, on)
            else:
                new = self._data(address, path)
            return match[0] if new == address else f'{match["import"] or ""}url("{new}")'

        return _CSS.sub(named, css)

    def _import(self, address: str, path: str, on: tuple[str, ...]) -> str:
        below = place(address, path)
        css = self._sheet(below, on) if below is not None else None
        return address if css is None else _data(css.encode(), "text/css; charset=utf-8")

    def _sheet(self, below: str, on: tuple[str, ...]) -> str | None:
        """A style sheet of the site, unless it names itself."""
        file = _file(below)
        content = None if file in on or len(on) >= _DEEP else self._bytes(file)
        if content is None:
            return None
        return self._css(content.decode("utf-8-sig", "replace"), file, (*on, file))

    def _data(self, address: str, path: str) -> str:
        """A file of the site as an address that holds it; others, and what is not there, stay."""
        below = place(address, path)
        if below is None:
            return address
        file, fragment = _file(below), urldefrag(below)[1]
        if file not in self.known or self.known[file]:
            content = self._bytes(file)
            self.known[file] = None if content is None else _data(content, media_type(file))
        data = self.known[file]
        return address if data is None else f"{data}#{fragment}" if fragment else data

    def _loaded(self, address: str, path: str) -> str:
        """What an output that is alive loads: whole where it is named first, then as `#live-N`."""
        below = place(address, path)
        if below is None:
            return address
        if below in self.loaded:
            return self.loaded[below]
        sheet = self._sheet(below, ()) if below.endswith(".css") else None
        if sheet is None:
            data = self._data(address, path)
        else:
            data = _data(sheet.encode("utf-8", "replace"), media_type(below))
        if not data.startswith("data:"):
            return address
        self.loaded[below] = f"#live-{len(self.loaded)}"
        return data + self.loaded[below]

    def _bytes(self, file: str) -> bytes | None:
        """The bytes of a file that lies in the site, as long as there is room."""
        inside = not {"", ".", ".."} & set(file.split("/")) and not set("\\\0") & set(file)
        content = self.read(file) if inside else None
        if content is None or len(content) > self.left:
            return None
        self.left -= len(content)
        return content


def _data(content: bytes, kind: str) -> str:
    return f"data:{kind.replace(' ', '')};base64,{base64.b64encode(content).decode()}"


def _written(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())


def _split_end(rest: str) -> tuple[str, str]:
    """The content of a `<style>` and its end tag."""
    at = rest.rfind("</")
    return (rest[:at], rest[at:]) if at >= 0 and rest.endswith(">") else (rest, "")


def _in_style(css: str) -> str:
    """A style sheet that cannot end the element it stands in."""
    return re.sub(r"</(?=style)", r"<\\/", css, flags=re.IGNORECASE)


def _unescaped(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2]
    code = int(match[1], 16)
    known = 0 < code < 0x110000 and not 0xD800 <= code < 0xE000
    return chr(code) if known else "\N{REPLACEMENT CHARACTER}"


def _sprite(content: bytes, prefix: str) -> str:
    """A drawing to take parts from: not shown, without scripts, its ids its own."""
    text = content.decode("utf-8-sig", "replace")
    text = re.sub(r"<\?.*?\?>|<!DOCTYPE[^>]*+>|<!--.*?-->", "", text, flags=re.DOTALL)

    def owned(part: re.Match[str]) -> str:
        name, value = part["name"], attribute_value(part)
        if name.lower().startswith("on"):
            return ""
        if name == "id":
            value = prefix + value
        elif name in ("href", "xlink:href") and value.startswith("#"):
            value = f"#{prefix}{value[1:]}"
        else:
            value = re.sub(r"""url\(\s*(["']?)#""", rf"url(\1#{prefix}", value)
        return part[0] if part["value"] is None else f'{name}="{escape(value)}"'

    def tagged(match: re.Match[str]) -> str:
        tag = match["opening"] or match[0]
        name = tag_name(tag)
        if name == "script":
            return ""
        end = len(name) + 1
        return tag[:end] + ATTRIBUTE.sub(owned, tag[end:]) + match[0][len(tag) :]

    return f'<div hidden aria-hidden="true">{MARKUP.sub(tagged, text).strip()}</div>'
