"""markdown-it-py set up for a dialect, and how its special tokens are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from publisher.markdown.math import formula

ROLES = frozenset(("math", "doc", "ref", "numref", "eq"))


def make_parser(dialect: str) -> MarkdownIt:
    """A parser of notebook prose; `myst` adds colon fences, comments, targets and block breaks."""
    md = MarkdownIt("commonmark", {"html": True, "xhtmlOut": False}, renderer_cls=Renderer)
    md.enable(["table", "strikethrough"])
    md.use(gfm_autolink_plugin)
    md.disable("gfm_autolink_email")  # a bare address would be linked where none is meant
    md.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    md.use(amsmath_plugin)
    md.use(footnote_plugin)
    md.use(tasklists_plugin)
    md.use(myst_role_plugin)
    if dialect == "myst":
        md.use(deflist_plugin)
        md.use(colon_fence_plugin)
        md.use(myst_block_plugin)
    for name in vars(Renderer):  # plugins have set rules of their own for these tokens
        if not name.startswith("_"):
            md.renderer.rules[name] = getattr(md.renderer, name)  # type: ignore[attr-defined]
    return md


class Renderer(RendererHTML):
    """HTML of prose: scrolling tables, highlighted fences, MathML, lazy images, plain roles."""

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Open a table inside a region that scrolls by itself."""
        return '<div class="table" tabindex="0" role="group" aria-label="Table"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Close what `table_open` opened."""
        return "</table></div>\n"

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw a fence by the page's highlighter."""
        info = tokens[idx].info.strip()
        language = info.split(maxsplit=1)[0].strip("{}") if info else ""
        return str(env["highlight"](tokens[idx].content, language))

    colon_fence = fence

    def code_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw indented code."""
        return str(env["highlight"](tokens[idx].content, ""))

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw an image that loads when it comes near."""
        tokens[idx].attrSet("loading", "lazy")
        return super().image(tokens, idx, options, env)

    def math_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw inline math."""
        return formula(tokens[idx].content, env["unconverted"], display=False)

    def math_inline_double(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw display math that stands in a paragraph."""
        return formula(tokens[idx].content, env["unconverted"], display=True, tag="span")

    def math_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw display math."""
        return formula(tokens[idx].content, env["unconverted"], display=True) + "\n"

    def math_block_label(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw display math that has a label."""
        body = formula(tokens[idx].content, env["unconverted"], display=True)
        return f'<div id="{escapeHtml(tokens[idx].info)}">{body}</div>\n'

    amsmath = math_block

    def myst_role(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw a role's content as text; `math` as a formula."""
        name, content = tokens[idx].meta["name"], tokens[idx].content
        if name == "math":
            return formula(content, env["unconverted"], display=False)
        text, _, target = content.removesuffix(">").partition(" <")
        if name == "doc":
            return f'<a href="{escapeHtml(target or content)}">{escapeHtml(text)}</a>'
        if name in ("ref", "numref", "eq"):
            shown = text.replace("%s", "").strip() or target
            if (target or content) not in env["labels"]:
                return f"<span>{escapeHtml(shown)}</span>"
            return f'<a href="#{escapeHtml(target or content)}">{escapeHtml(shown)}</a>'
        return f"<span>{escapeHtml(text)}</span>"

    def myst_target(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw a label as an anchor."""
        return f'<span id="{escapeHtml(tokens[idx].content)}"></span>\n'

    def myst_line_comment(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Leave a comment out."""
        return ""

    myst_block_break = myst_line_comment
