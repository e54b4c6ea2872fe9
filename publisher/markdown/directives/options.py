"""The options that directives have, so that a slip in one does not pass without a word.

Those that other tools know, and that say nothing here, pass too. Sources: docutils' "Directives",
Sphinx's "Directives", MyST's "Directives" and sphinx-design.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from publisher.markdown.directives import boxes
from publisher.markdown.directives.directive import Directive
from publisher.markdown.problems import meant

MAX_SHOWN = 40  # characters of a value
_EVERYWHERE = frozenset(
    "name label class id html_id style tags key kind enumerated enumerator numbered nonumber "
    "unnumbered no-number placeholder figclass".split()
)
_PICTURE = frozenset(
    "alt align height width scale target figwidth loading lazy title caption type icon number bg "
    "subcaptions gap no-subfigures no-subcaptions remove-input remove-output download group "
    "show_caption border default-alt".split()
)
_TABLE = frozenset(
    "align width widths header-rows header-columns stub-columns caption header file url encoding "
    "delim keepspace quote escape term-width truncate row-height".split()
)
_CODE = frozenset(
    "linenos lineno-start lineno-match emphasize-lines caption force dedent filename number-lines "
    "hl_lines tab-width language lang copyable linenothreshold".split()
)
_FILE = _CODE | frozenset(
    "lines diff encoding pyobject start-after start-at end-before end-at start-line end-line "
    "prepend append literal code heading-offset parser relative-images relative-docs".split()
)
_BOX = frozenset(
    "open icon collapse collapsible title color animate chevron margin show subtitle opened".split()
)
_TOCTREE = frozenset(
    "maxdepth hidden glob caption titlesonly reversed includehidden numbered".split()
)
_CHANGES = tuple("versionadded versionchanged deprecated versionremoved".split())
KNOWN: dict[str, frozenset[str]] = {
    **dict.fromkeys(("figure", "image", "figure-md", "thumbnail"), _PICTURE),
    **dict.fromkeys(("table", "list-table", "csv-table"), _TABLE),
    **dict.fromkeys(("code", "code-block", "sourcecode"), _CODE),
    **dict.fromkeys(("literalinclude", "include"), _FILE),
    **dict.fromkeys((*boxes.KINDS, *_CHANGES, "dropdown", "topic", "sidebar", "margin"), _BOX),
    "toctree": _TOCTREE,
    "contents": frozenset("depth local backlinks filter".split()),
    "math": frozenset("nowrap no-wrap number typst".split()),
}
"""Their options by the names of directives, without those that all have."""


def _fits(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern, re.IGNORECASE).fullmatch


_LENGTH = (_fits(r"\d{1,5}(\.\d{1,3})?\s*(px|%|r?em|vw|ch|cm|mm|in|pt)?"), "60% or 300px")
_NUMBER = (_fits(r"-?\d{1,6}"), "2")
_NUMBER_OR_NONE = (_fits(r"\d{0,6}"), "10")
_LINES = (_fits(r"(?=\D*\d)[\d\s,:-]+"), "2,4-6")
_SIDE = (_fits("left|center|right|top|middle|bottom|default"), "left, center or right")
_VALUES: dict[str, tuple[Callable[[str], object], str]] = {
    "align": _SIDE,
    "scale": (_fits(r"\d{1,4}(\.\d{1,3})?\s*%?"), "50%"),
    **dict.fromkeys(("header-rows", "stub-columns", "depth", "maxdepth"), _NUMBER),
    **dict.fromkeys(("lineno-start", "number-lines"), _NUMBER_OR_NONE),
    **dict.fromkeys(("emphasize-lines", "hl_lines", "lines"), _LINES),
}
_SIZES = dict.fromkeys(("width", "height"), _LENGTH)


def check(directive: Directive) -> None:
    """Warn of options that a directive does not have, and of values that say nothing."""
    name = directive.name.lower()
    known = KNOWN.get(name)
    if known is None or not directive.options:
        return
    values = {**_VALUES, **_SIZES} if known is _PICTURE else _VALUES
    for key, value in directive.options.items():
        if key not in known and key not in _EVERYWHERE and not key.startswith("class-"):
            message = f"{{{name}}} has no option :{key}:, so it is left out"
            near = meant(key, known | _EVERYWHERE)
            directive.warn(message, f"did you mean :{near}: ?" if near else None)
        elif key in values and not values[key][0](value.strip()):
            shown = value[:MAX_SHOWN] + "…" * (len(value) > MAX_SHOWN)
            message = f":{key}: of {{{name}}} cannot be {shown!r}: it is left out"
            directive.warn(message, f"want something like {values[key][1]}")
