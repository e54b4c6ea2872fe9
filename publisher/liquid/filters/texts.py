"""Filters that change texts and numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus

from liquid.builtin.filters.math import times as multiplied
from liquid.filter import with_context
from liquid.undefined import Undefined

from publisher.jekyll.permalinks import slugify
from publisher.liquid.environment import Context, Environment
from publisher.liquid.site import PageTable, SiteTable
from publisher.liquid.values import ADDRESS, Filter, inspect, items_of, text

MAX_TEXT = 50_000_000
MAX_BITS = 4096


@with_context
def markdownify(value: Any, *, context: Context) -> str:
    """Markdown as HTML."""
    assert isinstance(context.env, Environment)
    source = text(value)
    context.run.charge(4 * len(source))
    return context.env.markdown(source)


@with_context
def smartify(value: Any, *, context: Context) -> str:
    """A text with typographic quotes and dashes."""
    drawn = markdownify(value, context=context).strip()
    inner = re.fullmatch(r"<p>(.*)</p>", drawn, re.DOTALL)
    return inner[1] if inner else drawn


def _slugify(value: Any, mode: Any = None) -> Any:
    return None if value is None else slugify(text(value), text(mode) or "default")


def jsonify(value: Any) -> str:
    """A value as JSON."""
    return json.dumps(_plain(value, 0), ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any, depth: int) -> Any:
    """A value that JSON can hold; pages within pages are named by their addresses."""
    if isinstance(value, SiteTable):
        raise ValueError("the whole site is not written out")
    if isinstance(value, Mapping):
        if isinstance(value, PageTable) and depth > 1:
            return value.url
        hidden = (
            {"next", "previous", "content", "output", "excerpt"} if depth else {"next", "previous"}
        )
        skip = hidden if isinstance(value, PageTable) else set()
        return {str(k): _plain(value[k], depth + 1) for k in value if k not in skip}
    if isinstance(value, (list, tuple, range)):
        return [_plain(item, depth + 1) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return None if isinstance(value, Undefined) else text(value)


def xml_escape(value: Any) -> str:
    """A text for XML."""
    return escape(text(value)).replace("&#x27;", "&apos;")


def cgi_escape(value: Any) -> str:
    """A text for the query of an address."""
    return quote_plus(text(value))


def uri_escape(value: Any) -> str:
    """An address without characters that may not stand in it."""
    return quote(text(value), safe=ADDRESS)


def normalize_whitespace(value: Any) -> str:
    """A text with single spaces."""
    return " ".join(text(value).split())


_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")


def number_of_words(value: Any, mode: Any = None) -> int:
    """How many words a text has; `cjk` and `auto` count Chinese, Japanese and Korean ones."""
    words = text(value)
    signs = len(_CJK.findall(words))
    if mode == "cjk" or (mode == "auto" and signs):
        return signs + len(_CJK.sub(" ", words).split())
    return len(words.split())


def array_to_sentence_string(value: Any, connector: Any = "and") -> str:
    """A list as part of a sentence: `a, b, and c`."""
    items = [text(item) for item in value or ()]
    if len(items) <= 2:
        return f" {text(connector)} ".join(items)
    return f"{', '.join(items[:-1])}, {text(connector)} {items[-1]}"


def _inspect(value: Any) -> str:
    return escape(inspect(value))


def to_integer(value: Any) -> int:
    """A number from a text."""
    if isinstance(value, bool):
        return int(value)
    found = re.match(r"\s*[-+]?\d{1,300}", text(value))
    return int(found[0]) if found else 0


def replace(value: Any, old: Any = "", new: Any = "") -> str:
    """A text with all of one part replaced by another."""
    return _replaced(text(value), text(old), text(new), -1)


def replace_first(value: Any, old: Any = "", new: Any = "") -> str:
    """A text with the first of one part replaced by another."""
    return _replaced(text(value), text(old), text(new), 1)


def _replaced(whole: str, old: str, new: str, count: int) -> str:
    times = len(whole) + 1 if not old else whole.count(old)
    if times * len(new) > MAX_TEXT:
        raise ValueError("the result is too long")
    return whole.replace(old, new, count)


def append(value: Any, more: Any = "") -> str:
    """Two texts as one."""
    return text(value) + text(more)


def prepend(value: Any, more: Any = "") -> str:
    """Two texts as one, the second one first."""
    return text(more) + text(value)


def strip_html(value: Any) -> str:
    """A text without tags, scripts and comments."""
    whole = text(value)
    for opening, closing in _HIDDEN:  # nothing after the last end is an element
        end = whole.lower().rfind(closing) + len(closing)
        if end > len(closing) - 1:
            pattern = rf"{opening}.*?{re.escape(closing)}"
            inner = re.sub(pattern, "", whole[:end], flags=re.DOTALL | re.IGNORECASE)
            whole = inner + whole[end:]
    end = whole.rfind(">") + 1
    return re.sub(r"<[^>]*>", "", whole[:end]) + whole[end:]


_HIDDEN = ((r"<script\b", "</script>"), ("<!--", "-->"), (r"<style\b", "</style>"))


def times(value: Any, factor: Any) -> Any:
    """A product, of numbers that are not too large to be written."""
    product = multiplied(value, factor)
    if isinstance(product, int) and product.bit_length() > MAX_BITS:
        raise ValueError("the number is too large")
    return product


def join(value: Any, glue: Any = " ") -> str:
    """A list as one text."""
    return text(glue).join(text(item) for item in items_of(value))


def _round(value: Any, digits: Any = None) -> Any:
    """A number rounded, halves away from zero."""
    places = to_integer(digits) if digits else 0
    number = Decimal(text(value).strip() or "0")
    found = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return float(found) if places > 0 else int(found)


FILTERS: dict[str, Filter] = {
    "markdownify": markdownify,
    "smartify": smartify,
    "slugify": _slugify,
    "jsonify": jsonify,
    "xml_escape": xml_escape,
    "cgi_escape": cgi_escape,
    "uri_escape": uri_escape,
    "normalize_whitespace": normalize_whitespace,
    "number_of_words": number_of_words,
    "array_to_sentence_string": array_to_sentence_string,
    "inspect": _inspect,
    "to_integer": to_integer,
    "replace": replace,
    "replace_first": replace_first,
    "append": append,
    "prepend": prepend,
    "strip_html": strip_html,
    "times": times,
    "join": join,
    "round": _round,
}
