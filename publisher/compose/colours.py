"""Colours as numbers: whether text can be read on its ground.

The formulas are those of WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.
"""

from __future__ import annotations

AA = 4.5  # the least contrast of text, WCAG 1.4.3


def contrast(first: str, second: str) -> float:
    """The contrast of two colours (`#rgb` or `#rrggbb`), from 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lighter(colour: str, ground: str, least: float) -> str:
    """A colour, mixed with as much white as gives it the least contrast on a dark ground."""
    for share in range(0, 101, 5):
        mixed = mix("#ffffff", colour, share / 100)
        if contrast(mixed, ground) >= least:
            return mixed
    return "#ffffff"


def mix(first: str, second: str, share: float) -> str:
    """`share` of the first colour in the second, as `color-mix(in srgb, …)` makes it."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    parts = (value / 255 for value in _channels(colour))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> tuple[int, int, int]:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
