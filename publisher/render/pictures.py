"""Sizes on pictures, so that pages keep their place while these load."""

from __future__ import annotations

import re

from publisher.pictures import size

__all__ = ["attributes", "size"]


def attributes(size: dict[str, int], width: str | None = None) -> str:
    """A size as attributes of an `<img>`; with a `width` in pixels, the height that fits it."""
    if width is not None:
        own = size and re.fullmatch(r"([1-9]\d{0,4})(?:px)?", width)
        return f' height="{round(int(own[1]) * size["height"] / size["width"])}"' if own else ""
    return "".join(f' {name}="{pixels}"' for name, pixels in size.items())
