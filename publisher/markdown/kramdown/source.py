"""Text that is read from left to right. The only one that knows positions and line numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.markdown.kramdown.fences import Closings

SPACE = " \t\r\n\f\v"  # white space is ASCII in this dialect: a no-break space is text
_NEWLINE = "\n"


class Source:
    """A text and the place in it that is read next.

    `line` is the number of its first line. What is looked for again and again (a closing mark, a
    brace) is remembered, so that looking for it from each of many openings stays linear.
    """

    __slots__ = ("_counted", "_found", "fences", "line", "pos", "text")

    def __init__(self, text: str, line: int = 1) -> None:
        self.text = text
        self.line = line
        self.pos = 0
        self.fences: dict[str, Closings] = {}
        self._counted = (0, line)
        self._found: dict[str | re.Pattern[str], tuple[int, int]] = {}

    @property
    def done(self) -> bool:
        """Whether all has been read."""
        return self.pos >= len(self.text)

    def check(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The match of a pattern at this place."""
        return pattern.match(self.text, self.pos)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The match of a pattern at this place, which is then read."""
        match = pattern.match(self.text, self.pos)
        if match:
            self.pos = match.end()
        return match

    def next_line(self) -> str:
        """The rest of this line with its end, which is then read."""
        end = self.text.find(_NEWLINE, self.pos) + 1 or len(self.text)
        line, self.pos = self.text[self.pos : end], end
        return line

    def find(self, wanted: str | re.Pattern[str], start: int) -> int:
        """Where something stands next, at `start` or after it; -1 if nowhere.

        A pattern must not depend on where the search begins.
        """
        since, at = self._found.get(wanted, (0, -2))
        if at != -2 and since <= start and (at == -1 or start <= at):
            return at
        if isinstance(wanted, str):
            at = self.text.find(wanted, start)
        else:
            match = wanted.search(self.text, start)
            at = match.start() if match else -1
        self._found[wanted] = (start, at)
        return at

    def line_at(self, position: int) -> int:
        """The number of the line at a position."""
        counted, line = self._counted
        if position < counted:
            line -= self.text.count(_NEWLINE, position, counted)
        else:
            line += self.text.count(_NEWLINE, counted, position)
        self._counted = (position, line)
        return line
