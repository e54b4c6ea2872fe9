"""Sphinx projects: the `toctree`s of their pages, and the plain settings of their `conf.py`."""

from __future__ import annotations

import ast
import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from publisher.book.chapters import Book, Chapter
from publisher.book.files import Said, inside, path, table, text, texts

INDEX = ("index.md", "index.rst")
MAX_LEVELS = 8
_SUFFIXES = (".md", ".ipynb", ".py", ".Rmd", ".rst")
_FENCE = re.compile(r"^(`{3,}|:{3,}) *\{toctree\}[^\n]*\n(.*?)^\1", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^\.\. toctree::[^\n]*\n((?:[ \t]+[^\n]*\n|[ \t]*\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"([^<>]+)<([^<>]+)>")
_OPTION = re.compile(r":?([\w-]+):\s*(.*)")
_TITLE = re.compile(r"^([^\s.:|][^\n]*)\n(?:={3,}|-{3,}|\*{3,}|#{3,})[ \t]*$", re.MULTILINE)


def index(folder: Path) -> Path | None:
    """The first page of the Sphinx project in a folder, if that has a `toctree`; else None."""
    if not (folder / "conf.py").is_file():
        return None
    found = next((folder / name for name in INDEX if (folder / name).is_file()), None)
    return found if found is not None and "toctree" in _read(found) else None


def book(folder: Path, said: Said) -> tuple[Book, tuple[Chapter, ...]]:
    """The project in a folder, and its chapters. Its `conf.py` is read, never run."""
    given = _settings(_read(folder / "conf.py"))
    found = Book(
        said.name,
        title=text(given.get("html_title")) or text(given.get("project")),
        author=text(given.get("author")),
        url=text(given.get("html_baseurl")),
        logo=path(given.get("html_logo")),
        bibliography=texts(given.get("bibtex_bibfiles")),
        macros=table(inside(given.get("mathjax3_config"), "tex", "macros")),
        substitutions=table(given.get("myst_substitutions")),
    )
    return found, _chapters(folder, "", said.text, {"index"}, MAX_LEVELS)


def _settings(source: str) -> dict[str, Any]:
    """What a module assigns to names as plain values."""
    found = {}
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                continue
    return found


def _chapters(
    folder: Path, base: str, source: str, seen: set[str], levels: int
) -> tuple[Chapter, ...]:
    """What the `toctree`s of a page in `base` name, and below it what theirs name."""
    found: list[Chapter] = []
    for body in _toctrees(source):
        options, lines = _parted(body)
        below: list[Chapter] = []
        for line in lines:
            match = _ENTRY.fullmatch(line)
            title, target = (match[1].strip(), match[2]) if match else ("", line)
            below += _chapter(folder, base, title, target, seen, levels)
        caption = options.get("caption", "").strip("\"'")
        found += [Chapter(caption, chapters=tuple(below))] if caption and below else below
    return tuple(found)


def _chapter(
    folder: Path, base: str, title: str, target: str, seen: set[str], levels: int
) -> Iterator[Chapter]:
    """A page that is there, an address, or a pattern."""
    if re.match(r"https?://", target):
        yield Chapter(title or target, url=target)
        return
    name = posixpath.normpath(posixpath.join("/", base, target)).lstrip("/")
    if "*" in name:
        yield Chapter(source=name)
        return
    stem = name.removesuffix(posixpath.splitext(name)[1]) if name.endswith(_SUFFIXES) else name
    files = (folder / f"{stem}{suffix}" for suffix in _SUFFIXES)
    file = next(filter(os.path.isfile, files), None)
    if file is None or stem in seen or not levels:
        return
    seen.add(stem)
    source = _read(file) if file.suffix in (".md", ".rst") else ""
    below = _chapters(folder, posixpath.dirname(stem), source, seen, levels - 1)
    if file.suffix != ".rst":
        yield Chapter(title, stem, chapters=below)
    elif below:  # no page of ours
        heading = _TITLE.search(source)
        yield Chapter(title or (heading[1].strip() if heading else stem), chapters=below)


def _toctrees(source: str) -> Iterator[str]:
    found = [(m.start(), m[2]) for m in _FENCE.finditer(source)]
    found += [(m.start(), m[1]) for m in _BLOCK.finditer(source)]
    yield from (body for _, body in sorted(found))


def _parted(body: str) -> tuple[dict[str, str], list[str]]:
    """The options of a `toctree`, as fields or between rules, and its entries."""
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    options: dict[str, str] = {}
    ruled = lines[:1] == ["---"]
    lines = lines[ruled:]
    while lines and (match := _OPTION.fullmatch(lines[0])) and (ruled or lines[0][0] == ":"):
        options[match[1]] = match[2]
        lines.pop(0)
    entries = lines[1:] if ruled and lines[:1] == ["---"] else lines
    return options, [line for line in entries if line != "self"]


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig", "replace").replace("\r\n", "\n")
    except OSError:
        return ""
