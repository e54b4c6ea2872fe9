"""Figures of Plotly, from their data; also those that come as HTML with a script of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publisher.render.renderers.fallback import picture, sentence
from publisher.render.renderers.reading import values, written
from publisher.renderers import Bundle, Drawn, Live, Script

FIGURE = "application/vnd.plotly.v1+json"
LIBRARY = "plotly/package_data/plotly.min.js"
HEIGHT = 450  # CSS pixels: what plotly.js takes where none is given
DRAWS = Path(__file__).parent / "scripts" / "plotly.js"
_NEW = re.compile(r"""\bPlotly\.(?:newPlot|plot|react)\(\s*["'][^"']{1,100}["']\s*,""")
_FRAMES = re.compile(r"""\bPlotly\.addFrames\(\s*["'][^"']{1,100}["']\s*,""")
_START = re.compile(r"\bPlotlyConfig\b|plotly\.js v|init_notebook|_Plotly\b")
_SHOWN = re.compile(r"#notebook-container")  # in what is made for notebooks
_FRAME = re.compile(r"""<iframe\s[^>]*src=["'](iframe_figures/[\w.-]+\.html)["']""")
_ELSEWHERE = re.compile(
    r"""<script[^>]*\ssrc=["'](?:https?:)?//([^/"']+)|import "https?://([^/"]+)"""
)
_HOST = re.compile(r"(?:https?:)?//([^/?#]+)")
_TAG = re.compile(r"<[^>]{0,200}>")
_MAPS = frozenset("choropleth scattergeo".split())


@dataclass(frozen=True)
class Plotly:
    """Figures of Plotly."""

    mimes: tuple[str, ...] = (FIGURE, "text/html")
    priority: float = 100

    def draw(self, bundle: Bundle) -> Drawn | None:
        """The figure; nothing for what only loads Plotly into a notebook."""
        if bundle.mime == FIGURE:
            return drawn(bundle.data, bundle)
        html = str(bundle.data)
        if "lotly" not in html and "iframe_figures/" not in html:
            return None
        return self._html(html, bundle)

    def _html(self, html: str, bundle: Bundle) -> Drawn | None:
        """What Plotly shows as HTML, drawn by the shared script instead of one of its own."""
        frame = _FRAME.search(html)
        if frame is not None:
            html = bundle.text_file(frame[1]) or html
        figure = parsed(html)
        if figure is None:
            if not _NEW.search(html) and _START.search(html) and not written(bundle.all):
                return Drawn("")
            return None
        if written(bundle.all) and not _SHOWN.search(html):
            asked = _ELSEWHERE.search(html)
            if asked is None and "plotly.js v" not in html:
                return None
            if asked is not None:
                host = asked[1] or asked[2]
                hint = "show the figure itself: this site has Plotly"
                bundle.warn(f"HTML of Plotly asks {host} for its script", hint)
                return None
        return drawn(figure, bundle)


def parsed(html: str) -> dict[str, Any] | None:
    """The only figure in HTML that Plotly made; None if there is none, or more."""
    starts = list(_NEW.finditer(html))
    if len(starts) != 1 or "plotly-graph-div" not in html:
        return None
    end = starts[0].end()
    found = values(html, end, 3) or values(html, end, 2)
    if found is None:
        return None
    figure = dict(zip(("data", "layout", "config"), found, strict=False))
    frames = _FRAMES.search(html, end)
    more = values(html, frames.end(), 1) if frames else None
    return figure | ({"frames": more[0]} if more else {})


def drawn(figure: Any, bundle: Bundle) -> Drawn | None:
    """A figure that is alive, its picture in its place until then."""
    if not isinstance(figure, Mapping) or not isinstance(figure.get("data"), list):
        bundle.warn("a Plotly figure that has no data is left out")
        return None
    given = figure.get("layout")
    layout = given if isinstance(given, Mapping) else {}
    title = _title(layout)
    label = bundle.description() or title or "Plotly figure"
    library = bundle.package_file(LIBRARY)
    said = sentence("Plotly figure", bundle.description() or title, alive=library is not None)
    shown = picture(bundle, label) or said
    if library is None:
        bundle.warn(
            "Plotly is not installed, so its figures are not drawn",
            "install plotly in the environment that publishes: pip install plotly",
        )
        return Drawn(shown, "image" if shown.startswith("<img") else "html")
    _warn_of_maps(figure["data"], bundle)
    _warn_of_pictures(layout, bundle)
    height = layout.get("height")
    version = bundle.version(library, "plotly")
    return Drawn(
        shown,
        "image live-figure",
        Live(
            "plotly",
            {key: figure[key] for key in ("data", "layout", "frames", "config") if figure.get(key)},
            (Script(f"plotly-{version}".rstrip("-"), library), Script("draw-plotly", DRAWS)),
            label=label,
            height=height if _is_number(height) else HEIGHT,
            card=not _is_dark(layout),
        ),
    )


def _title(layout: Mapping[str, Any]) -> str:
    title = layout.get("title")
    text = title.get("text") if isinstance(title, Mapping) else title
    return " ".join(_TAG.sub(" ", text).split()) if isinstance(text, str) else ""


def _is_dark(layout: Mapping[str, Any]) -> bool:
    """Whether a figure brings a ground of its own that is not white."""
    template = layout.get("template")
    under = template.get("layout") if isinstance(template, Mapping) else None
    ground = layout.get("paper_bgcolor") or (
        under.get("paper_bgcolor") if isinstance(under, Mapping) else None
    )
    return str(ground or "white").lower() not in ("white", "#fff", "#ffffff", "rgb(255,255,255)")


def _warn_of_maps(traces: list[Any], bundle: Bundle) -> None:
    """Maps get the outlines of countries, or their tiles, from elsewhere as they are drawn."""
    kinds = {str(t.get("type")) for t in traces if isinstance(t, Mapping)}
    if kinds & _MAPS:
        bundle.warn("a map of Plotly asks cdn.plot.ly for the outlines of countries")
    elif any("map" in kind and kind not in ("heatmap", "treemap") for kind in kinds):
        bundle.warn("a map of Plotly asks its provider for the tiles")


def _warn_of_pictures(layout: Mapping[str, Any], bundle: Bundle) -> None:
    images = layout.get("images")
    for image in images if isinstance(images, list) else ():
        source = image.get("source") if isinstance(image, Mapping) else None
        found = _HOST.match(source) if isinstance(source, str) else None
        if found:
            bundle.warn(f"a figure of Plotly asks {found[1]} for a picture as it is drawn")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
