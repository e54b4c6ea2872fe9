"""What needs no script: HTML, pictures, formulas, Markdown, JSON and text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from publisher.markup import TELLING, attributes_of, tag_name
from publisher.render.ansi import ansi
from publisher.render.links import decoded
from publisher.render.renderers.plotly import parsed
from publisher.renderers import Bundle, Drawn

MAX_JSON = 100_000  # characters
MAX_TREE = 500  # values in a tree; more are text
_FRAME = re.compile(
    r"<div>\s*+<style scoped>[^<]{0,2000}+</style>\s*+<table border=\"1\" class=\"dataframe\">"
)
_EMPTY_HEAD = re.compile(r'<th((?: class="[\w -]*")?) *>(?:&nbsp;)?</th>')  # of no row or column
_TABLE = '<div class="table" tabindex="0" role="group" aria-label="Table"><table class="dataframe">'
_IFRAME = re.compile(r"<iframe(?=[\s>])(?P<rest>[^>]*+)(?P<end>>|\Z)", re.IGNORECASE)
_HOST = re.compile(r"""\bsrc=["']?(?:https?:)?//([^/"'\s>]{1,100})""", re.IGNORECASE)
MAX_HOSTS = 3  # that a warning names
MAX_FRAMES = 3  # documents in documents
_ABROAD = r"""(?:https?:)?//([^/?#"'`\s)\\]{1,100})"""  # an address elsewhere, its host
_ADDRESS = re.compile(_ABROAD, re.IGNORECASE)
_IMPORT = re.compile(rf"""\b(?:import|from)\b\s*+\(?\s*+["'`]{_ABROAD}""")
_MAPPED = re.compile(rf'"{_ABROAD}')  # of what a script imports by a name
_SHEET = re.compile(rf"""@import\s*+(?:url\(\s*+)?["']?{_ABROAD}""", re.IGNORECASE)
_ASKING = ("script", "style", "link", "iframe")
_LOADED = frozenset("stylesheet modulepreload preload".split())
_BY_ADDRESS = "<IPython.lib.display."  # IFrame, YouTubeVideo and others that authors ask for


@dataclass(frozen=True)
class Html:
    """HTML as it is; tables of pandas get a frame in which they scroll."""

    mimes: tuple[str, ...] = ("text/html",)
    priority: float = 80

    def draw(self, bundle: Bundle) -> Drawn | None:
        """The HTML."""
        html = _EMPTY_HEAD.sub(r"<td\1></td>", _FRAME.sub(_TABLE, str(bundle.data)))
        html = bundle.html(_IFRAME.sub(lambda found: _framed(found, bundle), html))
        _warn_of_hosts(html, bundle)
        return Drawn(html, "html")


@dataclass(frozen=True)
class Image:
    """Pictures."""

    mimes: tuple[str, ...]
    priority: float

    def draw(self, bundle: Bundle) -> Drawn | None:
        """The picture as a file of its own."""
        try:
            svg = bundle.mime == "image/svg+xml"
            content = str(bundle.data).encode() if svg else decoded(bundle.data)
        except ValueError:
            bundle.warn("an image that is not valid base64 is left out")
            return None
        own = bundle.metadata.get(bundle.mime, bundle.metadata)
        return Drawn(bundle.image(content, bundle.mime, own), "image")


@dataclass(frozen=True)
class Latex:
    """Formulas."""

    mimes: tuple[str, ...] = ("text/latex",)
    priority: float = 65

    def draw(self, bundle: Bundle) -> Drawn | None:
        """The formula as MathML."""
        text = str(bundle.data).strip()
        dollars = text if text.startswith(("$", "\\begin")) else f"$${text}$$"
        return Drawn(bundle.markdown(dollars), "markdown")


@dataclass(frozen=True)
class Markdown:
    """Markdown."""

    mimes: tuple[str, ...] = ("text/markdown",)
    priority: float = 40

    def draw(self, bundle: Bundle) -> Drawn | None:
        """The text as the prose of a page."""
        return Drawn(bundle.html(bundle.markdown(str(bundle.data))), "markdown")


@dataclass(frozen=True)
class Json:
    """Values of JSON's: a tree that opens, where it is small enough."""

    mimes: tuple[str, ...] = ("application/json", "application/geo+json")
    priority: float = 30

    def draw(self, bundle: Bundle) -> Drawn | None:
        """The value as nested `<details>`, which need no script, or as text."""
        data = bundle.data
        if isinstance(data, (dict, list)) and data and _count(data, MAX_TREE) < MAX_TREE:
            given = bundle.metadata.get(bundle.mime)
            own = given if isinstance(given, dict) else {}
            tree = _tree(str(own.get("root", "root")), data, depth=0, opened=own.get("expanded"))
            return Drawn(f'<div class="highlight"><ul class="tree">{tree}</ul></div>', "json")
        text = json.dumps(data, indent=2, ensure_ascii=False)
        if len(text) <= MAX_JSON:
            return Drawn(bundle.highlight(text, "json"), "json")
        cut = bundle.highlight(text[:MAX_JSON], "json")
        shown = f"The first {MAX_JSON:,} of {len(text):,} characters are shown."
        return Drawn(f'{cut}<p class="notice">{shown}</p>', "json")


@dataclass(frozen=True)
class Javascript:
    """Scripts, which are not run: they were meant for the notebook that they ran in."""

    mimes: tuple[str, ...] = ("application/javascript",)
    priority: float = 20

    def draw(self, bundle: Bundle) -> Drawn | None:
        """A notice in its place."""
        hint = "put the script into HTML, or into the page itself as raw HTML"
        bundle.warn("an output of JavaScript is not run", hint)
        return Drawn("A script stands here in the notebook; it is not run on this page.", "notice")


@dataclass(frozen=True)
class Text:
    """Plain text with the colours of a terminal."""

    mimes: tuple[str, ...] = ("text/plain",)
    priority: float = 10

    def draw(self, bundle: Bundle) -> Drawn | None:
        """The text."""
        return Drawn(f'<pre tabindex="0">{ansi(str(bundle.data))}</pre>', "text")


OURS = (
    Html(),
    Image(("image/svg+xml",), 70),
    Latex(),
    Image(("image/png",), 64),
    Image(("image/jpeg",), 63),
    Image(("image/gif",), 62),
    Image(("image/webp",), 61),
    Markdown(),
    Json(),
    Javascript(),
    Text(),
)


def _framed(found: re.Match[str], bundle: Bundle) -> str:
    """The tag of a frame, which loads when it comes near and has a name for those who listen."""
    if not found["end"]:
        return found[0]
    rest, added = found["rest"], ""
    host = _HOST.search(rest)
    if "loading=" not in rest:
        added += ' loading="lazy"'
    if "title=" not in rest:
        name = bundle.description() or (f"A page of {host[1]}" if host else "An embedded page")
        added += f' title="{escape(name)}"'
    return f"<iframe{added}{rest}>"


def _warn_of_hosts(html: str, bundle: Bundle) -> None:
    """Tell of hosts that HTML asks without its author's word; of Plotly's, its renderer tells."""
    if "//" not in html or str(bundle.all.get("text/plain", "")).startswith(_BY_ADDRESS):
        return
    hosts = [host for host in dict.fromkeys(asked(html)) if host not in bundle.code]
    if hosts and parsed(html) is None:
        bundle.warn(*request("an output", hosts))


def request(what: str, hosts: Iterable[str]) -> tuple[str, str]:
    """The warning that something asks hosts, and its hint."""
    *names, last = dict.fromkeys(hosts)
    if len(names) >= MAX_HOSTS:
        names, last = [*names, last][:MAX_HOSTS], f"{len(names) + 1 - MAX_HOSTS} more"
    shown = f"{', '.join(names)} and {last}" if names else last
    return (
        f"{what} asks {shown} for what it needs as it is drawn",
        "let its library bring what it needs, if it can (by `connected=False`, `offline=True` or "
        "the like), or leave it out: `#| output: false`",
    )


def asked(html: str, depth: int = 0) -> Iterator[str]:
    """The hosts that HTML asks for scripts, style sheets and frames as it is drawn.

    Those of pictures and of what a script does as it runs are not among them.
    """
    small = html.lower()
    if not any(f"<{name}" in small for name in _ASKING):  # most tables need not be looked through
        return
    for match in TELLING.finditer(html):
        text = match["markup"]
        if not text or text.startswith("<!--"):
            continue
        tag = match["opening"] or text
        name = tag_name(tag)
        if name in _ASKING:
            yield from _asked_by(name, attributes_of(tag), text[len(tag) :], depth)


def _asked_by(name: str, given: dict[str, str], inner: str, depth: int) -> Iterator[str]:
    """The hosts that an element asks."""
    address, kind = given.get("src", ""), given.get("type", "").lower()
    if name == "style":
        yield from _SHEET.findall(inner)
    elif name == "link":
        kinds = set(given.get("rel", "").lower().split())
        address = given.get("href", "") if _LOADED & kinds else ""
    elif name == "iframe" and "srcdoc" in given:
        address = ""
        if depth < MAX_FRAMES:
            yield from asked(given["srcdoc"], depth + 1)
    elif kind == "importmap":
        yield from _MAPPED.findall(inner)
    elif kind in ("", "module") or "script" in kind:
        yield from imported(inner)
    found = _ADDRESS.match(address)
    if found:
        yield found[1]


def imported(script: str) -> list[str]:
    """The hosts that a script imports modules from."""
    return _IMPORT.findall(script) if "//" in script else []


def _count(data: Any, most: int, depth: int = 0) -> int:
    """How many values there are in one, at least `most` if it is deep too."""
    if not isinstance(data, (dict, list)):
        return 1
    if depth > 20:
        return most
    found = 1
    for value in data.values() if isinstance(data, dict) else data:
        found += _count(value, most, depth + 1)
        if found >= most:
            break
    return found


def _tree(name: str, value: Any, *, depth: int, opened: object = None) -> str:
    """A named value as an item of a list."""
    key = f'<span class="nt">{escape(name)}</span>: '
    if not isinstance(value, (dict, list)) or not value:
        kind = "s2" if isinstance(value, str) else "kc" if value in (None, True, False) else "mi"
        shown = escape(json.dumps(value, ensure_ascii=False))
        return f'<li>{key}<span class="{kind}">{shown}</span></li>'
    items = value.items() if isinstance(value, dict) else enumerate(value)
    inner = "".join(_tree(str(k), v, depth=depth + 1, opened=opened) for k, v in items)
    count = len(value)
    what = f"{count} {'item' if count == 1 else 'items'}"
    is_open = " open" if depth == 0 or opened is True else ""
    summary = f'<summary>{key}<span class="c1">{what}</span></summary>'
    return f"<li><details{is_open}>{summary}<ul>{inner}</ul></details></li>"
