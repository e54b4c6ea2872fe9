"""What authors wrote as Markdown where only text is shown."""

from __future__ import annotations

import re
from functools import lru_cache

from publisher.model import Metadata

_MARKED = re.compile(r"([`$*_])(?=\S).*?\S\1|\]\(", re.DOTALL)


def description(meta: Metadata) -> str | None:
    """The description of a page as plain text: of emphasis, code and formulas what they hold."""
    return plain(meta.description) if meta.description else None


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """A line of Markdown as plain text.

    >>> plain("The `open` function, *twice*; 2 * 3")
    'The open function, twice; 2 * 3'
    """
    if not _MARKED.search(text):
        return text
    from publisher import markdown  # heavy, and seldom needed

    return markdown.plain_text(text)
