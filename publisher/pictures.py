"""How large pictures are. The only one that knows imagesize."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path


def size(picture: bytes | Path) -> dict[str, int]:
    """Width and height in pixels of an image or SVG; empty where they cannot be told."""
    import imagesize  # it drags in urllib

    try:
        width, height = imagesize.get(BytesIO(picture) if isinstance(picture, bytes) else picture)
    except (ValueError, OSError, KeyError, IndexError, SyntaxError):
        return {}
    if width <= 0 or height <= 0:
        return {}
    return {"width": round(width), "height": round(height)}
