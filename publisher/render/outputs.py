"""One output as HTML, by the best of its MIME types that a static page can show."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from nbformat import NotebookNode

from publisher import markdown
from publisher.markdown import targets
from publisher.model import Problem, Target
from publisher.render import pictures
from publisher.render.ansi import ansi
from publisher.render.code import highlight
from publisher.render.glue import Glued, named
from publisher.render.links import Addresses, decoded

PRIORITY = (
    "text/html",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "text/latex",
    "text/markdown",
    "application/json",
    "text/plain",
)
MAX_JSON = 100_000  # characters
WIDGET = "application/vnd.jupyter.widget-view+json"
_FRAME = re.compile(
    r"<div>\s*+<style scoped>[^<]{0,2000}+</style>\s*+<table border=\"1\" class=\"dataframe\">"
)
_EMPTY_HEAD = re.compile(r'<th((?: class="[\w -]*")?) *>(?:&nbsp;)?</th>')  # of no row or column
_TABLE = '<div class="table" tabindex="0" role="group" aria-label="Table"><table class="dataframe">'


def label(cell: NotebookNode) -> str:
    """The label of a cell: `#| label`, `:label:`, or the name that MyST-NB gives to its figure."""
    given = cell.metadata.get("options", {}).get("label") or cell.metadata.get("label")
    given = given or _of_mystnb(cell, "figure", "name")
    return " ".join(str(given or "").split())


def _of_mystnb(cell: NotebookNode, kind: str, name: str) -> str | None:
    """What a cell says in MyST-NB's words: `mystnb: {figure: {caption: …}}`."""
    found = cell.metadata
    for part in ("mystnb", kind, name):
        found = found.get(part) if isinstance(found, dict) else None
    return " ".join(str(found).split()) if found is not None else None


