"""The works that a site cites, and those of its author on the About page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from html import unescape
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup

from publisher import citations
from publisher.citations import attached
from publisher.compose.facts import Asking
from publisher.config import Config
from publisher.model import Entry, Head, Problem, Rendered
from publisher.outline import Outline, relative
from publisher.store import content_digest, digest

if TYPE_CHECKING:
    from publisher.citations.bibtex import Work

_CANDIDATE = re.compile(r'<x-work data-key="([^"]*)">(.*?)(?:</x-work>|\Z)', re.DOTALL)
_FILE = re.compile(r"""[{"]\s*([^{}"\s:][^{}":]*\.\w{1,5})\s*[}"]""")  # a field that looks like one
_EMPTY = re.compile(r"<(ul|ol)>\s*</\1>")


def with_cited(rendered: Rendered, asking: Asking) -> Rendered:
    """A page whose list of works holds those that the site cites."""
    if "<x-work " not in rendered.body:
        return rendered
    cited = frozenset(asking.cited())
    body = _CANDIDATE.sub(lambda m: m[2] if unescape(m[1]) in cited else "", rendered.body)
    return replace(rendered, body=_EMPTY.sub("<p>Nothing is cited yet.</p>", body))


@dataclass(frozen=True)
class Section:
    """Works as HTML, where there are more, the files that they link to, and what is wrong."""

    html: Markup
    more: str | None
    files: tuple[str, ...]
    problems: tuple[Problem, ...]


class Publications:
    """The author's own works for the About pages, whose URLs are `about`."""

    def __init__(
        self, config: Config, outline: Outline, pages: Mapping[str, Head], about: Set[str]
    ) -> None:
        self.config, self.outline, self.pages, self.about = config, outline, pages, about

    def key(self, entry: Entry) -> str:
        """A hash of the works that an About page shows; empty where it shows none."""
        if not self._are_wanted(entry):
            return ""
        texts = self._texts()
        return digest(
            [(name, content_digest(text.encode())) for name, text in texts], self._files(texts)
        )

    def _files(self, texts: Iterable[tuple[str, str]]) -> list[str]:
        """The files of the project that fields of works may mean and that are there."""
        root, source = self.config.root, self.config.source
        named = {(m[1], name) for name, text in texts for m in _FILE.finditer(text)}
        paths = {path for given, name in named for path in attached(given, name, root, source)}
        return sorted(path for path in paths if self.config.publishable(source / path))

    def section(self, entry: Entry, rendered: Rendered) -> Section | None:
        """The selected works, or the newest, for an About page that does not list them itself."""
        if not self._are_wanted(entry) or 'class="works"' in rendered.body:
            return None
        from publisher.citations import publications
        from publisher.markdown.citing import formula

        works = citations.bibliography(self._texts(), b"", "en").works.values()
        shown = publications.selected(works, self.config.settings.publications.about)
        author = publications.Author.of(self.config.own_names)
        files: list[str] = []
        problems: list[Problem] = []

        def address(given: str, work: Work) -> str:
            return self._address(given, work, entry, files, problems)

        html = publications.Lists(author, address, formula).listed(shown)
        return (
            Section(Markup(html), self._page(entry), tuple(files), tuple(problems))
            if html
            else None
        )

    def _are_wanted(self, entry: Entry) -> bool:
        if entry.url not in self.about:
            return False
        page = self.pages.get(entry.source or "")
        refused = page is not None and page.front.get("selected_papers") is False  # al-folio's
        wanted = self.config.settings.publications.about > 0 and not refused
        return wanted and bool(self.config.publications)

    def _texts(self) -> tuple[tuple[str, str], ...]:
        found = []
        for path in self.config.publications:
            if not self.config.readable(path):
                continue  # the page that lists them says so
            try:
                text = path.read_bytes().decode("utf-8-sig", "replace").replace("\r\n", "\n")
            except OSError:
                continue
            found.append((self.config.shown(path), text))
        return tuple(found)

    def _page(self, entry: Entry) -> str | None:
        """The address of the page that lists all works, if there is one."""
        for other in self.outline.entries:
            page = self.pages.get(other.source or "")
            if page is None or other is entry:
                continue
            asks = page.front.get("publications") not in (None, False)
            if asks or PurePosixPath(page.source).stem == "publications":
                return quote(relative(other.url, entry.url))
        return None

    def _address(
        self, given: str, work: Work, entry: Entry, files: list[str], problems: list[Problem]
    ) -> str:
        """What a work links to, as seen from a page; `files` gets those that are to be copied."""
        if re.match(r"https?://", given):
            return given
        if re.match(r"[A-Za-z][\w+.-]*:|//", given):
            return ""
        root, source = self.config.root, self.config.source
        for path in attached(given, work.file, root, source):
            if self.config.publishable(source / path):
                files.append(path)
                return quote(relative(path, entry.url))
        message = f"{work.key} names the file {given}, which is not there"
        problems.append(Problem(message, work.file, work.line))
        return ""
