"""Sizes on pictures, so that pages keep their place while these load."""

from __future__ import annotations

from publisher.pictures import size

__all__ = ["attributes", "size"]


def attributes(size: dict[str, int]) -> str:
    """A size as attributes of an `<img>`."""
    return "".join(f' {name}="{pixels}"' for name, pixels in size.items())
