"""The tree of a document, from its blocks down to its spans. Knows nothing of how it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Model = Literal["block", "span", "raw"]


@dataclass(slots=True)
class Attributes:
    """What an attribute list says: names of other lists, and attributes."""

    refs: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)

    def set(self, name: str, value: str) -> None:
        """Set an attribute; classes add up."""
        if name == "class" and self.values.get("class"):
            value = f"{self.values['class']} {value}"
        self.values[name] = value

    def update(self, other: Attributes) -> None:
        """Add another list's."""
        self.refs += other.refs
        for name, value in other.values.items():
            self.set(name, value)


@dataclass(slots=True, eq=False)
class Node:
    """A block or a span.

    `children` of a block are blocks, or text whose spans are still to be read; those of a span
    are spans and final text. `value` is what the kind needs: code, an element's name, a formula,
    a character. `given` is the attribute list that stands at it, applied once all definitions are
    known. The rest means something to some kinds only: `level` of a heading; `align` of a table's
    columns; `bare` of a paragraph without its tag, as in a tight list; `model`, `closed` and
    `block` of an HTML element, what it holds, whether it ends in `/>` or is empty by nature, and
    whether it is a block; `plain` is the text that stands for it in a heading's id.
    """

    kind: str
    value: str = ""
    children: list[Node | str] = field(default_factory=list)
    attrs: dict[str, str] = field(default_factory=dict)
    given: Attributes | None = None
    line: int = 0
    level: int = 0
    align: list[str] = field(default_factory=list)
    bare: bool = False
    model: Model = "block"
    closed: bool = False
    block: bool = False
    plain: str = ""

    @property
    def last(self) -> Node | None:
        """The last child, if it is no text."""
        child = self.children[-1] if self.children else None
        return child if isinstance(child, Node) else None

    def nodes(self) -> Iterator[Node]:
        """The children that are no text."""
        return (child for child in self.children if isinstance(child, Node))

    def refers_to(self, name: str) -> bool:
        """Whether the attribute list at it names another one."""
        return self.given is not None and name in self.given.refs


def merged(children: list[Node | str]) -> list[Node | str]:
    """Children with neighbouring texts joined."""
    result: list[Node | str] = []
    texts: list[str] = []
    for child in children:
        if isinstance(child, str):
            texts.append(child)
            continue
        if texts:
            result.append("".join(texts))
            texts = []
        result.append(child)
    if texts:
        result.append("".join(texts))
    return [child for child in result if child != ""]
