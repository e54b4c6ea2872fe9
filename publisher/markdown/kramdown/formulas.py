"""The formulas of a page. They are drawn once all of them are known: one may refer to another."""

from __future__ import annotations

import re
from html import escape

from publisher.markdown.kramdown.document import Document
from publisher.markdown.kramdown.tree import Node
from publisher.markdown.kramdown.writing import escaped
from publisher.markdown.math import boxed, cannot_be_converted
from publisher.math import Formula, Formulas

_REFERENCE = re.compile(r"\\(eq)?ref\{([^{}\n]{1,200})\}")
_PLACE = re.compile("\0([fr])(\\d{1,6})\0")


class Placed:
    """The places of formulas, and of references to them, in the HTML of a page."""

    def __init__(self, document: Document, formulas: Formulas) -> None:
        self.document, self.formulas = document, formulas
        self.drawn: dict[Node, tuple[int, Formula]] = {}
        self.references: list[tuple[str, str, bool]] = []

    def formula(self, node: Node) -> str:
        """The place of a formula."""
        if node not in self.drawn:
            formula = self.formulas.add(node.value, display=node.block)
            self.drawn[node] = len(self.drawn), formula
        return f"\0f{self.drawn[node][0]}\0" + "\n" * node.block

    def text(self, text: str) -> str:
        r"""A text with the places of its `\ref` and `\eqref`."""
        if "ref{" not in text:
            return escaped(text)

        def place(match: re.Match[str]) -> str:
            self.references.append((match[0], match[2].strip(), bool(match[1])))
            return f"\0r{len(self.references) - 1}\0"

        return _REFERENCE.sub(place, escaped(text))

    def fill(self, html: str) -> str:
        """HTML with its formulas and references. Those to nothing stay as they were written."""
        if "\0" not in html:
            return html
        formulas = [self._draw(node, formula) for node, (_, formula) in self.drawn.items()]
        references = [self._refer(*reference) for reference in self.references]

        def filled(match: re.Match[str]) -> str:
            found = formulas if match[1] == "f" else references
            index = int(match[2])
            return found[index] if index < len(found) else ""

        return _PLACE.sub(filled, html)

    def _draw(self, node: Node, formula: Formula) -> str:
        html = self.formulas.draw(formula)
        if html is None:
            self.document.warn(cannot_be_converted(formula.source), node.line)
        return boxed(formula, html)

    def _refer(self, written: str, label: str, brackets: bool) -> str:
        target = self.formulas.labels.get(label)
        if target is None:
            return written
        number = f"({target.number})" if brackets else target.number
        return f'<a href="#{escape(target.id)}">{escape(number)}</a>'
