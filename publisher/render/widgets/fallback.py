"""What readers see of a widget before, or without, the scripts that draw it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any, TypeGuard

from nbformat import NotebookNode, from_dict

from publisher import markdown
from publisher.render.code import highlight
from publisher.render.links import Addresses, decoded
from publisher.render.renderers.figures import figure
from publisher.render.widgets.state import OUTPUT, Model, Saved

MAX_SHOWN = 10_000  # widgets of a page
MAX_DEPTH = 60  # of boxes in boxes
_FORMULA = re.compile(r"\$\$[^$]{1,2000}\$\$|\$[^$\n]{1,1000}\$|\\\([^$\n]{1,1000}?\\\)")
_MATH = re.compile(r"<math.*</math>", re.DOTALL)
_SCRIPT = re.compile(r"<script\b.*?(?:</script\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_MEDIA = {"Image": "image", "Video": "video", "Audio": "audio"}
_SILENT = frozenset("Play Controller FileUpload Layout".split())


class EndlessError(Exception):
    """A widget stands in itself, or is larger than a page can show."""


class Fallback:
    """Draws a widget as plain HTML. `draw_output` draws one output, as the page does.

    HTML that a browser is to take over in the widget stands in an element with `data-model`.
    `unknown` are the widgets whose script is not there, by module.
    """

    def __init__(
        self,
        saved: Saved,
        addresses: Addresses,
        draw_output: Callable[[NotebookNode], NotebookNode | None],
        has_module: Callable[[str], bool],
    ) -> None:
        self.saved, self.addresses = saved, addresses
        self.draw_output, self.has_module = draw_output, has_module
        self.formulas: dict[str, str] = {}
        self.unknown: dict[str, str] = {}

    def draw(self, model_id: str) -> str:
        """The HTML of a model. `EndlessError` if there is no end to it."""
        model = self.saved.models.get(model_id)
        if model is None or model.state.get("_view_name") is None:
            return ""
        around = self.saved.around
        self.saved.shown += 1
        if model_id in around or len(around) > MAX_DEPTH or self.saved.shown > MAX_SHOWN:
            raise EndlessError
        around.append(model_id)
        try:
            return self._model(model)
        finally:
            around.pop()

    def _model(self, model: Model) -> str:
        if not model.is_ours:
            return self._other(model)
        if model.module == OUTPUT:
            drawn = "".join(map(self._output, model.outputs()))
            return f'<div class="caught" data-model="{escape(model.id)}">{drawn}</div>'
        self._note(model.text("description"))
        for title in model.texts("titles"):
            self._note(title)
        if model.kind in ("HTML", "HTMLMath", "Label"):
            return self._text(model)
        if model.kind in _MEDIA:
            return self._media(model, _MEDIA[model.kind])
        if "children" in model.state:
            return self._box(model)
        return self._control(model)

    def _box(self, model: Model) -> str:
        children, titles = model.children(), model.texts("titles")
        if model.kind not in ("Tab", "Accordion", "Stack"):
            row = " row" if model.kind == "HBox" else ""
            return f'<div class="box{row}">{"".join(map(self.draw, children))}</div>'
        parts = []
        for number, child in enumerate(children):
            title = self.typeset(titles[number] if number < len(titles) else f"{number + 1}")
            inner, chosen = self.draw(child), model.state.get("selected_index") == number
            if model.kind == "Accordion":
                opened = " open" if chosen else ""
                parts.append(f"<details{opened}><summary>{title}</summary>{inner}</details>")
            elif model.kind == "Tab":
                seen = " chosen" if chosen else ""
                shown = f"<p><strong>{title}</strong></p>{inner}"
                parts.append(f'<div class="box panel{seen}">{shown}</div>')
            elif chosen:  # of a stack, one is seen
                parts.append(inner)
        return f'<div class="box">{"".join(parts)}</div>'

    def _text(self, model: Model) -> str:
        value = model.text("value")
        if model.kind == "Label":
            self._note(value)
            inner = self.typeset(value)
        else:
            inner = self.addresses.rewrite(_SCRIPT.sub("", value), None)
            if model.kind == "HTMLMath":
                inner = _FORMULA.sub(lambda found: self._formula(found[0]) or found[0], inner)
        held = (
            f'<div data-model="{escape(model.id)}">{inner}</div>' if model.kind != "Label" else ""
        )
        return self._named(model, held or f"<span>{inner}</span>")

    def _media(self, model: Model, kind: str) -> str:
        content, form = model.buffer("value"), model.text("format") or "png"
        form = {"jpg": "jpeg", "svg": "svg+xml", "mp3": "mpeg"}.get(form, form)
        if form == "url":
            return ""  # an address, which readers' browsers are to ask when they draw it
        try:
            src = self.addresses.asset(decoded(content), f"{kind}/{form}") if content else ""
        except ValueError:
            src = ""
        if not src:
            return ""
        if kind != "image":
            return f'<{kind} src="{src}" controls preload="none"></{kind}>'
        size = "".join(
            f' {name}="{model.text(name)}"'
            for name in ("width", "height")
            if re.fullmatch(r"[1-9]\d{0,4}", model.text(name))
        )
        alt = escape(model.text("tooltip"))
        return f'<img src="{src}" alt="{alt}"{size} loading="lazy">'

    def _control(self, model: Model) -> str:
        """A control as its name and its value; one that says nothing still takes its place."""
        if model.kind == "Button":
            name = self.typeset(model.text("description")) or "Button"
            return f'<div class="control"><button type="button" disabled>{name}</button></div>'
        if model.kind == "Password" or model.kind in _SILENT:
            value = ""
        elif "Progress" in model.kind:
            value = _progress(model)
        else:
            value = f"<b>{escape(_value(model))}</b>"
        empty = '<div class="control"></div>' if model.kind != "Layout" else ""
        return self._named(model, value) or empty

    def _named(self, model: Model, value: str) -> str:
        name = model.text("description")
        if model.state.get("description_allow_html") is True:
            name = re.sub(r"<[^>]*>", "", name)
        if not name and not value:
            return ""
        shown = f"<span>{self.typeset(name)}</span> " if name else ""
        return f'<div class="control">{shown}{value}</div>'

    def _other(self, model: Model) -> str:
        """A widget of another package; a figure is drawn as figures are."""
        found = figure(model.state, model.buffers)
        if found:
            drawn = self._output({"output_type": "display_data", "data": found, "metadata": {}})
            return f'<div data-model="{escape(model.id)}">{drawn}</div>'
        name = model.text("_anywidget_id").rpartition(".")[2] or model.text("_view_name")
        name = (name or model.name).removesuffix("View").removesuffix("Model") or "Widget"
        if self.has_module(model.module):
            shown = f"{name}: this widget needs JavaScript."
        else:
            self.unknown.setdefault(model.module, name)
            shown = f"The widget {name} ({model.module}) cannot be shown here."
        return f'<p class="notice" data-model="{escape(model.id)}">{escape(shown)}</p>'

    def _output(self, output: dict[str, Any]) -> str:
        node = _node(output)
        drawn = self.draw_output(node) if node is not None else None
        if drawn is None:
            return ""
        tag = {"image": "figure", "notice": "p"}.get(drawn.view.classes, "div")
        return f'<{tag} class="output {drawn.view.classes}">{drawn.view.html}</{tag}>'

    def _note(self, text: str) -> None:
        """Keep a text that holds formulas, with them as HTML."""
        if "$" in text or "\\(" in text:
            html = self.typeset(text)
            if "<math" in html:
                self.formulas[text] = html

    def typeset(self, text: str) -> str:
        """A text as HTML, with its formulas."""
        made, at = "", 0
        for found in _FORMULA.finditer(text):
            formula = self._formula(found[0])
            if formula:
                made += escape(text[at : found.start()]) + formula
                at = found.end()
        return made + escape(text[at:])

    def _formula(self, source: str) -> str:
        """A formula in its dollars as MathML; empty if it is none."""
        if source.startswith("\\("):
            source = f"${source[2:-2]}$"
        html = markdown.fragment(source, highlight, macros=self.addresses.macros)
        found = _MATH.search(html)
        return found[0] if found else ""


def _progress(model: Model) -> str:
    done, low, high = (model.state.get(name) for name in ("value", "min", "max"))
    if not (_is_number(done) and _is_number(low) and _is_number(high)):
        return ""
    return f'<progress value="{done - low:g}" max="{max(high - low, 1e-9):g}"></progress>'


def _value(model: Model) -> str:
    """The value of a control as its readers would see it."""
    state = model.state
    labels, index = model.texts("_options_labels"), state.get("index")
    if "_options_labels" in state:
        chosen = index if isinstance(index, list) else [index]
        known = [labels[n] for n in chosen if isinstance(n, int) and 0 <= n < len(labels)]
        return (" – " if "Range" in model.kind else ", ").join(known)
    value = state.get("value")
    if isinstance(value, bool):
        if model.kind == "Valid":
            return "✓" if value else model.text("readout") or "✗"
        return "on" if value else "off"
    if isinstance(value, list):
        joint = " – " if "Range" in model.kind else ", "
        return joint.join(formatted(item, model) for item in value)
    if isinstance(value, dict):
        return _time(value)
    return formatted(value, model)


def formatted(value: Any, model: Model) -> str:
    """A number as its slider writes it: d3's formats are Python's, but for some."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return _time(value)
    form = model.text("readout_format")
    if _is_number(value) and re.fullmatch(r"[+,]?(?:\.\d{1,2})?[defg%]", form):
        try:
            return format(int(value) if form.endswith("d") else value, form)
        except (OverflowError, ValueError):
            return str(value)
    return str(value)


