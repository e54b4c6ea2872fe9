"""Directives that show other files of the project: `{include}` and `{literalinclude}`.

`env["load"]` gives the text of a file by its path, as the page sees it, or None.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from markdown_it.token import Token

from publisher.markdown.directives.code import listing
from publisher.markdown.directives.directive import Directive
from publisher.markdown.listings import numbers

MAX_FILES = 200  # included by a page
MAX_CHARACTERS = 5_000_000
MAX_NESTING = 10
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?:[^\n]*+\n)*?---[ \t]*(?:\n|\Z)")
_LANGUAGES = {
    "py": "python", "js": "javascript", "ts": "typescript", "sh": "bash", "yml": "yaml",
    "rs": "rust", "jl": "julia", "rb": "ruby", "md": "markdown", "h": "c", "cc": "cpp",
}  # fmt: skip


@dataclass
class Included:
    """The files that hold each other, from the page on, and how much has been included at all."""

    stack: list[str] = field(default_factory=list)
    files: int = 0
    characters: int = 0


def _include(directive: Directive) -> list[Token]:
    if {"literal", "code"} & {*directive.options}:
        return _literal(directive)
    env = directive.place.env
    included: Included = env.setdefault("included", Included())
    path, text = _text(directive, included)
    if text is None:
        return []
    if not included.stack and not {"start-line", "start-after", "lines"} & {*directive.options}:
        front = _FRONT_MATTER.match(text)
        skipped = front.end() if front else 0
    else:
        skipped = 0
    part, start = _part(directive, text[skipped:])
    start += text.count("\n", 0, skipped)
    included.stack.append(path)
    try:
        tokens = directive.place.within(path).parse(part, start)
    finally:
        included.stack.pop()
    for token in tokens:  # what is said of them later is said of this line of the page
        token.map = directive.token.map
    return tokens


def _literal(directive: Directive) -> list[Token]:
    included: Included = directive.place.env.setdefault("included", Included())
    path, text = _text(directive, included)
    if text is None:
        return []
    options = directive.options
    part, _ = _part(directive, text)
    suffix = posixpath.splitext(path)[1].lstrip(".").lower()
    language = options.get("language") or options.get("code") or options.get("lang") or ""
    if "diff" in options:
        language = "diff"
    return listing(directive, part, language or _LANGUAGES.get(suffix, suffix))


def _text(directive: Directive, included: Included) -> tuple[str, str | None]:
    """The path of the file that is meant, as the page sees it, and its text; warns of none."""
    env = directive.place.env
    folder = posixpath.dirname(included.stack[-1]) if included.stack else ""
    named = directive.argument.strip().strip("<>")
    path = posixpath.normpath(posixpath.join(folder, named)) if named else ""
    load = env.get("load")
    if path in included.stack:
        directive.warn(f"{named} includes itself: it is left out there")
        return path, None
    if (
        len(included.stack) >= MAX_NESTING
        or included.files >= MAX_FILES
        or included.characters > MAX_CHARACTERS
    ):
        directive.warn(f"{named} is left out: the page includes too much")
        return path, None
    text = load(path) if load is not None and path else None
    if text is None:
        if load is not None:
            hint = "files of the project that are no drafts can be, by paths as seen from here"
            directive.warn(f"the file {named} cannot be included: it is not there", hint)
        return path, None
    included.files += 1
    included.characters += len(text)
    return path, text


def _part(directive: Directive, text: str) -> tuple[str, int]:
    """The part of a text that options ask for, and its first line, from 0."""
    options = directive.options
    lines = text.splitlines()
    first, last = 0, len(lines)
    if "pyobject" in options:
        first, last = _pyobject(directive, lines, options["pyobject"])
    if "start-line" in options:
        first = _signed(options["start-line"], len(lines), first)
    if "end-line" in options:
        last = _signed(options["end-line"], len(lines), last)
    for key, after in (("start-after", 1), ("start-at", 0)):
        if key in options:
            first = _find(directive, lines, options[key], first, after)
    for key, after in (("end-before", 0), ("end-at", 1)):
        if key in options:
            found = _find(directive, lines, options[key], first, after, last)
            last = min(last, found)
    chosen = lines[first:last]
    if "lines" in options:
        wanted = options["lines"].strip()
        if wanted.endswith("-"):
            wanted += str(first + len(chosen))
        kept = numbers(wanted)
        chosen = [line for at, line in enumerate(chosen, 1) if at in kept]
        first += min(kept, default=1) - 1
    if "dedent" in options:
        width = int(options["dedent"]) if options["dedent"].isdecimal() else 0
        shared = min((len(x) - len(x.lstrip()) for x in chosen if x.strip()), default=0)
        width = min(width, shared) if width else shared
        chosen = [line[width:] for line in chosen]
    return "\n".join(chosen) + "\n", first


def _signed(text: str, length: int, otherwise: int) -> int:
    """A number of a line; a negative one counts from the end."""
    digits = text.strip().removeprefix("-")
    if not digits.isdecimal() or len(digits) > 6:
        return otherwise
    value = -int(digits) if text.strip().startswith("-") else int(digits)
    return max(length + value, 0) if value < 0 else min(value, length)


def _find(
    directive: Directive, lines: list[str], text: str, start: int, after: int, missing: int = 0
) -> int:
    """The line that holds a text, or the one after it."""
    text = text.strip("\"'")
    found = next((i for i in range(start, len(lines)) if text in lines[i]), None)
    if found is None:
        directive.warn(f"the text {text!r} is not in {directive.argument}: all of it is shown")
        return missing or start
    return found + after


def _pyobject(directive: Directive, lines: list[str], name: str) -> tuple[int, int]:
    found = _object(lines, name)
    if found is None:
        directive.warn(f"there is no {name[:100]} in {directive.argument}: all of it is shown")
        return 0, len(lines)
    return found


def _object(lines: list[str], name: str) -> tuple[int, int] | None:
    """The lines of a class or function in Python: those indented deeper than its first."""
    first, last, inner = 0, len(lines), re.compile(r"")
    for part in name.split("."):
        inner = re.compile(rf"([ \t]*)(?:async\s+)?(?:def|class)\s+{re.escape(part)}\b")
        at = next((i for i in range(first, last) if inner.match(lines[i])), None)
        if at is None:
            return None
        depth = len(lines[at]) - len(lines[at].lstrip())
        end = next(
            (
                i
                for i in range(at + 1, last)
                if lines[i].strip()
                and len(lines[i]) - len(lines[i].lstrip()) <= depth
                and not lines[i].lstrip().startswith((")", "]", "}"))
            ),
            last,
        )
        first, last = at, end
    while last > first and not lines[last - 1].strip():
        last -= 1
    return first, last


HANDLERS = {"include": _include, "literalinclude": _literal, "mdinclude": _include}
