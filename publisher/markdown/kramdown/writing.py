"""Text and attributes as HTML. The only one that knows what must be escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping

_REFERENCE = r"&(?:[A-Za-z0-9_:][-A-Za-z0-9_.:]*+|#[0-9]++|#x[0-9a-fA-F]++);"
_TEXT = re.compile(rf"{_REFERENCE}|[<>&]")
_ATTRIBUTE = re.compile(rf'{_REFERENCE}|[<>&"]')
_ESCAPES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;"}


def escaped(text: str) -> str:
    """Text in which entities stay what they are."""
    return _TEXT.sub(_escape, text)


def attributes(attrs: Mapping[str, str]) -> str:
    """Attributes with a space before each; an empty id is none."""
    return "".join(
        f' {name}="{_ATTRIBUTE.sub(_escape, value)}"'
        for name, value in attrs.items()
        if name != "id" or value.strip()
    )


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0], match[0])
