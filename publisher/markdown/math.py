"""The formulas of a page of Markdown: their order, their labels, and how they are drawn."""

from __future__ import annotations

from typing import Any

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown import delimiters, references, targets
from publisher.math import Formula, Formulas
from publisher.model import Problem, Reference, Target

_BLOCKS = frozenset(("math_block", "math_block_label", "amsmath"))
_INLINE = frozenset(("math_inline", "math_inline_double"))


def collect(tokens: list[Token], env: dict[str, Any], cell_break: str) -> list[Token]:
    """Add the formulas of a page to `env["math"]` in their order; all tokens, those in HTML too.

    Labels become targets. Each formula is kept as `formula` in the `meta` of its token.
    """
    result: list[Token] = []
    cells, env["cell"], last = 0, 0, sum(token.type == cell_break for token in tokens) - 1
    for block in tokens:
        if block.type == cell_break:
            env["cell"] = min(env["cell"] + 1, max(last, 0))
        if block.type == "fence" and block.info.strip() == "math":
            block.type = "math_block"
        pieces = delimiters.in_html(block) if block.type == "html_block" else [block]
        cells += block.type == cell_break
        line = _line(block) if cells <= last else None  # footnotes are moved
        for token in pieces:
            _add(token, line, env)
        for child in block.children or []:
            if child.type == "myst_role" and child.meta["name"] == "math":
                child.type, child.markup = "math_inline", "$"
            _add(child, line, env)
            if line is not None:
                line += child.type in ("softbreak", "hardbreak") or child.content.count("\n")
        result += pieces
    return result


def _line(block: Token) -> int | None:
    return block.map[0] + 1 if block.map else None


def _add(token: Token, line: int | None, env: dict[str, Any]) -> None:
    if token.type not in _BLOCKS and token.type not in _INLINE:
        return
    formulas: Formulas = env["math"]
    label = token.info if token.type == "math_block_label" else ""
    tex = token.content.strip()
    if token.type == "math_inline" and len(tex) > 2 and tex[0] == tex[-1] == "`":
        tex = tex[1:-1]  # GitLab's way
    display = token.type != "math_inline"
    added = formulas.add(tex, display=display, label=label)
    token.meta = {**token.meta, "formula": added, "line": line, "cell": env["cell"]}
    for name, found in added.labels.items():
        draft = targets.Draft(found.id, "equation", line=line)
        if targets.add(env, name, draft):
            env["targets"][targets.key(name)] = Target(found.id, "equation", found.number)


def draw(token: Token, env: dict[str, Any], tag: str = "div") -> str:
    """A formula in a `tag` (in a line in a `span`), or its source with a warning."""
    if "formula" not in token.meta:
        _add(token, None, env)
    added: Formula = token.meta["formula"]

    def refer(label: str, brackets: bool) -> str:
        role, text = ("eq", "") if brackets else ("numref", "%s")
        found = Reference(role, label, text, token.meta["line"])
        env["cell"] = token.meta["cell"]
        return references.place(references.add(env, found))

    html = env["math"].draw(added, refer)
    if html is None:
        message, why = cannot_be_converted(added.source), env["math"].reason(added)
        place = {"line": token.meta["line"], "cell": token.meta["cell"], "hint": why or None}
        env["unconverted"].append(Problem(message, **place))
    return boxed(added, html, tag)


def alone(tex: str, env: dict[str, Any]) -> str:
    """A formula in a line that is no token of the page."""
    token = Token("math_inline", "math", 0)
    token.content = tex
    return draw(token, env)


def formula(tex: str, unconverted: list[str], *, display: bool) -> str:
    """A formula that stands on no page, such as one in a title. One refused is `unconverted`."""
    formulas = Formulas(numbers=False)
    added = formulas.add(tex, display=display)
    html = formulas.draw(added)
    if html is None:
        unconverted.append(tex)
    return boxed(added, html)


def boxed(formula: Formula, html: str | None, tag: str = "div") -> str:
    """A drawn formula in its element; its source where there is no HTML."""
    if html == "":
        return ""
    if html is None:
        dollars = "$$" if formula.display else "$"
        html = f"<code>{dollars}{escapeHtml(formula.source.strip())}{dollars}</code>"
    if formula.display:
        return f'<{tag} class="math block" tabindex="0">{html}</{tag}>'
    return f'<span class="math inline">{html}</span>'


def cannot_be_converted(tex: str) -> str:
    """The warning for a formula whose source is shown."""
    shown = " ".join(tex.split())
    return (
        f"the formula {shown[:60]}{'…' * (len(shown) > 60)} cannot be converted: "
        "its source is shown"
    )
