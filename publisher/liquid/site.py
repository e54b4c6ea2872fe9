"""What templates see: `site`, `page` and other pages, as tables that are read on asking."""

from __future__ import annotations

import datetime
import posixpath
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from liquid.context import RenderContext

from publisher.jekyll import Jekyll
from publisher.jekyll.data import Data
from publisher.liquid.environment import Environment
from publisher.model import Page

_DEFAULTS: dict[str, Any] = {
    "permalink": "date",
    "markdown": "kramdown",
    "highlighter": "rouge",
    "excerpt_separator": "\n\n",
    "collections_dir": "",
    "future": False,
}
_SAFE = "/:@!$&'()*+,;=~-._"


class Table(Mapping[str, Any]):
    """A table whose values are made when they are asked for."""

    def __init__(
        self, computed: Mapping[str, Callable[[], Any]], values: Mapping[str, Any]
    ) -> None:
        self._computed, self._values = computed, values

    def __getitem__(self, key: str) -> Any:
        if key in self._computed:
            return self._computed[key]()
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._values, **self._computed})

    def __len__(self) -> int:
        return len(self._values.keys() | self._computed.keys())

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


class PageTable(Table):
    """A page as templates see it."""

    def __init__(self, page: Page, site: SiteTable) -> None:
        self.page, self.site = page, site
        self.label = site.jekyll.collection(page.source)
        computed: dict[str, Callable[[], Any]] = {
            "url": lambda: quote(self.url, safe=_SAFE),
            "path": lambda: page.source,
            "name": lambda: PurePosixPath(page.source).name,
            "content": lambda: site.content(page),
            "excerpt": lambda: self.excerpt,
        }
        if self.label is None:
            computed["dir"] = lambda: (
                self.url
                if self.url.endswith("/")
                else posixpath.dirname(self.url).rstrip("/") + "/"
            )
        else:
            computed |= {
                "id": lambda: self.id,
                "collection": lambda: self.label,
                "relative_path": lambda: page.source,
                "output": lambda: site.content(page),
                "next": lambda: self._beside(1),
                "previous": lambda: self._beside(-1),
            }
        super().__init__(computed, page.front)

    @property
    def url(self) -> str:
        """Its address from the site's root."""
        return self.page.meta.permalink or "/"

    @property
    def id(self) -> str:
        """Jekyll's identifier of a document: its address without suffix."""
        folder = posixpath.dirname(self.url.rstrip("/"))
        name = PurePosixPath(self.page.source).stem
        return posixpath.join(folder, str(self.page.front.get("slug") or name))

    @property
    def shown(self) -> str:
        """What stands in the output for the whole page."""
        return self.url

    @cached_property
    def excerpt(self) -> Any:
        """The excerpt that is set, or of documents the part before the separator, as HTML."""
        given = self.page.front.get("excerpt")
        if given is not None or self.label is None:
            return given
        return self.site.excerpt(self.page)

    def _beside(self, step: int) -> PageTable | None:
        documents = self.site.documents(self.label or "")
        at = self.site.places.get(self.page.source)
        if at is None or not 0 <= at + step < len(documents):
            return None
        return documents[at + step]


