"""What all parts of a document share: definitions, options, warnings and limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from publisher.markdown.kramdown.options import Options
from publisher.markdown.kramdown.tree import Attributes, Node

Highlight = Callable[[str, str], str]

MAX_DEPTH = 50  # levels of blocks and spans in each other; deeper ones are text
MAX_WARNINGS = 50
MAX_LABEL = 1_000  # characters of a link's label, besides those of the longest definition


@dataclass(slots=True)
class LinkDefinition:
    """What `[label]: url "title"` says. `node` holds the attribute list that follows it."""

    url: str
    title: str | None
    node: Node


@dataclass(slots=True)
class Footnote:
    """A footnote's blocks. `node` holds the attribute list that follows the definition."""

    content: Node
    node: Node


@dataclass(slots=True)
class Document:
    """One page while it is read and written.

    `patience` is how many steps may be wasted on marks that turn out to have no end; it grows
    with the page, so that reading stays linear whatever the page holds. `stop` says after which
    of the page's blocks to stop; `deep` that something was nested too deeply.
    """

    options: Options
    highlight: Highlight
    patience: int = 0
    lists: dict[str, Attributes] = field(default_factory=dict)
    links: dict[str, LinkDefinition] = field(default_factory=dict)
    footnotes: dict[str, Footnote] = field(default_factory=dict)
    abbreviations: dict[str, tuple[str, Node]] = field(default_factory=dict)
    warnings: dict[tuple[str, int], None] = field(default_factory=dict)
    longest_label: int = 0
    stop: Callable[[Node], bool] | None = None
    deep: bool = False

    def warn(self, message: str, line: int) -> None:
        """Add a warning, once."""
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.setdefault((message, line))

    def too_deep(self, depth: int, line: int) -> bool:
        """Whether nothing more may be nested here, with a warning if so."""
        if depth < MAX_DEPTH:
            return False
        if not self.deep:
            self.deep = True
            self.warn(
                f"more than {MAX_DEPTH} levels are nested: the deeper are shown as text", line
            )
        return True

    def apply(self, attributes: Attributes | None, attrs: dict[str, str]) -> None:
        """Add what an attribute list and the lists it refers to say to attributes."""
        if attributes:
            self._apply(attributes, attrs, set(), 0)

    def _apply(
        self, attributes: Attributes, attrs: dict[str, str], seen: set[str], depth: int
    ) -> None:
        for ref in attributes.refs:
            if ref in self.lists and ref not in seen and depth < MAX_DEPTH:
                seen.add(ref)
                self._apply(self.lists[ref], attrs, seen, depth + 1)
        for name, value in attributes.values.items():
            attrs[name] = f"{attrs.get(name, '')} {value}".lstrip() if name == "class" else value