class Outputs:
    """Draws the outputs of one code cell."""

    def __init__(
        self, cell: NotebookNode, index: int, addresses: Addresses, view: dict[str, Any]
    ) -> None:
        self.index = index
        self.cell = cell
        self.addresses = addresses
        self.view = view
        self.options = cell.metadata.get("options", {})
        self.metadata = cell.metadata
        self.label = label(cell)
        self.pictures = self.tables = 0

    def draw(self, output: NotebookNode) -> NotebookNode | None:
        """The output with its `view`, or None if nothing of it is to be seen."""
        kind = output.output_type
        if kind == "stream":
            if output.name in self.view["without"] or not output.text:
                return None
            name = "stderr" if output.name == "stderr" else "stdout"
            return _drawn("stream", f"stream {name}", _text(output.text))
        if kind == "error":
            return _drawn("error", "error", _text("\n".join(output.get("traceback", []))))
        if output.get("metadata", {}).get("publisher", {}).get("notice"):
            return _drawn("display_data", "notice", escape(output.data["text/plain"]))
        value = named(output)
        if value is None:
            return self._bundle(output)
        name, whole, shown = value
        drawn = self._bundle(whole)
        if drawn is not None:
            text = str(whole.data.get("text/plain", ""))
            self.addresses.glued[name] = Glued(text, drawn.view.html)
        return drawn if shown else None

    def _bundle(self, output: NotebookNode) -> NotebookNode | None:
        data = output.get("data", {})
        if WIDGET in data:
            self._warn_once("widgets are shown as text for now")
        for mime in PRIORITY:
            if mime not in data:
                continue
            if mime.startswith("image/"):
                html = self._picture(data[mime], mime, output.get("metadata", {}))
                if html is None:
                    continue
                return _drawn(output.output_type, "image", html)
            return _drawn(output.output_type, *self._rich(data[mime], mime))
        if not data:
            return None
        names = ", ".join(sorted(data))
        self._warn_once(f"outputs of this type cannot be shown yet: {names}")
        return _drawn(output.output_type, "notice", f"An output of type {escape(names)}.")

    def _rich(self, data: Any, mime: str) -> tuple[str, str]:
        if mime == "text/html":
            html = _EMPTY_HEAD.sub(r"<td\1></td>", _FRAME.sub(_TABLE, str(data)))
            return "html", self._table(self.addresses.rewrite(html, self.index))
        if mime == "text/latex":
            text = str(data).strip()
            dollars = text if text.startswith(("$", "\\begin")) else f"$${text}$$"
            return "markdown", markdown.fragment(dollars, highlight, macros=self.addresses.macros)
        if mime == "text/markdown":
            html = markdown.fragment(
                str(data),
                highlight,
                references=self.addresses.references,
                macros=self.addresses.macros,
            )
            return "markdown", self._table(self.addresses.rewrite(html, self.index))
        if mime == "application/json":
            return "json", _json(json.dumps(data, indent=2, ensure_ascii=False))
        return "text", _text(str(data))

    def _picture(self, data: Any, mime: str, metadata: Any) -> str | None:
        try:
            content = str(data).encode() if mime == "image/svg+xml" else decoded(data)
        except ValueError:
            self._warn("an image that is not valid base64 is left out")
            return None
        number = self.pictures
        self.pictures += 1
        alt = self._nth("fig-alt", number) or self._nth("alt", number)
        alt = alt or _of_mystnb(self.cell, "image", "alt")
        caption = self._nth("fig-cap", number) or _of_mystnb(self.cell, "figure", "caption")
        if not alt and caption:
            alt = markdown.plain_text(caption)
        if not alt:
            self._warn("an image has no alternative text", "#| fig-alt: …")
            alt = f"Output of code cell {self._ordinal()}"
        src = self.addresses.asset(content, mime)
        size = pictures.attributes(_size(content, mime, metadata))
        image = f'<img src="{src}" alt="{escape(alt)}"{size} loading="lazy">'
        numbered = bool(caption) or self.label.startswith("fig-")
        return image + self._caption("figure", caption or "", first=number == 0, shown=numbered)

    def _table(self, html: str) -> str:
        """A table with its caption, if it is given one."""
        if "<table" not in html:
            return html
        number, self.tables = self.tables, self.tables + 1
        caption = self._nth("tbl-cap", number)
        if not caption:
            return html
        drawn = self._caption("table", caption, first=number == 0, shown=True)
        return f'<figure class="table-figure">{drawn}{html}</figure>'

    def _caption(self, kind: str, caption: str, *, first: bool, shown: bool) -> str:
        """A caption with its number; the `first` thing that a cell makes has the cell's label."""
        place = self.addresses
        inner = markdown.fragment(caption, highlight, references=place.references).strip()
        inner = inner.removeprefix("<p>").removesuffix("</p>")
        identifier = targets.anchor(self.label) if first else ""
        if identifier:
            place.name(self.label, Target(identifier, kind, title=inner), self.index)
        if not shown:
            return ""
        number = targets.caption_number(kind, identifier)
        return f"<figcaption>{number}{inner}</figcaption>"

    def _nth(self, name: str, number: int) -> str | None:
        value = self.options.get(name, self.metadata.get(name))
        if isinstance(value, list):
            value = value[number] if number < len(value) else None
        return " ".join(str(value).split()) if value is not None else None

    def _ordinal(self) -> int:
        cells = self.addresses.page.notebook.cells[: self.index + 1]
        return sum(cell.cell_type == "code" for cell in cells)

    def _warn_once(self, message: str) -> None:
        """Warn once a page, not once an output."""
        if message not in self.addresses.warned:
            self.addresses.warned.add(message)
            self._warn(message)

    def _warn(self, message: str, hint: str | None = None) -> None:
        place = self.addresses
        hint = f"begin the cell with a line `{hint}`" if hint else None
        place.problems.append(
            Problem(message, place.shown, place.line("", self.index), self._ordinal(), hint)
        )


def _size(content: bytes, mime: str, metadata: Any) -> dict[str, int]:
    """Width and height in CSS pixels, as the kernel gave them, else the image's own."""
    own = metadata.get(mime, metadata)
    given = {
        key: float(str(own[key]).removesuffix("px"))
        for key in ("width", "height")
        if isinstance(own, dict) and _number(own.get(key))
    }
    real = pictures.size(content)
    if len(given) == 1 and real:  # the other one keeps the proportions
        (key,) = given
        given = {name: given[key] * real[name] / real[key] for name in ("width", "height")}
    return {key: max(1, round(value)) for key, value in given.items()} or real


def _number(value: Any) -> bool:
    """Whether a kernel's word for a size is a number of pixels."""
    return bool(re.fullmatch(r"0*[1-9]\d{0,4}(\.\d+)?", str(value).removesuffix("px")))


def _text(text: str) -> str:
    return f'<pre tabindex="0">{ansi(text)}</pre>'


def _json(text: str) -> str:
    if len(text) <= MAX_JSON:
        return highlight(text, "json")
    cut = highlight(text[:MAX_JSON], "json")
    shown = f"The first {MAX_JSON:,} of {len(text):,} characters are shown."
    return f'{cut}<p class="notice">{shown}</p>'


def _drawn(kind: str, classes: str, html: str) -> NotebookNode:
    return NotebookNode(
        output_type=kind,
        name=classes.split()[-1],
        traceback=[],
        data=NotebookNode({"text/html": html}),
        metadata=NotebookNode(),
        view=NotebookNode(classes=classes, html=html),
    )
