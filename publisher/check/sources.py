"""Where in the author's files something stands that was found in the site."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from publisher import read
from publisher.build.memory import Memory
from publisher.config import Config
from publisher.errors import PublishError
from publisher.model import File, Page
from publisher.outline import file_of
from publisher.store import Store

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_ALLOWED = re.compile(
    r"pragma: ?(?:allow|white)list secret|(?:gitleaks|betterleaks|kingfisher):(?:allow|ignore)"
)
_NEXT_ALLOWED = re.compile(r"pragma: ?(?:allow|white)list nextline secret")
MAX_SOURCE = 50_000_000
MAX_PLACES = 5
MAX_OPEN = 32
MAX_TEXTS = 4
MAX_LINE = 2_000


@dataclass(frozen=True)
class Place:
    """A place in a source: its line and code cell, from 1. `allowed` by a comment in its line."""

    line: int | None = None
    cell: int | None = None
    allowed: bool = False


class Sources:
    """Knows which source each file of the site came from, as the last build made it.

    `shown_by` names a page for files that are only known to be linked from there.
    """

    def __init__(
        self, config: Config, files: Mapping[str, File], shown_by: Mapping[str, str]
    ) -> None:
        self._texts: dict[Path, str] = {}
        self.config, self.files, self.shown_by = config, files, shown_by
        self._read: dict[str, tuple[Page | None, dict[str, Any]]] = {}

    def of(self, file: str) -> str | None:
        """The source of a file of the site, relative to the project."""
        path, _ = self._origin(file)
        return None if path is None else self.config.shown(path)

    def line(self, file: str, *texts: str) -> int | None:
        """The first line of its source on which one of these texts stands, the first if it may."""
        path, _ = self._origin(file)
        content = self._text(path) if path is not None else ""
        lines = (place.line for text in texts if text for place in _lines(content, text))
        return next(lines, None)

    def unnamed(self, file: str, name: str) -> str | None:
        """How the source of a page has an image of this name in Markdown without any words."""
        path, _ = self._origin(file)
        content = self._text(path) if path is not None and name else ""
        found = re.search(rf"!\[[ \t]*\]\(<?(?:[^)\s>]*/)?{re.escape(unquote(name))}", content)
        return found[0] if found else None

    def places(self, file: str, text: str) -> tuple[Place, ...]:
        """Where a text stands in the source of a file: its lines, and the cells that print it."""
        path, source = self._origin(file)
        if path is None or not text:
            return ()
        page, notebook = self._opened(source) if source is not None else (None, {})
        if page is None:
            return tuple(islice(_lines(self._text(path), text), MAX_PLACES))
        printed = (
            Place(_first(page, number), number)
            for number, cell in _code(notebook)
            if _prints(cell, text)
        )
        if path.suffix == ".ipynb":
            found = chain(_written(page, text), printed)
        else:
            found = chain(
                (_in_cell(place, page) for place in _lines(self._text(path), text)), printed
            )
        every = tuple(islice(dict.fromkeys(found), MAX_PLACES))
        if path.suffix == ".ipynb" and len(every) < 2:
            line = self.line(
                file, text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]
            )
            return tuple(replace(place, line=line) for place in every or (Place(),))
        return every

    def _text(self, path: Path) -> str:
        if path not in self._texts:
            if len(self._texts) > MAX_TEXTS:
                self._texts.clear()
            self._texts[path] = _text(path)
        return self._texts[path]

    def _origin(self, file: str) -> tuple[Path | None, str | None]:
        """The author's file that a file of the site is made of, and the page that this is."""
        page = self._pages.get(file)
        if page is None:
            given = self.files.get(file)
            own = given.source if given is not None else None
            if own is None or own.is_relative_to(self.config.output):
                copied = self.config.source / file
                own = copied if self.config.publishable(copied) else None
            if own is not None:
                name = self.config.as_source(self.config.shown(own))
                return own, name if name in self._memory.index.pages else None
            page = self._pages.get(self.shown_by.get(file, ""))
        return (None, None) if page is None else (self.config.source / page, page)

    @cached_property
    def _memory(self) -> Memory:
        return Memory(self.config, Store(self.config.store))

    @cached_property
    def _pages(self) -> dict[str, str]:
        """The source of each page by its file, as the last build made them."""
        return {file_of(known.head): source for source, known in self._memory.index.pages.items()}

    def _opened(self, source: str) -> tuple[Page | None, dict[str, Any]]:
        """A page, and its notebook with outputs as it is kept in the store."""
        if source not in self._read:
            if len(self._read) > MAX_OPEN:
                self._read.clear()
            self._read[source] = self._page_of(source), _json(self._notebook(source))
        return self._read[source]

    def _page_of(self, source: str) -> Page | None:
        try:
            return read.page(source, self.config)
        except PublishError:
            return None

    def _notebook(self, source: str) -> bytes:
        known = self._memory.index.pages.get(source)
        drawn = known.drawn if known is not None else None
        rendered = self._memory.rendered(drawn) if drawn is not None else None
        name = rendered.notebook if rendered is not None else ""
        return (self._memory.store.get_file(name) if name else None) or b""


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_SOURCE).decode("utf-8", "replace")
    except OSError:
        return ""


