"""Quarto's shortcodes that stand on a line of their own: `{{< include part.qmd >}}`.

Those in a sentence, and all others, stay as they were written. Source: Quarto's "Shortcodes".
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock

_LINE = re.compile(
    r"\{\{<[ \t]*+(?P<name>include|video|embed|pagebreak)\b[ \t]*+"
    r"(?P<target>[^\s>]*+)[^>]*+>\}\}[ \t]*+"
    r"|(?P<page>\\(?:new|clear)page|\\pagebreak)[ \t]*+"
)
_ENDS: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
_PLAYER = re.compile(r"https?://(?:www\.)?(youtube|youtu\.be|vimeo)")


def shortcodes_plugin(md: MarkdownIt) -> None:
    """Read shortcodes as fences that hold directives."""
    md.block.ruler.before("fence", "shortcode", _shortcode, _ENDS)


def _shortcode(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if line[:1] not in ("{", "\\") or state.is_code_block(start):
        return False
    match = _LINE.fullmatch(line)
    if match is None:
        return False
    if silent:
        return True
    state.line = start + 1
    if match["target"]:
        token = state.push("fence", "code", 0)
        token.info = f"{{{_directive(match)}}} {match['target']}"
        token.map = [start, start + 1]
    return True


def _directive(match: re.Match[str]) -> str:
    """The directive that does what a shortcode does."""
    if match["name"] != "video":
        return match["name"]
    player = _PLAYER.match(match["target"])
    if player is None:
        return "iframe" if "://" in match["target"] and "." not in match["target"][-5:] else "video"
    return "vimeo" if player[1] == "vimeo" else "youtube"
