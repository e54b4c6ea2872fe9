"""The theme's page layouts, as Jinja2 templates that escape what they are given."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher import theme
from publisher.config import Config
from publisher.errors import ThemeError
from publisher.model import Entry

if TYPE_CHECKING:
    from jinja2 import Environment, TemplateError

PARTS = frozenset(
    ("layout", "macros", "head", "tools", "pagination", "redirect", "search", "launch", "404")
)


class Layouts:
    """Draws pages by the layouts of a project's theme."""

    def __init__(self, config: Config) -> None:
        self.config = config
        folders = theme.folders(*config.theme)
        self.names = {path.stem for folder in folders for path in folder.glob("*.html")} - PARTS

    @cached_property
    def environment(self) -> Environment:
        """The templates of the theme; a site whose pages are all as they were needs none."""
        folders = theme.folders(*self.config.theme)
        return _environment(
            folders, tuple(sorted(path for folder in folders for path in folder.glob("*.html")))
        )

    def choose(self, entry: Entry) -> tuple[str, str | None]:
        """A page's layout, and the one that it asks for if the theme does not have that.

        Without one, and instead of one that is missing, posts have `post`, others `page`. Posts
        are pages with a date; in a Jekyll site those in `_posts`.
        """
        is_post = entry.meta.date is not None
        if self.config.jekyll is not None:
            is_post = self.config.jekyll.collection(entry.source or "") == "posts"
        default = "post" if is_post else "page"
        wanted = entry.meta.layout
        if wanted is None or wanted in self.names:
            return wanted or default, None
        return default, wanted

    def draw(self, name: str, context: Mapping[str, Any]) -> str:
        """The text of a page. `ThemeError` with the template's file and line if it fails."""
        file = name if "." in name else f"{name}.html"
        try:
            return self.environment.get_template(file).render(context)
        except Exception as error:  # templates run what they like
            path, line = _place(error)
            raise ThemeError(
                f"the layout {file} does not work: {error}",
                path=self.config.shown(Path(path)) if path else file,
                line=line,
            ) from error


@lru_cache(maxsize=4)
def _environment(folders: tuple[Path, ...], files: tuple[Path, ...]) -> Environment:
    """The templates in some folders, for all builds of this process while there are these files.

    To compile them takes longer than to draw a hundred pages; one that is changed is read again.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def missing_static(name: str) -> TemplateError:
    """The error for a static file that a layout asks for in vain."""
    from jinja2 import TemplateRuntimeError

    return TemplateRuntimeError(f"the theme has no file static/{name}")


def _place(error: Exception) -> tuple[str | None, int | None]:
    """File and line of a template that failed: the error's own, else its innermost frame's."""
    if getattr(error, "filename", None):
        return error.filename, error.lineno  # type: ignore[attr-defined]
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith(".html")]
    return (frames[-1].filename, frames[-1].lineno) if frames else (None, None)
