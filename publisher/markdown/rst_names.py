"""Names of reStructuredText that stand for something given elsewhere on the page.

`|name|` is a text of `.. |name| replace:: text`, `name_` and `` `a name`_ `` a link of
`.. _name: address`, `link__` the next one of `.. __: address`, `[1]_` a note of `.. [1] text`.
Source: docutils' "reStructuredText Markup Specification", "Explicit Markup Blocks".
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

SUBSTITUTION = re.compile(
    r"\.\.[ ]++\|(?P<name>[^|\n]{1,100})\|[ \t]++(?P<kind>replace|image|unicode|date)::[ \t]*+"
    r"(?P<text>.*)\Z"
)
MAX_CHARACTERS = 200_000  # that a page is given in all
_USED = re.compile(
    r"(?P<code>`++)(?:(?!`)[^\n]){1,300}?`++_{0,2}+|(?<![\w|])\|(?P<text>[^\s|][^|\n]{0,98})\|(?!\w)"
    r"|(?<![\w`:/.\[(])(?P<link>[A-Za-z][\w.-]{0,98}[A-Za-z0-9])(?P<anonymous>_)?_(?![\w`])"
)
_CITED = re.compile(r"\[(#?[\w-]*+|\*)\]_(?!\w)")
_SYMBOLS = "*†‡§¶"


def names_plugin(md: MarkdownIt) -> None:
    """Fill in names once all blocks are read."""
    md.core.ruler.before("inline", "rst_names", _fill)
    md.inline.ruler.before("link", "rst_cited", _cited)


def key(name: str) -> str:
    """A name as it is compared."""
    return " ".join(name.lower().split())


def define(env: MutableMapping[str, Any], match: re.Match[str], more: str) -> None:
    """Note what a `SUBSTITUTION` gives; `more` are the lines below it."""
    kind, text = match["kind"], match["text"].strip()
    if kind == "replace":
        text = " ".join([text, *more.split()]).strip()
    elif kind == "image":
        text = f"![{match['name']}](<{re.sub(r'[<>]', '', text)}>)"
    elif kind == "unicode":
        codes = (re.fullmatch(r"(?:0x|x|U\+|u)([0-9A-Fa-f]{1,5})", word) for word in text.split())
        text = "".join(escapeHtml(chr(int(code[1], 16))) for code in codes if code)
    else:
        return
    env.setdefault("rst_texts", {}).setdefault(key(match["name"]), text)


def link(env: MutableMapping[str, Any], name: str, address: str) -> None:
    """Note the address of a name; `_` is that of the next link without one."""
    if name == "_":
        env.setdefault("rst_anonymous", []).append(address)
    else:
        env.setdefault("rst_links", {}).setdefault(key(name), address)


def note(env: MutableMapping[str, Any], mark: str) -> tuple[str, str]:
    """The number of a note, and its id: `#` counts, `*` is a symbol."""
    notes: dict[str, str] = env.setdefault("rst_notes", {})
    automatic: dict[str, list[str]] = env.setdefault("rst_automatic", {"#": [], "*": []})
    shown = mark.removeprefix("#")
    if mark == "*":
        count = len(automatic["*"])
        shown = _SYMBOLS[count % 5] * (count // 5 + 1)
    elif mark.startswith("#"):
        count = 1 + sum(value.isdecimal() for value in notes.values())
        shown = str(count)
    if mark in automatic:
        automatic[mark].append(shown)
    notes.setdefault(mark.lower() if mark not in automatic else f"{mark}{shown}", shown)
    return shown, identifier(shown)


def identifier(shown: str) -> str:
    """The id of a note by its number."""
    name = re.sub(r"[^\w-]+", "", shown.lower()) or str(ord(shown[:1] or "*")) + str(len(shown))
    return f"note-{name}"


def _cited(state: StateInline, silent: bool) -> bool:
    """`[1]_`: a link to the note that `.. [1]` begins; without one, its number."""
    if state.src[state.pos] != "[":
        return False
    match = _CITED.match(state.src, state.pos)
    if not match or not match[1]:
        return False
    if not silent:
        mark = match[1]
        automatic = state.env.get("rst_automatic", {}).get(mark)
        known = automatic.pop(0) if automatic else state.env.get("rst_notes", {}).get(mark.lower())
        shown = escapeHtml(f"[{known or mark.removeprefix('#')}]")
        token = state.push("html_inline", "", 0)
        token.content = f'<a href="#{identifier(known)}">{shown}</a>' if known else shown
    state.pos = match.end()
    return True


def _fill(state: StateCore) -> None:
    """Write Markdown in the places of names, before lines are parsed."""
    env = state.env
    if not {"rst_texts", "rst_links", "rst_anonymous"} & env.keys():
        return
    for token in state.tokens:
        if token.type == "inline" and ("|" in token.content or "_" in token.content):
            token.content = _USED.sub(lambda match: _meant(match, env), token.content)


def _meant(match: re.Match[str], env: MutableMapping[str, Any]) -> str:
    """What a name stands for; itself if nothing."""
    if match["text"]:
        found = env.get("rst_texts", {}).get(key(match["text"]))
        env["rst_filled"] = env.get("rst_filled", 0) + len(found or "")
        return match[0] if found is None or env["rst_filled"] > MAX_CHARACTERS else str(found)
    if match["link"]:
        links = env.get("rst_anonymous") if match["anonymous"] else None
        address = links.pop(0) if links else ""
        if not match["anonymous"]:
            address = env.get("rst_links", {}).get(key(match["link"]), "")
        return f"[{match['link']}](<{re.sub(r'[<>]', '', address)}>)" if address else match[0]
    return match[0]
