"""Fenced code: which line closes a fence."""

from __future__ import annotations

import re
from bisect import bisect_left

from publisher.markdown.kramdown.source import SPACE, Source
from publisher.markdown.kramdown.state import State

_GFM_OPENING = re.compile(r" {0,3}(~{3,}|`{3,})([^\n]*)\n")
_OPENING = re.compile(r"(~{3,})([^\n]*)\n")
_CLOSING = re.compile(r"^( {0,3})(~{3,}|`{3,})[ \t\r\f\v]*\n", re.MULTILINE)
_LANGUAGE = re.compile(r"([^ \t\r\f\v]+?)(?:\?[^ \t\r\f\v]*)?")


class Closings:
    """The lines of a source that may close a fence, and how long the longest after each is."""

    def __init__(self, source: Source, mark: str, *, gfm: bool) -> None:
        matches = [
            match
            for match in _CLOSING.finditer(source.text)
            if match[2][0] == mark and (gfm or not match[1])
        ]
        self.starts = [match.start() for match in matches]
        self.ends = [match.end() for match in matches]
        self.lengths = [len(match[2]) for match in matches]
        self.longest = [*self.lengths, 0]
        for index in range(len(matches) - 1, -1, -1):
            self.longest[index] = max(self.longest[index], self.longest[index + 1])

    def find(self, count: int, position: int) -> tuple[int, int, int]:
        """How many marks, up to `count`, a later line has; its start and its end."""
        index = bisect_left(self.starts, position)
        count = min(count, self.longest[index])
        if not count:
            return 0, 0, 0
        while self.lengths[index] < count:
            index += 1
        return count, self.starts[index], self.ends[index]


def fence(state: State) -> bool:
    """Read fenced code. Marks that the closing line lacks are part of the language."""
    source, gfm = state.source, state.document.options.gfm
    match = source.check(_GFM_OPENING if gfm else _OPENING)
    if match is None:
        return False
    mark, rest = match[1], match[2]
    closings = source.fences.get(mark[0])
    if closings is None:
        closings = source.fences[mark[0]] = Closings(source, mark[0], gfm=gfm)
    count, start, end = closings.find(len(mark), match.end())
    language = (mark[count:] + rest).strip(SPACE)
    word = _LANGUAGE.fullmatch(language)
    if not count or (language and word is None):
        return False
    node = state.new("code", source.text[match.end() : start])
    if word:
        node.attrs["class"] = f"language-{word[1]}"
    source.pos = end
    state.add(node)
    return True
