"""Stage 4: all `Rendered` and the `Outline` → `File`s. The only one that knows page layouts.

Here addresses are resolved, for only here all pages and their ids are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from publisher import theme
from publisher.compose.addresses import Resolver, fill
from publisher.compose.frame import Frame
from publisher.compose.layouts import Layouts, missing_static
from publisher.config import Config
from publisher.errors import ThemeError
from publisher.model import Entry, File, Metadata, Page, Problem, Rendered
from publisher.outline import Outline, permalink_url, relative

__all__ = ["Composed", "compose"]

STATIC = "static"


@dataclass(frozen=True)
class Composed:
    """The files of a site, and what was wrong, by source."""

    files: tuple[File, ...]
    problems: dict[str, tuple[Problem, ...]]


def compose(
    outline: Outline,
    pages: Mapping[str, Page],
    rendered: Mapping[str, Rendered],
    kept: frozenset[str],
    unpublished: frozenset[str],
    config: Config,
) -> Composed:
    """Lay out every page of the outline. `kept` names those shown by their last good copy.

    `unpublished` names the sources that are pages but not of this site: drafts and failures.

    `ThemeError` if a layout does not work.
    """
    site = _Site(outline, pages, rendered, kept, unpublished, config)
    files = {file.path: file for file in site.files()}
    return Composed(tuple(files[path] for path in sorted(files)), site.problems())


class _Site:
    """What the layouts of all pages share."""

    def __init__(
        self,
        outline: Outline,
        pages: Mapping[str, Page],
        rendered: Mapping[str, Rendered],
        kept: frozenset[str],
        unpublished: frozenset[str],
        config: Config,
    ) -> None:
        self.outline, self.pages, self.rendered = outline, pages, rendered
        self.kept, self.config = kept, config
        self.layouts = Layouts(config)
        self.statics = {
            name: _static_file(name, path)
            for name, path in theme.static(theme.folders(*config.theme)).items()
        }
        self.resolver = Resolver(outline, rendered, unpublished, STATIC)
        self.found: dict[str, list[Problem]] = {}
        self.frame = Frame(outline, config)
        self.taken = {"404.html", *(entry.file for entry in outline.entries)}
        self.clashes: list[Problem] = []

    def problems(self) -> dict[str, tuple[Problem, ...]]:
        named = {source: tuple(found) for source, found in self.found.items()}
        file = self.config.shown(self.config.file) if self.config.file else None
        missing = tuple(
            Problem(f"`navigation` names {to}, which is no page", file) for to in self.frame.unknown
        )
        return {**named, "": named.get("", ()) + missing + tuple(self.clashes) + self._twins()}

    def _twins(self) -> tuple[Problem, ...]:
        """Pages whose addresses differ in case only: many disks and servers take them for one."""
        first: dict[str, Entry] = {}
        return tuple(
            Problem(
                f"{other.source} and {entry.source} differ in case only",
                hint="where case does not count, one of them replaces the other: rename it",
            )
            for entry in self.outline.entries
            if (other := first.setdefault(entry.file.casefold(), entry)) is not entry
        )

    def files(self) -> Iterator[File]:
        yield from self.statics.values()
        yield self._not_found()
        for entry in self.outline.entries:
            yield from self._redirects(entry)
        for entry in self.outline.entries:
            yield from self._page(entry)
        for path in sorted(self.frame.files):  # known once pages are drawn
            yield File(path, source=self.config.source / path)

    def _page(self, entry: Entry) -> Iterator[File]:
        rendered = self.rendered.get(entry.source or "", _EMPTY)
        found, copies = self.resolver.page(entry, rendered)
        shown = self.config.shown(self.config.source / entry.source) if entry.source else ""
        self.found[entry.source or ""] = [
            Problem(p.message, shown, p.line, hint=p.hint) for p in found.problems
        ]
        yield from self._copies(entry, copies, shown)
        for asset in rendered.assets:
            yield File(f"{STATIC}/{asset.name}", asset.content)
        html = self._draw(entry, rendered, found.addresses, shown)
        yield File(entry.file, html.encode("utf-8", "xmlcharrefreplace"))

    def _copies(self, entry: Entry, paths: Iterable[str], shown: str) -> Iterator[File]:
        """The files that a page links to; one may have gone since its last good copy was made."""
        for path in paths:
            source = self.config.source / path
            if self.config.publishable(source):
                yield File(path, source=source)
            else:
                self.found[entry.source or ""].append(Problem(f"the file {path} is gone", shown))

    def _draw(
        self, entry: Entry, rendered: Rendered, addresses: tuple[str, ...], shown: str
    ) -> str:
        layout, problem = self.layouts.choose(entry, shown)
        if problem:
            self.found[entry.source or ""].append(problem)
        context = {
            **self._frame(entry),
            "page": self._page_context(entry, rendered, addresses, layout),
            "entries": [self.frame.item(e, entry) for e in self.outline.listed_under(entry)]
            if layout == "listing"
            else [],
        }
        return self.layouts.draw(layout, context)

    def _frame(self, entry: Entry) -> dict[str, Any]:
        """What all layouts get besides their page."""
        return {
            **self.frame.around(entry),
            "site": self._site_context(),
            "asset": lambda name: relative(self._static(name).path, entry.url),
            "custom_style": "custom.css" in self.statics,
        }

    def _site_context(self) -> dict[str, Any]:
        settings = self.config.settings
        return {
            "title": self.config.title,
            "description": settings.description,
            "language": settings.language,
            "author": settings.author.name,
            "footer": settings.footer,
        }

    def _page_context(
        self, entry: Entry, rendered: Rendered, addresses: tuple[str, ...], layout: str
    ) -> dict[str, Any]:
        meta = entry.meta
        page = self.pages.get(entry.source or "")
        base = self.config.settings.url.rstrip("/")
        image = fill(rendered.image or "", self.resolver.absolute(rendered, base), bare=True)
        body, heading = fill(rendered.body, addresses), None
        if page is not None and page.titled_by_heading:
            heading = _HEADING.match(body)  # the layout shows the title in its own place
            body = body[heading.end() :] if heading else body
        return {
            "title": entry.title,
            "title_html": Markup(heading[2]) if heading else entry.title,
            "title_id": heading[1] if heading else None,
            "show_title": page is None or not page.titled_by_heading or heading is not None,
            "description": meta.description,
            "author": meta.author,
            "date": meta.date,
            "updated": meta.updated,
            "tags": list(dict.fromkeys(meta.tags + meta.categories)),
            "language": meta.language,
            "body": Markup(body),
            "headings": [
                {"id": h.id, "level": h.level, "html": Markup(fill(h.html, addresses))}
                for h in rendered.headings[1 if heading else 0 :]
            ],
            "toc": meta.toc if meta.toc is not None else layout in ("page", "post"),
            "kept": entry.source in self.kept,
            "image": image if "://" in image else None,
            "source": entry.source,
            "canonical": f"{base}/{quote(entry.url)}" if base else None,
        }

    def _redirects(self, entry: Entry) -> Iterator[File]:
        for old in entry.meta.redirect_from:
            source = Entry(permalink_url(old), entry.title, Metadata(), None)
            if self._is_taken(source.file):
                self.clashes.append(
                    Problem(
                        f"`redirect_from`: /{source.url} is taken",
                        self.config.shown(self.config.source / (entry.source or "")),
                        hint="remove it from one of the pages",
                    )
                )
            else:
                context = {
                    "site": self._site_context(),
                    "target": quote(relative(entry.url, source.url)),
                    "target_file": quote(relative(entry.file, source.url)),
                }
                yield File(source.file, self.layouts.draw("redirect", context).encode())

    def _is_taken(self, file: str) -> bool:
        """Whether a file stands in the way of another; if not, it now takes its place."""
        above = {str(folder) for folder in PurePosixPath(file).parents}
        folders = {str(folder) for name in self.taken for folder in PurePosixPath(name).parents}
        if file in self.taken or file in folders or above & self.taken:
            return True
        self.taken.add(file)
        return False

    def _not_found(self) -> File:
        url = self.config.settings.url.rstrip("/")
        context = {
            "site": self._site_context(),
            "home_absolute": f"{url}/" if url else None,
        }
        return File("404.html", self.layouts.draw("404", context).encode())

    def _static(self, name: str) -> File:
        try:
            return self.statics[name]
        except KeyError as error:
            raise missing_static(name) from error


def _static_file(name: str, path: Path) -> File:
    try:
        return File(f"{STATIC}/{_hashed(name, path.read_bytes())}", source=path)
    except OSError as error:
        raise ThemeError(f"cannot be read: {error.strerror}", path=str(path)) from error


def _hashed(name: str, content: bytes) -> str:
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}.{blake2b(content, digest_size=6).hexdigest()}{dot}{suffix}"


_HEADING = re.compile(r'<h1 id="([^"]*)">(.*?)</h1>\n?', re.DOTALL)
_EMPTY = Rendered("", (), frozenset(), (), (), None, ())
