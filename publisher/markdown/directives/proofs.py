"""Theorems and their like, exercises and solutions.

Sources: sphinx-proof and sphinx-exercise, whose gates (`exercise-start` … `exercise-end`) may
stand in different cells, with code between them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown import targets
from publisher.markdown.directives.directive import Directive, Handler, html
from publisher.model import Problem

KINDS = (
    "theorem lemma definition corollary proposition algorithm axiom criterion conjecture remark "
    "example property observation assumption"
).split()
_PREFIXES = ("prf:", "proof:", "")
_CLASS = re.compile(r"[A-Za-z_-][\w-]*")


@dataclass
class _Gate:
    """A box that is open: its end goes to `end` if it is never closed."""

    kind: str
    closing: str
    end: Token
    line: int | None
    cell: int


def _theorem(directive: Directive) -> list[Token]:
    """What is counted, each kind for itself."""
    return _box(directive, directive.name.lower().rpartition(":")[2], "proof")


def _proof(directive: Directive) -> list[Token]:
    """A proof, which has no number; its argument begins its text."""
    names = _classes(directive, "proof")
    identifier = directive.target("proof", "Proof")
    own = _id(identifier)
    return [
        html(f'<div class="{names}"{own}>\n<p class="proof-title">Proof</p>\n'),
        *directive.all_content(),
        html("</div>\n"),
    ]


def _exercise(directive: Directive) -> list[Token]:
    if "hidden" in directive.options:
        return []
    return _box(directive, "exercise", "")


def _solution(directive: Directive) -> list[Token]:
    if "hidden" in directive.options:
        return []
    opening, closing = _solution_tags(directive)
    return [*opening, *directive.content(), html(closing)]


def _box(directive: Directive, kind: str, family: str) -> list[Token]:
    opening, closing = _tags(directive, kind, family)
    return [*opening, *directive.content(), html(closing)]


def _tags(directive: Directive, kind: str, family: str) -> tuple[list[Token], str]:
    """The start of a box with its title, and its end."""
    title = directive.inline(directive.argument) if directive.argument else []
    identifier = directive.target(kind, title[0] if title else None)
    shown = kind.capitalize()
    if directive.numbered:
        shown = targets.number(kind, identifier)
    folds = "dropdown" in directive.classes
    tag, head = ("details", "summary") if folds else ("div", "p")
    names = _classes(directive, *filter(None, (family, kind)))
    before, after = (" (", ")") if title else ("", "")
    opening = (
        f'<{tag} class="{names}"{_id(identifier)}>\n<{head} class="{family or kind}-title">'
        f'<span class="caption-number">{shown}</span>{before}'
    )
    return [html(opening), *title, html(f"{after}</{head}>\n")], f"</{tag}>\n"


def _solution_tags(directive: Directive) -> tuple[list[Token], str]:
    """The start of a solution, folded, with the exercise that it solves; and its end."""
    exercise = directive.argument.replace("`", "").strip()
    text = directive.options.get("title", "").strip()
    if not text:
        text = f"Solution to {{numref}}`{exercise}`" if exercise else "Solution"
    title = directive.inline(text)
    identifier = directive.target("solution", title[0])
    opened = " open" if "open" in directive.options else ""
    names = _classes(directive, "solution")
    opening = f'<details class="{names}"{_id(identifier)}{opened}>\n'
    return [
        html(f'{opening}<summary class="solution-title">'),
        *title,
        html("</summary>\n"),
    ], "</details>\n"


def _start(directive: Directive) -> list[Token]:
    """The gate that opens a box; inside of another block it is a box by itself."""
    kind = directive.name.lower().removesuffix("-start")
    if kind == "exercise":
        opening, closing = _tags(directive, kind, "")
    else:
        opening, closing = _solution_tags(directive)
    content = directive.content()
    if directive.place.depth:
        return [*opening, *content, html(closing)]
    if directive.place.env["cell"] in directive.place.env.get("hidden", ()):
        opening, closing = [], ""  # nothing of the box is shown
    end = html("")
    gate = _Gate(kind, closing, end, directive.line, directive.place.env["cell"])
    directive.place.env.setdefault("gates", []).append(gate)
    return [*opening, *content, end]


def _end(directive: Directive) -> list[Token]:
    """The gate that closes the last box of its kind."""
    kind = directive.name.lower().removesuffix("-end")
    gates: list[_Gate] = directive.place.env.setdefault("gates", [])
    if directive.place.depth or not any(gate.kind == kind for gate in gates):
        directive.warn(f"{{{kind}-end}} closes nothing: there is no {{{kind}-start}} before it")
        return directive.content()
    if directive.place.env["cell"] in directive.place.env.get("hidden", ()):
        return []  # the box ends with its own text, for what is written here is not shown
    while gates[-1].kind != kind:
        _close(gates.pop(), directive.place.env)
    return [*directive.content(), html(gates.pop().closing)]


def close_all(env: dict[str, Any]) -> None:
    """At the end of a page, close what is still open where it was opened."""
    for gate in env.get("gates", []):
        _close(gate, env)


def _close(gate: _Gate, env: dict[str, Any]) -> None:
    gate.end.content = gate.closing
    if not gate.closing:
        return
    message = f"{{{gate.kind}-start}} is never closed: it ends with its own text"
    hint = f"close it by {{{gate.kind}-end}}"
    env["problems"].append(Problem(message, line=gate.line, cell=gate.cell, hint=hint))


def _classes(directive: Directive, *names: str) -> str:
    own = [name for name in directive.classes if _CLASS.fullmatch(name) and name != "dropdown"]
    return " ".join(dict.fromkeys([*names, *own]))


def _id(identifier: str) -> str:
    return f' id="{escapeHtml(identifier)}"' if identifier else ""


HANDLERS: dict[str, Handler] = {
    **{f"{prefix}{kind}": _theorem for prefix in _PREFIXES for kind in KINDS},
    **{f"{prefix}proof": _proof for prefix in _PREFIXES},
    "exercise": _exercise,
    "solution": _solution,
    "exercise-start": _start,
    "exercise-end": _end,
    "solution-start": _start,
    "solution-end": _end,
}
