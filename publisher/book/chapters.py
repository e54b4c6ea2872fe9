"""The table of contents of a book, and what else is said of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Chapter:
    """A line of a table of contents: a page, an address elsewhere, or a title over others.

    `source` is the page's path below the book's folder; as it was written it may lack its suffix
    or be a pattern.
    """

    title: str = ""
    source: str = ""
    url: str = ""
    chapters: tuple[Chapter, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """A book of another tool.

    `file` is the name of the file with the table of contents; `root` the page that stands at the
    book's own address. With `complete`, a page that is not listed is no page of the site.
    `bibliography` are paths below the book's folder; `macros` are TeX's, a body or a list of body
    and number of arguments by name; `substitutions` what `{{ name }}` stands for,
    `abbreviations` the meanings of words.
    """

    file: str
    root: str = ""
    complete: bool = False
    title: str = ""
    description: str = ""
    author: str = ""
    url: str = ""
    repository: str = ""
    logo: str = ""
    bibliography: tuple[str, ...] = ()
    macros: dict[str, Any] = field(default_factory=dict)
    substitutions: dict[str, Any] = field(default_factory=dict)
    abbreviations: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contents:
    """A table of contents: its lines as they were written, and the text of its file."""

    chapters: tuple[Chapter, ...]
    text: str

    def line(self, name: str) -> int | None:
        """The line of the table of contents on which a page is named."""
        found = re.search(rf"(?<![\w/.-]){re.escape(name)}(?![\w/-])", self.text)
        return 1 + self.text.count("\n", 0, found.start()) if found else None