class SiteTable(Table):
    """The site as templates see it: only what they ask for of `_config.yml` reaches a page.

    `content` and `excerpt` make the HTML of a page for other pages that show it.
    """

    def __init__(
        self,
        jekyll: Jekyll,
        pages: Mapping[str, Page],
        files: tuple[tuple[str, str], ...],
        time: datetime.datetime,
        content: Callable[[Page], str],
        excerpt: Callable[[Page], str],
    ) -> None:
        self.jekyll, self.pages, self.files, self.time = jekyll, pages, files, time
        self.content, self.excerpt = content, excerpt
        self.tables: dict[str, PageTable] = {}
        self.grouped: dict[str, tuple[PageTable, ...]] = {}
        self.places: dict[str, int] = {}
        self.data = Data(jekyll)
        computed: dict[str, Callable[[], Any]] = {
            "time": lambda: time,
            "data": lambda: self.data,
            "posts": lambda: self.posts,
            "related_posts": lambda: self.posts[:10],
            "pages": lambda: self.simple,
            "html_pages": lambda: [
                p for p in self.simple if p.url.endswith(("/", ".html", ".htm"))
            ],
            "static_files": lambda: [_file(source, target) for source, target in files],
            "html_files": lambda: [_file(s, t) for s, t in files if t.endswith(".html")],
            "documents": lambda: [d for label in jekyll.collections for d in self.documents(label)],
            "collections": lambda: [
                self._collection(label) for label in sorted(jekyll.collections)
            ],
            "tags": lambda: self._by("tags"),
            "categories": lambda: self._by("categories"),
        }
        for label in jekyll.collections:
            if label != "posts":
                computed[label] = partial(self.documents, label)
        super().__init__(computed, {**_DEFAULTS, **jekyll.values})

    def table(self, page: Page) -> PageTable:
        """A page as a table, the same one each time."""
        if page.source not in self.tables:
            self.tables[page.source] = PageTable(page, self)
        return self.tables[page.source]

    def documents(self, label: str) -> tuple[PageTable, ...]:
        """The documents of a collection in its order: by date, then by path, or as configured."""
        if label not in self.grouped:
            found = [p for p in self.pages.values() if self.jekyll.collection(p.source) == label]
            found.sort(key=lambda page: (_moment(page), page.source))
            settings = self.jekyll.collections.get(label, {})
            key, order = settings.get("sort_by"), settings.get("order")
            if isinstance(key, str):
                found.sort(key=lambda p: (p.front.get(key) is None, _sortable(p.front.get(key))))
            if isinstance(order, list):
                wanted = {f"_{label}/{name}": at for at, name in enumerate(order)}
                found.sort(key=lambda p: wanted.get(p.source, len(wanted)))
            self.grouped[label] = tuple(self.table(page) for page in found)
            self.places |= {page.source: at for at, page in enumerate(found)}
        return self.grouped[label]

    @property
    def posts(self) -> list[PageTable]:
        """The posts, the newest first."""
        return list(reversed(self.documents("posts")))

    @cached_property
    def simple(self) -> list[PageTable]:
        """The pages that belong to no collection, by the names of their files."""
        found = [p for p in self.pages.values() if self.jekyll.collection(p.source) is None]
        found.sort(key=lambda page: (PurePosixPath(page.source).name, page.source))
        return [self.table(page) for page in found]

    def _by(self, key: str) -> dict[str, list[PageTable]]:
        groups: dict[str, list[PageTable]] = {}
        for post in self.documents("posts"):
            for name in post.page.front.get(key) or ():
                groups.setdefault(str(name), []).insert(0, post)
        return groups

    def _collection(self, label: str) -> dict[str, Any]:
        return {
            **self.jekyll.collections[label],
            "label": label,
            "docs": list(self.documents(label)),
            "output": label == "posts" or bool(self.jekyll.collections[label].get("output")),
            "relative_directory": f"_{label}",
            "files": [],
        }


def site_of(context: RenderContext) -> SiteTable:
    """The site that a template is rendered for."""
    assert isinstance(context.env, Environment)
    return context.env.site


def _moment(page: Page) -> float:
    date = page.front.get("date")
    if isinstance(date, datetime.datetime):
        return date.timestamp() if date.tzinfo else date.replace(tzinfo=datetime.UTC).timestamp()
    return 0.0


def _sortable(value: Any) -> tuple[bool, Any]:
    return (True, str(value)) if not isinstance(value, (int, float)) else (False, value)


def _file(source: str, target: str) -> dict[str, Any]:
    name = PurePosixPath(source)
    return {
        "path": f"/{source}",
        "name": name.name,
        "basename": name.stem,
        "extname": name.suffix,
        "collection": None,
        "url": f"/{target}",
    }
