"""The `kramdown:` options of a Jekyll site. The only one that knows their names and spellings.

An option that is not known or has a bad value is left at its default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from typing import Any

QUOTES = ("lsquo", "rsquo", "ldquo", "rdquo")
_RANGE = re.compile(r"([1-6])\.\.([1-6])")
_LEVELS = re.compile(r"[1-6](?:,[1-6])*")


@dataclass(slots=True)
class Options:
    """Options with Jekyll's defaults. `quotes` are names or code points of entities."""

    input: str = "GFM"
    auto_ids: bool = True
    auto_id_prefix: str = ""
    auto_id_stripping: bool = False
    hard_wrap: bool = False
    gfm_quirks: tuple[str, ...] = ("paragraph_end",)
    toc_levels: tuple[int, ...] = (1, 2, 3, 4, 5, 6)
    smart_quotes: tuple[str, ...] = QUOTES
    typographic_symbols: dict[str, str] = field(default_factory=dict)
    parse_block_html: bool = False
    parse_span_html: bool = True
    footnote_nr: int = 1
    footnote_backlink: str = "&#8617;"
    footnote_backlink_inline: bool = False
    footnote_prefix: str = ""
    header_offset: int = 0
    remove_line_breaks_for_cjk: bool = False

    @property
    def gfm(self) -> bool:
        """Whether the dialect is GitHub's."""
        return self.input.upper() == "GFM"

    def set(self, name: str, value: Any) -> None:
        """Set one option, if there is one of that name and the value is right."""
        if name not in _NAMES:
            return
        with suppress(ValueError, TypeError):
            setattr(self, name, _READERS[_NAMES[name]](name, value))


def read(options: Mapping[str, Any] | None) -> Options:
    """The options of a site."""
    result = Options()
    for name, value in (options or {}).items():
        result.set(str(name), value)
    return result


def is_option(name: str) -> bool:
    """Whether kramdown has an option of that name that matters here."""
    return name in _NAMES or name in _IGNORED


def _boolean(name: str, value: Any) -> bool:
    if value is None:
        raise ValueError
    return value if isinstance(value, bool) else str(value).strip().lower() not in ("false", "")


def _integer(name: str, value: Any) -> int:
    number = int(str(value))
    if abs(number) > 1_000_000:
        raise ValueError
    return number


def _string(name: str, value: Any) -> str:
    if value is None or isinstance(value, (dict, list)):
        raise ValueError
    if name == "input" and str(value).upper() not in ("GFM", "KRAMDOWN"):
        raise ValueError
    return str(value)


def _words(name: str, value: Any) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else list(value)
    words = tuple(str(item).strip().removeprefix(":") for item in items)
    if name == "smart_quotes" and len(words) != len(QUOTES):
        raise ValueError
    return words


def _levels(name: str, value: Any) -> tuple[int, ...]:
    text = value if isinstance(value, str) else ",".join(str(int(item)) for item in value)
    if match := _RANGE.fullmatch(text):
        return tuple(range(int(match[1]), int(match[2]) + 1))
    if not _LEVELS.fullmatch(text):
        raise ValueError
    return tuple(int(level) for level in text.split(","))


def _symbols(name: str, value: Any) -> dict[str, str]:
    return {str(key).removeprefix(":"): str(symbol) for key, symbol in dict(value).items()}


_READERS = {
    "bool": _boolean,
    "int": _integer,
    "str": _string,
    "tuple[str, ...]": _words,
    "tuple[int, ...]": _levels,
    "dict[str, str]": _symbols,
}
_NAMES: dict[str, str] = {item.name: str(item.type) for item in fields(Options)}
_IGNORED = frozenset(
    "coderay_bold_every coderay_css coderay_default_lang coderay_line_number_start "
    "coderay_line_numbers coderay_tab_width coderay_wrap entity_output forbidden_inline_options "
    "html_to_native latex_headers line_width link_defs list_indent math_engine math_engine_opts "
    "remove_block_html_tags remove_span_html_tags syntax_highlighter syntax_highlighter_opts "
    "template transliterated_header_ids".split()
)
