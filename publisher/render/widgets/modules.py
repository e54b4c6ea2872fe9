"""The scripts of widgets that are not Jupyter's own: AMD modules of their packages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from publisher.render.libraries import Libraries
from publisher.render.links import Addresses
from publisher.render.renderers.plain import imported, request
from publisher.render.widgets.state import OURS, Model

MAX_SIZE = 20_000_000  # bytes
_NAME = re.compile(r"(?:@[A-Za-z0-9][\w.-]*/)?[A-Za-z0-9][\w.-]*")
_DEFINE = re.compile(r"""\bdefine\(\s*(?:["'][^"']*["']\s*,\s*)?\[([^\]]{0,2000})\]""")
_PROVIDED = OURS | {"require", "exports", "module"}
_ELSEWHERE = re.compile(r"https?://([^/?#\s]{1,100})\S*+\Z")
_FILES = frozenset(".gif .jpeg .jpg .otf .png .svg .ttf .wasm .webp .woff .woff2".split())


def module(name: str, addresses: Addresses) -> str | None:
    """The address of the script of a widget's module, if one that can be loaded is installed.

    Jupyter's classic front ends load `share/jupyter/nbextensions/NAME/index.js`; it is looked for
    in the environments that hold the page's packages. Pictures, fonts and the like that lie beside
    it and that it names lie beside it in the site. It may want modules that lie beside it, too.
    """
    libraries = Libraries(addresses)
    for path in _places(name, addresses):
        parts = _siblings(path)
        if path.is_file() and _wanted(path) == list(parts):
            for file in _named(path):
                libraries.beside(file)
            return _address(path, parts, name.lstrip("@"), libraries)
        addresses.measured[str(path)] = None
    return None


def lack(name: str, addresses: Addresses) -> tuple[str, str]:
    """What is wrong with a widget's module that has no script, and what to do."""
    for path in _places(name, addresses):
        missing = [other for other in _wanted(path) if other not in _siblings(path)]
        if missing:
            return (
                f"the script of the module {name} wants {', '.join(missing[:3])}, "
                "which a page does not have",
                "show it as a picture, or leave it out: `#| output: false`",
            )
    return (
        f"there is no script for the module {name}",
        "install its package, with its classic front end (nbextensions), "
        "where the page's kernel is",
    )


def warn_of_hosts(
    model: Model, addresses: Addresses, warn: Callable[[str, str | None], None]
) -> None:
    """Tell of the hosts that the module of an anywidget asks, but for those in the page's code."""
    hosts = [*imported(model.text("_esm"))]
    for key in ("_esm", "_css"):
        hosts += _ELSEWHERE.findall(model.text(key)[:1000])
    cells = addresses.page.notebook.cells if hosts else ()
    code = "\n".join(str(cell.source) for cell in cells if cell.cell_type == "code")
    unknown = [host for host in hosts if host not in code]
    if unknown:
        kind = model.text("_anywidget_id").rpartition(".")[2] or model.kind
        warn(*request(f"the widget {kind}", unknown))


def _places(name: str, addresses: Addresses) -> Iterator[Path]:
    """Where the script of a module may lie; of a scope, the folder may have the last part only."""
    if not _NAME.fullmatch(name):
        return
    for folder in dict.fromkeys((name, name.rpartition("/")[2])):
        for packages in addresses.packages():
            python = Path(packages.python)
            for prefix in (python.parent.parent, python.parent):
                yield prefix / "share" / "jupyter" / "nbextensions" / folder / "index.js"
    found = Libraries(addresses).file("anywidget/nbextension/index.js")
    if name == "anywidget" and found:
        yield found[0]


def _address(path: Path, parts: dict[str, Path], name: str, libraries: Libraries) -> str:
    """The address of a script, put together with the modules that it wants."""
    if not parts:
        return libraries.of_file(path, name)
    made = b""
    for part, file in ({**parts, "": path}).items():
        libraries.addresses.measured[str(file)] = None
        made += b'publisherLive.part = "%s";\n%s\n;' % (part.encode(), file.read_bytes())
    return libraries.of_content(made, name)


def _siblings(path: Path) -> dict[str, Path]:
    """The modules that a script wants and that lie beside it, and want nothing themselves."""
    beside = {name: path.with_name(f"{name}.js") for name in _wanted(path) if _NAME.fullmatch(name)}
    return {name: file for name, file in beside.items() if file.is_file() and not _wanted(file)}


def _wanted(path: Path) -> list[str]:
    """The modules that a script wants and that we do not have; none if there is no script."""
    try:
        known = path.stat()
        return list(_read(path, known.st_size, known.st_mtime_ns)[0])
    except OSError:
        return []


def _named(path: Path) -> tuple[Path, ...]:
    """The files beside a script that it names and asks for as it draws."""
    known = path.stat()
    return _read(path, known.st_size, known.st_mtime_ns)[1]


@lru_cache(maxsize=64)
def _read(path: Path, size: int, mtime: int) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """What a script, as it was written at a time, wants and names.

    One that is no AMD module, or is too large, wants what nobody has.
    """
    text = path.read_text("utf-8", "replace") if size <= MAX_SIZE else ""
    if "define(" not in text:
        return ("AMD",), ()
    wanted = [
        name.strip().strip("\"'")
        for names in _DEFINE.findall(text)
        for name in names.split(",")
        if name.strip()
    ]
    beside = sorted(file for file in path.parent.iterdir() if file.suffix.lower() in _FILES)
    named = tuple(file for file in beside if file.name in text)
    return tuple(dict.fromkeys(n for n in wanted if n not in _PROVIDED)), named
