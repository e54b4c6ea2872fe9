"""The numbers of a page: figures, tables, listings, exercises and theorems, each counted apart.

Prose and outputs leave a `<x-number>` where a number is to stand (`markdown.targets.number`), for
only the finished body has all of them in their order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from html import escape, unescape
from pathlib import PurePosixPath

from publisher.markdown.targets import key
from publisher.model import Head, Heading, Reference, Target

_NUMBER = re.compile(
    r'<x-number data-kind="([a-z][a-z-]{0,30})"(?: data-id="([^"]*)")?></x-number>'
)
_REFERENCE = re.compile(r'<x-ref data-n="(\d{1,6})"></x-ref>')
_NAMES = {"code": "Listing"}


def numbered(body: str) -> tuple[str, dict[str, str]]:
    """A body with its numbers, `Figure 3`, and the number of each id, `3`.

    The parts of a figure are `(a)` and `(b)` in it, and `3a` and `3b` elsewhere.
    """
    counts: Counter[str] = Counter()
    numbers: dict[str, str] = {}

    def place(match: re.Match[str]) -> str:
        kind, identifier = match[1], unescape(match[2] or "")
        counts[kind] += 1
        if kind == "subfigure":
            letter = _letter(counts[kind])
            number, shown = f"{counts['figure'] + 1}{letter}", f"({letter})"
        else:
            number = str(counts[kind])
            shown = f"{_NAMES.get(kind, kind.capitalize())} {number}"
        if kind == "figure":
            del counts["subfigure"]
        if identifier:
            numbers.setdefault(identifier, number)
        return shown

    return _NUMBER.sub(place, body), numbers


def labels(
    targets: Mapping[str, Target],
    numbers: Mapping[str, str],
    ids: Set[str],
    references: Iterable[Reference],
) -> dict[str, Target]:
    """The labelled places that are on the page, with their numbers; their titles as mere text."""
    found = {
        label: replace(target, number=numbers.get(target.id, target.number))
        for label, target in targets.items()
        if target.id in ids
    }
    every = tuple(references)
    return {
        label: replace(target, title=as_text(target.title, found, every))
        for label, target in found.items()
    }


def own_label(page: Head) -> dict[str, Target]:
    """The label that a page has in its front matter, as mystmd's pages may."""
    label = page.front.get("label")
    if not isinstance(label, str) or not label.strip():
        return {}
    return {key(label): Target("", "section", title=escape(page.title, quote=False))}


def as_text(html: str, labels: Mapping[str, Target], references: Sequence[Reference]) -> str:
    """HTML with text in the places of its references.

    What only other pages know, what a place there is called, is told by the label or the path.
    """

    def text(match: re.Match[str]) -> str:
        at = int(match[1])
        if at >= len(references):
            return ""
        reference = references[at]
        target = labels.get(key(reference.target))
        if reference.text and not re.search(r"%s|\{(?:number|name)\}", reference.text):
            return reference.text
        if target is None:
            words = PurePosixPath(reference.target.removeprefix("term:")).name
            return escape(re.sub(r"[-_:]+|\.(?:md|ipynb)\Z", " ", words).strip(), quote=False)
        if target.kind == "equation" and target.number:
            return f"({target.number})"
        number = f"{_NAMES.get(target.kind, target.kind.capitalize())} {target.number}"
        return number if target.number else target.title

    return _REFERENCE.sub(text, html)


def places(
    source: str, headings: Iterable[Heading], labels: Mapping[str, Target]
) -> dict[str, Target]:
    """The places of a page under `path.md#name`, as other pages may ask for them."""
    own = {f"{source}#{label}": target for label, target in labels.items() if target.kind != "term"}
    parts = {
        f"{source}#{heading.id}": Target(
            heading.id, "section", title=_REFERENCE.sub("", heading.html)
        )
        for heading in headings
    }
    return parts | own


def _letter(count: int) -> str:
    """`a`, `b` … `z`, `aa`."""
    letters = ""
    while count:
        count, rest = divmod(count - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters
