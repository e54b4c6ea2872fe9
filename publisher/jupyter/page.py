"""One page of a site, or a notebook that belongs to none, as one HTML file. Nothing is run."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path, PurePosixPath
from string import capwords
from typing import TYPE_CHECKING

from publisher.build import Built, Options, build
from publisher.bundle import bundle, media_type
from publisher.config import Config, Settings
from publisher.errors import BuildError
from publisher.execute.drafts import Drafts
from publisher.jupyter.projects import around
from publisher.model import Entry, Metadata, PageReport

if TYPE_CHECKING:
    from nbformat import NotebookNode

MEDIA = ("image/", "audio/", "video/")
AS_IT_IS = Options(jobs=1, execute=False, live=True)
ALONE = Options(jobs=1, execute=False, drafts=True)
_SEARCH = re.compile(r'<button\b[^>]*\bdata-index="[^"]*"[^>]*></button>')
_STYLE = (
    "nav:not(:has(a[href])),.page-tools:not(:has(a[href])),a[download]:not([href]){display:none}"
    "a:not([href]){color:inherit}"
)


def page(notebook: NotebookNode, name: str, folder: Path | None, *, ran: bool = False) -> str:
    """A notebook called `name` (without suffix) in a folder, as one HTML file.

    In a project it is the page that the site shows, with the outputs of the notebook if it has
    some. `ran` says that these are newer than those in its file. `PublishError` if it fails.
    """
    project = around(folder) if folder is not None else None
    source = _source(project, folder, name) if project is not None and folder is not None else None
    if project is None or source is None or (ran and source.endswith(".ipynb")):
        return _alone(notebook, name, folder, project)
    if not source.endswith(".ipynb") and any(cell.get("outputs") for cell in notebook.cells):
        Drafts(project).keep(source, notebook)
    for drafts in (False, True):
        built = build(project, replace(AS_IT_IS, drafts=drafts))
        found = [report for report in built.report.pages if report.source == source]
        if found:
            return _bundled(built, found[0], project.settings.url)
    return _alone(notebook, name, folder, project)  # the settings say that it is no page


def _source(project: Config, folder: Path, name: str) -> str | None:
    """The page of a project that a file is, its suffix left out; of a pair, the text."""
    from publisher import read

    if not folder.is_relative_to(project.source):
        return None
    wanted = (folder.relative_to(project.source) / name).as_posix()
    pages = read.sources(project).pages
    return next((p for p in pages if str(PurePosixPath(p).with_suffix("")) == wanted), None)


def _alone(notebook: NotebookNode, name: str, folder: Path | None, project: Config | None) -> str:
    """The page of a notebook without the rest of its site, in the project's looks if it has one.

    Pictures and recordings beside the notebook are shown.
    """
    import nbformat

    settings = project.settings if project is not None else Settings(title=_title(name))
    with tempfile.TemporaryDirectory(prefix="publisher-") as place:
        root = Path(place).resolve()
        source = root / "notebooks"
        source.mkdir()
        if project is not None and (project.root / "templates").is_dir():
            (root / "templates").symlink_to(project.root / "templates")
        file = f"{_file_name(name)}.ipynb"
        (source / file).write_bytes(nbformat.writes(notebook).encode("utf-8", "replace"))
        config = Config(root, source, root / "site", settings, None)
        built = build(config, ALONE)
        if folder is not None and _fetch(_wanted(built, file), folder, source):
            built = build(config, ALONE)
        return _bundled(built, built.report.pages[0], "")


def _wanted(built: Built, source: str) -> list[str]:
    """The files that a page looks for in the source folder, and that are not there."""
    known = built.memory.pages.get(source)
    asked = known.drawn.asked if known is not None and known.drawn is not None else {}
    return sorted(path for path, there in asked.items() if not there)


def _fetch(names: list[str], folder: Path, target: Path) -> bool:
    """Copy pictures and recordings of a folder, and of those in it; whether there were any."""
    found = False
    for name in names:
        file = (folder / name).resolve()
        hidden = any(part.startswith(".") for part in PurePosixPath(name).parts)
        media = media_type(name).startswith(MEDIA)
        if media and not hidden and file.is_relative_to(folder) and file.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target / name)
            found = True
    return found


def _bundled(built: Built, report: PageReport, site: str) -> str:
    """A page of a site as one file. Its links lead to the address of the `site`, if it has one.

    Without, they are no links, and navigation that leads nowhere is hidden. A search would need
    the site's index.
    """
    error = report.error
    if error is not None:
        raise BuildError(error.message, path=error.path, line=error.line, hint=error.hint)
    files = {file.path: file for file in built.files}
    entry = Entry(report.url or "", "", Metadata(), report.source)
    base = f"{site.rstrip('/')}/" if site else ""

    def read(path: str) -> bytes | None:
        return files[path].read() if path in files else None

    link = (lambda below: f"{base}{below}") if base else (lambda below: None)
    html = _SEARCH.sub("", files[entry.file].read().decode("utf-8"))
    html = html.replace("</head>", f"<style>{_STYLE}</style>\n</head>", 1)
    return bundle(html, entry.file, read, link=link)


def _file_name(name: str) -> str:
    """A name that every disk and every build takes."""
    kept = "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip("-_.")
    return kept[:100] or "notebook"


def _title(name: str) -> str:
    return capwords(name.replace("-", " ").replace("_", " ")) or "Notebook"
