"""The saved state of a page's widgets (`application/vnd.jupyter.widget-state+json`, version 2).

Source: the schemas of ipywidgets, packages/schema. A state may come from anybody's notebook, so
what is no model is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

VIEW = "application/vnd.jupyter.widget-view+json"
REFERENCE = "IPY_MODEL_"
CONTROLS, BASE, OUTPUT = (f"@jupyter-widgets/{name}" for name in ("controls", "base", "output"))
OURS = frozenset((CONTROLS, BASE, OUTPUT))
MAX_DEPTH = 100  # of values in values
_NAMED = ("name", "module", "module_version")


@dataclass(frozen=True)
class Model:
    """A model of a widget: its class, and its attributes. `buffers` are its binary values."""

    id: str
    name: str
    module: str
    version: str
    state: dict[str, Any]
    buffers: tuple[dict[str, Any], ...] = ()

    @property
    def kind(self) -> str:
        """`IntSlider` of an `IntSliderModel`."""
        return self.name.removesuffix("Model")

    @property
    def is_ours(self) -> bool:
        """Whether it is one of ipywidgets' own."""
        return self.module in OURS

    @property
    def is_shown(self) -> bool:
        """Whether it has a view; a link between two widgets has none."""
        return bool(self.state.get("_view_name"))

    def references(self) -> list[str]:
        """The ids of the models that it names; what its outputs show are views of their own."""
        texts = _texts({key: value for key, value in self.state.items() if key != "outputs"})
        found = (text.removeprefix(REFERENCE) for text in texts if text.startswith(REFERENCE))
        return list(dict.fromkeys(found))

    def outputs(self) -> list[dict[str, Any]]:
        """The outputs that it has caught, if it is an Output widget."""
        found = self.state.get("outputs") if self.module == OUTPUT else None
        return [out for out in found if isinstance(out, dict)] if isinstance(found, list) else []

    def children(self) -> list[str]:
        """The ids of the models that stand in it, in their order."""
        found = self.state.get("children")
        names = found if isinstance(found, list) else []
        return [n.removeprefix(REFERENCE) for n in names if isinstance(n, str) and n != REFERENCE]

    def text(self, name: str) -> str:
        """An attribute that is a text; empty for any other."""
        value = self.state.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """An attribute that is a list, its items as texts."""
        value = self.state.get(name)
        return [str(item) for item in value] if isinstance(value, list) else []

    def buffer(self, name: str) -> str | None:
        """A binary attribute, in base64."""
        for buffer in self.buffers:
            if buffer["path"] == [name] and buffer["encoding"] == "base64":
                return str(buffer["data"])
        return None


class Saved:
    """The models of a page by their ids, in the order in which they were made.

    `around` are those that are being drawn, each in the one before it; `shown` is the number of
    those that were drawn so far.
    """

    def __init__(self, raw: Any) -> None:
        states = raw.get("state") if isinstance(raw, dict) else None
        known = states if isinstance(states, dict) and raw.get("version_major") == 2 else {}
        read = (_model(str(key), value) for key, value in known.items())
        self.models = {model.id: model for model in read if model is not None}
        self.around: list[str] = []
        self.shown = 0
        self._references: dict[str, list[str]] = {}

    def references(self, model: str) -> list[str]:
        """The ids of the models that one names, of those that there are."""
        if model not in self._references:
            found = self.models[model].references()
            self._references[model] = [other for other in found if other in self.models]
        return self._references[model]

    def needed(self, model: str) -> list[Model]:
        """A model and all that it names, and the links between these and others' widgets.

        A link has no view. One whose ends are not all among the shown is kept: another view of
        the page may hold the other end. Its ends are not.
        """
        found: dict[str, None] = {}
        ahead = [model]
        while ahead:
            name = ahead.pop()
            if name not in found:
                found[name] = None
                ahead += reversed(self.references(name))
        links = [
            name
            for name, other in self.models.items()
            if not other.is_shown
            and name not in found
            and any(end in found for end in self.references(name))
        ]
        return [self.models[name] for name in (*found, *links)]


def _model(key: str, value: Any) -> Model | None:
    """A model as it was saved; None if it is none."""
    if not isinstance(value, dict) or not isinstance(value.get("state"), dict):
        return None
    name, module, version = (value.get(f"model_{part}") for part in _NAMED)
    if not (isinstance(name, str) and isinstance(module, str) and isinstance(version, str)):
        return None
    if _is_deep(value["state"]):
        return None
    buffers = value.get("buffers") or []
    whole = isinstance(buffers, list) and all(map(_is_buffer, buffers))
    model = Model(key, name, module, version, dict(value["state"]), tuple(buffers) if whole else ())
    if model.is_ours and model.version.lstrip("^~").startswith("1.") and model.module != OUTPUT:
        return _renewed(model)
    return model


def _renewed(model: Model) -> Model:
    """A model of ipywidgets 7 as one of ipywidgets 8.

    Source: "Migrating custom widget libraries" and the changelog of ipywidgets 8.
    """
    state = model.state
    for name in ("_model_module_version", "_view_module_version"):
        if state.get(name):
            state[name] = "2.0.0"
    if "description_tooltip" in state:
        state["tooltip"] = state.pop("description_tooltip")
    titles = state.pop("_titles", None)
    if isinstance(titles, dict):
        state["titles"] = [str(titles.get(str(n), "")) for n in range(len(model.children()))]
    if model.name == "PlayModel" and "_playing" in state:
        state["playing"], state["repeat"] = state.pop("_playing"), state.pop("_repeat", False)
    return Model(model.id, model.name, model.module, "2.0.0", state, model.buffers)


def _is_buffer(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("path"), list)
        and value.get("encoding") in ("base64", "hex")
        and isinstance(value.get("data"), str)
    )


def _is_deep(value: Any) -> bool:
    """Whether values lie in values deeper than any widget has them."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in held if isinstance(item, dict | list)]


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value, in their order."""
    ahead = [value]
    while ahead:
        item = ahead.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            ahead += reversed(item.values())
        elif isinstance(item, list):
            ahead += reversed(item)
