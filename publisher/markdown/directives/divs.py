"""Divisions in fences of colons: Pandoc's `::: {.class}`, Quarto's callouts, `::: note`.

Sources: Pandoc's manual, "Divs and Spans"; Quarto's "Callout Blocks", "Tabset Panels",
"Article Layout", "Conditional Content" and "Theorems"; Docusaurus' "Admonitions".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown.directives import boxes, tabs
from publisher.markdown.directives.directive import Directive, Handler, Place, html
from publisher.markdown.fences import Attributes

_HEADING = re.compile(r"\s*+#{1,6}[ \t]++([^\n]++)(?:\n|\Z)")
_BRACKETED = re.compile(r"([\w-]+)\[([^\]]*+)\]")
_COLUMNS = re.compile(r"\d{1,2}")
_THEOREMS = {
    "thm": "theorem", "lem": "lemma", "cor": "corollary", "prp": "proposition",
    "cnj": "conjecture", "def": "definition", "exm": "example", "exr": "exercise",
    "rem": "remark", "sol": "solution", "alg": "algorithm",
}  # fmt: skip
_MARGIN = frozenset(("aside", "column-margin", "margin", "marginnote"))
_OTHERS = frozenset(("beamer", "latex", "pdf", "docx", "epub", "revealjs", "typst"))


def div(place: Place, token: Token, handlers: Mapping[str, Handler]) -> list[Token]:
    """Draw a division, whatever its attributes say that it is."""
    found = Attributes.of(token.info)
    if not token.info.startswith("{"):
        return _named(place, token, found.rest, handlers)
    first = found.words[0].lower() if found.words else ""
    callout = next((c[8:] for c in found.classes if c.startswith("callout-")), "")
    directive = _directive(callout or first or "div", "", token, place, found)
    if callout in boxes.KINDS or "callout" in found.classes:
        return _callout(directive)
    if found.id == "refs":
        return list(handlers["bibliography"](directive))
    if found.id.startswith("fig-"):
        return list(handlers["figure"](directive))
    theorem = _THEOREMS.get(found.id.partition("-")[0], "") if "-" in found.id else ""
    handler = handlers.get(f"prf:{theorem}") or handlers.get(theorem)
    if theorem and handler is not None:
        return list(handler(_entitled(directive)))
    if "panel-tabset" in found.classes:
        return tabs.by_headings(directive.content())
    if _is_hidden(found):
        return []
    return _plain(directive, found)


def _named(place: Place, token: Token, info: str, handlers: Mapping[str, Handler]) -> list[Token]:
    """A division with a name: `:::note Title`, `:::note[Title]`, `::: warning`."""
    name, _, rest = info.partition(" ")
    bracketed = _BRACKETED.match(info)
    if bracketed:
        name, rest = bracketed[1], bracketed[2]
    found = Attributes.of(rest.strip()) if rest.strip().startswith("{") else Attributes()
    title = rest.strip() if not found.classes else ""
    kind = name.lower()
    directive = _directive(kind, title, token, place, found)
    if kind in boxes.KINDS or kind in ("details", "spoiler", "dropdown", "columns"):
        options = {**directive.options, "title": title} if title else directive.options
        if kind in boxes.KINDS:
            return _callout(_directive(kind, "", token, place, found, options))
        return list(handlers[kind](directive)) if kind in handlers else directive.content()
    if not re.fullmatch(r"[\w-]+", name) or title:  # a sentence: no name at all
        directive = _directive("div", info, token, place, Attributes())
        return directive.all_content()
    return _plain(directive, Attributes(classes=[name], id=found.id))


def _directive(
    name: str,
    argument: str,
    token: Token,
    place: Place,
    found: Attributes,
    options: dict[str, str] | None = None,
) -> Directive:
    values = {**found.values, **(options or {})}
    if found.id:
        values["label"] = found.id
    kept = [c for c in found.classes if not c.startswith("callout")]
    if kept:
        values["class"] = " ".join(kept)
    start = token.map[0] + 1 if token.map else 0
    return Directive(name, argument, token, place, values, token.content, start)


def _entitled(directive: Directive) -> Directive:
    """A division whose first heading is its title."""
    match = None if directive.options.get("title") else _HEADING.match(directive.body)
    if not match:
        return directive
    options = {**directive.options, "title": match[1].rstrip("# \t")}
    start = directive.start + match[0].count("\n")
    body = directive.body[match.end() :]
    title = options["title"]
    return Directive(directive.name, title, directive.token, directive.place, options, body, start)


def _callout(directive: Directive) -> list[Token]:
    directive = _entitled(directive)
    kind = directive.name if directive.name in boxes.KINDS else "note"
    title = directive.inline(directive.options.get("title") or boxes.title_of(kind))
    fold = boxes.folds(directive.options, directive.classes)
    kinds = [*boxes.kinds_of(kind), *directive.classes]
    return boxes.box(kinds, title, directive.content(), directive.label, fold)


def _is_hidden(found: Attributes) -> bool:
    """Whether a division is not for web pages."""
    shown = found.values.get("when-format", "")
    if "content-visible" in found.classes:
        return shown in _OTHERS or found.values.get("unless-format", "").startswith("html")
    if "content-hidden" in found.classes:
        return shown not in _OTHERS
    return "hidden" in found.classes


def _plain(directive: Directive, found: Attributes) -> list[Token]:
    classes = list(found.classes)
    tag = "aside" if _MARGIN & {*classes} else "div"
    if tag == "aside":
        classes.insert(0, "margin")
    columns = found.values.get("layout-ncol", "")
    if _COLUMNS.fullmatch(columns):
        classes += ["grid", f"columns-{columns}"]
    if "columns" in classes:
        classes.append("grid")
    given = boxes.attributes(found.id, classes)
    language = found.values.get("lang", "")
    given += f' lang="{escapeHtml(language)}"' if language else ""
    return [html(f"<{tag}{given}>\n"), *directive.content(), html(f"</{tag}>\n")]
