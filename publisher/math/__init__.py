r"""Formulas of TeX as MathML. The only one that knows converters of LaTeX.

The formulas of a page share its macros and its numbers. They are added in the order of the page,
and drawn once all of them are known, as one may refer to another that stands below it.

Numbers are those of LaTeX's AMS environments: `equation` and `multline` have one, each line of
`align`, `gather`, `alignat`, `flalign` and `eqnarray` has one, those with a star have none. Other
displayed formulas have one if they have a label. `\tag` gives one, `\notag` takes one away.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape

from publisher.math.macros import (
    MAX_EXPANDED,
    MAX_MACROS,
    Macro,
    Macros,
    configured,
    defined,
    definitions,
    expanded,
    preamble,
)
from publisher.math.numbering import MARK, Label, Numbering, Numbers, numbered, without_notes
from publisher.math.rewriting import as_rows, forgiven, inside
from publisher.math.tex import MAX_DEPTH, MAX_LENGTH, levels, without_comments

__all__ = ["Formula", "Formulas", "Label", "Macro", "Macros", "Refer", "configured"]

MAX_PAGE = 2_000_000  # characters of formulas on a page
MAX_SECONDS = 30.0  # of work on the formulas of a page: thousands take less than one

Refer = Callable[[str, bool], str]
r"""The HTML of a reference to a label, in brackets (`\eqref`) or without (`\ref`)."""

_MARK = re.compile(MARK.format("([nr])", r"(\d{1,4})"))
_REFERENCE = re.compile(r"\\(eq)?ref\s*\{([^{}]{1,200})\}")


@dataclass(frozen=True)
class Formula:
    """A formula of a page: its `source`, and the TeX that is converted behind its `definitions`.

    One that only defines commands has no TeX. `refused` says that it is too long or too deep to
    be tried. `labels` are those of its equations. `numbers` are the texts and the ids of its
    numbers, `references` those in it: a label, and whether in brackets.
    """

    source: str
    tex: str
    definitions: str
    display: bool
    refused: bool = False
    labels: Mapping[str, Label] = field(default_factory=dict)
    numbers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    references: tuple[tuple[str, bool], ...] = ()


class Formulas:
    """The formulas of a page. `labels` are those of its equations.

    `macros` are those of the site and of the page's front matter, as `configured` gives them.
    With `numbers=False` only tags and labels number an equation.
    """

    def __init__(self, macros: Macros | None = None, *, numbers: bool = True) -> None:
        self.macros: dict[str, Macro] = dict(macros or {})
        self.labels: dict[str, Label] = {}
        self.numbering = Numbering(numbers)
        self.ids: set[str] = set()
        self.size, self.seconds = 0, 0.0

    def _free(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """Those of some ids that no formula of the page has: one label may be given twice."""
        free = tuple(identifier for identifier in ids if identifier not in self.ids)
        self.ids.update(free)
        return free

    def add(self, source: str, *, display: bool, label: str = "") -> Formula:
        """Note the formula that follows the last one: its macros, its numbers and its labels."""
        tex = without_comments(source).strip()
        self.size += len(tex)
        if len(tex) > MAX_LENGTH or self.size > MAX_PAGE or _deep(tex):
            return Formula(source, tex, "", display, refused=True)
        if "\\" in tex:
            tex, found = definitions(tex)
            self._define(found)
        tex = forgiven(tex.strip(), display=display)
        numbers = Numbers(self.numbering)
        if not tex:
            return Formula(source, "", "", display)
        if display:
            tex = numbered(tex, label, numbers)
            for name, found_label in numbers.labels.items():
                self.labels.setdefault(name, found_label)
        else:
            tex = without_notes(inside(tex) if "\\begin" in tex else tex)
            tex = as_rows(tex) if "&" in tex else tex
        tex, references = _without_references(tex)
        prefix, huge = "", False
        if self.macros:
            huge = expanded(tex, self.macros) >= MAX_EXPANDED
            prefix, tex = preamble(tex, self.macros)
        return Formula(
            source,
            tex,
            prefix,
            display,
            refused=huge or len(prefix) > MAX_LENGTH or _deep(prefix),
            labels=numbers.labels,
            numbers=tuple(zip(numbers.texts, map(self._free, numbers.ids), strict=True)),
            references=references,
        )

    def _define(self, macros: list[Macro]) -> None:
        for macro in macros[: MAX_MACROS - len(self.macros)]:
            self.macros = defined(self.macros, macro)

    def draw(self, formula: Formula, refer: Refer | None = None) -> str | None:
        """A `math` element with its source as `alttext`; None if no converter takes the formula.

        `refer` draws references to labels that are not of the page.
        """
        from publisher.math.converters import convert

        if not formula.tex:
            return None if formula.refused else ""
        if formula.refused:
            return None
        if self.seconds > MAX_SECONDS:
            return None
        begun = time.process_time()
        html = convert(formula.tex, formula.definitions, display=formula.display)
        self.seconds += time.process_time() - begun
        if html is None:
            return None

        def fill(match: re.Match[str]) -> str:
            index, refers = int(match[2]), match[1] == "r"
            if index >= len(formula.references if refers else formula.numbers):
                return match[0]  # the author's own
            if refers:
                return self._reference(*formula.references[index], refer)
            return _number(*formula.numbers[index])

        if formula.numbers or formula.references:
            html = _MARK.sub(fill, html)
        source = " ".join(formula.source.split())
        return f'<math alttext="{escape(source)}"{html.removeprefix("<math")}'

    def reason(self, formula: Formula) -> str:
        """Why a formula that is not drawn cannot be; empty where nobody knows."""
        from publisher.math.converters import reason

        if formula.refused:
            return "it is too long, or nested too deeply"
        if self.seconds > MAX_SECONDS:
            return "the formulas of the page take too long"
        return reason(formula.tex, formula.definitions)

    def _reference(self, label: str, brackets: bool, refer: Refer | None) -> str:
        target = self.labels.get(label)
        if target is None:
            return refer(label, brackets) if refer else escape(f"({label})" if brackets else label)
        text = f"({target.number})" if brackets else target.number
        return f'<a href="#{escape(target.id)}">{escape(text)}</a>'


def _deep(tex: str) -> bool:
    return tex.count("\\") + tex.count("{") > MAX_DEPTH and levels(tex) > MAX_DEPTH


def _number(text: str, ids: tuple[str, ...]) -> str:
    html = escape(text)
    for identifier in ids:
        html = f'<span id="{escape(identifier)}">{html}</span>'
    return html


def _without_references(tex: str) -> tuple[str, tuple[tuple[str, bool], ...]]:
    """TeX with marks for the references in it, and these."""
    found: list[tuple[str, bool]] = []

    def mark(match: re.Match[str]) -> str:
        found.append((match[2].strip(), bool(match[1])))
        return f"\\text{{{MARK.format('r', len(found) - 1)}}}"

    if "ref" not in tex:
        return tex, ()
    return _REFERENCE.sub(mark, tex), tuple(found)
