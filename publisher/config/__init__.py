"""What the user asked for: `publisher.toml`, or `[tool.publisher]` in `pyproject.toml`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from string import capwords

from publisher import book as books
from publisher import jekyll
from publisher.book import Book
from publisher.config import bibliographies
from publisher.config.migrated import as_jekyll, completed, of_book
from publisher.config.settings import (
    Author,
    Binder,
    Check,
    Deployment,
    Execution,
    Interaction,
    NavigationItem,
    Publications,
    Settings,
    Style,
)
from publisher.config.source import source_of
from publisher.config.tables import reference
from publisher.errors import ConfigError
from publisher.jekyll import Jekyll

__all__ = [
    "Author",
    "Binder",
    "Check",
    "Config",
    "Deployment",
    "Execution",
    "Interaction",
    "NavigationItem",
    "Publications",
    "Settings",
    "Style",
    "foreign",
    "load",
    "matches",
    "reference",
    "walk",
]

STORE = ".publisher"
MANIFEST = ".publisher-manifest.json"


@dataclass(frozen=True)
class Config:
    """A project: its folders (absolute), its settings, and the file that these came from.

    `jekyll` is the Jekyll site that its source folder is, if it is one; `book` the book of another
    tool.
    """

    root: Path
    source: Path
    output: Path
    settings: Settings
    file: Path | None
    jekyll: Jekyll | None = None
    book: Book | None = None

    @property
    def title(self) -> str:
        """The site's name."""
        return self.settings.title or capwords(re.sub("[-_]", " ", self.root.name)) or "My Site"

    @property
    def theme(self) -> tuple[Path, str]:
        """The project's folder and the name of its theme, as `theme.folders` wants them."""
        return self.root, self.settings.theme

    @property
    def store(self) -> Path:
        """The folder of what we remember."""
        return self.root / STORE

    @property
    def as_jekyll(self) -> Jekyll:
        """The Jekyll site that it is, or would be by its settings."""
        return self.jekyll or as_jekyll(self.source, self.title, self.settings)

    @cached_property
    def bibliographies(self) -> tuple[Path, ...]:
        """The `.bib` files that pages cite from, as they are when this is asked for first."""
        given = self.settings.bibliography or (self.book.bibliography if self.book else ())
        if given:
            return tuple(bibliographies.place(name, self.root, self.source) for name in given)
        return bibliographies.found(self.root, walk(self.source, without=(self.output,)))

    @cached_property
    def publications(self) -> tuple[Path, ...]:
        """The `.bib` files of the author's own works, likewise."""
        if self.settings.publications.file:
            name = self.settings.publications.file
            return (bibliographies.place(name, self.root, self.source),)
        return bibliographies.own(self.root, self.source, self.jekyll)

    @property
    def own_names(self) -> tuple[str, ...]:
        """How the author's name is spelled in lists of works."""
        given = self.settings.publications.names
        scholar = self.jekyll.table("scholar") if self.jekyll is not None else {}
        return given or bibliographies.names(scholar, self.settings.author.name)

    def place(self, *keys: str) -> tuple[str | None, int | None]:
        """File and line of a setting; those of its table in a Jekyll site that sets it there."""
        given = source_of(self.root)
        line = given.error(keys, "").line if given.file is not None else None
        if line is not None and given.file is not None:
            return self.shown(given.file), line
        if self.jekyll is not None and self.jekyll.file is not None:
            return self.shown(self.jekyll.file), self.jekyll.lines.get(keys[0])
        return (self.shown(self.file) if self.file else None), None

    def shown(self, path: Path) -> str:
        """A path as messages show it: relative to the project where it lies inside."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()

    def folders(self) -> Iterator[Path]:
        """The project and the folders in it: no output, hidden folder, environment or store."""
        for folder, _, _ in _folders(self.root, (self.output,)):
            yield folder

    def publishable(self, path: Path) -> bool:
        """Whether a file of the source folder may be copied into the site.

        It must be there, lie inside when links are followed, and be hidden nowhere on its way;
        Jekyll's own folders (`_data`, `_includes`) are hidden as well.
        """
        hidden = (".", "_") if self.jekyll else (".",)
        try:
            real = path.resolve()
            parts = real.relative_to(self.source).parts + path.relative_to(self.source).parts
            return (
                real.is_file()
                and not any(part.startswith(hidden) for part in parts)
                and not real.is_relative_to(self.output)
                and os.access(real, os.R_OK)
            )
        except (OSError, ValueError, RuntimeError):  # outside, or a loop of links
            return False

    def readable(self, path: Path) -> bool:
        """Whether a page may show something of a file.

        It must lie in the project when links are followed, and be hidden nowhere on its way.
        """
        try:
            real = path.resolve()
            parts = real.relative_to(self.root).parts
            hidden = any(part.startswith(".") for part in parts)
            return not hidden and not real.is_relative_to(self.output) and real.is_file()
        except (OSError, ValueError, RuntimeError):  # outside, or a loop of links
            return False

    def as_source(self, pattern: str) -> str:
        """A source or a pattern of sources, as it counts from the source folder.

        People write what they see: `notebooks/a.md`, `./a.md`.
        """
        top = f"{self.shown(self.source)}/"
        return pattern.removeprefix("./").removeprefix(top)

    def excluded(self, source: str) -> bool:
        """Whether the settings say that a source is no page."""
        return matches(source, self.settings.exclude)


def _reject_part(root: Path) -> None:
    """`ConfigError` if a folder without a configuration is the source folder of a project."""
    for above in root.parents:
        try:
            whole = load(above) if source_of(above).file is not None else None
        except ConfigError:
            return  # what is wrong above is not this folder's business
        if whole is None:
            continue
        if whole.source != above and root.is_relative_to(whole.source):
            raise ConfigError(
                f"{root} belongs to the project in {above}",
                hint=f"run publish there, or: publish -C {os.path.relpath(above)}",
            )
        return


def walk(top: Path, without: tuple[Path, ...] = ()) -> Iterator[Path]:
    """The files below `top` in order, links to folders not followed.

    Hidden files and folders, Python environments and caches, `node_modules` and built sites are
    left out.
    """
    for folder, _, names in _folders(top, without):
        for name in sorted(names):
            if not name.startswith("."):
                yield folder / name


def _folders(top: Path, without: tuple[Path, ...]) -> Iterator[tuple[Path, list[str], list[str]]]:
    """`os.walk` in order, without folders that are never a project's own."""
    for folder, folders, names in os.walk(top, onerror=_unreadable):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and not foreign(here / name) and here / name not in without
        )
        yield here, folders, names


