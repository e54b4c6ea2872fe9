"""Stage 4: all `Rendered` and the `Outline` → `File`s. The only one that knows page layouts.

Here addresses are resolved, for only here all pages and their ids are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from publisher import theme
from publisher.compose.about import Profile, about_pages, with_about
from publisher.compose.addresses import Resolver, fill
from publisher.compose.context import Contexts, site_context
from publisher.compose.downloads import Downloads
from publisher.compose.extras import Extras
from publisher.compose.facts import Asking, SiteFacts
from publisher.compose.frame import Frame
from publisher.compose.launch import Launch
from publisher.compose.layouts import Layouts, missing_static
from publisher.compose.listings import listings
from publisher.compose.previews import Previews
from publisher.compose.publications import Publications, with_cited
from publisher.compose.redirects import Redirects
from publisher.compose.references import References, twins
from publisher.compose.sheets import Memo, NoMemo, Sheet, site_digest
from publisher.compose.statics import hashed, statics
from publisher.compose.style import Style
from publisher.config import Config
from publisher.model import (
    LIBRARIES,
    Entry,
    Facts,
    File,
    Head,
    Metadata,
    Problem,
    Rendered,
)
from publisher.outline import Outline

__all__ = ["Composed", "Memo", "Sheet", "compose"]

STATIC = "static"


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
    search: str | None = None,
) -> Composed:
    """Lay out every page of the outline. `kept` names those shown by their last good copy.

    `facts` are what pages may show of each other: `rendered` need not hold the others for that.
    `unpublished` names the sources that are pages but not of this site: drafts and failures.
    `memo` has the pages as they were laid out before; what still holds is not done again.
    `search` is the path of the script that searches the site, if it can be searched.

    `ThemeError` if a layout does not work.
    """
    site = _Site(
        outline, pages, rendered, SiteFacts(facts), kept, unpublished, config, memo or NoMemo(),
        search,
    )  # fmt: skip
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
        search: str | None,
    ) -> None:
        self.search = search
        self.layouts = Layouts(config)
        self.memo, self.facts = memo, facts
        outline = with_about(outline, config.settings.author, self.layouts.names)
        about = about_pages(outline, self.layouts.names)
        self.about = {entry.url for entry in about}
        page = pages.get(about[0].source or "") if about else None
        self.profile = Profile(outline, config, page.front if page else {})
        self.lists = listings(outline, config, self.about)
        self.outline = outline = self.lists.outline
        self.pages, self.rendered = pages, rendered
        self.kept, self.config = kept, config
        self.statics = statics(theme.static(theme.folders(*config.theme)), STATIC)
        self.style = Style(config, lambda name, content: f"{STATIC}/{hashed(name, content)}")
        self.statics |= self.style.statics
        failing = not pages.keys() <= rendered.keys()
        self.resolver = Resolver(outline, rendered, unpublished, STATIC, failing=failing)
        self.found: dict[str, list[Problem]] = {}
        self.frame = Frame(self.lists, config, pages)
        self.previews, self.downloads = Previews(config, STATIC), Downloads(config)
        self.launch = Launch(config, outline, pages)
        self.redirects = Redirects(outline, self.layouts, site_context(config), config)
        self.extras = Extras(self.lists, pages, config)
        self.contexts = Contexts(
            config, pages, kept, self.lists, self.frame, self.profile, self.style, self.previews,
            self.downloads, self.launch, self.statics, self._static, search, self.extras.feed,
        )  # fmt: skip
        self.publications = Publications(config, outline, pages, self.about)
        self.missing: dict[tuple[str, str], list[str]] = {}
        self.frame.around(outline.home)  # notes what `navigation` names
        self.digest = site_digest(
            config,
            self.outline,
            pages,
            [sorted(kept), sorted(unpublished), sorted(self.frame.files), list(self.frame.unknown)],
            [self.profile.seen_from(self.outline.home), self.profile.files],
            [self.style.key, self.style.files],
            sorted(file.path for file in self.statics.values()),
            self.previews.site,
            search,
            self.launch.page is not None,
        )

    def problems(self) -> dict[str, tuple[Problem, ...]]:
        named = {source: tuple(found) for source, found in self.found.items()}
        file = self.config.shown(self.config.file) if self.config.file else None
        missing = tuple(
            Problem(f"`{key}` names {to}, which is no page", file, hint=self._meant(to))
            for to, key in self.frame.unknown.items()
        )
        site = (
            *missing,
            *self._missing_layouts(),
            *self.profile.problems,
            *self.style.problems,
            *self.previews.problems,
            *self.downloads.problems,
            *self.launch.problems,
            *self.redirects.clashes,
            *self._twins(),
            *twins(self.facts, self.config),
        )
        return {**named, "": named.get("", ()) + site}

    def _meant(self, to: str) -> str:
        """What a setting that names no page may have meant."""
        near = self.resolver.near(to, self.outline.by_source)
        hint = "name a source file, such as about.md; a full address begins with https://"
        return f"did you mean {near}?" if near else hint

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
        yield from self._launch()
        yield from self._extras()
        for entry in self.outline.entries:
            yield from self.redirects.to(entry)
        for entry in self.outline.entries:
            yield from self._page(entry)
        for entry in self.outline.texts:
            yield File(entry.file, self.rendered[entry.source or ""].body.encode())
        named = {*self.frame.files, *self.profile.files, *self.style.files, *self.previews.files}
        for path in sorted(named):  # known once pages are drawn
            yield File(path, source=self.config.source / path)

    def _extras(self) -> Iterator[File]:
        """Feed, sitemap and robots.txt."""
        for path in self.extras.own:
            yield File(path, source=self.config.source / path)
        for path, draw in self.extras.files():
            yield from self._extra(path, draw)
        if self.extras.makes_feed and self.extras.feed is not None:
            asking = Asking(self.facts)
            yield from self._extra(
                self.extras.feed,
                lambda: self.extras.draw_feed(
                    self.layouts, self.rendered, partial(self._body, asking)
                ),
                lambda: replace(
                    self.extras.feed_sheet(self.rendered, self.resolver.targets),
                    asked=tuple(asking.asked),
                    answers=self.facts.answers(asking.asked),
                ),
            )

    def _extra(
        self,
        path: str,
        draw: Callable[[], str],
        sheet_of: Callable[[], Sheet] = Sheet,
        heeds: str = "",
    ) -> list[File]:
        """A file that is no page, as it was drawn before if that still holds.

        `heeds` is what it shows besides what pages do.
        """
        entry, site = Entry(path, "", Metadata(), None), self.digest + heeds
        sheet, made = self.memo.find(entry, site)
        if sheet is None or self.facts.answers(sheet.asked) != sheet.answers:
            made, sheet = [File(path, draw().encode("utf-8", "replace"))], sheet_of()
            self.memo.keep(entry, site, sheet, made)
        return made

    def _body(self, asking: Asking, entry: Entry, rendered: Rendered) -> str:
        """The HTML of a page's own text."""
        found, _ = self.resolver.page(entry, rendered, asking)
        references = References(self.resolver, entry, rendered, asking)
        return fill(self._filled(entry, references, asking).body, found.addresses)

    def _filled(self, entry: Entry, references: References, asking: Asking) -> Rendered:
        """A page with what only the whole site knows, its addresses apart."""
        return self.frame.contents.drawn(entry, with_cited(references.draw(), asking))

    def _page(self, entry: Entry) -> Iterator[File]:
        """The files of a page, those that it links to included."""
        shown = self.config.shown(self.config.source / entry.source) if entry.source else ""
        site = self.digest + self.publications.key(entry)
        sheet, made = self.memo.find(entry, site)
        if sheet is None or self.facts.answers(sheet.asked) != sheet.answers:
            rendered = self.rendered.get(entry.source or "", _EMPTY)
            sheet, made = self._lay_out(entry, rendered, shown)
            self.memo.keep(entry, site, sheet, made)
        self.found[entry.source or ""] = list(sheet.problems)
        if sheet.missing is not None:
            self._miss_layout(*sheet.missing, entry, shown)
        yield from self._copies(entry, sheet.copies, shown)
        for library in sheet.libraries:
            path = f"{STATIC}/{LIBRARIES}/{library.name}"
            yield File(path, source=Path(library.path), digest=library.digest)
        yield from self.downloads.files(entry, sheet.source)
        yield from made

    def _lay_out(self, entry: Entry, rendered: Rendered, shown: str) -> tuple[Sheet, list[File]]:
        """Draw a page; what is to be known of it, and the files that it becomes."""
        asking = Asking(self.facts)
        found, copies = self.resolver.page(entry, rendered, asking)
        references = References(self.resolver, entry, rendered, asking)
        rendered = self._filled(entry, references, asking)
        works = self.publications.section(entry, rendered)
        problems = [
            Problem(p.message, shown, p.line, hint=p.hint)
            for p in (*found.problems, *references.problems)
        ]
        layout, missing = self.layouts.choose(entry)
        if entry.url in self.about:
            layout = "about"
        away = self.redirects.away(entry, self.pages.get(entry.source or ""))
        if away is not None or self._stands_alone(entry, rendered):
            missing = None
            html = away if away is not None else fill(rendered.body, found.addresses)
        else:
            context = self.contexts.of(entry, rendered, found.addresses, layout, asking)
            html = self.layouts.draw(layout, context | {"publications": works})
        files = [File(f"{STATIC}/{asset.name}", asset.content) for asset in rendered.assets]
        files.append(File(entry.file, html.encode("utf-8", "xmlcharrefreplace")))
        for library in rendered.libraries:
            if not library.path:
                kept = self.memo.stored(f"{STATIC}/{LIBRARIES}/{library.name}", library.digest)
                files += [kept] if kept is not None else []
        if rendered.notebook:
            notebook = self.memo.stored(self.downloads.notebook(entry), rendered.notebook)
            files += [notebook] if notebook is not None else []
        sheet = Sheet(
            copies=copies + (works.files if works else ()),
            problems=(*problems, *(works.problems if works else ())),
            missing=(missing, layout) if missing is not None else None,
            targets=self.resolver.targets(rendered),
            asked=tuple(asking.asked),
            answers=self.facts.answers(asking.asked),
            libraries=tuple(library for library in rendered.libraries if library.path),
            source=self.downloads.source(entry, rendered),
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

    def _not_found(self) -> list[File]:
        url = self.config.settings.url.rstrip("/")
        context = {"site": site_context(self.config), "home_absolute": f"{url}/" if url else None}
        return self._extra("404.html", lambda: self.layouts.draw("404", context))

    def _launch(self) -> list[File]:
        """The page of the pinned links: the only file that a commit changes."""
        entry = self.launch.page
        if entry is None:
            return []

        def draw() -> str:
            context = self.contexts.of(entry, _EMPTY, (), "launch", Asking(self.facts))
            context["page"] |= {"noindex": True, "launches": self.launch.links()}
            return self.layouts.draw("launch", context)

        return self._extra(entry.file, draw, heeds=self.launch.commit or "")

    def _static(self, name: str) -> File:
        try:
            return self.statics[name]
        except KeyError as error:
            raise missing_static(name) from error


_EMPTY = Rendered("", (), frozenset(), (), (), ())
