"""Cross-references as links, once all pages are known: `<x-ref>` in a body (`model.Reference`)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from urllib.parse import quote

from publisher.compose.addresses import Resolver, label_key
from publisher.compose.facts import Asking, SiteFacts
from publisher.config import Config
from publisher.model import Entry, Heading, Problem, Reference, Rendered, Target
from publisher.outline import relative

_PLACE = re.compile(r'<x-ref data-n="(\d{1,6})"></x-ref>')
_SUMMARY = re.compile(r"<summary\b.*?(?:</summary>|\Z)", re.DOTALL)  # it may hold no link
_ASKED = re.compile(r"%s|\{number\}|\{name\}")
_SUFFIXES = tuple(".md .ipynb .py .myst .markdown .Rmd .qmd .rst .txt .R .jl".split())
_NAMES = {"code": "Listing", "subfigure": "Figure"}
_NUMBERED = frozenset(("numref", "prf:ref", "any", "doc", "@", "math:numref"))
_QUARTO = re.compile(r"(?:fig|tbl|sec|eq|lst|thm|lem|cor|prp|cnj|def|exm|exr)-")
_TERM = "term:"


@dataclass(frozen=True)
class _Found:
    """What a reference leads to: a page, and a place on it, if it is not the page itself."""

    entry: Entry
    target: Target | None


class References:
    """Draws the cross-references of one page, whose questions to others are `asking`'s."""

    def __init__(
        self, resolver: Resolver, entry: Entry, rendered: Rendered, asking: Asking
    ) -> None:
        self.resolver, self.outline = resolver, resolver.outline
        self.entry, self.rendered, self.asking = entry, rendered, asking
        self.problems: list[Problem] = []

    def draw(self) -> Rendered:
        """The page with links in the places of its references; text in headings and summaries."""
        if not self.rendered.references and "<x-ref" not in self.rendered.body:
            return self.rendered
        found = [(reference, self._find(reference)) for reference in self.rendered.references]
        texts = [_text(reference, place) for reference, place in found]
        links = [
            self._link(reference, place, text)
            for (reference, place), text in zip(found, texts, strict=True)
        ]
        headings = tuple(
            replace(heading, html=_filled(heading.html, texts))
            for heading in self.rendered.headings
        )
        return replace(
            self.rendered,
            body=_filled(_SUMMARY.sub(lambda m: _filled(m[0], texts), self.rendered.body), links),
            headings=headings,
        )

    def _find(self, reference: Reference) -> _Found | None:
        """What a reference leads to; None, with a warning, if that is nothing."""
        found = next(self._candidates(reference), None)
        if found is None and (reference.role != "@" or _QUARTO.match(reference.target)):
            missing = self._missing(reference)
            self.problems += [missing] if missing is not None else []
        return found

    def _candidates(self, reference: Reference) -> Iterator[_Found]:
        if reference.role == "doc":
            yield from self._page(reference.target)
            yield from self._label(reference.target)
        elif reference.role == "term":
            yield from self._label(_TERM + reference.target)
        else:
            yield from self._label(reference.target)
            yield from self._heading(reference.target)
        if reference.role == "any":
            folder = posixpath.dirname(self.entry.source or "")
            yield from self._page(posixpath.normpath(posixpath.join(folder, reference.target)))
            yield from self._label(_TERM + reference.target)

    def _label(self, label: str) -> Iterator[_Found]:
        """A labelled place, first on this page."""
        own = self.rendered.facts.labels.get(label_key(label))
        if own is not None:
            yield _Found(self.entry, own)
            return
        found = self.asking.label(label_key(label))
        entry = self.outline.by_source.get(found[0]) if found else None
        if found and entry is not None:
            yield _Found(entry, found[1])

    @cached_property
    def _named(self) -> dict[str, Heading]:
        """The headings of this page by their ids, behind a `#`, and by their words."""
        found: dict[str, Heading] = {}
        for heading in self.rendered.headings:
            found.setdefault(f"#{heading.id}", heading)
            found.setdefault(label_key(heading.text), heading)
        return found

    def _heading(self, text: str) -> Iterator[_Found]:
        """A heading of this page by its id or its words, or of another: `path/to/page:words`."""
        heading = self._named.get(f"#{text}") or self._named.get(label_key(text))
        if heading is not None:
            yield _Found(self.entry, Target(heading.id, "section", title=heading.html))
        path, _, words = text.partition(":")
        if words and (entry := self._entry(path.strip("/"))) is not None:
            from publisher.markdown import slug

            yield from self._on(entry, slug(words))

    def _page(self, target: str) -> Iterator[_Found]:
        """A page, or a place on it: `path.md#name`."""
        path, _, name = target.partition("#")
        entry = self._entry(path)
        if entry is not None and name:
            yield from self._on(entry, name)
        elif entry is not None:
            yield _Found(entry, None)

    def _on(self, entry: Entry, name: str) -> Iterator[_Found]:
        """A place on a page by its label or its id."""
        label = f"{entry.source}#{label_key(name)}"
        found = self.asking.label(label)
        if found is not None:
            yield _Found(entry, found[1])

    def _entry(self, path: str) -> Entry | None:
        """The page of a source path, with or without its suffix."""
        found = (self.outline.by_source.get(f"{path}{suffix}") for suffix in _SUFFIXES)
        return self.outline.find(path) or next((e for e in found if e is not None), None)

    def _missing(self, reference: Reference) -> Problem | None:
        if reference.role != "doc" and self.resolver.failing:
            return None  # it may be on a page that failed, which is said
        if reference.role == "doc":
            path = reference.target
            if self.resolver.means_unpublished(path):
                message = f"the reference to {path} leads to a page that is not published"
                return Problem(message, line=reference.line, hint="it is a draft, or it failed")
            near = self.resolver.near(path, self.outline.by_source)
            message = f"there is no page {path}"
        else:
            term = reference.role == "term"
            near = self.resolver.near(
                label_key(reference.target),
                (
                    label.removeprefix(_TERM)
                    for label in self.asking.facts.places
                    if "#" not in label and label.startswith(_TERM) == term
                ),
            )
            message = f"there is no {'term' if term else 'label'} {reference.target}"
        hint = f"did you mean {near}?" if near else None
        return Problem(message, line=reference.line, hint=hint)

    def _link(self, reference: Reference, found: _Found | None, text: str) -> str:
        if found is None:
            return text
        name = found.target.id if found.target else ""
        fragment = f"#{quote(name, safe=_SAFE)}" if name else ""
        here = found.entry.url == self.entry.url and fragment
        href = "" if here else quote(relative(found.entry.url, self.entry.url))
        return f'<a class="reference" href="{escape(href + fragment)}">{text}</a>'


