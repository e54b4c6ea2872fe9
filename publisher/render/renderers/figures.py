"""Figures that come as widgets: drawn as other figures are, without the widget's own scripts."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from publisher.render.renderers.plotly import FIGURE

CHART = "application/vnd.vegalite.v6+json"
_TYPES = {  # of numpy, as plotly.js calls them
    **{
        f"{sign}int{8 * size}": f"{sign[:1] or 'i'}{size}"
        for sign in ("", "u")
        for size in (1, 2, 4)
    },
    "float32": "f4",
    "float64": "f8",
}


def is_figure(state: Mapping[str, Any]) -> bool:
    """Whether a widget is a figure that its library draws without it."""
    return isinstance(state.get("_widget_data"), list) or _is_chart(state)


def _is_chart(state: Mapping[str, Any]) -> bool:
    return "_esm" in state and isinstance(state.get("spec"), dict) and "_vl_selections" in state


def figure(state: Mapping[str, Any], buffers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The figure of Plotly's FigureWidget, or of Altair's JupyterChart, by MIME type; else empty.

    `state` and `buffers` are those of the widget as it was saved.
    """
    if isinstance(state.get("_widget_data"), list):
        whole = copy.deepcopy({"_widget_data": state["_widget_data"]})
        for buffer in buffers:
            _fill(whole, buffer)
        for trace in whole["_widget_data"]:
            if isinstance(trace, dict):
                trace.pop("uid", None)  # drawn at random
        parts = {"data": whole["_widget_data"], "layout": state.get("_widget_layout") or {}}
        return {FIGURE: {**parts, "config": state.get("_config") or {}}}
    if _is_chart(state):
        return {CHART: state["spec"]}
    return {}


def _fill(whole: Any, buffer: Mapping[str, Any]) -> None:
    """Put a binary array into its place, in the form that plotly.js reads."""
    path, data = buffer.get("path"), buffer.get("data")
    if not isinstance(path, list) or path[-1:] != ["buffer"] or buffer.get("encoding") != "base64":
        return
    place = whole
    try:
        for step in path[:-1]:
            place = place[step]
        kind, shape = _TYPES[place["dtype"]], place.get("shape") or []
        place.clear()
    except (AttributeError, IndexError, KeyError, TypeError):
        return
    place |= {"dtype": kind, "bdata": data}
    if len(shape) > 1:
        place["shape"] = ", ".join(map(str, shape))
