"""One page of a site, or a notebook that belongs to none, as one HTML file. Nothing is run."""

from __future__ import annotations

import posixpath
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from string import capwords
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from publisher.build import Built, Options, build
from publisher.bundle import bundle, media_type
from publisher.config import Config, Settings
from publisher.errors import BuildError
from publisher.execute.drafts import Drafts
from publisher.jupyter.projects import around
from publisher.model import PageReport

if TYPE_CHECKING:
    from nbformat import NotebookNode

Read = Callable[[str], bytes | None]
MEDIA = ("image/", "audio/", "video/")
AS_IT_IS = Options(jobs=1, execute=False, live=True)


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
        built = build(project, _options(drafts))
        found = [report for report in built.report.pages if report.source == source]
        if found:
            return _bundled(built, found[0], project.settings.url)
    return _alone(notebook, name, folder, project)  # the settings say that it is no page


def _options(drafts: bool) -> Options:
    from dataclasses import replace

    return replace(AS_IT_IS, drafts=drafts)


def _source(project: Config, folder: Path, name: str) -> str | None:
    """The page of a project that a file is, its suffix left out; of a pair, the text."""
    from publisher import read

    if not folder.is_relative_to(project.source):
        return None
    wanted = (folder.relative_to(project.source) / name).as_posix()
    pages = read.sources(project).pages
    return next((p for p in pages if str(PurePosixPath(p).with_suffix("")) == wanted), None)


def _alone(
    notebook: NotebookNode, name: str, folder: Path | None, project: Config | None
) -> str:
    """The page of a notebook without the rest of its site, in the project's looks if it has one."""
    import nbformat

    settings = project.settings if project is not None else Settings(title=_title(name))
    with tempfile.TemporaryDirectory(prefix="publisher-") as place:
        root = Path(place).resolve()
        source = root / "notebooks"
        source.mkdir()
        if project is not None and (project.root / "templates").is_dir():
            (root / "templates").symlink_to(project.root / "templates")
        file = f"{_file_name(name)}.ipynb"
        (source / file).write_text(nbformat.writes(notebook), encoding="utf-8")
        built = build(Config(root, source, root / "site", settings, None), _options(True))
        found = next(report for report in built.report.pages if report.source == file)
        return _bundled(built, found, "", folder)
