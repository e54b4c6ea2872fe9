"""The nbconvert exporter that draws cells by the theme's `index.html.j2`: one per process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from nbconvert.exporters import TemplateExporter
from nbformat import NotebookNode

from publisher import theme
from publisher.config import Config
from publisher.errors import ThemeError
from publisher.render.links import Addresses

TEMPLATE = "index.html.j2"


class CellExporter(TemplateExporter):
    """Draws prepared cells (see `cells.prepare`) as the HTML of a page's body.

    The cells are ready for the template, so nbconvert's preprocessors are not run.
    """

    file_extension = ".html"
    output_mimetype = "text/html"

    def draw(self, notebook: NotebookNode, addresses: Addresses, shown: str) -> str:
        """The body's HTML. `ThemeError` if the template does not work."""
        resources: dict[str, Any] = {
            "global_content_filter": {
                f"include_{part}": True
                for part in ("code", "markdown", "raw", "unknown", "input", "output")
            }
            | {"include_input_prompt": False, "include_output_prompt": False},
            "raw_mimetypes": ["text/html", ""],
            "output_mimetype": "text/html",
            "source": shown,
        }
        try:
            return str(self.template.render(nb=notebook, resources=resources)).strip() + "\n"
        except (TemplateError, OSError, UnicodeError) as error:
            raise ThemeError(
                f"the cell template does not work: {error}",
                path=getattr(error, "filename", None),
                line=getattr(error, "lineno", None),
            ) from error


def exporter(config: Config) -> CellExporter:
    """The exporter of a project's theme."""
    folders = theme.folders(*config.theme)
    paths = [folder / TEMPLATE for folder in folders]
    times = tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)
    return _exporter(config.settings.theme, folders, times)


@lru_cache(maxsize=4)
def _exporter(name: str, folders: tuple[Path, ...], times: tuple[int, ...]) -> CellExporter:
    """The exporter of a theme whose template was changed last at these times."""
    try:
        exporter = CellExporter(template_name="base", template_file=TEMPLATE)
    except ValueError as error:  # nbconvert finds no template of that name
        raise ThemeError(
            f"the cell templates of the theme {name!r} cannot be found: {error}",
            hint="is nbconvert installed with its own templates (share/jupyter/nbconvert)?",
        ) from error
    exporter.template_paths = [*map(str, folders), *exporter.template_paths]
    return exporter