def twins(facts: SiteFacts, config: Config) -> tuple[Problem, ...]:
    """The labels that several pages give: others are led to the first."""
    found = []
    first: dict[str, str] = {}
    for source, page in facts.facts.items():
        for label in page.labels:
            other = first.setdefault(label, source)
            if other is not source:
                pages = [config.shown(config.source / path) for path in (other, source)]
                kind = "term" if label.startswith(_TERM) else "label"
                name = label.removeprefix(_TERM)
                message = f"the {kind} {name} is given twice: on {pages[0]} and on {pages[1]}"
                found.append(Problem(message))
    return tuple(found)


def _filled(html: str, drawn: list[str]) -> str:
    return _PLACE.sub(lambda m: drawn[int(m[1])] if int(m[1]) < len(drawn) else "", html)


def _text(reference: Reference, found: _Found | None) -> str:
    """What is shown of a reference, as inline HTML."""
    if found is None:
        at = "@" if reference.role == "@" else ""
        written = "" if _ASKED.search(reference.text) else reference.text
        return written or escape(at + reference.target, quote=False)
    target = found.target
    if target is None:
        return _filled_in(reference.text, "", escape(found.entry.title)) or escape(
            found.entry.title
        )
    number, name = target.number, _name(target)
    if reference.text:
        return _filled_in(reference.text, number, target.title or name)
    if reference.role in _NUMBERED or target.kind == "equation":
        shown = name or target.title
    else:
        shown = target.title or name
    return shown or escape(reference.target.removeprefix(_TERM), quote=False)


def _filled_in(text: str, number: str, name: str) -> str:
    """A text with a number and a name in their places; without a number, the name is there."""
    given = {"%s": number or name, "{number}": number or name, "{name}": name}
    return _ASKED.sub(lambda match: given[match[0]], text)


def _name(target: Target) -> str:
    """`Figure 3`; of equations `(3)`; empty for what has no number."""
    if not target.number:
        return ""
    if target.kind == "equation":
        return f"({target.number})"
    return f"{_NAMES.get(target.kind, target.kind.capitalize())} {target.number}"


_SAFE = "!$&'()*+,;=:@/?-._~"
