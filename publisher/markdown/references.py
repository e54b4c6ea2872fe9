"""Cross-references in prose: roles, links to labels and `@label`.

Each becomes a token `reference`, drawn as the place that `compose` fills once it knows all pages.
`env["crossrefs"]` lists them, each with the index of its cell.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markup import safe_address
from publisher.model import Reference

ROLES = frozenset(
    "ref numref eq doc term prf:ref proof:ref any download math:numref std:ref std:doc".split()
)
_RENAMED = {"proof:ref": "prf:ref", "std:ref": "ref", "std:doc": "doc"}
_AT = re.compile(r"(?<![\w@/.+~])(-?)@([A-Za-z][\w:.-]*+)|<#([^<>\s]++)>")
_NUMBERED = re.compile(r"%s|\{(?:number|name)\}")
_PROJECT = re.compile(r"(?:project|path):", re.IGNORECASE)
_LABEL = re.compile(r"([A-Za-z][\w-]*):[\w.-]+")
_SCHEMES = frozenset("http https ftp mailto tel sms data javascript file urn".split())
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")


def is_label(address: str) -> bool:
    """Whether an address that seems to have a scheme is a label, such as `fig:plot`."""
    match = _LABEL.fullmatch(address)
    return match is not None and match[1].lower() not in _SCHEMES


def is_internal(address: str) -> bool:
    """Whether an address that seems to have a scheme leads to the project: `project:a.md`."""
    return _PROJECT.match(address) is not None or is_label(address)


def place(index: int) -> str:
    """The place of a reference in HTML."""
    return f'<x-ref data-n="{index}"></x-ref>'


def add(env: dict[str, Any], reference: Reference) -> int:
    """Note a reference of the cell that is read; its index."""
    found: list[tuple[Reference, int]] = env["crossrefs"]
    found.append((reference, env["cell"]))
    return int(env["first_reference"]) + len(found) - 1


def token(env: dict[str, Any], reference: Reference) -> Token:
    """A reference as an inline token."""
    made = Token("reference", "", 0)
    made.meta = {"index": add(env, reference)}
    made.content = reference.text or escapeHtml(reference.target)
    return made


def of_role(name: str, content: str, line: int | None = None) -> Reference:
    """What a role refers to: a label, or `text <label>`."""
    target, text = content.strip(), ""
    if target.endswith(">") and "<" in target:
        text, _, target = target[:-1].rpartition("<")
        text, target = text.strip(), target.strip()
    name = _RENAMED.get(name, name)
    if name == "term":
        text = text or target
    return Reference(name, target, escapeHtml(text), line)


def collect(tokens: list[Token], env: dict[str, Any], cell_break: str) -> None:
    """Make references of all inline tokens of a page that refer to something."""
    env["cell"], last = 0, sum(token.type == cell_break for token in tokens) - 1
    for block in tokens:
        if block.type == cell_break:
            env["cell"] = min(env["cell"] + 1, max(last, 0))
        elif block.type == "inline" and block.children and _may_refer(block.content):
            block.children = list(_referring(block, env))


def _may_refer(content: str) -> bool:
    return any(mark in content for mark in ("@", "{", "](", "<", ":`"))


def _referring(block: Token, env: dict[str, Any]) -> Iterator[Token]:
    """The children of a block, references among them; what stands in a link stays text."""
    children = block.children or []
    line = block.map[0] + 1 if block.map else None
    skip = links = 0
    for index, child in enumerate(children):
        if skip:
            skip -= 1
            continue
        if child.type in ("softbreak", "hardbreak") and line is not None:
            line += 1
        if child.type == "link_open":
            found, skip = _link(children, index, line)
            if found is not None:
                yield token(env, found)
                continue
            links += 1
        links -= child.type == "link_close"
        if child.type == "myst_role" and child.meta["name"] in ROLES:
            yield from _role(child, line, env, linked=links > 0)
        elif child.type == "text" and _AT.search(child.content) and not links:
            yield from _at(child.content, line, env)
        else:
            yield child


def _role(role: Token, line: int | None, env: dict[str, Any], *, linked: bool) -> Iterator[Token]:
    reference = of_role(role.meta["name"], role.content, line)
    if linked:
        shown = Token("html_inline", "", 0)
        shown.content = reference.text or escapeHtml(reference.target)
        yield shown
    elif reference.role == "download":
        href = safe_address(reference.target)
        opening = Token("link_open", "a", 1, {"href": href, "download": ""})
        shown = Token("code_inline" if not reference.text else "html_inline", "code", 0)
        shown.content = reference.text or posixpath.basename(reference.target)
        yield from (opening, shown, Token("link_close", "a", -1)) if href else (shown,)
    else:
        yield token(env, reference)


def _link(children: list[Token], index: int, line: int | None) -> tuple[Reference | None, int]:
    """What a link without a text refers to, or one whose text asks for a number.

    Also how many of the tokens that follow it belong to it.
    """
    opening = children[index]
    href = str(opening.attrGet("href") or "")
    if _PROJECT.match(href):
        href = _PROJECT.sub("", href)
        opening.attrSet("href", href)
    label = is_label(href)
    if not href or (_SCHEME.match(href) and not label):
        return None, 0
    end = next(
        (i for i in range(index + 1, len(children)) if children[i].type == "link_close"), index
    )
    inner = children[index + 1 : end]
    empty = not inner or opening.markup == "autolink"
    text = "".join(child.content for child in inner if child.type == "text")
    plain = all(child.type == "text" for child in inner)
    asks = plain and _NUMBERED.search(text)
    if not (empty or asks or (label and plain)) or href == "#":
        return None, 0
    target = unquote(href)
    shown = "" if empty else escapeHtml(text)
    if label:
        return Reference("any", target, shown, line), end - index
    if target.startswith("#"):
        return Reference("any", target[1:], shown, line), end - index
    is_file = "/" in target or "." in target or "#" in target
    return Reference("doc" if is_file else "any", target, shown, line), end - index


def _at(content: str, line: int | None, env: dict[str, Any]) -> Iterator[Token]:
    """A text with its `@label` and `<#label>`; `-@label` is the number alone."""
    done = 0
    for match in _AT.finditer(content):
        name, role = (match[2] or "").rstrip(".:-"), "@"
        end = match.start(2) + len(name)
        if match[3]:
            name, role, end = match[3], "any", match.end()
        if match.start() > done:
            yield _text(content[done : match.start()])
        yield token(env, Reference(role, name, "%s" if match[1] else "", line))
        done = end
    if done < len(content):
        yield _text(content[done:])


def _text(content: str) -> Token:
    made = Token("text", "", 0)
    made.content = content
    return made
