"""Pages that lead on to others: `redirect_from` and `redirect_to`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from publisher.compose.layouts import Layouts
from publisher.config import Config
from publisher.model import Entry, File, Head, Metadata, Problem
from publisher.outline import Outline, permalink_url, relative


class Redirects:
    """Draws pages that lead on. `clashes` are old addresses that are taken."""

    def __init__(
        self, outline: Outline, layouts: Layouts, site: dict[str, Any], config: Config
    ) -> None:
        self.outline, self.layouts, self.site, self.config = outline, layouts, site, config
        self.taken = {"404.html", *(entry.file for entry in (*outline.entries, *outline.texts))}
        self.clashes: list[Problem] = []

    def to(self, entry: Entry) -> Iterator[File]:
        """The pages at the old addresses of a page."""
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
                yield File(source.file, self._draw(entry, source).encode())

    def away(self, entry: Entry, page: Head | None) -> str | None:
        """What a page shows that says `redirect_to`; None for others."""
        to = page.front.get("redirect_to") if page is not None else None
        to = to[0] if isinstance(to, list) and to else to
        if not isinstance(to, str) or not re.match(r"https?://|/", to):
            return None
        target = None if "://" in to else self.outline.find(to.strip("/"))
        if target is not None:
            return self._draw(target, entry)
        return self.layouts.draw("redirect", {"site": self.site, "target": to, "target_file": to})

    def _draw(self, target: Entry, page: Entry) -> str:
        """The page that leads to `target`."""
        context = {
            "site": self.site,
            "target": quote(relative(target.url, page.url)),
            "target_file": quote(relative(target.file, page.url)),
        }
        return self.layouts.draw("redirect", context)

    def _is_taken(self, file: str) -> bool:
        """Whether a file stands in the way of another; if not, it now takes its place."""
        above = {str(folder) for folder in PurePosixPath(file).parents}
        folders = {str(folder) for name in self.taken for folder in PurePosixPath(name).parents}
        if file in self.taken or file in folders or above & self.taken:
            return True
        self.taken.add(file)
        return False
