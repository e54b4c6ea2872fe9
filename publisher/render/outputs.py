"""One output as HTML, by the best of its MIME types that a static page can show."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

from nbformat import NotebookNode

from publisher import markdown
from publisher.markdown import targets
from publisher.model import Problem, Target
from publisher.render import live, pictures
from publisher.render.ansi import ansi
from publisher.render.code import highlight
from publisher.render.given import Given
from publisher.render.glue import Glued, named
from publisher.render.libraries import Libraries
from publisher.render.links import Addresses
from publisher.render.renderers import fitting, renderers
from publisher.render.renderers.fallback import picture
from publisher.render.renderers.figures import figure
from publisher.render.widgets.state import VIEW, Saved
from publisher.render.widgets.views import STILL, Views, is_button, is_called
from publisher.renderers import Drawn, Live


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
        output = output if self._moves(output) else self._unwrapped(output)
        data = output.get("data", {})
        if VIEW in data:
            html = self._widget(output)
            if html is not None:
                return _drawn(output.output_type, "widget", html)
        for problem in renderers()[1]:
            self.warn_once(problem, "install a version that works, or remove it")
        for known, mime in fitting(data):
            try:
                drawn = known.draw(Given(self, output, mime))
                html = self._finished(drawn) if drawn is not None else ""
            except RecursionError:
                self.warn_once(f"an output is nested too deep to be drawn as {mime}")
                continue
            if drawn is not None:
                return _drawn(output.output_type, drawn.classes, html) if html else None
        if not data:
            return None
        names = ", ".join(sorted(data))
        self.warn_once(f"outputs of this type cannot be shown yet: {names}")
        return _drawn(output.output_type, "notice", f"An output of type {escape(names)}.")

    def _moves(self, output: NotebookNode) -> bool:
        """Whether an output is a widget that readers change by a control."""
        view, interacts = output.get("data", {}).get(VIEW), self.addresses.interacts
        name = view.get("model_id") if isinstance(view, dict) else None
        return interacts is not None and isinstance(name, str) and name in interacts.models

    def _unwrapped(self, output: NotebookNode) -> NotebookNode:
        """An output with the figure that it is a widget of, if it is one, instead of the widget."""
        data, saved = output.get("data", {}), self.addresses.saved
        view = data.get(VIEW)
        name = view.get("model_id") if isinstance(view, dict) else None
        model = saved.models.get(name) if saved is not None and isinstance(name, str) else None
        found = figure(model.state, model.buffers) if model is not None else {}
        if not found:
            return output
        rest = {mime: value for mime, value in data.items() if mime != VIEW}
        return NotebookNode({**output, "data": NotebookNode({**rest, **found})})

    def _widget(self, output: NotebookNode) -> str | None:
        """The view of a widget; None if its state was not saved."""
        given = Given(self, output, VIEW)
        interacts, saved = self.addresses.interacts, self.addresses.saved
        name = str(given.data.get("model_id")) if isinstance(given.data, dict) else ""
        if saved is not None and name in saved.models:
            self._check_buttons(saved, name)
        if interacts is not None:
            moving = interacts.draw(name, self.addresses, self.draw, self._later)
            if moving is not None:
                return moving
        if saved is not None and name in saved.models and is_called(saved.models[name]):
            self._check_states()
        views = Views(self.addresses, self.draw, self.warn_once)
        text = str(given.all.get("text/plain", ""))
        shown = views.draw(given.data, text, picture(given))
        if shown is None or interacts is None or not interacts.stands_still(name):
            return shown
        return shown + STILL

    def _check_buttons(self, saved: Saved, name: str) -> None:
        """Tell of buttons; of that of a function, the run has told."""
        if any(map(is_button, saved.needed(name))) and not is_called(saved.models[name]):
            self.warn_once(
                "a button of a widget does nothing on the page: what it calls is Python",
                "let a control with a finite number of values do it, with `interact`",
            )

    def _check_states(self) -> None:
        if self.addresses.stored and self._own("interact") is not False:
            self.warn_once(
                "controls stand still on the page: the outputs that the file holds have no states",
                "let it run here: clear its outputs, or say `#| interact: false` in the cell",
            )

    def _later(self) -> Callable[[NotebookNode], NotebookNode | None]:
        """What draws outputs that readers may see in place of these."""
        return _Later(self.cell, self.index, self.addresses, self.view).draw

    def _finished(self, drawn: Drawn) -> str:
        """What a renderer has drawn, with its caption, and with what makes it alive."""
        html = self._alive(drawn.html, drawn.live) if drawn.live else drawn.html
        if not drawn.classes.startswith("image"):
            return self._table(html)
        number, self.pictures = self.pictures, self.pictures + 1
        caption = self._figure_caption(number)
        numbered = bool(caption) or self.label.startswith("fig-")
        return html + self._caption("figure", caption or "", first=number == 0, shown=numbered)

    def _alive(self, fallback: str, given: Live) -> str:
        libraries = Libraries(self.addresses)
        sources = [libraries.address(script) for script in given.scripts]
        return live.element(
            given.kind,
            given.data,
            sources,
            fallback=fallback,
            addresses=self.addresses,
            label=given.label,
            height=given.height,
            card=given.card,
        )

    def image(self, content: bytes, mime: str, size: Any = None, alt: str = "") -> str:
        """An `<img>` that shows a content; its text is what the author says of this figure."""
        alt = self.described() or alt
        if not alt:
            self._warn(
                "an image has no alternative text", "begin the cell with a line `#| fig-alt: …`"
            )
            alt = f"Output of code cell {self._ordinal()}"
        src = self.addresses.asset(content, mime)
        shape = pictures.attributes(_size(content, size))
        return f'<img src="{src}" alt="{escape(alt)}"{shape} loading="lazy">'

    def described(self) -> str | None:
        """What the author says of the figure that is drawn now: its text, else its caption."""
        number = self.pictures
        alt = self._nth("fig-alt", number) or self._nth("alt", number)
        alt = alt or _of_mystnb(self.cell, "image", "alt")
        caption = self._figure_caption(number)
        return alt or (markdown.plain_text(caption) if caption else None)

    def _figure_caption(self, number: int) -> str | None:
        return self._nth("fig-cap", number) or _of_mystnb(self.cell, "figure", "caption")

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

    def _own(self, name: str) -> Any:
        return self.options.get(name, self.metadata.get(name))

    def _nth(self, name: str, number: int) -> str | None:
        value = self._own(name)
        if isinstance(value, list):
            value = value[number] if number < len(value) else None
        return " ".join(str(value).split()) if value is not None else None

    def _ordinal(self) -> int:
        cells = self.addresses.page.notebook.cells[: self.index + 1]
        return sum(cell.cell_type == "code" for cell in cells)

    def warn_once(self, message: str, hint: str | None = None) -> None:
        """Warn once a page, not once an output."""
        if message not in self.addresses.warned:
            self.addresses.warned.add(message)
            self._warn(message, hint)

    def _warn(self, message: str, hint: str | None = None) -> None:
        place = self.addresses
        place.problems.append(
            Problem(message, place.shown, place.line("", self.index), self._ordinal(), hint)
        )


class _Later(Outputs):
    """Draws what may take the place of what is drawn: its captions and warnings are known."""

    def _caption(self, kind: str, caption: str, *, first: bool, shown: bool) -> str:
        return ""

    def warn_once(self, message: str, hint: str | None = None) -> None:
        """Say nothing."""

    def _warn(self, message: str, hint: str | None = None) -> None:
        """Say nothing."""


def _size(content: bytes, own: Any) -> dict[str, int]:
    """Width and height in CSS pixels, as they were given, else the image's own."""
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


def _drawn(kind: str, classes: str, html: str) -> NotebookNode:
    return NotebookNode(
        output_type=kind,
        name=classes.split()[-1],
        traceback=[],
        data=NotebookNode({"text/html": html}),
        metadata=NotebookNode(),
        view=NotebookNode(classes=classes, html=html),
    )
