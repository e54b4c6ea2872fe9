"""Which dialect of Markdown a plain page is written in."""

from __future__ import annotations

import re

from publisher.model import Dialect
from publisher.safeyaml import Keys


def dialect_of(front: Keys, body: str, *, jekyll: bool) -> Dialect:
    """The dialect of a plain page: what it says, else Jekyll's where it bears its marks."""
    said = front.values.get("dialect")
    if said in ("kramdown", "myst"):
        return "kramdown" if said == "kramdown" else "myst"
    if jekyll:
        return "kramdown"
    prose = _CODE.sub("", body)
    return "kramdown" if _JEKYLL.search(prose) and not _MYST.search(body) else "myst"


# Liquid that asks for what Jekyll knows, and the attribute lists of kramdown.
_JEKYLL = re.compile(
    r"\{%-?\s*(?:if|unless|for|include|assign|link|post_url|capture|comment|raw|highlight)\b"
    r"|\{\{-?\s*(?:site|page)\."
    r"|(?:^|[)\]*_`>])\{:\s*(?:[.#][A-Za-z_-]|[A-Za-z-]+=|toc\s*\})",
    re.MULTILINE,
)
_MYST = re.compile(
    r"^\([\w:.-]+\)=[ \t]*$|^[ \t]*(?:`{3,}|:{3,})\{[\w:-]+\}|\{[a-z][\w:-]*\}`", re.MULTILINE
)
_CODE = re.compile(
    r"^[ \t]*+(`{3,}|~{3,})[^\n]*+\n.*?(?:^[ \t]*+\1[^\n]*+$|\Z)|`[^`\n]*`|^(?: {4}|\t).*?$",
    re.DOTALL | re.MULTILINE,
)
