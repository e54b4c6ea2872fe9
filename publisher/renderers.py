"""How outputs are drawn: what a renderer is, gets and gives. Other packages may bring their own.

A package registers one as an entry point of the group `publisher.renderers`, which names an object
with what `Renderer` asks for, or a class of such objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

GROUP = "publisher.renderers"


@dataclass(frozen=True, slots=True)
class Script:
    """A script or style sheet that outputs are drawn with: a file, or a `content` that was made.

    `name` is what its copy in the site is called, without its suffix: `plotly-6.1.0`. A hash of
    the content is added to it.
    """

    name: str
    path: Path | None = None
    content: bytes = b""
    suffix: str = ".js"


@dataclass(frozen=True, slots=True)
class Live:
    """What draws an output in the reader's browser, once it comes near.

    The `scripts` are loaded in their order, each once a page; they are classic scripts, so that
    pages work from a disk. One of them sets `publisherLive.KIND`, a function that gets an element
    to draw in, and `data`, which is any value of JSON's.

    `height` is in CSS pixels, if it is known, `label` what the figure is called for those who
    listen. `card` says that it is drawn in dark on light in both colour schemes.
    """

    kind: str
    data: Any
    scripts: tuple[Script, ...]
    label: str = ""
    height: float | None = None
    card: bool = True


@dataclass(frozen=True, slots=True)
class Drawn:
    """An output as HTML; if it is alive, what readers see until then, and without JavaScript.

    `classes` are those of the element around it. One that begins with `image` is a figure, which
    may have a caption. With empty `html` and nothing alive, nothing is shown.
    """

    html: str
    classes: str = "html"
    live: Live | None = None


class Bundle(Protocol):
    """One output of a cell, in all MIME types in which the kernel gave it."""

    @property
    def mime(self) -> str:
        """The type that is to be drawn."""

    @property
    def data(self) -> Any:
        """What it holds of that type: a text, or a value of JSON's."""

    @property
    def all(self) -> Mapping[str, Any]:
        """What it holds of each type."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The metadata of the output."""

    @property
    def code(self) -> str:
        """The source of the cell."""

    def html(self, text: str) -> str:
        """HTML with addresses that work in the site; they name files beside the page's source."""

    def image(
        self, content: bytes, mime: str, size: Mapping[str, Any] | None = None, alt: str = ""
    ) -> str:
        """An `<img>` that shows a content; `size` has its `width` and `height` in CSS pixels.

        `alt` is its text if the author gives none; without both there is a warning.
        """

    def highlight(self, code: str, language: str) -> str:
        """Code as HTML with its colours."""

    def markdown(self, text: str) -> str:
        """Markdown as HTML, its formulas as MathML."""

    def description(self) -> str:
        """What the author says of this figure: `#| fig-alt`, else the caption; else empty."""

    def package_file(self, name: str) -> Path | None:
        """A file of an installed package: `plotly/package_data/plotly.min.js`.

        It is looked for where the page's kernel runs, then where we do.
        """

    def version(self, file: Path, distribution: str) -> str:
        """The version of the distribution that such a file belongs to; empty if not known."""

    def python(self, file: Path) -> str:
        """The interpreter of the environment that such a file belongs to."""

    def text_file(self, name: str) -> str | None:
        """The text of a file beside the page's source, which the run may have written."""

    def cached(self, key: tuple[str, ...], make: Callable[[], bytes | None]) -> bytes | None:
        """What takes long to make, kept from build to build under a key of all it depends on."""

    def warn(self, message: str, hint: str | None = None) -> None:
        """Tell the author, with file and line, once a page."""


class Renderer(Protocol):
    """Draws outputs of some MIME types."""

    @property
    def mimes(self) -> tuple[str, ...]:
        """The types that it draws."""

    @property
    def priority(self) -> float:
        """Of several that could draw an output, the one with the highest is asked first.

        Ours have 100 for what is alive, 80 for HTML, 60 to 70 for images, 50 for LaTeX, 40 for
        Markdown, 30 for JSON and 10 for plain text.
        """

    def draw(self, bundle: Bundle) -> Drawn | None:
        """The output as HTML; None leaves it to the next one."""
