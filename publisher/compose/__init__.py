"""Stage 4: all `Rendered` and the `Outline` → `File`s. The only one that knows page layouts.

Here addresses are resolved, for only here all pages and their ids are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from publisher import theme
from publisher.compose.about import Profile, about_pages, with_about
from publisher.compose.addresses import Resolver, fill
from publisher.compose.facts import Asking, SiteFacts
from publisher.compose.frame import Frame
from publisher.compose.layouts import Layouts, missing_static
from publisher.compose.person import first_and_last, json_ld
from publisher.compose.redirects import Redirects
from publisher.compose.sheets import Memo, NoMemo, Sheet, site_digest
from publisher.config import Config
from publisher.errors import ThemeError
from publisher.model import Entry, Facts, File, Head, Metadata, Problem, Rendered
from publisher.outline import Outline, relative

__all__ = ["Composed", "Memo", "Sheet", "compose"]

STATIC = "static"
LATEST = 5  # dated pages that an About page shows


@dataclass(frozen=True)
class Composed:
    """The files of a site, and what was wrong, by source."""

    files: tuple[File, ...]
    problems: dict[str, tuple[Problem, ...]]


def compose(
    outline: Outline,
    pages: Mapping[str, Head],
    rendered: Mapping[str, Rendered],
    facts: Mapping[str, Facts],
    kept: frozenset[str],
    unpublished: frozenset[str],
    config: Config,
    memo: Memo | None = None,
) -> Composed:
    """Lay out every page of the outline. `kept` names those shown by their last good copy.

    `facts` are what pages may show of each other: `rendered` need not hold the others for that.
    `unpublished` names the sources that are pages but not of this site: drafts and failures.
    `memo` has the pages as they were laid out before; what still holds is not done again.

    `ThemeError` if a layout does not work.
    """
    site = _Site(
        outline, pages, rendered, SiteFacts(facts), kept, unpublished, config, memo or NoMemo()
    )
    files = {file.path: file for file in site.files()}
    return Composed(tuple(files[path] for path in sorted(files)), site.problems())


class _Site:
    """What the layouts of all pages share."""

    def __init__(
        self,
        outline: Outline,
        pages: Mapping[str, Head],
        rendered: Mapping[str, Rendered],
        facts: SiteFacts,
        kept: frozenset[str],
        unpublished: frozenset[str],
        config: Config,
        memo: Memo,
    ) -> None:
        self.layouts = Layouts(config)
        self.memo, self.facts = memo, facts
        outline = with_about(outline, config.settings.author, self.layouts.names)
        about = about_pages(outline, self.layouts.names)
        self.about = {entry.url for entry in about}
        page = pages.get(about[0].source or "") if about else None
        self.profile = Profile(outline, config, page.front if page else {})
        self.dated = _by_date(outline)
        self.outline, self.pages, self.rendered = outline, pages, rendered
        self.kept, self.config = kept, config
        self.statics = {
            name: _static_file(name, path)
            for name, path in theme.static(theme.folders(*config.theme)).items()
        }
        self.resolver = Resolver(outline, rendered, unpublished, STATIC)
        self.found: dict[str, list[Problem]] = {}
        self.frame = Frame(outline, config, pages)
        self.redirects = Redirects(outline, self.layouts, self._site_context(), config)
        self.missing: dict[tuple[str, str], list[str]] = {}
        self.frame.around(outline.home)  # notes what `navigation` names
        self.digest = site_digest(
            config,
            self.outline,
            pages,
            [sorted(kept), sorted(unpublished), sorted(self.frame.files), list(self.frame.unknown)],
            [self.profile.seen_from(self.outline.home), self.profile.files],
            sorted(file.path for file in self.statics.values()),
        )

    def problems(self) -> dict[str, tuple[Problem, ...]]:
        named = {source: tuple(found) for source, found in self.found.items()}
        file = self.config.shown(self.config.file) if self.config.file else None
        missing = tuple(
            Problem(f"`navigation` names {to}, which is no page", file) for to in self.frame.unknown
        )
        site = (
            *missing,
            *self._missing_layouts(),
            *self.profile.problems,
            *self.redirects.clashes,
            *self._twins(),
        )
        return {**named, "": named.get("", ()) + site}

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
        yield from self._not_found()
        for entry in self.outline.entries:
            yield from self.redirects.to(entry)
        for entry in self.outline.entries:
            yield from self._page(entry)
        for entry in self.outline.texts:
            yield File(entry.file, self.rendered[entry.source or ""].body.encode())
        for path in sorted({*self.frame.files, *self.profile.files}):  # known once pages are drawn
            yield File(path, source=self.config.source / path)

    def _page(self, entry: Entry) -> Iterator[File]:
        """The files of a page, those that it links to included."""
        shown = self.config.shown(self.config.source / entry.source) if entry.source else ""
        sheet, made = self.memo.find(entry, self.digest)
        if sheet is None or self.facts.answers(sheet.asked) != sheet.answers:
            rendered = self.rendered.get(entry.source or "", _EMPTY)
            sheet, made = self._lay_out(entry, rendered, shown)
            self.memo.keep(entry, self.digest, sheet, made)
        self.found[entry.source or ""] = list(sheet.problems)
        if sheet.missing is not None:
            self._miss_layout(*sheet.missing, entry, shown)
        yield from self._copies(entry, sheet.copies, shown)
        yield from made

    def _lay_out(self, entry: Entry, rendered: Rendered, shown: str) -> tuple[Sheet, list[File]]:
        """Draw a page; what is to be known of it, and the files that it becomes."""
        asking = Asking(self.facts)
        found, copies = self.resolver.page(entry, rendered)
        problems = [Problem(p.message, shown, p.line, hint=p.hint) for p in found.problems]
        layout, missing = self.layouts.choose(entry)
        if entry.url in self.about:
            layout = "about"
        away = self.redirects.away(entry, self.pages.get(entry.source or ""))
        if away is not None or self._stands_alone(entry, rendered):
            missing = None
            html = away if away is not None else fill(rendered.body, found.addresses)
        else:
            html = self._draw(entry, rendered, found.addresses, layout)
        files = [File(f"{STATIC}/{asset.name}", asset.content) for asset in rendered.assets]
        files.append(File(entry.file, html.encode("utf-8", "xmlcharrefreplace")))
        sheet = Sheet(
            copies=copies,
            problems=tuple(problems),
            missing=(missing, layout) if missing is not None else None,
            targets=self.resolver.targets(rendered),
            asked=tuple(asking.asked),
            answers=self.facts.answers(asking.asked),
        )
        return sheet, files

    def _stands_alone(self, entry: Entry, rendered: Rendered) -> bool:
        """Whether a page is a whole HTML document, or asks for no layout."""
        page = self.pages.get(entry.source or "")
        if page is None or page.dialect != "html":
            return False
        whole = rendered.body.lstrip()[:9].lower() in ("<!doctype", "<html>") or (
            rendered.body.lstrip()[:6].lower() == "<html "
        )
        return whole or page.front.get("layout", "page") in (None, "none", "null", False)

    def _copies(self, entry: Entry, paths: Iterable[str], shown: str) -> Iterator[File]:
        """The files that a page links to; one may have gone since its last good copy was made."""
        for path in paths:
            source = self.config.source / path
            if self.config.publishable(source):
                yield File(path, source=source)
            else:
                self.found[entry.source or ""].append(Problem(f"the file {path} is gone", shown))

    def _draw(
        self, entry: Entry, rendered: Rendered, addresses: tuple[str, ...], layout: str
    ) -> str:
        page = self._page_context(entry, rendered, addresses, layout)
        context = {
            **self._frame(entry),
            "page": page | (self._about_context(entry, page) if layout == "about" else {}),
            "entries": [self.frame.item(e, entry) for e in self._entries(entry, layout)],
        }
        return self.layouts.draw(layout, context)

    def _miss_layout(self, missing: str, layout: str, entry: Entry, shown: str) -> None:
        """Warn of a layout that the theme does not have: a whole Jekyll site gets one warning."""
        if self.config.jekyll is not None:
            self.missing.setdefault((missing, layout), []).append(shown)
            return
        hint = f"layouts: {', '.join(sorted(self.layouts.names))}"
        message = f"the theme has no layout {missing!r}, so {layout!r} is used"
        self.found[entry.source or ""].append(Problem(message, shown, hint=hint))

    def _missing_layouts(self) -> list[Problem]:
        return [
            Problem(
                f"the theme has no layout {missing!r}, so {layout!r} is used"
                + (f", here and for {len(pages) - 1} more" if len(pages) > 1 else ""),
                pages[0],
            )
            for (missing, layout), pages in self.missing.items()
        ]

    def _entries(self, entry: Entry, layout: str) -> Iterable[Entry]:
        """The pages that a layout lists."""
        if layout == "listing":
            return self.outline.listed_under(entry)
        return [e for e in self.dated if e is not entry] if layout == "home" else ()

    def _latest(self, entry: Entry) -> Iterator[Entry]:
        """The newest pages with a date, without the page that shows them."""
        return islice((e for e in self.dated if e is not entry), LATEST)

    def _about_context(self, entry: Entry, page: dict[str, Any]) -> dict[str, Any]:
        """What an About page says of itself: it is about the author."""
        author, base = self.config.settings.author, self.config.settings.url.rstrip("/")
        photo = self.profile.picture(entry, base)
        return {
            "description": page["description"] or author.tagline or None,
            "image": photo if "://" in photo and not entry.meta.image else page["image"],
            "names": first_and_last(author.name),
            "json_ld": json_ld(
                author,
                title=entry.title,
                url=page["canonical"],
                home=f"{base}/" if base else None,
                image=photo,
                elsewhere=self.profile.elsewhere,
                updated=entry.meta.updated,
            ),
        }

    def _frame(self, entry: Entry) -> dict[str, Any]:
        """What all layouts get besides their page."""
        return {
            **self.frame.around(entry),
            "site": self._site_context(),
            "profile": self.profile.seen_from(entry),
            "latest": [self.frame.item(e, entry) for e in self._latest(entry)],
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
        if page is not None and page.titled_by_heading and page.dialect in ("notebook", "myst"):
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
            "body": Markup(body if body.strip() else ""),
            "headings": [
                {"id": h.id, "level": h.level, "html": Markup(fill(h.html, addresses))}
                for h in rendered.headings[1 if heading else 0 :]
            ],
            "toc": meta.toc if meta.toc is not None else layout in ("page", "post"),
            "kept": entry.source in self.kept,
            "image": image if "://" in image else None,
            "source": entry.source,
            "canonical": f"{base}/{quote(entry.url)}" if base else None,
            "json_ld": None,
            "names": None,
        }

    def _not_found(self) -> Iterator[File]:
        entry = Entry("404.html", "", Metadata(), None)
        sheet, made = self.memo.find(entry, self.digest)
        if sheet is None:
            url = self.config.settings.url.rstrip("/")
            context = {"site": self._site_context(), "home_absolute": f"{url}/" if url else None}
            made = [File(entry.file, self.layouts.draw("404", context).encode())]
            self.memo.keep(entry, self.digest, Sheet(), made)
        yield from made

    def _static(self, name: str) -> File:
        try:
            return self.statics[name]
        except KeyError as error:
            raise missing_static(name) from error


def _by_date(outline: Outline) -> list[Entry]:
    """The pages with a date, the newest first."""
    dated = [entry for entry in outline.entries if entry.meta.date is not None]
    return sorted(dated, key=lambda entry: str(entry.meta.date), reverse=True)


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
