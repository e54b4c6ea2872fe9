"""One output as a renderer gets it (`publisher.renderers.Bundle`)."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbformat import NotebookNode

from publisher import markdown
from publisher.render.code import highlight
from publisher.render.libraries import Libraries
from publisher.store import Store, digest

if TYPE_CHECKING:
    from publisher.render.outputs import Outputs

MAX_BYTES = 20_000_000  # of a file that an output shows


class Given:
    """An output of a cell, in all MIME types, with what there is to draw it."""

    def __init__(self, outputs: Outputs, output: NotebookNode, mime: str) -> None:
        self._outputs, self._addresses = outputs, outputs.addresses
        self._libraries = Libraries(outputs.addresses)
        self._output, self._mime = output, mime

    @property
    def mime(self) -> str:
        """The type that is to be drawn."""
        return self._mime

    @property
    def data(self) -> Any:
        """What it holds of that type."""
        return self._output.data[self._mime]

    @property
    def all(self) -> Mapping[str, Any]:
        """What it holds of each type."""
        data: Mapping[str, Any] = self._output.data
        return data

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The metadata of the output."""
        found = self._output.get("metadata")
        return found if isinstance(found, dict) else {}

    @property
    def code(self) -> str:
        """The source of the cell."""
        return str(self._outputs.cell.source)

    def html(self, text: str) -> str:
        """HTML with addresses that work in the site."""
        return self._addresses.rewrite(text, self._outputs.index)

    def image(self, content: bytes, mime: str, size: Any = None, alt: str = "") -> str:
        """An `<img>` that shows a content."""
        return self._outputs.image(content, mime, size, alt)

    def highlight(self, code: str, language: str) -> str:
        """Code as HTML with its colours."""
        return highlight(code, language)

    def markdown(self, text: str) -> str:
        """Markdown as HTML, its formulas as MathML."""
        place = self._addresses
        return markdown.fragment(text, highlight, references=place.references, macros=place.macros)

    def description(self) -> str:
        """What the author says of this figure; else empty."""
        return self._outputs.described() or ""

    def package_file(self, name: str) -> Path | None:
        """A file of an installed package."""
        found = self._libraries.file(name)
        return found[0] if found else None

    def version(self, file: Path, distribution: str) -> str:
        """The version of the distribution that such a file belongs to."""
        return self._libraries.version(file, distribution)

    def python(self, file: Path) -> str:
        """The interpreter of the environment that such a file belongs to."""
        return self._libraries.python(file)

    def text_file(self, name: str) -> str | None:
        """The text of a file beside the page's source."""
        place = self._addresses
        path = posixpath.normpath(posixpath.join(posixpath.dirname(place.page.source), name))
        place.measured[path] = None
        file = place.config.source / path
        try:
            if not place.config.readable(file) or file.stat().st_size > MAX_BYTES:
                return None
            return file.read_text("utf-8-sig")
        except (OSError, ValueError):
            return None

    def cached(self, key: tuple[str, ...], make: Callable[[], bytes | None]) -> bytes | None:
        """What takes long to make, kept from build to build."""
        store, name = Store(self._addresses.config.store), digest("output", *key)
        known = store.get("made", name, str)
        content = store.get_file(known) if known else None
        if content is None:
            content = make()
            if content is not None:
                store.put("made", name, store.put_file(content))
        return content

    def warn(self, message: str, hint: str | None = None) -> None:
        """Tell the author, with file and line, once a page."""
        self._outputs.warn_once(message, hint)
