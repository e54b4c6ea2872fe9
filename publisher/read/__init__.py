"""Stage 1: files → `Page`. The only one that knows Jupytext and YAML."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from publisher import markdown
from publisher.config import MANIFEST, Config, walk
from publisher.errors import SourceError
from publisher.model import Page, Problem
from publisher.outline import is_index
from publisher.read import formats, frontmatter

__all__ = ["MAX_BYTES", "page", "sources"]

MAX_BYTES = 200_000_000


def sources(config: Config) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """The source files that are pages, relative to the source folder, and what was left out.

    Of a Jupytext pair the text is the page. Links that lead out of the project are left out.
    """
    found: dict[str, Path] = {}
    problems = []
    own = (
        [config.root / "templates", config.root / "binder"] if config.source == config.root else []
    )
    for path in walk(config.source, without=(config.output, *own)):
        source = path.relative_to(config.source).as_posix()
        if path.suffix not in formats.SUFFIXES or path.name == MANIFEST:
            continue
        if any(part.startswith("_") for part in PurePosixPath(source).parts):
            continue
        if config.excluded(source):
            continue
        wrong = _unfit(path, config)
        if wrong:
            shown = config.shown(path).encode(errors="replace").decode()
            problems.append(Problem(wrong, shown))
            continue
        if not path.is_file() or (path.suffix in formats.SCRIPTS and not _is_notebook(path)):
            continue
        found[source] = path
    texts = {s for s, path in found.items() if path.suffix != ".ipynb" and _is_notebook(path)}
    paired = {str(PurePosixPath(source).with_suffix(".ipynb")) for source in texts}
    for source in texts:  # Markdown paired with a script
        markdown_ = str(PurePosixPath(source).with_suffix(".md"))
        if markdown_ in texts and markdown_ != source:
            paired.add(source)
    return tuple(sorted(s for s in found if s not in paired)), tuple(problems)


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
        document = formats.read(text, path.suffix, shown)
    except RecursionError as error:
        raise SourceError("the file is nested too deeply to be read", path=shown) from error
    meta, problems = frontmatter.metadata(document.front, shown)
    title, by_heading = _title(document, meta.title, source, config)
    return Page(
        source=source,
        path=path,
        digest=hashlib.blake2b(data, digest_size=20).hexdigest(),
        kind=document.kind,
        dialect=document.dialect,
        meta=meta,
        title=title,
        titled_by_heading=by_heading,
        notebook=document.notebook,
        lines=document.lines,
        problems=(*document.front.problems, *problems),
    )


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


def _title(
    document: formats.Document, given: str | None, source: str, config: Config
) -> tuple[str, bool]:
    """The page's title, and whether its first heading shows it already."""
    heading, seen = None, False
    for cell in document.notebook.cells:
        if cell.cell_type == "markdown":
            heading = markdown.first_heading(cell.source, document.dialect)
            if heading:
                tags = cell.metadata.get("tags", [])
                seen = not {"remove-cell", "remove_cell"} & set(tags)
                break
    if given:
        return given, bool(seen and heading and heading[0] == 1 and _same(heading[1], given))
    if heading:
        return heading[1], seen
    name = PurePosixPath(source)
    if is_index(source):
        if str(name.parent) == ".":
            return config.title, False
        name = name.parent
    return name.stem.replace("-", " ").replace("_", " ").strip().capitalize() or source, False


def _same(first: str, second: str) -> bool:
    return " ".join(first.lower().split()) == " ".join(second.lower().split())
