"""What is kept of a page that was laid out, and when it still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from publisher import theme
from publisher.compose.facts import Question
from publisher.config import Config
from publisher.model import Entry, File, Head, Library, Problem
from publisher.outline import Outline
from publisher.store import digest


@dataclass(frozen=True)
class Sheet:
    """What a page that was laid out asks for besides its files.

    `copies` are the files that it links to, `missing` the layout that it wants in vain and the
    one that it has instead, `targets` the sources of the pages whose ids it links to. `asked` is
    what it asked of other pages, `answers` a hash of what it was told. `shown` are the sources of
    the pages that it shows in full, as a feed does. `libraries` are those that are copies of files.
    `source` is where readers find its own source.
    """

    copies: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    missing: tuple[str, str] | None = None
    targets: tuple[str, ...] = ()
    asked: tuple[Question, ...] = ()
    answers: str = ""
    libraries: tuple[Library, ...] = ()
    shown: tuple[str, ...] = ()
    source: str = ""


class Memo(Protocol):
    """Remembers pages as they were laid out."""

    def find(self, entry: Entry, site: str) -> tuple[Sheet | None, list[File]]:
        """A page and its files as they were, if page and site are the same; else None."""

    def keep(self, entry: Entry, site: str, sheet: Sheet, files: list[File]) -> None:
        """Remember a page."""

    def stored(self, path: str, name: str) -> File | None:
        """A file of the site whose content is in the store under a name."""


class NoMemo:
    """Remembers nothing."""

    def find(self, entry: Entry, site: str) -> tuple[Sheet | None, list[File]]:
        """Nothing."""
        return None, []

    def keep(self, entry: Entry, site: str, sheet: Sheet, files: list[File]) -> None:
        """Forget it."""

    def stored(self, path: str, name: str) -> File | None:
        """There is no store."""


def site_digest(config: Config, outline: Outline, pages: Mapping[str, Head], *more: object) -> str:
    """A hash of all that the layout of any page may see besides the page itself."""
    heads = [replace(page.head, digest="", problems=()) for _, page in sorted(pages.items())]
    templates = [
        (path.relative_to(folder).as_posix(), path.read_bytes())
        for folder in theme.folders(*config.theme)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] != "static"
    ]
    return digest(
        config.settings,
        config.title,
        [outline.entries, outline.texts, outline.contents],
        heads,
        [(name, digest(content)) for name, content in templates],
        *more,
    )
