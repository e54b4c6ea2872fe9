"""What widgets show, apart from controls: what an Output has caught, texts, pictures, figures.

Runs in the author's kernel, after `hearing`: the standard library only.
"""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from publisher.execute.inside.hearing import Capture

FIGURE = "application/vnd.plotly.v1+json"


def is_region(widget: Any, kit: Any) -> bool:
    """Whether what a widget shows can be told, and is no Output's."""
    if isinstance(widget, kit.Image):
        return bool(widget.format != "url")
    texts = tuple(getattr(kit, kind) for kind in ("HTML", "HTMLMath", "Label"))
    return isinstance(widget, texts) or _is_figure(widget) or _is_canvas(widget)


def shown(widget: Any, capture: Capture) -> str:
    """What a widget shows, as JSON: the outputs that stand for it, or its value if it is a text."""
    if hasattr(widget, "msg_id"):
        return capture.shown(str(widget.model_id))
    try:
        return _drawn(widget)
    except Exception as error:  # a figure may fail when it is drawn
        name, text = type(error).__name__, str(error)
        kind = {"output_type": "error", "ename": name, "evalue": text}
        return json.dumps([{**kind, "traceback": [f"{name}: {text}"]}])


def _drawn(widget: Any) -> str:
    if _is_figure(widget):
        figure = json.loads(widget.to_json())
        for trace in figure.get("data", ()):
            trace.pop("uid", None)  # drawn at random
        return _output({FIGURE: figure})
    if _is_canvas(widget):
        file = io.BytesIO()
        widget.figure.savefig(file, format="png", dpi=widget.figure.dpi)
        return _output({"image/png": _text(file.getvalue())})
    if isinstance(widget.value, (bytes, memoryview)):
        content = bytes(widget.value)
        if widget.format in ("svg", "svg+xml"):
            return _output({"image/svg+xml": content.decode("utf-8", "replace")})
        kind = {"jpg": "jpeg"}.get(widget.format, widget.format)
        return _output({f"image/{kind}": _text(content)})
    return json.dumps(str(widget.value))


def _is_figure(widget: Any) -> bool:
    """Plotly's FigureWidget."""
    return hasattr(widget, "to_plotly_json") and hasattr(widget, "to_json")


def _is_canvas(widget: Any) -> bool:
    """That of Matplotlib, as ipympl shows it."""
    return hasattr(getattr(widget, "figure", None), "savefig")


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _output(data: dict[str, Any]) -> str:
    output = {"output_type": "display_data", "data": data, "metadata": {}}
    return json.dumps([output], sort_keys=True)
