"""The theme's static files, each with a hash of its content in its name.

A style sheet names others as they lie in the theme (`url(math.woff2)`): these names get their
hashes too, and so their content is part of its own.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from urllib.parse import unquote

from publisher.errors import ThemeError
from publisher.model import File

_SKIPPED = r"/\*.*?\*/|"
_ADDRESS = re.compile(
    _SKIPPED + r"""(?P<before>\burl\(\s*|@import\s+)(?P<quote>["']?)"""
    r"""(?P<name>[^"'()\s?#]+)(?P<rest>[^"'()\s]*)(?P=quote)""",
    re.DOTALL | re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|/")


def statics(files: Mapping[str, Path], folder: str) -> dict[str, File]:
    """Files by their names in the theme, as files in a `folder` of the site.

    `ThemeError` with file and line if a style sheet names a file that is not there.
    """
    made: dict[str, File] = {}
    for name in files:
        _make(name, files, folder, made, ())
    return made


def hashed(name: str, content: bytes) -> str:
    """A file's name with a hash of its content."""
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}.{blake2b(content, digest_size=6).hexdigest()}{dot}{suffix}"


def _make(
    name: str, files: Mapping[str, Path], folder: str, made: dict[str, File], on: tuple[str, ...]
) -> File:
    """One of the files; `on` are the style sheets that led to it."""
    if name in made:
        return made[name]
    path = files[name]
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ThemeError(f"cannot be read: {error.strerror}", path=str(path)) from error
    if not name.endswith(".css"):
        made[name] = File(f"{folder}/{hashed(name, content)}", source=path)
        return made[name]
    text = content.decode("utf-8", "surrogateescape")

    def address(match: re.Match[str]) -> str:
        given = match["name"]
        if not given or _ELSEWHERE.match(given):
            return match[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(given)))
        if target not in files or target in (*on, name):
            line = text.count("\n", 0, match.start()) + 1
            what = "itself" if target in (*on, name) else f"{given}, which is not in static/"
            raise ThemeError(f"the style sheet names {what}", path=str(path), line=line)
        file = _make(target, files, folder, made, (*on, name))
        new = posixpath.relpath(file.path, posixpath.dirname(f"{folder}/{name}"))
        return f"{match['before']}{match['quote']}{new}{match['rest']}{match['quote']}"

    changed = _ADDRESS.sub(address, text).encode("utf-8", "surrogateescape")
    place = f"{folder}/{hashed(name, changed)}"
    made[name] = File(place, source=path) if changed == content else File(place, changed)
    return made[name]
