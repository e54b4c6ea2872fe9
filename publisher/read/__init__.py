"""Stage 1: files → `Page`. The only one that knows Jupytext."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from publisher import book as books
from publisher.book import Chapter
from publisher.config import MANIFEST, Config, foreign, matches, walk
from publisher.errors import SourceError
from publisher.jekyll import files, matter, permalinks, report
from publisher.model import Page, Problem
from publisher.read import formats, frontmatter
from publisher.read.document import Document
from publisher.read.titles import title
from publisher.safeyaml import Keys
from publisher.store import content_digest

__all__ = ["MAX_BYTES", "Sources", "page", "sources"]

MAX_BYTES = 200_000_000
MAX_LOCATED = 1_000  # pages that are not there, whose lines in a table of contents are looked for


@dataclass(frozen=True)
class Sources:
    """The sources of a site, relative to the source folder and in order.

    `pages` become pages; `files` are copied even if no page links to them, as pairs of source and
    path in the site; `problems` say what was left out. `contents` is the table of contents of a
    book, with sources of `pages`.
    """

    pages: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]
    contents: tuple[Chapter, ...] = ()


def sources(config: Config) -> Sources:
    """Find the sources of a site. Links that lead out of the project are left out.

    Of a Jupytext pair the text is the page. A Jekyll site's files are found as Jekyll finds them.
    """
    if config.jekyll is not None:
        own = (config.output, config.root / "templates" / config.settings.theme)
        found = files.found(config.jekyll, lambda folder: folder in own or foreign(folder))
        pages, problems = _fit(found.pages, config)
        copied = tuple(
            (source, target)
            for source, target in found.files
            if (config.source / source).resolve().is_relative_to(config.source)
            and not _unfit(config.source / source, config)
        )
        left_out = report.left_out(config.jekyll)
        return Sources(_unpaired(pages, config), copied, (*left_out, *found.problems, *problems))
    ours: tuple[Path, ...] = ()
    if config.source == config.root:
        ours = (config.root / "templates", config.root / "binder")
    names = [
        path.relative_to(config.source).as_posix()
        for path in walk(config.source, without=(config.output, *ours))
    ]
    pages, problems = _fit([name for name in names if _is_page(name)], config)
    pages = _unpaired(pages, config)
    taken = {str(PurePosixPath(page).with_suffix(".ipynb")) for page in pages} | set(pages)
    every = (
        path.relative_to(config.source).as_posix()
        for path in walk(config.source, without=(config.output,))
    )
    included = tuple(
        (name, name)
        for name in every
        if name not in taken
        and matches(name, config.settings.include)
        and config.publishable(config.source / name)
    )
    return _in_book(Sources(pages, included, problems), config)


def _is_page(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        path.suffix in formats.SUFFIXES
        and path.name != MANIFEST
        and not any(part.startswith("_") for part in path.parts)
    )


def _fit(names: Iterable[str], config: Config) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Those sources that can be pages, and why others cannot."""
    fit, problems = [], []
    for name in names:
        path = config.source / name
        if config.excluded(name):
            continue
        wrong = _unfit(path, config)
        if wrong:
            shown = config.shown(path).encode(errors="replace").decode()
            problems.append(Problem(wrong, shown))
        elif path.is_file() and (path.suffix not in formats.SCRIPTS or _is_notebook(path)):
            fit.append(name)
    return tuple(fit), tuple(problems)


def _unpaired(pages: tuple[str, ...], config: Config) -> tuple[str, ...]:
    """Without the other halves of Jupytext pairs, in order."""
    texts = {p for p in pages if not p.endswith(".ipynb") and _is_notebook(config.source / p)}
    paired = {str(PurePosixPath(source).with_suffix(".ipynb")) for source in texts}
    for source in texts:  # Markdown paired with a script
        markdown_ = str(PurePosixPath(source).with_suffix(".md"))
        if markdown_ in texts and markdown_ != source:
            paired.add(source)
    return tuple(sorted(page for page in pages if page not in paired))


