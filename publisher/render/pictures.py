"""How large pictures are, so that pages keep their place while these load."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import imagesize


def size(picture: bytes | Path) -> dict[str, int]:
    """Width and height in pixels of an image or SVG; empty where they cannot be told."""
    try:
        width, height = imagesize.get(BytesIO(picture) if isinstance(picture, bytes) else picture)
    except (ValueError, OSError, KeyError, IndexError, SyntaxError):
        return {}
    if width <= 0 or height <= 0:
        return {}
    return {"width": round(width), "height": round(height)}


def attributes(size: dict[str, int]) -> str:
    """A size as attributes of an `<img>`."""
    return "".join(f' {name}="{pixels}"' for name, pixels in size.items())
