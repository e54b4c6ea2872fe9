"""markdown-it-py set up for a dialect, and how its special tokens are drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_blocks.index import target
from mdit_py_plugins.myst_role import myst_role_plugin

from publisher.markdown import (
    citing,
    delimiters,
    links,
    pictures,
    references,
    roles,
    tasks,
    works,
)
from publisher.markdown.attributes import attributes_plugin
from publisher.markdown.fences import colon_fence_plugin
from publisher.markdown.indented import indented_plugin
from publisher.markdown.listings import Listing
from publisher.markdown.math import draw
from publisher.markdown.rst import rst_plugin
from publisher.markdown.shortcodes import shortcodes_plugin
from publisher.markdown.substitutions import substitution_plugin
from publisher.markdown.targets import anchor

_ATTRIBUTED = ("code_inline", "link_close", "span_close")
_ATTRIBUTES = ("id", "class", "title", "lang", "dir", "target", "rel")
_INTERRUPTED = ("paragraph", "reference", "blockquote", "list", "footnote_def")


def make_parser(dialect: str) -> MarkdownIt:
    """A parser of notebook prose; `myst` adds definitions, comments and block breaks."""
    options = {"html": True, "xhtmlOut": False, "strikethrough_single_tilde": False}
    md = MarkdownIt("commonmark", options, renderer_cls=Renderer)
    md.enable(["table", "strikethrough"])
    md.use(gfm_autolink_plugin)
    md.disable("gfm_autolink_email")  # a bare address would be linked where none is meant
    md.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    md.use(amsmath_plugin)
    md.use(delimiters.plugin)
    md.use(footnote_plugin)
    md.use(tasks.plugin)
    md.use(myst_role_plugin)
    md.use(citing.plugin)
    md.use(works.plugin)
    md.use(links.plugin)
    md.inline.ruler.after("image", "picture_attributes", pictures.attributes_rule)
    md.use(attrs_plugin, after=_ATTRIBUTED, spans=True, allowed=_ATTRIBUTES)
    md.use(colon_fence_plugin)
    md.use(attributes_plugin)
    md.use(indented_plugin)
    md.use(rst_plugin)
    md.use(shortcodes_plugin)
    md.use(substitution_plugin)
    if dialect == "myst":
        md.use(deflist_plugin)
        md.use(myst_block_plugin)
    else:
        md.block.ruler.before("hr", "myst_target", target, {"alt": list(_INTERRUPTED)})
    # Text ends before each `w`, where `www.` might be: 34 rules would be tried at every other one.
    ends = md.inline.terminator_re.pattern
    md.inline.terminator_re = re.compile(rf"{ends}(?<!w(?!ww\.))")
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
        token = tokens[idx]
        listing = token.meta.get("listing") or Listing.of(token.info)
        return listing.html(env, token.content)

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
        return draw(tokens[idx], env)

    def math_inline_double(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw display math that stands in a paragraph."""
        return draw(tokens[idx], env, "span")

    def math_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw display math."""
        return draw(tokens[idx], env) + "\n"

    math_block_label = math_block
    amsmath = math_block

    def footnote_ref(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw the mark of a footnote; all marks of one show its number."""
        number, again = _footnote(tokens[idx])
        link = f'<a href="#fn{number}" id="fnref{number}{again}" role="doc-noteref">[{number}]</a>'
        return f'<sup class="footnote-ref">{link}</sup>'

    def footnote_anchor(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw the way back from a footnote to one of its marks."""
        number, again = _footnote(tokens[idx])
        return (
            f' <a href="#fnref{number}{again}" class="footnote-backref" role="doc-backlink" '
            f'aria-label="Back to reference {number}">\u21a9\ufe0e</a>'
        )

    def footnote_block_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Open the footnotes of a page."""
        return '<section class="footnotes" role="doc-endnotes" aria-label="Footnotes">\n<ol>\n'

    def myst_role(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw a role."""
        name, content = tokens[idx].meta["name"], tokens[idx].content
        drawn = roles.draw(name, content)
        if drawn is None:
            return roles.as_text(content, code="rst" in tokens[idx].meta)
        return drawn

    def reference(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw the place of a cross-reference (see `model.Reference`)."""
        return references.place(tokens[idx].meta["index"])

    def myst_target(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Draw a label as an anchor."""
        return f'<span id="{escapeHtml(anchor(tokens[idx].content))}"></span>\n'

    def myst_line_comment(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Leave a comment out."""
        return ""

    myst_block_break = myst_line_comment


def _footnote(token: Token) -> tuple[int, str]:
    """The number of a footnote, and which mark of it this is, if it is not the first."""
    again = token.meta.get("subId", 0)
    return token.meta["id"] + 1, f":{again}" if again > 0 else ""
