"""Boxes that stand out from the text: admonitions, which may fold."""

from __future__ import annotations

import re

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown.directives.directive import Directive, html, identifier

KINDS = {
    **dict.fromkeys("admonition attention caution danger error hint important note".split(), ""),
    **dict.fromkeys("seealso tip warning todo".split(), ""),
    **dict.fromkeys("info abstract summary tldr question help faq".split(), "note"),
    **dict.fromkeys("success check done".split(), "tip"),
    **dict.fromkeys("failure fail missing bug".split(), "danger"),
}
"""Kinds of admonitions; those of Docusaurus, MkDocs and Obsidian have the look of another."""
FOLDS = frozenset("dropdown toggle collapsible".split())
_TITLES = {"seealso": "See also", "todo": "To do", "faq": "FAQ", "tldr": "Too long; didn't read"}
_CHANGES = {
    "versionadded": "Added in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
    "versionremoved": "Removed in version",
    "deprecated-removed": "Deprecated since version",
}
_NAME = re.compile(r"-?[A-Za-z_][\w-]*")
MAX_TITLE = 100  # characters of an argument that is taken for a title


def names(classes: list[str]) -> list[str]:
    """Those of the classes that may be ones, each once."""
    return list(dict.fromkeys(name for name in classes if _NAME.fullmatch(name)))


def attributes(label: str, classes: list[str]) -> str:
    """An `id`, if there is one, and classes as attributes of a tag, with a space before them."""
    kinds = " ".join(names(classes))
    return identifier(label) + (f' class="{kinds}"' if kinds else "")


def box(
    kinds: list[str],
    title: list[Token],
    inner: list[Token],
    label: str = "",
    fold: str | None = None,
) -> list[Token]:
    """An admonition of some kinds; `fold` is None, or how it is at first: `open` or `closed`."""
    given = attributes(label, ["admonition", *kinds])
    tag, heading = ("aside", "p") if fold is None else ("details", "summary")
    opened = " open" if fold == "open" else ""
    return [
        html(f'<{tag}{given}{opened}>\n<{heading} class="admonition-title">'),
        *title,
        html(f"</{heading}>\n"),
        *inner,
        html(f"</{tag}>\n"),
    ]


def title_of(kind: str) -> str:
    """What an admonition of some kind is called where its author gives it no title."""
    return _TITLES.get(kind, kind.capitalize())


def kinds_of(kind: str) -> list[str]:
    """The classes of a kind of admonition."""
    return [kind for kind in (KINDS.get(kind, ""), kind) if kind]


def folds(options: dict[str, str], classes: list[str]) -> str | None:
    """Whether a box folds, and how it is at first: None, `open` or `closed`."""
    if "open" in options and options["open"].lower() not in ("false", "no", "0"):
        return "open"
    collapse = options.get("collapse", "").strip().lower()
    if collapse in ("false", "no", "0"):
        return "open"
    return "closed" if collapse or "open" in options or FOLDS & {*classes} else None


def continues(directive: Directive) -> bool:
    """Whether the argument of an admonition is the beginning of its text, and no title of it.

    In Sphinx it always is, in mystmd never: what it says decides.
    """
    argument, body = directive.argument, directive.body.lstrip()
    return (
        bool(directive.token.meta.get("rst"))
        or not body
        or len(argument) > MAX_TITLE
        or argument.endswith((".", ",", ":", ";"))
        or body[0].islower()
    )


def titled(directive: Directive) -> tuple[str, list[Token]]:
    """The title that an admonition has been given, empty for none, and what it holds."""
    title, argument = directive.options.get("title", ""), directive.argument
    if not argument or (not title and not continues(directive)):
        return title or argument, directive.content()
    text = f"{argument}\n{directive.body}"
    return title, directive.parse(text, directive.start - 1)


def _admonition(directive: Directive) -> list[Token]:
    name, classes = directive.name.lower(), directive.classes
    kept = [kind for kind in classes if kind not in FOLDS]
    if name == "admonition":
        title = directive.options.get("title") or directive.argument or "Note"
        kinds, inner = kept or ["note"], directive.content()
    else:
        title, inner = titled(directive)
        title, kinds = title or title_of(name), [*kinds_of(name), *kept]
    fold = folds(directive.options, classes)
    return box(kinds, directive.inline(title), inner, directive.label, fold)


def _change(directive: Directive) -> list[Token]:
    """What changed in a version: `{versionadded} 1.2 Explanation`."""
    name = directive.name.lower()
    version, _, text = directive.argument.partition(" ")
    inner = directive.parse(f"{text}\n{directive.body}", directive.start - 1)
    title = directive.inline(f"{_CHANGES[name]} {version}".strip())
    kind = "deprecated" if "dep" in name or "removed" in name else "note"
    return box(["version", name, kind], title, inner, directive.label)


def dropdown(directive: Directive) -> list[Token]:
    """A part of the page that folds: `{dropdown} Title`."""
    options = directive.options
    opened = " open" if {"open", "show"} & {*options} else ""
    title = directive.argument or options.get("title", "") or "Details"
    opening = f"<details{attributes(directive.label, ['dropdown', *directive.classes])}{opened}>\n"
    return [
        html(f"{opening}<summary>"),
        *directive.inline(title),
        html("</summary>\n"),
        *directive.content(),
        html("</details>\n"),
    ]


def _topic(directive: Directive) -> list[Token]:
    """A box beside the text that has a title of its own: `{topic}`, `{sidebar}`, `{margin}`."""
    name = {"aside": "margin"}.get(directive.name.lower(), directive.name.lower())
    title = directive.argument or directive.options.get("title", "")
    opening = f"<aside{attributes(directive.label, [name, *directive.classes])}>\n"
    first = [html(f'<p class="{name}-title">'), *directive.inline(title), html("</p>\n")]
    subtitle = directive.options.get("subtitle", "")
    if subtitle:
        first.append(html(f'<p class="subtitle">{escapeHtml(subtitle)}</p>\n'))
    return [
        html(opening),
        *(first if title else []),
        *directive.content(),
        html("</aside>\n"),
    ]


HANDLERS = {
    **dict.fromkeys(KINDS, _admonition),
    **dict.fromkeys(_CHANGES, _change),
    **dict.fromkeys(("dropdown", "toggle", "details", "collapse", "spoiler"), dropdown),
    **dict.fromkeys(("topic", "sidebar", "margin", "aside"), _topic),
}