def _time(value: dict[str, Any]) -> str:
    """A date or a time as ipywidgets saves it: months count from 0."""
    keys = ("year", "month", "date", "hours", "minutes", "seconds")
    parts = {key: part for key in keys if isinstance(part := value.get(key), int)}
    date = [parts.get("year"), parts.get("month"), parts.get("date")]
    shown = []
    if None not in date:
        shown.append(f"{date[0]:04}-{(date[1] or 0) + 1:02}-{date[2]:02}")
    if "hours" in parts and "minutes" in parts:
        shown.append(f"{parts['hours']:02}:{parts['minutes']:02}")
    return " ".join(shown)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _node(output: dict[str, Any]) -> NotebookNode | None:
    """An output that a widget caught, in the shape of a cell's; None if it is none."""
    kind = output.get("output_type")
    text, data = output.get("text", ""), output.get("data")
    if kind == "stream":
        joined = "".join(map(str, text)) if isinstance(text, list) else str(text)
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return NotebookNode(output_type=kind, name=name, text=joined)
    if kind == "error":
        lines = output.get("traceback")
        known = [str(line) for line in lines] if isinstance(lines, list) else []
        return NotebookNode(output_type=kind, ename="", evalue="", traceback=known)
    if kind not in ("display_data", "execute_result") or not isinstance(data, dict):
        return None
    shaped = {
        mime: "".join(map(str, value)) if isinstance(value, list) else value
        for mime, value in data.items()
        if isinstance(value, str) or mime.endswith("json") or isinstance(value, list)
    }
    metadata = output.get("metadata")
    node: NotebookNode = from_dict(
        {
            "output_type": kind,
            "data": {
                mime: data[mime] if mime.endswith("json") else v for mime, v in shaped.items()
            },
            "metadata": metadata if isinstance(metadata, dict) else {},
        }
    )
    return node