def _unreadable(error: OSError) -> None:
    raise ConfigError(
        f"the folder {error.filename} cannot be read: {error.strerror}",
        hint="change its permissions, or move it out of the project",
    ) from error


def foreign(folder: Path) -> bool:
    """Whether a folder is an environment, a cache, a built site, or what we remember."""
    return folder.name in (STORE, "node_modules", "__pycache__", "site-packages") or any(
        os.path.exists(folder / mark) for mark in ("pyvenv.cfg", "conda-meta", MANIFEST)
    )


def matches(source: str, patterns: tuple[str, ...]) -> bool:
    """Whether a path fits one of the patterns; a pattern without wildcard names a folder too."""
    return any(
        fnmatchcase(source, pattern) or source.startswith(pattern.rstrip("/") + "/")
        for pattern in patterns
    )


def _own_source(root: Path, configuration: Path | None) -> Path:
    """The folder of the pages where none is set: a whole Jekyll site or book is its own.

    In a repository without configuration, one book in a folder of its own is meant.
    """
    if jekyll.find(root) is not None or books.file(root) is not None:
        return root
    if (root / "notebooks").is_dir():
        return root / "notebooks"
    return (books.below(root) if configuration is None else None) or root


def load(root: Path, output: Path | None = None) -> Config:
    """Read the settings of the project in `root`. `output` overrides the configured folder.

    `ConfigError` says file and line.
    """
    root = root.resolve()
    if not root.is_dir():
        raise ConfigError(f"there is no folder {root}", hint="check the path given with -C")
    given = source_of(root)
    if given.file is None:
        _reject_part(root)
    settings = given.settings()
    source = root / settings.source if settings.source else _own_source(root, given.file)
    if not source.is_dir():
        raise given.error(("source",), f"the source folder {settings.source!r} does not exist")
    source = source.resolve()
    if not source.is_relative_to(root):
        raise given.error(("source",), "the source folder lies outside the project")
    target = Path(os.path.abspath(output if output is not None else root / settings.output))
    if root.is_relative_to(target) or target == source or source.is_relative_to(target):
        raise given.error(("output",), f"the output folder {target} would hold the sources")
    if target.is_relative_to(root / STORE):
        raise given.error(("output",), f"the folder {STORE} is for what we remember")
    site = jekyll.find(source)
    if site is not None:
        return Config(root, source, target, completed(settings, site), given.file, site)
    book = books.find(source)
    if book is not None:
        settings = of_book(settings, book, source)
    return Config(root, source, target, settings, given.file, book=book)
