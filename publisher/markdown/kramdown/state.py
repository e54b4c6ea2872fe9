"""Where a parser of blocks stands. Knows how a new block takes the attribute list before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from publisher.markdown.kramdown.document import Document
from publisher.markdown.kramdown.source import Source
from publisher.markdown.kramdown.tree import Attributes, Node


@dataclass(slots=True)
class State:
    """A source that is read into the children of `node`.

    `waiting` is an attribute list that belongs to the next block. `parse` reads the blocks of a
    state: it is handed down so that blocks which hold blocks need not know all kinds of them.
    """

    document: Document
    source: Source
    node: Node
    parse: Callable[[State], bool]
    depth: int = 0
    waiting: Attributes | None = None

    def new(self, kind: str, value: str = "") -> Node:
        """A node for a block that begins here."""
        node = Node(kind, value, line=self.source.line_at(self.source.pos), given=self.waiting)
        self.waiting = None
        return node

    def add(self, node: Node) -> None:
        """Add a block."""
        self.node.children.append(node)

    def nested(self, node: Node, text: str, line: int) -> None:
        """Read a text of its own into a node."""
        self.parse(State(self.document, Source(text, line), node, self.parse, self.depth + 1))

    def inside(self, node: Node) -> bool:
        """Read on from here into an HTML element; False if it has no end."""
        return self.parse(State(self.document, self.source, node, self.parse, self.depth + 1))

    def may_nest(self) -> bool:
        """Whether a block here may hold blocks."""
        source = self.source
        return not self.document.too_deep(self.depth, source.line_at(source.pos))

    def after_boundary(self) -> bool:
        """Whether a block that must stand alone may begin here."""
        last = self.node.last
        return (
            last is None
            or last.kind == "blank"
            or (last.kind == "boundary" and not last.value)
            or self.waiting is not None
        )
