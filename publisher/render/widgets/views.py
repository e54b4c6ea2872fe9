"""A view of a widget in a page: its fallback, and the state that it is drawn from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from publisher.render import live
from publisher.render.libraries import Libraries
from publisher.render.links import Addresses
from publisher.render.renderers.figures import is_figure
from publisher.render.widgets.fallback import EndlessError, Fallback
from publisher.render.widgets.modules import lack, module, warn_of_hosts
from publisher.render.widgets.state import CONTROLS, Model, Saved

VENDOR = Path(__file__).parent / "vendor"
MAX_STATE = 50_000_000  # characters of one view
MAX_TEXT = 50_000  # longer attributes, such as modules of anywidget, are shared by pages

INTERACT = "widget-interact"  # the class that ipywidgets gives to what calls a function
STILL = '<p class="notice">These controls need Python, which this page has not.</p>'

Warn = Callable[[str, str | None], None]


class Views:
    """Draws the views of a page's widgets. `warn` takes a message and a hint.

    `draw_output` draws an output that a widget has caught.
    """

    def __init__(
        self,
        addresses: Addresses,
        draw_output: Callable[[NotebookNode], NotebookNode | None],
        warn: Warn,
    ) -> None:
        self.addresses, self.warn = addresses, warn
        self.draw_output = draw_output
        self.module = cache(lambda name: module(name, addresses))

    def draw(self, view: Any, text: str, instead: str = "") -> str | None:
        """The HTML of a view; None if its model was not saved, so that there is nothing to draw.

        `text` says what it is in words, `instead` is HTML that can stand for it, such as an image.
        """
        saved = self.addresses.saved
        name = view.get("model_id") if isinstance(view, dict) else None
        if saved is None or not isinstance(name, str) or name not in saved.models:
            hint = "save it with the notebook: Settings > Save Widget State Automatically"
            self.warn("the state of a widget was not saved, so it is shown as text", hint)
            return None
        fallback = Fallback(saved, self.addresses, self.draw_output, self._has)
        try:
            shown = fallback.draw(name)
        except EndlessError:
            self.warn("a widget stands in itself, or has no end: it is shown as text", None)
            return f"<pre>{escape(text)}</pre>"
        for other, kind in fallback.unknown.items():
            what, hint = lack(other, self.addresses)
            self.warn(f"the widget {kind} cannot be drawn: {what}", hint)
        shown = shown or f'<p class="notice">{escape(text)}</p>'
        model = saved.models[name]
        if is_called(model):
            return shown + STILL
        if not model.is_ours:
            if not self._has(model.module):
                return instead or shown
            shown = instead or shown
        return self._live(name, shown, saved, fallback, text)

    def _has(self, name: str) -> bool:
        return self.module(name) is not None

    def _draws(self, model: Model) -> bool:
        """Whether the script of its module draws a model, and not that of its library."""
        return not is_figure(model.state) and self._has(model.module)

    def _live(self, name: str, shown: str, saved: Saved, fallback: Fallback, text: str) -> str:
        models = saved.needed(name)
        for model in models:
            if not is_figure(model.state):
                warn_of_hosts(model, self.addresses, self.warn)
        modules = dict.fromkeys(m.module for m in models if not m.is_ours and self._draws(m))
        sources = [*_own(self.addresses), *filter(None, map(self.module, modules))]
        texts: dict[str, str] = {}
        state = {m.id: self._state(m, texts) for m in models}
        data = {
            "model": name,
            "state": state,
            "modules": {other: number for number, other in enumerate(modules, start=2)},
        }
        if fallback.formulas:
            data["formulas"] = fallback.formulas
        if texts:
            data["texts"] = list(texts)
        if len(live.as_json(data)) > MAX_STATE:
            self.warn("a widget has too much state for a page: it is shown without life", None)
            return shown
        return live.element(
            "widget", data, (*sources, *texts.values()), fallback=shown, addresses=self.addresses
        )

    def _state(self, model: Model, texts: dict[str, str]) -> dict[str, Any]:
        """A model as it is saved; one that no script of its own draws, as words."""
        if not model.is_ours and not self._draws(model):
            return _words(model)
        state = {
            key: self._shared(value, texts)
            if isinstance(value, str) and len(value) > MAX_TEXT
            else value
            for key, value in model.state.items()
            if key != "outputs"
        }
        if model.outputs():
            state["outputs"] = []  # they are in the page
        if is_button(model):
            state |= {"disabled": True, "tooltip": "It needs Python, which this page has not."}
        saved: dict[str, Any] = {
            "model_name": model.name,
            "model_module": model.module,
            "model_module_version": model.version,
            "state": state,
        }
        if model.buffers:
            saved["buffers"] = list(model.buffers)
        return saved

    def _shared(self, text: str, texts: dict[str, str]) -> dict[str, str]:
        """A long text as the name of a script that holds it, which other pages may share."""
        content = live.as_json(text)
        key = hashlib.blake2b(content.encode("utf-8", "replace"), digest_size=10).hexdigest()
        script = f'publisherLive.data["{key}"] = {content};\n'.encode("utf-8", "replace")
        texts[key] = self.addresses.asset(script, "text/javascript")
        return {"publisher": key}


def is_called(model: Model) -> bool:
    """Whether it is the box of a function's controls."""
    return INTERACT in model.texts("_dom_classes")


def is_button(model: Model) -> bool:
    """Whether it is a button that calls Python."""
    return model.kind == "Button" and model.is_ours and model.state.get("disabled") is not True


def _own(addresses: Addresses) -> tuple[str, ...]:
    """The addresses of what draws widgets; the fonts of its style sheet lie beside it."""
    libraries = Libraries(addresses)
    for path in sorted(VENDOR.glob("*.woff2")):
        libraries.beside(path)
    return libraries.all([(VENDOR / "widgets.css", "widgets"), (VENDOR / "widgets.js", "widgets")])


def _words(model: Model) -> dict[str, Any]:
    """A model that stands for one that cannot be drawn: its words are in the page."""
    view = {"_view_module": CONTROLS, "_view_module_version": "2.0.0", "_view_name": "HTMLView"}
    layout = {key: model.state[key] for key in ("layout",) if key in model.state}
    shown = {**view, "value": "", "description": ""} if model.is_shown else {"_view_name": None}
    return {
        "model_name": "HTMLModel",
        "model_module": CONTROLS,
        "model_module_version": "2.0.0",
        "state": {**shown, **layout},
    }
