"""`{{ name }}`: a text that the front matter gives. Source: MyST-Parser's "Substitutions".

One that is not given stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

MAX_CHARACTERS = 200_000  # that a page is given in all
_NAME = re.compile(r"\{\{[ \t]*+([A-Za-z_][\w.-]*+)[ \t]*+\}\}")


def substitution_plugin(md: MarkdownIt) -> None:
    """Fill in what `env["substitutions"]` has, as Markdown."""
    md.inline.ruler.before("backticks", "substitution", _substitution)


def texts(front: Mapping[str, Any]) -> dict[str, str]:
    """What front matter gives: `substitutions`, or those of `myst`."""
    myst = front.get("myst")
    found: dict[str, str] = {}
    for holder in (myst if isinstance(myst, dict) else {}, front):
        given = holder.get("substitutions")
        if isinstance(given, dict):
            found |= {str(name): _text(value) for name, value in given.items()}
    return found


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else "" if value is None else str(value)


def block_text(content: str, env: MutableMapping[str, Any]) -> str | None:
    """The text of several lines that a paragraph stands for, if it is only `{{ name }}`."""
    match = _NAME.fullmatch(content.strip())
    text = _given(match[1], env) if match else None
    return text if text is not None and "\n" in text else None


@contextmanager
def filling(content: str, env: MutableMapping[str, Any]) -> Iterator[None]:
    """While a name is filled in, it stands for nothing in its own text."""
    match = _NAME.match(content.strip())
    stack: list[str] = env.setdefault("substituting", [])
    stack.append(match[1] if match else "")
    try:
        yield
    finally:
        stack.pop()


def _given(name: str, env: MutableMapping[str, Any]) -> str | None:
    """What is filled in for a name: not inside itself, and not without end."""
    text: str | None = env["substitutions"].get(name)
    if text is None or name in env.get("substituting", ()):
        return None
    env["substituted"] = env.get("substituted", 0) + len(text)
    return text if env["substituted"] < MAX_CHARACTERS else None


def _substitution(state: StateInline, silent: bool) -> bool:
    if not state.env.get("substitutions") or not state.src.startswith("{{", state.pos):
        return False
    match = _NAME.match(state.src, state.pos)
    text = _given(match[1], state.env) if match else None
    if match is None or text is None:
        return False
    if not silent:
        inner: list[Token] = []
        with filling(match[0], state.env):
            state.md.inline.parse(text, state.md, state.env, inner)
        if state.pending:
            state.pushPending()
        state.tokens += inner
        state.tokens_meta += [None] * len(inner)
    state.pos = match.end()
    return True
