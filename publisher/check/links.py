"""Links within the site that lead nowhere: to no file, or to no place on a page."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Set
from urllib.parse import unquote, urlsplit

from publisher.check.fault import Fault
from publisher.check.html import Html


class Links:
    """The files of a site and what its pages link to.

    `prefix` is the path that the site has at its address (`/guide/`), which links from the root
    of the server begin with.
    """

    def __init__(self, files: Set[str], pages: Mapping[str, Html], url: str) -> None:
        self.files, self.pages = files, pages
        self.prefix = urlsplit(url).path.rstrip("/") + "/"

    def faults(self) -> Iterator[Fault]:
        """All links that lead nowhere, page by page."""
        for path, page in self.pages.items():
            for address in page.links:
                found = self._fault(address, path, page)
                if found is not None:
                    yield found

    def shown_by(self) -> dict[str, str]:
        """For each file that pages link to, the first of these pages."""
        found: dict[str, str] = {}
        for path, page in self.pages.items():
            for address in page.links:
                target = self._target(address, path, page.base)
                if target is not None:
                    found.setdefault(self._file(target[0]) or target[0], path)
        return found

    def _fault(self, address: str, path: str, page: Html) -> Fault | None:
        target = self._target(address, path, page.base)
        if target is None:
            return None
        where, fragment = target
        file = self._file(where)
        if where.startswith(".."):
            message = f"the link {address} leads out of the site"
            return Fault("link", message, path, address, "give a full address")
        if file is None:
            hint = f"did you mean {address}.html?" if f"{where}.html" in self.files else None
            return Fault("link", f"the link {address} leads nowhere", path, address, hint)
        there = self.pages.get(file)
        if there is None or not fragment or _is_free(fragment):
            return None
        if fragment in there.ids or unquote(fragment) in there.ids:
            return None
        where = "this page" if file == path else file
        return Fault("fragment", f"there is no #{unquote(fragment)} on {where}", path, address)

    def _target(self, address: str, path: str, base: str) -> tuple[str, str] | None:
        """The path in the site and the fragment of an address; None if it leads elsewhere."""
        try:
            parts, based = urlsplit(address), urlsplit(base)
        except ValueError:
            return None
        if parts.scheme or parts.netloc or "\x00" in address:
            return None
        if not parts.path and not (base and not address.startswith("#")):
            return path, parts.fragment
        if based.scheme or based.netloc:
            return None
        start = posixpath.join(posixpath.dirname(path), unquote(based.path.rpartition("/")[0]))
        given = unquote(parts.path)
        if given.startswith("/"):
            if not given.startswith(self.prefix) and f"{given}/" != self.prefix:
                return None  # something else at the same address
            start, given = "", given[len(self.prefix) :]
        where = posixpath.normpath(posixpath.join(start, given or "."))
        return "" if where == "." else where, parts.fragment

    def _file(self, where: str) -> str | None:
        """The file that a server sends for a path."""
        index = posixpath.join(where, "index.html")
        return where if where in self.files else index if index in self.files else None


def _is_free(fragment: str) -> bool:
    """Whether a fragment is no id: the top, some text, or what a script reads."""
    return fragment == "top" or fragment.startswith((":~:", "/", "!"))
