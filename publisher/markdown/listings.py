"""How code is shown: its language, its name, the lines that are numbered or set off."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from markdown_it.common.utils import escapeHtml

from publisher.markdown.fences import Attributes

MAX_LINES = 100_000
_BRACES = re.compile(r"\{([^{}]*+)\}")
_LINES = re.compile(r"[\d\s,:-]*+")
_RANGE = re.compile(r"(\d{1,6})(?:\s*[-:]\s*(\d{1,6}))?")
_NUMBERED = frozenset(("numberLines", "number-lines", "linenos", "lineNos", "showLineNumbers"))


@dataclass(frozen=True)
class Listing:
    """What is asked of some code. `first` is the number of its first line, if they are shown.

    `emphasised` are the lines that are set off, from 1; `filename` stands above the code.
    """

    language: str = ""
    first: int | None = None
    emphasised: frozenset[int] = frozenset()
    filename: str = ""
    id: str = ""
    values: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, info: str) -> Listing:
        """Read what follows the mark of a fence.

        That is `python`, `{.python .numberLines startFrom="3"}`, `{r, echo=FALSE}`,
        `python {2,4-5} title="a.py"`, `python title="a.py" linenums="1" hl_lines="2 4"`.
        Sources: Pandoc's manual, "Fenced code blocks"; the documentation of Docusaurus, Quarto
        and Material for MkDocs.
        """
        info = info.strip()
        if not info:
            return cls()
        first, _, rest = info.partition(" ") if info[0] != "{" else ("", "", info)
        found = [Attributes.of(f"{{{_BRACES.sub(' ', rest)}}}")] if first else []
        lines: set[int] = set()
        for braces in _BRACES.findall(f"{first} {rest}" if "{" in first else rest):
            if _LINES.fullmatch(braces):
                lines |= numbers(braces)
            else:
                found.append(Attributes.of(f"{{{braces}}}"))
        words = [word for each in found for word in (*each.classes, *each.words)]
        values = {key: value for each in found for key, value in each.values.items()}
        for key in ("hl_lines", "emphasize-lines", "code-line-numbers"):
            lines |= numbers(values.get(key, ""))
        language = first.partition("{")[0] or next((w for w in words if w not in _NUMBERED), "")
        start = next((values[k] for k in ("linenums", "startfrom", "start") if k in values), "")
        numbered = bool(start) or bool(_NUMBERED & {*words})
        return cls(
            language.strip("{}=,"),
            number(start) if numbered else None,
            frozenset(lines),
            values.get("title") or values.get("filename") or "",
            next((each.id for each in found if each.id), ""),
            values,
        )

    def html(self, env: dict[str, Any], code: str) -> str:
        """The code, drawn by the page's highlighter."""
        if self.first is None and not self.emphasised:
            drawn = str(env["highlight"](code, self.language))
        else:
            drawn = str(env["highlight"](code, self.language, self.first, self.emphasised))
        if not self.filename:
            return drawn
        name = f'<figcaption class="filename">{escapeHtml(self.filename)}</figcaption>\n'
        return f'<figure class="listing">\n{name}{drawn}</figure>\n'


def number(text: str, otherwise: int = 1) -> int:
    """A number of up to six digits, else another."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else otherwise


def numbers(text: str) -> set[int]:
    """The numbers in `1, 3-5`.

    >>> sorted(numbers("1, 3-5"))
    [1, 3, 4, 5]
    """
    found: set[int] = set()
    for match in _RANGE.finditer(text):
        start, end = int(match[1]), int(match[2] or match[1])
        found.update(range(start, min(end, start + MAX_LINES - len(found)) + 1))
        if len(found) >= MAX_LINES:
            break
    return found
