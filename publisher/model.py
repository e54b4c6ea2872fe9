"""The values that pass from stage to stage. All are frozen; none knows where it comes from."""

from __future__ import annotations

import bisect
import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from nbformat import NotebookNode

Dialect = Literal["notebook", "myst", "kramdown", "html", "text"]
LIBRARIES = "lib"  # the folder of shared scripts and style sheets among the static files
Status = Literal["ran", "reused", "stored", "frozen", "draft", "not run", "prose"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A warning or an error that points at its place.

    `path` is relative to the project, `line` and `cell` count from 1.
    """

    message: str
    path: str | None = None
    line: int | None = None
    cell: int | None = None
    hint: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the keys of a page's front matter mean to us."""

    title: str | None = None
    date: datetime.date | None = None
    updated: datetime.date | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    author: str | None = None
    image: str | None = None
    draft: bool = False
    permalink: str | None = None
    redirect_from: tuple[str, ...] = ()
    layout: str | None = None
    order: float | None = None
    language: str | None = None
    toc: bool | None = None
    timeline: bool = False
    execute: bool | None = None
    timeout: float | None = None
    startup_timeout: float | None = None
    on_error: Literal["stop", "keep"] | None = None
    freeze: bool | None = None
    max_age: float | None = None
    inputs: tuple[str, ...] = ()
    ignored_inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What is known of a source file without its cells.

    `source` is its path relative to the source folder, with `/`; `digest` a hash of its bytes.
    `dialect` is that of its prose; `text` is no prose at all, but the text of a file that is
    published as it is. `titled_by_heading` says that the first heading of the page shows its
    title. `front` holds the keys of its front matter as they were written.
    """

    source: str
    digest: str
    kind: Literal["notebook", "prose"]
    dialect: Dialect
    meta: Metadata
    title: str
    titled_by_heading: bool
    problems: tuple[Problem, ...] = ()
    front: dict[str, Any] = field(default_factory=dict)

    @property
    def head(self) -> Head:
        """Itself, without what a page has besides."""
        return Head(**{part.name: getattr(self, part.name) for part in fields(Head)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Head):
    """One source file, read.

    `path` is where it lies. `lines[i]` is the line of the file (from 1) on which the source of
    `notebook.cells[i]` begins.

    Where Liquid filled a page in, `moved[i]` says where the lines of cell i came from: pairs of a
    line of its source as it is now and as it was, from 1.
    """

    path: Path
    notebook: NotebookNode
    lines: tuple[int, ...]
    moved: tuple[tuple[tuple[int, int], ...], ...] = ()

    def line(self, cell: int, number: int = 1) -> int | None:
        """The line of the file that a line of a cell's source (from 1) came from, if known."""
        first = self.lines[cell] if cell < len(self.lines) else 0
        if not first:
            return None
        marks = self.moved[cell] if cell < len(self.moved) else ()
        at = bisect.bisect_right(marks, number, key=lambda mark: mark[0]) - 1
        if at < 0:
            return first + number - 1
        after, before = marks[at]
        end = marks[at + 1][1] if at + 1 < len(marks) else before + number
        return first + min(before + number - after, max(end, before)) - 1


@dataclass(frozen=True, slots=True)
class Control:
    """A widget that readers can move: its model's id, its values in order, and where it stands.

    A value is a number, a pair of numbers, a truth, or the label of an option (None: no option).
    `start` is a position in `values`.
    """

    model: str
    values: tuple[Any, ...]
    start: int


@dataclass(frozen=True, slots=True)
class States:
    """What widgets show for every position of some controls.

    The state of a vector of positions is found in `slots` by mixed radix, the first control being
    the most significant: an index into `rows`, or -1 where controls exclude each other. A row has
    for each of `regions` (ids of models) an index into `contents`: the outputs of an Output widget,
    or the value of another.

    `go` says what observers make of other controls, by their index, when one is moved: its key is
    `N:a,b,…`, the index of that one and the positions of the controls up to it.
    """

    controls: tuple[Control, ...]
    regions: tuple[str, ...]
    contents: tuple[list[dict[str, Any]] | str, ...]
    rows: tuple[tuple[int, ...], ...]
    slots: tuple[int, ...]
    go: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def weight(self) -> Weight:
        """How many states there are, and what their contents take."""
        size = sum(len(json.dumps(content)) for content in self.contents)
        return Weight(sum(slot >= 0 for slot in self.slots), size)


@dataclass(frozen=True, slots=True)
class Weight:
    """How much the states of widgets are: their number, and their size as JSON in bytes."""

    states: int = 0
    size: int = 0

    def __add__(self, other: Weight) -> Weight:
        return Weight(self.states + other.states, self.size + other.size)

    def __str__(self) -> str:
        return f"{self.states:,} states ({self.size / 1e6:.2g} MB)"


@dataclass(frozen=True, slots=True)
class Executed:
    """A page with its outputs.

    `widgets` is the saved state of its widgets
    (`application/vnd.jupyter.widget-state+json`), `states` what they show when readers move them,
    `written` the files that the run is known to have written, relative to the project.
    """

    page: Page
    notebook: NotebookNode
    status: Status
    widgets: dict[str, Any] | None = None
    written: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    states: tuple[States, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a page. `html` is its inline HTML without links."""

    id: str
    level: int
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """An address that stands in a rendered body as `x-publisher:N`, N its index in `links`.

    `raw` is what the author wrote. `path` is relative to the source folder, with `fragment` and
    `query` taken off; `kind` says whether it names something in the source folder, on this same
    page (then `path` is empty), or an asset of ours. `file` is true where it names a file that
    may be copied into the site. `other` is another path that may be meant.
    """

    raw: str
    path: str
    fragment: str = ""
    query: str = ""
    kind: Literal["source", "page", "asset"] = "source"
    file: bool = False
    line: int | None = None
    other: str = ""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that rendering made, named by its content: `3f…c2.png`."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Packages:
    """An environment of Python: its interpreter, and where its packages lie, in that order."""

    python: str
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Library:
    """A script or style sheet that pages share: `static/lib/NAME`, once for a site and version.

    `name` holds its version and a hash: `plotly-6.1.0.3f…c2.js`. `path` is the file that it is a
    copy of; if that is empty, its content lies in the store. `digest` is the hash of its content
    (`store.content_digest`).
    """

    name: str
    path: str
    digest: str


@dataclass(frozen=True, slots=True)
class Target:
    """What a label names: a place with the `id` on its page; with none, the page itself.

    `kind` is `section`, `figure`, `subfigure`, `table`, `code`, `equation`, `term`, `exercise`,
    `solution`, `theorem` or another kind of proof, else `place`. `number` is as shown (`3`),
    empty where it has none; `title` is its heading, caption or term as inline HTML without links.
    """

    id: str
    kind: str
    number: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A cross-reference that stands in a rendered body as `<x-ref data-n="N"></x-ref>`.

    N is its index in `references`. `role` is what it was written with: `ref`, `numref`, `eq`,
    `doc`, `term`…; `target` a label, or a path relative to the source folder for `doc`. `text` is
    its own text as inline HTML, in which `%s` and `{number}` stand for the number, `{name}` for
    the title; if empty, the target's is shown.
    """

    role: str
    target: str
    text: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that stands for a page. `width` and `height` are in pixels, 0 if not known.

    `path` is a full address, or relative to the source folder; `made` says that it is the name of
    an `Asset` instead.
    """

    path: str
    made: bool = False
    alt: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What other pages may show or ask of a rendered page.

    `labels` are the places on it that have a label, `cited` the keys of the works that it cites,
    `excerpt` is the text of its first paragraph, `picture` the one that it names as its own, else
    its first.
    """

    labels: dict[str, Target] = field(default_factory=dict)
    cited: tuple[str, ...] = ()
    excerpt: str = ""
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page as HTML, its addresses and cross-references still open (see `Link`, `Reference`).

    `asked` are the paths that it looked for in the source folder, and whether they name files
    that may be published; `measured` are the files whose size or text it shows, and those that it
    sought `libraries` in (these with full paths). `notebook` is the name in the store of the
    `.ipynb` that readers may take with them; empty where there is no code.
    """

    body: str
    headings: tuple[Heading, ...]
    ids: frozenset[str]
    links: tuple[Link, ...]
    assets: tuple[Asset, ...]
    problems: tuple[Problem, ...]
    asked: dict[str, bool] = field(default_factory=dict)
    measured: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    facts: Facts = Facts()
    notebook: str = ""
    libraries: tuple[Library, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A page's place in the site.

    `url` is relative to the site's root (`posts/a/`,
    `about.html`, and the empty string for the home page). `source` is None for pages that we make.
    """

    url: str
    title: str
    meta: Metadata
    source: str | None

    @property
    def file(self) -> str:
        """The file that a server sends for the URL."""
        return f"{self.url}index.html" if self.url.endswith("/") or not self.url else self.url


@dataclass(frozen=True, slots=True)
class File:
    """A file of the site, `path` relative to its root: bytes, or a copy of the file `source`.

    Where its bytes are not at hand, `load` fetches them, and `digest` is their hash
    (`store.content_digest`).
    """

    path: str
    content: bytes | None = None
    source: Path | None = None
    digest: str = ""
    load: Callable[[], bytes] | None = None

    def read(self) -> bytes:
        """Its bytes."""
        if self.content is not None:
            return self.content
        if self.load is not None:
            return self.load()
        assert self.source is not None
        return self.source.read_bytes()


@dataclass(frozen=True, slots=True)
class PageReport:
    """What became of one page: an item of the build's report.

    `seconds` are by stage. `note` says what is worth knowing and no warning.
    """

    source: str
    url: str | None
    status: Status | Literal["failed", "kept"]
    seconds: dict[str, float]
    warnings: tuple[Problem, ...]
    error: Problem | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a build. `warnings` are those that belong to no page.

    `searched` is the number of pages in the search index.
    """

    pages: tuple[PageReport, ...]
    warnings: tuple[Problem, ...]
    output: str
    files: int
    changed: int
    published: bool
    seconds: float
    searched: int = 0

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What made pages fail, in the order of the pages."""
        return tuple(page.error for page in self.pages if page.error)

    @property
    def all_warnings(self) -> tuple[Problem, ...]:
        """The warnings of the site and of all its pages."""
        every = (w for page in self.pages for w in page.warnings)
        return tuple(dict.fromkeys((*self.warnings, *every)))  # pages may share what is wrong
