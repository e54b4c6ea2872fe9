"""Text of a terminal as HTML: the only one to know its colours.

The classes are those of nbconvert, for which themes have colours; the work is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import escape

Colour: TypeAlias = int | tuple[int, int, int] | None

_SEQUENCE = re.compile(r"\x1b\[([^@-~\n]*+)([@-~])")
# Links and titles of terminals, and control characters that no page may hold; colours stay.
_UNSEEN = re.compile(
    r"\x1b\][^\x07\x1b]{0,2000}(?:\x1b\\|\x07)|[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]"
)
_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_COLOURS = (*_NAMES, *(f"{name}-intense" for name in _NAMES))


@dataclass
class _Style:
    """How a terminal writes, as the codes so far have it. A number is one of its 16 colours."""

    fg: Colour = None
    bg: Colour = None
    bold: bool = False
    underline: bool = False
    inverse: bool = False

    def change(self, codes: str) -> None:
        """Follow the codes of one sequence, as `1;31`; an empty one is 0."""
        words = codes.split(";")
        if not all(word.isdecimal() and len(word) < 10 for word in words if word):
            return
        numbers = iter([int(word or 0) for word in words])
        for number in numbers:
            if number in (38, 48):
                colour = _extended(numbers)
                if colour is None:
                    return
                self._colour(number == 38, colour)
            else:
                self._follow(number)

    def _follow(self, number: int) -> None:
        if number == 0:
            self.fg = self.bg = None
            self.bold = self.underline = self.inverse = False
        elif number in (1, 5, 21, 22):
            self.bold = number < 20
        elif number in (4, 24):
            self.underline = number == 4
        elif number in (7, 27):
            self.inverse = number == 7
        elif number in (39, 49):
            self._colour(number == 39, None)
        elif number // 10 in (3, 4) and number % 10 < 8:
            self._colour(number < 40, number % 10)
        elif number // 10 in (9, 10) and number % 10 < 8:
            self._colour(number < 100, number % 10 + 8)

    def _colour(self, foreground: bool, colour: Colour) -> None:
        if foreground:
            self.fg = colour
        else:
            self.bg = colour

    def opening(self) -> str:
        """The start tag of text in this style; empty for plain text."""
        fg, bg = self.fg, self.bg
        if self.bold and isinstance(fg, int) and fg < 8:
            fg += 8
        if self.inverse:
            fg, bg = bg, fg
        classes, styles = [], []
        for colour, end, name in ((fg, "fg", "color"), (bg, "bg", "background-color")):
            if isinstance(colour, int):
                classes.append(f"ansi-{_COLOURS[colour]}-{end}")
            elif colour:
                styles.append("{}: rgb({},{},{})".format(name, *colour))
            elif self.inverse:
                classes.append(f"ansi-default-inverse-{end}")
        classes += ["ansi-bold"] * self.bold + ["ansi-underline"] * self.underline
        shown = f' class="{" ".join(classes)}"' if classes else ""
        shown += f' style="{"; ".join(styles)}"' if styles else ""
        return f"<span{shown}>" if shown else ""


def ansi(text: str) -> str:
    r"""A terminal's text as HTML; what is no colour and is not seen there is left out.

    >>> ansi("\x1b[31mred\x1b[0m & plain")
    '<span class="ansi-red-fg">red</span> &amp; plain'
    """
    text = _UNSEEN.sub("", text)
    style, opening, at = _Style(), "", 0
    parts: list[str] = []
    for match in _SEQUENCE.finditer(text):
        parts.append(_span(opening, text[at : match.start()]))
        at = match.end()
        if match[2] == "m":
            style.change(match[1])
            opening = style.opening()
    parts.append(_span(opening, text[at:]))
    return "".join(parts)


def _span(opening: str, text: str) -> str:
    shown = str(escape(text.replace("\x1b", "")))
    return f"{opening}{shown}</span>" if opening and shown else shown


def _extended(numbers: Iterator[int]) -> Colour:
    """The colour that follows 38 or 48: `5;N`, one of 256, or `2;R;G;B`. None if it is none."""
    kind = next(numbers, None)
    if kind == 2:
        red, green, blue = (next(numbers, 256) for _ in range(3))
        return (red, green, blue) if max(red, green, blue) < 256 else None
    index = next(numbers, 256) if kind == 5 else 256
    if index < 16:
        return index
    if index < 232:  # a cube of 6 × 6 × 6
        levels = ((index - 16) // 36, (index - 16) // 6 % 6, (index - 16) % 6)
        red, green, blue = (55 + level * 40 if level else 0 for level in levels)
        return red, green, blue
    grey = (index - 232) * 10 + 8
    return (grey, grey, grey) if index < 256 else None
