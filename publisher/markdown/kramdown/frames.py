"""The span that is being read: what may stand in it, and what stands around it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum

from publisher.markdown.kramdown.tree import Node


class Mode(Enum):
    """Which spans are looked for; the value finds the characters at which one may begin."""

    ALL = re.compile(r"""[*_`<\[{$&"'\\~]|!\[|--|\.\.\.| ?>>| <<|[ ]{2}(?=\n)""")
    CODE = re.compile("`")
    CODE_AND_HTML = re.compile("[`<]")
    HTML = re.compile("<")


@dataclass(slots=True)
class Frame:
    """A span that is being read.

    `kinds` are those of the spans around it, itself included. `seen` are places inside it where
    another span of its kind cannot begin.
    """

    node: Node
    mode: Mode = Mode.ALL
    kinds: frozenset[str] = frozenset()
    seen: list[tuple[str, int]] = field(default_factory=list)

    def inner(self, node: Node, mode: Mode = Mode.ALL) -> Frame:
        """A frame for a span inside."""
        return Frame(node, mode, self.kinds | {node.kind})
