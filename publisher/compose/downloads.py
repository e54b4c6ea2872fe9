"""What readers may take with them or change: a page's notebook, its source, the repository."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from publisher.config import Config
from publisher.model import Entry, File, Problem, Rendered
from publisher.outline import relative

# What a host is called, and where it lets one edit a file. Sources: the hosts' own pages.
_HOSTS = {
    "github.com": ("GitHub", "{repository}/edit/{branch}/{path}"),
    "gitlab.com": ("GitLab", "{repository}/-/edit/{branch}/{path}"),
    "codeberg.org": ("Codeberg", "{repository}/_edit/{branch}/{path}"),
    "bitbucket.org": ("Bitbucket", "{repository}/src/{branch}/{path}?mode=edit&at={branch}"),
}


class Downloads:
    """Knows where each page's notebook and source are published, and where it can be edited.

    `problems` are settings that lead nowhere.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        settings = config.settings
        self.repository = settings.repository.rstrip("/").removesuffix(".git")
        host = urlsplit(settings.edit or self.repository).netloc.lower().removeprefix("www.")
        known = "gitlab.com" if host.startswith("gitlab.") else host
        self.host, pattern = _HOSTS.get(known, ("", ""))
        self.pattern = settings.edit or pattern
        self.problems: tuple[Problem, ...] = ()
        if self.repository and not self.pattern:
            message = f"`repository`: how a page is edited at {host} is not known"
            hint = 'set `edit`, such as "https://…/{branch}/{path}"'
            self.problems = (Problem(message, *config.place("repository"), hint=hint),)

    def notebook(self, entry: Entry) -> str:
        """Where the notebook of a page is published, beside its HTML."""
        return self._beside(entry, ".ipynb")

    def source(self, entry: Entry, rendered: Rendered) -> str:
        """Where the source of a page is published; empty if it is not, or is the notebook."""
        source = entry.source
        if source is None or not rendered.notebook or source.endswith(".ipynb"):
            return ""
        real = (self.config.source / source).resolve()
        inside = real.is_relative_to(self.config.source)
        return self._beside(entry, PurePosixPath(source).suffix) if inside else ""

    def files(self, entry: Entry, source: str) -> tuple[File, ...]:
        """The copy of a page's source, published at `source` if that is not empty."""
        path = self.config.source / (entry.source or "")
        return (File(source, source=path),) if source else ()

    def seen_from(self, entry: Entry, rendered: Rendered) -> dict[str, Any]:
        """What a layout wants of a page: `downloads`, and `edit` (None if nobody can)."""
        found = []
        if rendered.notebook:
            found.append(("Notebook", self.notebook(entry)))
        source = self.source(entry, rendered)
        if source:
            found.append(("Source", source))
        return {
            "downloads": [
                {
                    "title": title,
                    "kind": PurePosixPath(path).suffix,
                    "href": quote(relative(path, entry.url)),
                }
                for title, path in found
            ],
            "edit": self._edit(entry),
        }

    def _edit(self, entry: Entry) -> dict[str, str] | None:
        if entry.source is None or not self.pattern:
            return None
        path = self.config.shown(self.config.source / entry.source)
        href = self.pattern
        for name, value in (
            ("repository", self.repository),
            ("branch", quote(self.config.settings.branch)),
            ("path", quote(path)),
        ):
            href = href.replace(f"{{{name}}}", value)
        return {"title": f"Edit on {self.host}" if self.host else "Edit this page", "href": href}

    def _beside(self, entry: Entry, suffix: str) -> str:
        """A file beside a page, named as its source if the page has a folder of its own."""
        own = entry.url.endswith("/") and entry.source is not None
        name = PurePosixPath(entry.source if own and entry.source else entry.file).stem
        return posixpath.join(posixpath.dirname(entry.file), f"{name}{suffix}")
