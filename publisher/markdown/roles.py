"""How roles are drawn: `{name}`content``. Those that refer to places are in `references`."""

from __future__ import annotations

from markdown_it.common.utils import escapeHtml

from publisher.markdown import inline_roles

_GLUE = frozenset(("glue", "glue:", "glue:text", "glue:any"))
ELSEWHERE = frozenset(("math",))
"""Roles that are drawn with what is like them."""


def draw(name: str, content: str) -> str | None:
    """A role as HTML; None for one that is not known."""
    if name in _GLUE:
        value, _, form = content.partition(":")
        return glued(value.strip(), form.strip())
    return inline_roles.draw(name, content)


def glued(name: str, form: str | None = None) -> str:
    """The place of a value that code has glued to a name; a block if no `form` is given."""
    more = " data-block" if form is None else f' data-format="{escapeHtml(form)}"'
    return f'<x-glue data-name="{escapeHtml(name)}"{more}></x-glue>'


def is_known(name: str, content: str) -> bool:
    """Whether a role is drawn as what it means."""
    return name in ELSEWHERE or draw(name, content) is not None


def as_text(content: str, *, code: bool = False) -> str:
    """What is shown of a role that is not known; in reStructuredText most name some `code`."""
    text, _, _ = content.removesuffix(">").partition(" <")
    tag = "code" if code else "span"
    return f"<{tag}>{escapeHtml(text)}</{tag}>"
