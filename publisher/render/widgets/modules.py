"""The scripts of widgets that are not Jupyter's own: AMD modules of their packages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class _Script:
    """An AMD module: the modules that it wants and we have not, and files beside it that it names.

    `parts` are those of the wanted that lie beside it, and want nothing themselves.
    """

    wanted: tuple[str, ...]
    named: tuple[Path, ...]
    parts: tuple[tuple[str, Path], ...]

    @property
    def missing(self) -> list[str]:
        """The modules that it wants and that are not there."""
        return [name for name in self.wanted if name not in dict(self.parts)]


def module(name: str, addresses: Addresses) -> str | None:
    """The address of the script of a widget's module, if one that finds all it wants is installed.

    Jupyter's classic front ends load `share/jupyter/nbextensions/NAME/index.js`; it is looked for
    in the environments that hold the page's packages. Pictures, fonts and the like that lie beside
    it and that it names lie beside it in the site, too.
    """
    libraries = Libraries(addresses)
    for path in _places(name, addresses):
        script = _script(path)
        if script is not None and not script.missing:
            for file in script.named:
                libraries.beside(file)
            return _address(path, script, name.lstrip("@"), libraries)
        addresses.measured[str(path)] = None
    return None


def lack(name: str, addresses: Addresses) -> tuple[str, str]:
    """Why a widget's module cannot be loaded, and what to do."""
    for path in _places(name, addresses):
        script = _script(path)
        if script is not None and script.missing:
            return (
                f"the script of the module {name} wants {', '.join(script.missing[:3])}, "
                "which pages do not have",
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
    """Tell of the hosts that an anywidget's module asks and that the page's code does not name."""
    hosts = imported(model.text("_esm"))
    for key in ("_esm", "_css"):  # either may be an address
        hosts += _ELSEWHERE.findall(model.text(key)[:1000])
    cells = addresses.page.notebook.cells if hosts else ()
    code = "\n".join(str(cell.source) for cell in cells if cell.cell_type == "code")
    unknown = [host for host in hosts if host not in code]
    if unknown:
        kind = model.text("_anywidget_id").rpartition(".")[2] or model.kind
        warn(*request(f"the widget {kind}", unknown))


def _places(name: str, addresses: Addresses) -> Iterator[Path]:
    """Where the script of a module may lie; the folder of one with a scope may lack that."""
    if not _NAME.fullmatch(name):
        return
    for folder in dict.fromkeys((name, name.rpartition("/")[2])):
        for packages in addresses.packages():
            python = Path(packages.python)
            for prefix in (python.parent.parent, python.parent):
                yield prefix / "share" / "jupyter" / "nbextensions" / folder / "index.js"
    if name == "anywidget":
        found = Libraries(addresses).file("anywidget/nbextension/index.js")
        if found:
            yield found[0]


def _address(path: Path, script: _Script, name: str, libraries: Libraries) -> str:
    """The address of a script in the site; with parts, it is put together with them."""
    if not script.parts:
        return libraries.of_file(path, name)
    made = b""
    for part, file in (*script.parts, ("", path)):
        libraries.addresses.measured[str(file)] = None
        made += b'publisherLive.part = "%s";\n%s\n;' % (part.encode(), file.read_bytes())
    return libraries.of_content(made, name)


def _script(path: Path) -> _Script | None:
    """A script, if it is there, is an AMD module and is not too large."""
    try:
        known = path.stat()
        return _read(path, known.st_mtime_ns) if known.st_size <= MAX_SIZE else None
    except OSError:
        return None


@lru_cache(maxsize=64)
def _read(path: Path, mtime: int) -> _Script | None:
    """A script as it was written at a time."""
    text = path.read_text("utf-8", "replace")
    if "define(" not in text:
        return None
    names = ",".join(_DEFINE.findall(text)).split(",")
    asked = dict.fromkeys(name.strip().strip("\"'") for name in names)
    wanted = [name for name in asked if name and name not in _PROVIDED]
    beside = {name: path.with_name(f"{name}.js") for name in wanted if _NAME.fullmatch(name)}
    parts = {name: _script(file) for name, file in beside.items() if file != path}
    files = sorted(file for file in path.parent.iterdir() if file.suffix.lower() in _FILES)
    return _Script(
        tuple(wanted),
        tuple(file for file in files if file.name in text),
        tuple((name, beside[name]) for name, part in parts.items() if part and not part.wanted),
    )
