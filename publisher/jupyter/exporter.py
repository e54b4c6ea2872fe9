"""An exporter for nbconvert: a notebook as one HTML file that looks as it does in the site."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbconvert.utils.exceptions import ConversionException

from publisher.errors import PublishError


class PublisherExporter(Exporter):
    """Notebooks as self-contained web pages, in the theme of the project that they lie in.

    Nothing is run: outputs are those in the notebook, else those that JupyterLab or a build has
    kept for it. With `ExecutePreprocessor.enabled` (`jupyter nbconvert --execute`), nbconvert runs
    the notebook first.
    """

    export_from_notebook = "Publisher"  # JupyterLab shows the entry point's name
    output_mimetype = "text/html"

    def _file_extension_default(self) -> str:
        return ".html"

    def from_filename(  # type: ignore[override]  # nbconvert's own exporters give texts too
        self, filename: str, resources: dict[str, Any] | None = None, **given: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page of a notebook file, which may be one of Jupytext's."""
        path = Path(filename)
        if path.suffix == ".ipynb":
            return super().from_filename(filename, resources, **given)  # type: ignore[return-value]
        import jupytext

        notebook = jupytext.read(filename)
        metadata = {"name": path.stem, "path": str(path.parent)}
        return self.from_notebook_node(notebook, {**(resources or {}), "metadata": metadata})

    def from_notebook_node(  # type: ignore[override]
        self, nb: Any, resources: Mapping[str, Any] | None = None, **given: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page of a notebook. `resources["metadata"]` says its `name` and its folder `path`.

        `ConversionException` if it cannot be made.
        """
        from publisher.jupyter.page import page

        nb, found = super().from_notebook_node(nb, resources, **given)
        where = found["metadata"]
        folder = Path(where["path"]).resolve() if where.get("path") is not None else None
        ran = bool(self.config.get("ExecutePreprocessor", {}).get("enabled", False))
        try:
            return page(nb, str(where.get("name") or "notebook"), folder, ran=ran), found
        except PublishError as error:
            place = ":".join(str(part) for part in (error.path, error.line) if part)
            parts = (f"{place}: {error.message}" if place else error.message, error.hint)
            raise ConversionException("; ".join(part for part in parts if part)) from error
