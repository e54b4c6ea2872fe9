"""Stage: a `Page` with its Liquid filled in. The only one that knows python-liquid.

It is what Jekyll's pages are written in; notebooks are left alone unless their front matter asks.
"""

from __future__ import annotations

import copy
import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from publisher.errors import PublishError
from publisher.jekyll import Jekyll, matter
from publisher.model import Page, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.liquid.environment import Environment
    from publisher.liquid.site import PageTable

__all__ = ["Liquid", "wanted"]

Highlight = Callable[[str, str], str]
_MARKS = ("{%", "{{")
_REFERENCE = re.compile(r"^ {0,3}(\[[^\]\n]+\])(:.+)$", re.MULTILINE)
_TAG = re.compile(r"\{%-?\s*(\w+)")


def wanted(page: Page) -> bool:
    """Whether a page holds Liquid that is to be run."""
    if page.front.get("render_with_liquid") is False:
        return False
    if page.dialect in ("notebook", "myst") and page.front.get("liquid") is not True:
        return False
    return any(
        mark in cell.source
        for cell in page.notebook.cells
        if cell.cell_type != "code"
        for mark in _MARKS
    )


def newest(pages: Iterable[Page], jekyll: Jekyll) -> datetime.datetime:
    """What stands for the time of the build: that of the newest source, never the clock's.

    `SOURCE_DATE_EPOCH` if it is set, else the newest date that a page bears, else the newest
    change of a file. Source of the first: reproducible-builds.org.
    """
    epoch = matter.epoch()
    if epoch is not None:
        return datetime.datetime.fromtimestamp(epoch, jekyll.timezone)
    pages = list(pages)
    dates = [matter.moment(page.front.get("date"), jekyll) for page in pages]
    dates += [matter.moment(page.meta.updated, jekyll) for page in pages]
    known = [date for date in dates if date is not None]
    if known:
        return max(known)
    changed = max((page.path.stat().st_mtime for page in pages), default=0.0)
    return datetime.datetime.fromtimestamp(int(changed), jekyll.timezone)


class Liquid:
    """Fills in the pages of a site. `pages` are all that templates may see, by source.

    `files` are the other files of the site (source, path in the site); `shown` names a page's
    file in messages.
    """

    def __init__(
        self,
        jekyll: Jekyll,
        pages: Mapping[str, Page],
        files: tuple[tuple[str, str], ...],
        highlight: Highlight,
        shown: Callable[[Path], str],
    ) -> None:
        from publisher.liquid.site import SiteTable

        self.jekyll, self.highlight, self.shown = jekyll, highlight, shown
        time = newest(pages.values(), jekyll)
        self.site = SiteTable(jekyll, pages, files, time, self._content, self._excerpt)
        self.open: list[str] = []
        self.contents: dict[str, str] = {}

    def apply(self, page: Page) -> Page:
        """The page with its prose filled in. `SourceError` with file and line if it cannot be."""
        notebook = copy.deepcopy(page.notebook)
        moved: list[tuple[tuple[int, int], ...]] = []
        problems: list[Problem] = []
        for cell, first in zip(notebook.cells, page.lines, strict=True):
            marks: tuple[tuple[int, int], ...] = ()
            if cell.cell_type != "code":
                cell.source, found, marks = self._rendered(cell.source, page, first or 1)
                problems += found
            moved.append(marks)
        return replace(
            page,
            notebook=notebook,
            moved=tuple(moved),
            problems=(*page.problems, *problems),
        )

    def _rendered(
        self, source: str, page: Page, first_line: int
    ) -> tuple[str, list[Problem], tuple[tuple[int, int], ...]]:
        from publisher.liquid import tags
        from publisher.liquid.environment import Run, render

        draw = tags.figure if page.dialect in ("kramdown", "html") else tags.fence
        run = Run(self.shown(page.path), source, first_line, partial(draw, self.highlight))
        self.open.append(page.source)
        try:
            result, marks = render(self._environment, source, self._variables(page), run)
        finally:
            self.open.pop()
        return result, list(run.problems.values()), marks

    @property
    def _environment(self) -> Environment:
        if not hasattr(self, "_made"):
            from publisher.liquid import filters, tags
            from publisher.liquid.environment import Environment

            self._made = Environment(self.site, self._markdown)
            for tag in tags.ALL:
                self._made.add_tag(tag)
            filters.register(self._made)
        return self._made

    def _variables(self, page: Page) -> dict[str, Any]:
        return {
            "site": self.site,
            "page": self.site.table(page),
            "jekyll": {"environment": "production", "version": "4.3.1"},
            "paginator": self._paginator(),
        }

    def _paginator(self) -> dict[str, Any] | None:
        """All posts on one page, for sites that are paginated."""
        if not self.jekyll.values.get("paginate"):
            return None
        posts: list[PageTable] = self.site.posts
        return {"posts": posts, "page": 1, "per_page": len(posts), "total_pages": 1,
                "total_posts": len(posts), "previous_page": None, "next_page": None,
                "previous_page_path": None, "next_page_path": None}  # fmt: skip

    def _markdown(self, source: str) -> str:
        from publisher import markdown

        return markdown.fragment(
            source, self.highlight, "kramdown", options=self.jekyll.table("kramdown")
        )

    def _content(self, page: Page) -> str:
        """A page as HTML, for another one that shows it; notebooks without their outputs."""
        if self.open and self.open[-1] == page.source:  # itself, as it was written
            return "\n\n".join(cell.source for cell in page.notebook.cells)
        if page.source in self.open or len(self.open) > 5:
            return ""
        if page.source not in self.contents:
            source = "\n\n".join(
                cell.source for cell in page.notebook.cells if cell.cell_type == "markdown"
            )
            self.contents[page.source] = self._drawn(source, page)
        return self.contents[page.source]

    def _excerpt(self, page: Page) -> str:
        """What stands before the separator, as HTML."""
        from publisher.liquid.environment import BLOCKS

        cells = [cell for cell in page.notebook.cells if cell.cell_type == "markdown"]
        source = cells[0].source if cells else ""
        own = page.front.get("excerpt_separator")
        separator = str(own or self.jekyll.values.get("excerpt_separator") or "\n\n")
        head, _, rest = source.partition(separator)
        if rest:
            for tag in reversed(_TAG.findall(head)):
                if tag in (*BLOCKS, "raw") and not re.search(rf"\{{%-?\s*end{tag}\b", head):
                    head += f"\n{{% end{tag} %}}"
            used = [a + b for a, b in _REFERENCE.findall(rest) if a in head]
            head += "\n\n" + "\n".join(used) if used else ""
        return "" if page.source in self.open else self._drawn(head, page)

    def _drawn(self, source: str, page: Page) -> str:
        if any(mark in source for mark in _MARKS) and page.dialect in ("kramdown", "html"):
            try:
                source = self._rendered(source, page, 1)[0]
            except PublishError:
                return ""  # the page itself says what is wrong with it
        return source if page.dialect in ("html", "text") else self._markdown(source)
