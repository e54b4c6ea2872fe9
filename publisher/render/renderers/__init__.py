"""What draws outputs: our renderers and those of other packages, by MIME type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from publisher.render.renderers.bokeh import Bokeh
from publisher.render.renderers.plain import OURS
from publisher.render.renderers.plotly import Plotly
from publisher.render.renderers.vega import Vega
from publisher.renderers import GROUP, Bundle, Drawn, Renderer


@dataclass(frozen=True)
class Known:
    """A renderer; `package` is the distribution that brings it, empty if it is ours."""

    renderer: Renderer
    package: str = ""

    def draw(self, bundle: Bundle) -> Drawn | None:
        """What it makes of an output. One of another package that fails is passed over."""
        if not self.package:
            return self.renderer.draw(bundle)
        try:
            drawn = self.renderer.draw(bundle)
            if drawn is None or isinstance(drawn, Drawn):
                return drawn
            what = f"gave {type(drawn).__name__} instead of Drawn"
        except Exception as error:
            what = f"failed: {type(error).__name__}: {error}"
        bundle.warn(f"the renderer of {self.package} for {bundle.mime} {what}")
        return None


def fitting(data: Mapping[str, Any]) -> Iterator[tuple[Known, str]]:
    """The renderers that may draw an output, and of which of its MIME types, the best first."""
    known, _ = renderers()
    for each in known:
        yield from ((each, mime) for mime in each.renderer.mimes if mime in data)


@cache
def renderers() -> tuple[tuple[Known, ...], tuple[str, ...]]:
    """All renderers, the highest priority first, and what is wrong with some that are installed."""
    ours = [Known(renderer) for renderer in (Plotly(), Vega(), Bokeh(), *OURS)]
    theirs, problems = _installed()
    every = sorted([*theirs, *ours], key=lambda known: -known.renderer.priority)
    return tuple(every), problems


def _installed() -> tuple[list[Known], tuple[str, ...]]:
    """The renderers of other packages; of one priority, they come before ours, by name."""
    from importlib.metadata import entry_points

    found, problems = [], []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        package = point.dist.name if point.dist is not None else point.value
        try:
            made = point.load()
            made = made() if isinstance(made, type) else made
            whole = made.priority + 0.0, tuple(map(str, made.mimes)), made.draw
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            problems.append(f"the renderer {point.name} of {package} cannot be loaded: {what}")
        else:
            assert whole
            found.append(Known(made, package))
    return found, tuple(problems)