def _lines(content: str, text: str) -> Iterator[Place]:
    """The lines on which a text begins. An address may be written with spaces for `%20`."""
    forms = {text, unquote(text)} if "%" in text else {text}
    for form in sorted(forms):
        at, line = content.find(form), 1
        before = 0
        while at >= 0:
            line += content.count("\n", before, at)
            yield Place(line, None, _is_marked(content, at))
            before = at
            end = content.find("\n", at)
            at = content.find(form, end) if end >= 0 else -1


def _is_marked(content: str, at: int) -> bool:
    """Whether a comment allows what stands there, in its line or in the one above."""
    start = content.rfind("\n", 0, at) + 1
    end = content.find("\n", at)
    above = content.rfind("\n", 0, max(start - 1, 0)) + 1
    line = content[max(start, at - MAX_LINE) : (end if end >= 0 else len(content))][: 2 * MAX_LINE]
    return bool(
        _ALLOWED.search(line) or _NEXT_ALLOWED.search(content[max(above, start - MAX_LINE) : start])
    )


def _written(page: Page, text: str) -> Iterator[Place]:
    """The code cells of a notebook in whose source a text stands."""
    for number, cell in _code(page.notebook):
        for place in islice(_lines(cell["source"], text), 1):
            yield Place(_first(page, number), number, place.allowed)


def _in_cell(place: Place, page: Page) -> Place:
    """A place in a text notebook, with the code cell that it is in."""
    assert place.line is not None
    number, found = 0, None
    for cell, first in zip(page.notebook.cells, page.lines, strict=False):
        number += cell.cell_type == "code"
        if first and first <= place.line < first + cell.source.count("\n") + 1:
            found = number if cell.cell_type == "code" else None
    return Place(place.line, found, place.allowed)


def _first(page: Page, number: int) -> int | None:
    """The line on which the code cell of a number begins."""
    codes = [at for at, cell in enumerate(page.notebook.cells) if cell.cell_type == "code"]
    return page.line(codes[number - 1]) if number <= len(codes) else None


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _code(notebook: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
    """The code cells of a notebook with their numbers."""
    number = 0
    for cell in notebook.get("cells", ()):
        if cell.get("cell_type") == "code":
            number += 1
            yield number, cell


def _prints(cell: Any, text: str) -> bool:
    """Whether a text stands in the outputs of a cell, be it coloured."""
    return any(
        text in said or ("\x1b" in said and text in _ANSI.sub("", said))
        for said in strings(cell.get("outputs", ()))
    )


def strings(value: Any) -> Iterator[str]:
    """All texts in a value of JSON; lists of lines are one."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            waiting.extend(reversed([*value.keys(), *value.values()]))
        elif isinstance(value, Iterable):
            items = list(value)
            if items and all(isinstance(item, str) for item in items):
                yield "".join(items)
            else:
                waiting.extend(reversed(items))