def _in_book(found: Sources, config: Config) -> Sources:
    """The sources of a book, with its table of contents and what that names in vain."""
    book = config.book
    contents = books.contents(config.source) if book is not None else None
    if book is None or contents is None or not contents.chapters:
        return found
    chapters, absent = books.placed(contents.chapters, found.pages)
    members = {*books.listed(chapters), *(p for p in found.pages if _is_root(p, config))}
    shown = config.shown(config.source / book.file)
    problems = tuple(
        Problem(
            f"the page {name} is not there",
            shown,
            contents.line(name) if number < MAX_LOCATED else None,
        )
        for number, name in enumerate(absent)
    )
    of_repository = () if "README" in book.root else ("README.md",)
    pages = tuple(
        p for p in found.pages if p in members or not (book.complete or p in of_repository)
    )
    return replace(found, pages=pages, problems=(*found.problems, *problems), contents=chapters)


def _is_root(source: str, config: Config) -> bool:
    """Whether a page is the first of a book."""
    root = config.book.root if config.book is not None else ""
    return source == root or str(PurePosixPath(source).with_suffix("")) == root


def _unfit(path: Path, config: Config) -> str | None:
    """Why a file cannot be a page, whatever it holds."""
    try:
        path.name.encode()
    except UnicodeEncodeError:
        return "the name of this file is not UTF-8, so it is no page: rename it"
    if path.is_symlink() and not config.publishable(path):
        return "a link that leads out of the source folder, or to a hidden file, is no page"
    return None


def page(source: str, config: Config) -> Page:
    """Read one page. `SourceError` with file and line if that cannot be done."""
    path = config.source / source
    shown = config.shown(path)
    text, data = _text(path, shown)
    try:
        suffix = path.suffix
        if config.jekyll is not None and suffix.lower() in config.jekyll.markdown:
            suffix = ".md"
        document = formats.read(text, suffix, shown, jekyll=config.jekyll is not None)
    except RecursionError as error:
        raise SourceError("the file is nested too deeply to be read", path=shown) from error
    if config.jekyll is not None:
        document = _completed(document, source, config)
    meta, problems = frontmatter.metadata(document.front, shown, foreign=config.jekyll is not None)
    if _is_root(source, config) and meta.permalink is None:
        meta = replace(meta, permalink="/")
    shown_title, by_heading = title(document, meta.title, source, config)
    return Page(
        source=source,
        path=path,
        digest=content_digest(data),
        kind=document.kind,
        dialect=document.dialect,
        meta=meta,
        title=shown_title,
        titled_by_heading=by_heading,
        notebook=document.notebook,
        lines=document.lines,
        problems=(*document.front.problems, *problems),
        front=document.front.values,
    )


def _completed(document: Document, source: str, config: Config) -> Document:
    """A page of a Jekyll site with what its file's name and the configuration say of it."""
    assert config.jekyll is not None
    path = config.source / source
    front = document.front
    values, wrong = matter.matter(config.jekyll, source, front.values, path.stat().st_mtime)
    values["permalink"] = permalinks.permalink(config.jekyll, source, values)
    shown = config.shown(path)
    problems = [Problem(message, shown, front.lines.get("date")) for message in wrong]
    if isinstance(front.values.get("permalink"), (dict, list)):
        message = "`permalink`: want a path of the site like /about/"
        problems.append(Problem(message, shown, front.lines.get("permalink")))
    keys = Keys(values, front.lines, (*front.problems, *problems))
    return replace(document, front=keys)


def _text(path: Path, shown: str) -> tuple[str, bytes]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SourceError(f"the file is larger than {MAX_BYTES:,} bytes", path=shown)
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            "the file is not UTF-8",
            path=shown,
            line=error.object.count(b"\n", 0, error.start) + 1,
            hint="save it as UTF-8 in your editor",
        ) from error
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", path=shown) from error
    return text.replace("\r\n", "\n").replace("\r", "\n"), data


def _is_notebook(path: Path) -> bool:
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            head = file.read(100_000)
    except OSError:
        return False
    return formats.is_notebook(head.replace("\r\n", "\n"), path.suffix)
