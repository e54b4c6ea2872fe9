"""Where readers run a page themselves: links that open its notebook on Binder.

Where the commit is pinned, pages lead to one page of the site that alone holds it: a commit
changes that page and no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from urllib.parse import quote

from publisher import binderhub, repository
from publisher.config import Binder, Config
from publisher.model import Entry, Head, Metadata, Problem
from publisher.outline import Outline, relative

URL = "launch/"
TITLE = "Launch on Binder"


class Launch:
    """Knows the link of each notebook. `problems` are settings that lead nowhere.

    `page` is where the pinned links are; None if there is no such page.
    """

    def __init__(self, config: Config, outline: Outline, pages: Mapping[str, Head]) -> None:
        self.config, self.outline, self.pages = config, outline, pages
        self.problems: tuple[Problem, ...] = ()
        self.binder = self._usable(config.settings.binder)
        pinned = self.binder is not None and self.binder.pin
        self.commit = self._commit() if pinned else None
        self.page = Entry(URL, TITLE, Metadata(layout="launch"), None) if self.commit else None

    def seen_from(self, entry: Entry) -> dict[str, str] | None:
        """The link of a page's notebook, as its layout wants it; None if it is none."""
        if self.binder is None or not self._is_notebook(entry):
            return None
        if self.page is not None:
            href = f"{quote(relative(URL, entry.url))}#{self._id(entry)}"
        else:
            href = self._address(entry, self.binder.ref or self.config.settings.branch)
        return {"title": TITLE, "href": href}

    def links(self) -> list[dict[str, str]]:
        """The links that the page of pinned links shows, in the order of the site."""
        return [
            {"id": self._id(entry), "title": entry.title, "href": self._address(entry, self.commit)}
            for entry in self.outline.entries
            if self.commit is not None and self._is_notebook(entry)
        ]

    @cached_property
    def repository(self) -> str:
        """Where the sources are."""
        given = self.binder.repository if self.binder is not None else ""
        return given or self.config.settings.repository

    def _is_notebook(self, entry: Entry) -> bool:
        page = self.pages.get(entry.source or "")
        return page is not None and page.kind == "notebook"

    def _path(self, entry: Entry) -> str:
        return self.config.shown(self.config.source / (entry.source or ""))

    def _id(self, entry: Entry) -> str:
        return quote(self._path(entry))

    def _address(self, entry: Entry, ref: str | None) -> str:
        assert self.binder is not None
        path = binderhub.notebook(self._path(entry))
        return binderhub.launch(self.binder.hub, self.repository, ref or "HEAD", path) or ""

    def _usable(self, binder: Binder | None) -> Binder | None:
        """The settings, if they name a repository."""
        if binder is None:
            return None
        given = binder.repository or self.config.settings.repository
        if given and binderhub.launch(binder.hub, given, "HEAD") is not None:
            return binder
        if given:
            place = ("binder", "repository") if binder.repository else ("repository",)
            self._warn(f"`{'.'.join(place)}`: {given} is no repository", *place)
        else:
            self._warn("[binder] needs to know where the sources are", "binder")
        return None

    def _commit(self) -> str | None:
        """The commit that is built, unless there is no place for the page that holds it."""
        file = f"{URL}index.html"
        files = {entry.file.casefold() for entry in (*self.outline.entries, *self.outline.texts)}
        if file in files or URL.rstrip("/") in files or (self.config.source / file).exists():
            self._warn(f"`binder.pin`: /{URL} is taken, so no commit is pinned", "binder", "pin")
            return None
        found = repository.commit(self.config.root)
        if found is None:
            message = "`binder.pin`: the commit is not known, so none is pinned"
            self._warn(message, "binder", "pin", hint="build in a clone of the git repository")
        return found

    def _warn(
        self,
        message: str,
        *keys: str,
        hint: str = 'set `repository`, such as "https://github.com/me/site"',
    ) -> None:
        self.problems += (Problem(message, *self.config.place(*keys), hint=hint),)
