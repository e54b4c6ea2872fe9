"""Stage 4: all `Rendered` and the `Outline` → `File`s. The only one that knows page layouts.

Here addresses are resolved, for only here all pages and their ids are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from markupsafe import Markup

from publisher import theme
from publisher.compose.addresses import Resolver, fill
from publisher.compose.layouts import Layouts
from publisher.config import Config
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
            name: File(f"{STATIC}/{_hashed(name, path.read_bytes())}", source=path)
            for name, path in theme.static(theme.folders(*config.theme)).items()
        }
        self.resolver = Resolver(outline, rendered, unpublished, STATIC)
        self.found: dict[str, list[Problem]] = {}
        self.unknown: dict[str, None] = {}

    def problems(self) -> dict[str, tuple[Problem, ...]]:
        named = {source: tuple(found) for source, found in self.found.items()}
        file = self.config.shown(self.config.file) if self.config.file else None
        missing = tuple(
            Problem(f"`navigation` names {to}, which is no page", file) for to in self.unknown
        )
        return {**named, "": named.get("", ()) + missing}

    def files(self) -> Iterator[File]:
        yield from self.statics.values()
        yield self._not_found()
        for entry in self.outline.entries:
            yield from self._redirects(entry)
        for entry in self.outline.entries:
            yield from self._page(entry)

    def _page(self, entry: Entry) -> Iterator[File]:
        rendered = self.rendered.get(entry.source or "", _EMPTY)
        found, copies = self.resolver.page(entry, rendered)
        shown = self.config.shown(self.config.source / entry.source) if entry.source else ""
        self.found[entry.source or ""] = [
            Problem(p.message, shown, p.line, hint=p.hint) for p in found.problems
        ]
        yield from (File(path, source=self.config.source / path) for path in copies)
        for asset in rendered.assets:
            yield File(f"{STATIC}/{asset.name}", asset.content)
        html = self._draw(entry, rendered, found.addresses, shown)
        yield File(entry.file, html.encode("utf-8", "xmlcharrefreplace"))

    def _draw(
        self, entry: Entry, rendered: Rendered, addresses: tuple[str, ...], shown: str
    ) -> str:
        layout, problem = self.layouts.choose(entry, shown)
        if problem:
            self.found[entry.source or ""].append(problem)
        context = {
            **self._frame(entry),
            "page": self._page_context(entry, rendered, addresses, layout),
            "entries": [self._item(e, entry) for e in self.outline.listed_under(entry)]
            if layout == "listing"
            else [],
        }
        return self.layouts.draw(layout, context)

    def _frame(self, entry: Entry) -> dict[str, Any]:
        """What stands around any page: links to elsewhere, as seen from it."""
        settings = self.config.settings
        group = self.outline.siblings(entry)
        at = group.index(entry) if entry in group else 0
        return {
            "site": self._site_context(),
            "home": relative(self.outline.home.url, entry.url),
            "asset": lambda name: relative(self._static(name).path, entry.url),
            "custom_style": "custom.css" in self.statics,
            "navigation": self._navigation(entry, settings.navigation),
            "sidebar": [
                self._item(e, entry) | {"current": e is entry} for e in group if len(group) > 1
            ],
            "breadcrumbs": [self._item(e, entry) for e in self.outline.above(entry)[1:]],
            "previous": self._item(group[at - 1], entry) if group and at > 0 else None,
            "next": self._item(group[at + 1], entry) if at + 1 < len(group) else None,
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
        return {
            "title": entry.title,
            "show_title": page is None or not page.titled_by_heading,
            "description": meta.description,
            "author": meta.author,
            "date": meta.date,
            "updated": meta.updated,
            "tags": list(meta.tags),
            "language": meta.language,
            "body": Markup(fill(rendered.body, addresses)),
            "headings": [
                {"id": h.id, "level": h.level, "html": Markup(fill(h.html, addresses))}
                for h in rendered.headings
            ],
            "toc": meta.toc if meta.toc is not None else layout in ("page", "post"),
            "kept": entry.source in self.kept,
            "image": image if "://" in image else None,
            "source": entry.source,
            "canonical": f"{base}/{entry.url}" if base else None,
        }

    def _navigation(self, entry: Entry, chosen: Any) -> list[dict[str, Any]]:
        if chosen is None:
            tops = [e for e in self.outline.entries if e.url.rstrip("/").count("/") == 0 and e.url]
            items = [e for e in tops if e.file != "index.html"]
            return [self._item(e, entry) for e in items] if len(items) <= 7 else []
        return [self._chosen(item, entry) for item in chosen]

    def _chosen(self, item: Any, page: Entry) -> dict[str, Any]:
        to, title = (item, "") if isinstance(item, str) else (item.to, item.title)
        entry = self.outline.find(to.strip("/") if to != "/" else "")
        if entry is None and not _ELSEWHERE.match(to):
            self.unknown.setdefault(to)
        if entry is None:
            return {"title": title or to, "href": to, "current": False}
        return {**self._item(entry, page), **({"title": title} if title else {})}

    def _item(self, entry: Entry, page: Entry) -> dict[str, Any]:
        section = entry.url.endswith("/") and page.url.startswith(entry.url)
        return {
            "title": entry.title,
            "href": relative(entry.url, page.url),
            "current": entry is page or section,
            "date": entry.meta.date,
            "description": entry.meta.description,
            "tags": list(entry.meta.tags),
        }

    def _redirects(self, entry: Entry) -> Iterator[File]:
        for old in entry.meta.redirect_from:
            source = Entry(permalink_url(old), entry.title, Metadata(), None)
            if self.outline.by_url.get(source.url) is None:
                context = {
                    "site": self._site_context(),
                    "target": relative(entry.url, source.url),
                }
                yield File(source.file, self.layouts.draw("redirect", context).encode())

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
            raise self.layouts.missing_static(name) from error


def _hashed(name: str, content: bytes) -> str:
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}.{blake2b(content, digest_size=6).hexdigest()}{dot}{suffix}"


_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#")
_EMPTY = Rendered("", (), frozenset(), (), (), None, ())
