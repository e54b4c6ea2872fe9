"""The scripts of widgets that are not Jupyter's own: AMD modules of their packages."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from publisher.render.libraries import Libraries
from publisher.render.links import Addresses
from publisher.render.widgets.state import OURS

MAX_SIZE = 20_000_000  # bytes
_NAME = re.compile(r"(?:@[A-Za-z0-9][\w.-]*/)?[A-Za-z0-9][\w.-]*")
_DEFINE = re.compile(r"""\bdefine\(\s*(?:["'][^"']*["']\s*,\s*)?\[([^\]]{0,2000})\]""")
_PROVIDED = OURS | {"require", "exports", "module"}


def module(name: str, addresses: Addresses) -> str | None:
    """The address of the script of a widget's module, if one that stands alone is installed.

    Jupyter's classic front ends load `share/jupyter/nbextensions/NAME/index.js`; it is looked for
    in the environments that hold the page's packages.
    """
    if not _NAME.fullmatch(name):
        return None
    libraries = Libraries(addresses)
    for packages in addresses.packages():
        python = Path(packages.python)
        for prefix in (python.parent.parent, python.parent):
            path = prefix / "share" / "jupyter" / "nbextensions" / name / "index.js"
            if _stands_alone(path):
                return libraries.of_file(path, name.lstrip("@"))
            addresses.measured[str(path)] = None
    found = libraries.file("anywidget/nbextension/index.js") if name == "anywidget" else None
    return libraries.of_file(found[0], name) if found and _stands_alone(found[0]) else None


def _stands_alone(path: Path) -> bool:
    """Whether a script is an AMD module that wants nothing but what we have."""
    try:
        known = path.stat()
        return known.st_size <= MAX_SIZE and _wants_nothing(path, known.st_mtime_ns)
    except OSError:
        return False


@lru_cache(maxsize=64)
def _wants_nothing(path: Path, mtime: int) -> bool:
    """Whether a script, as it was written at a time, wants nothing but what we have."""
    text = path.read_text("utf-8", "replace")
    wanted = [
        name.strip().strip("\"'")
        for names in _DEFINE.findall(text)
        for name in names.split(",")
        if name.strip()
    ]
    return "define(" in text and all(name in _PROVIDED for name in wanted)
