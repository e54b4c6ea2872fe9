"""Jekyll's filters, and Liquid's own where Jekyll's differ."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import wraps
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus

from liquid.builtin.expressions import BooleanExpression, tokenize
from liquid.filter import with_context
from liquid.stream import TokenStream
from liquid.token import TOKEN_EXPRESSION, Token
from liquid.undefined import Undefined

from publisher.jekyll.matter import moment, today
from publisher.jekyll.permalinks import slugify
from publisher.liquid.environment import Context, value_error
from publisher.liquid.site import PageTable, SiteTable
from publisher.liquid.tags import evaluated
from publisher.liquid.values import formatted, inspect, text

Filter = Callable[..., Any]
ALL: dict[str, Filter] = {}
MAX_TEXT = 50_000_000
_SAFE = "/:@!$&'()*+,;=~-._?#%[]"


def _filter(function: Filter) -> Filter:
    """Register a filter; what a value of the wrong kind makes it raise becomes Liquid's error."""

    @wraps(function)
    def guarded(value: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            value = None if isinstance(value, Undefined) else value
            args = tuple(None if isinstance(a, Undefined) else a for a in args)
            return function(value, *args, **kwargs)
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            IndexError,
            OverflowError,
            InvalidOperation,
        ) as error:
            raise value_error(f"`{name}` cannot be used on this value ({error})") from error

    name = function.__name__.strip("_")
    ALL[name] = with_context(guarded) if hasattr(function, "with_context") else guarded
    return ALL[name]


def _site(context: Context) -> SiteTable:
    site: SiteTable = context.globals["__site__"]  # type: ignore[assignment]
    return site


# Addresses


@_filter
@with_context
def relative_url(value: Any, *, context: Context) -> Any:
    """An address below the site's `baseurl`."""
    if value is None:
        return None
    address = _address(value)
    if _is_absolute(address):
        return address
    base = _site(context).jekyll.baseurl
    joined = base + (f"/{address}" if address and not address.startswith("/") else address)
    return quote(joined or "/", safe=_SAFE) if joined else ""


@_filter
@with_context
def absolute_url(value: Any, *, context: Context) -> Any:
    """An address with the site's own, where that is known."""
    if value is None:
        return None
    address = _address(value)
    if _is_absolute(address):
        return address
    relative = relative_url(address, context=context)
    return f"{_site(context).jekyll.url}{relative}"


def _address(value: Any) -> str:
    return str(value["url"]) if isinstance(value, PageTable) else text(value)


def _is_absolute(address: str) -> bool:
    return bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", address))


@_filter
def strip_index(value: Any) -> Any:
    """An address without `index.html` at its end."""
    return re.sub(r"/index\.html?$", "/", text(value))


# Dates


def _time(value: Any, context: Context, *, local: bool = True) -> datetime.datetime | None:
    """A moment in the site's zone, or in the one it names; `now` is the beginning of the day."""
    site = _site(context)
    if isinstance(value, str) and value.strip() in ("now", "today"):
        return today(site.jekyll)
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"-?\d{5,12}", value.strip()):
        value = int(value)
    if isinstance(value, (int, float)):
        return datetime.datetime.fromtimestamp(value, site.jekyll.timezone)
    return moment(value, site.jekyll, local=local)


@_filter
@with_context
def date(value: Any, form: Any = None, *, context: Context) -> Any:
    """A date by a format of `strftime`; what is no date stays as it is."""
    if not text(form):
        return value
    found = _time(value, context, local=False) if value is not None else None
    return value if found is None else formatted(found, text(form))


def _dated(form: str, short: str) -> Filter:
    def written(value: Any, kind: Any = None, style: Any = None, *, context: Context) -> Any:
        if not text(value):
            return value
        found = _time(value, context)
        if found is None:
            raise ValueError(f"{text(value)[:40]!r} is no date")
        if kind == "ordinal":
            day = f"{found.day}{_ordinal(found.day)}"
            pattern = f"{short} {day}, %Y" if style == "US" else f"{day} {short} %Y"
            return formatted(found, pattern)
        return formatted(found, form)

    return with_context(written)


def _ordinal(day: int) -> str:
    if 11 <= day <= 13:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _named(name: str, function: Filter) -> None:
    function.__name__ = name
    _filter(function)


_named("date_to_string", _dated("%d %b %Y", "%b"))
_named("date_to_long_string", _dated("%d %B %Y", "%B"))
_named("date_to_xmlschema", _dated("%Y-%m-%dT%H:%M:%S%:z", ""))
_named("date_to_rfc822", _dated("%a, %d %b %Y %H:%M:%S %z", ""))


# Texts


@_filter
@with_context
def markdownify(value: Any, *, context: Context) -> str:
    """Markdown as HTML."""
    draw: Any = context.globals["__markdown__"]
    return str(draw(text(value)))


@_filter
@with_context
def smartify(value: Any, *, context: Context) -> str:
    """A text with typographic quotes and dashes."""
    draw: Any = context.globals["__markdown__"]
    drawn = str(draw(text(value))).strip()
    inner = re.fullmatch(r"<p>(.*)</p>", drawn, re.DOTALL)
    return inner[1] if inner else drawn


@_filter
def _slugify(value: Any, mode: Any = None) -> Any:
    return None if value is None else slugify(text(value), text(mode) or "default")


@_filter
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


@_filter
def xml_escape(value: Any) -> str:
    """A text for XML."""
    return escape(text(value)).replace("&#x27;", "&apos;")


@_filter
def cgi_escape(value: Any) -> str:
    """A text for the query of an address."""
    return quote_plus(text(value))


@_filter
def uri_escape(value: Any) -> str:
    """An address without characters that may not stand in it."""
    return quote(text(value), safe=_SAFE)


@_filter
def normalize_whitespace(value: Any) -> str:
    """A text with single spaces."""
    return " ".join(text(value).split())


_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")


@_filter
def number_of_words(value: Any, mode: Any = None) -> int:
    """How many words a text has; `cjk` and `auto` count Chinese, Japanese and Korean ones."""
    words = text(value)
    signs = len(_CJK.findall(words))
    if mode == "cjk" or (mode == "auto" and signs):
        return signs + len(_CJK.sub(" ", words).split())
    return len(words.split())


@_filter
def array_to_sentence_string(value: Any, connector: Any = "and") -> str:
    """A list as part of a sentence: `a, b, and c`."""
    items = [text(item) for item in value or ()]
    if len(items) <= 2:
        return f" {text(connector)} ".join(items)
    return f"{', '.join(items[:-1])}, {text(connector)} {items[-1]}"


@_filter
def _inspect(value: Any) -> str:
    return escape(inspect(value))


@_filter
def to_integer(value: Any) -> int:
    """A number from a text."""
    if isinstance(value, bool):
        return int(value)
    found = re.match(r"\s*[-+]?\d{1,300}", text(value))
    return int(found[0]) if found else 0


@_filter
def replace(value: Any, old: Any = "", new: Any = "") -> str:
    """A text with all of one part replaced by another."""
    return _replaced(text(value), text(old), text(new), -1)


@_filter
def replace_first(value: Any, old: Any = "", new: Any = "") -> str:
    """A text with the first of one part replaced by another."""
    return _replaced(text(value), text(old), text(new), 1)


def _replaced(whole: str, old: str, new: str, count: int) -> str:
    times = len(whole) + 1 if not old else whole.count(old)
    if times * len(new) > MAX_TEXT:
        raise ValueError("the result is too long")
    return whole.replace(old, new, count)


@_filter
def append(value: Any, more: Any = "") -> str:
    """Two texts as one."""
    return text(value) + text(more)


@_filter
def prepend(value: Any, more: Any = "") -> str:
    """Two texts as one, the second one first."""
    return text(more) + text(value)


@_filter
def strip_html(value: Any) -> str:
    """A text without tags, scripts and comments."""
    return re.sub(
        r"<script[\s>].*?</script>|<!--.*?-->|<style[\s>].*?</style>|<[^>]*>",
        "",
        text(value),
        flags=re.DOTALL | re.IGNORECASE,
    )


@_filter
def join(value: Any, glue: Any = " ") -> str:
    """A list as one text."""
    return text(glue).join(text(item) for item in _items(value))


@_filter
def _round(value: Any, digits: Any = None) -> Any:
    """A number rounded, halves away from zero."""
    places = to_integer(digits) if digits else 0
    number = Decimal(text(value).strip() or "0")
    found = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return float(found) if places > 0 else int(found)


# Lists


def _items(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, (str, int, float)) or value is None:
        return [] if value is None else [value]
    return list(value)


def _property(item: Any, name: str) -> Any:
    for key in name.split("."):
        if isinstance(item, Mapping):
            item = item.get(key)
        elif isinstance(item, Sequence) and not isinstance(item, str) and key.isdigit():
            item = item[int(key)] if int(key) < len(item) else None
        else:
            return None
    return item


def _fits(found: Any, target: Any) -> bool:
    if target is None:
        return found is None
    if isinstance(found, (list, tuple)):
        return any(text(item) == text(target) for item in found)
    return found is not None and text(found) == text(target)


@_filter
def where(value: Any, name: Any, target: Any = None) -> Any:
    """Those of a list whose property has a value, or holds it."""
    if not name or isinstance(target, (list, Mapping)) or not _is_list(value):
        return value
    return [item for item in _items(value) if _fits(_property(item, text(name)), target)]


@_filter
def find(value: Any, name: Any, target: Any = None) -> Any:
    """The first of a list whose property has a value."""
    if not name or not _is_list(value):
        return value
    return next((i for i in _items(value) if _fits(_property(i, text(name)), target)), None)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple, Mapping, range))


def _condition(expression: Any, context: Context) -> BooleanExpression:
    source = text(expression)
    token = Token(TOKEN_EXPRESSION, source, 0, source)
    return BooleanExpression.parse(context.env, TokenStream(tokenize(source, token)))


def _chosen(value: Any, variable: Any, expression: Any, context: Context) -> list[Any]:
    condition = _condition(expression, context)
    items, found = _items(value), []
    context.raise_for_loop_limit(len(items))
    for item in items:
        with context.extend({text(variable): item}):
            if condition.evaluate(context):
                found.append(item)
    return found


@_filter
@with_context
def where_exp(value: Any, variable: Any, expression: Any, *, context: Context) -> Any:
    """Those of a list for which a condition holds."""
    return _chosen(value, variable, expression, context) if _is_list(value) else value


@_filter
@with_context
def find_exp(value: Any, variable: Any, expression: Any, *, context: Context) -> Any:
    """The first of a list for which a condition holds."""
    if not _is_list(value):
        return value
    return next(iter(_chosen(value, variable, expression, context)), None)


def _grouped(groups: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [{"name": k, "items": items, "size": len(items)} for k, items in groups.items()]


@_filter
def group_by(value: Any, name: Any) -> Any:
    """A list in groups by a property: each with `name`, `items` and `size`."""
    if not _is_list(value):
        return value
    groups: dict[str, list[Any]] = {}
    for item in _items(value):
        groups.setdefault(text(_property(item, text(name))), []).append(item)
    return _grouped(groups)


@_filter
@with_context
def group_by_exp(value: Any, variable: Any, expression: Any, *, context: Context) -> Any:
    """A list in groups by an expression."""
    if not _is_list(value):
        return value
    source = text(expression)
    token = Token(TOKEN_EXPRESSION, source, 0, source)
    groups: dict[str, list[Any]] = {}
    items = _items(value)
    context.raise_for_loop_limit(len(items))
    for item in items:
        with context.extend({text(variable): item}):
            groups.setdefault(text(evaluated(source, token, context)), []).append(item)
    return _grouped(groups)


def _order(value: Any) -> tuple[int, Any]:
    if isinstance(value, bool):
        return 2, text(value)
    if isinstance(value, str) and re.fullmatch(r"\s*-?(\d+\.?\d*|\.\d+)\s*", value):
        return 0, float(value)
    if isinstance(value, (int, float)):
        return 0, value
    if isinstance(value, datetime.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
        return 1, aware.timestamp()
    if isinstance(value, datetime.date):
        return 1, datetime.datetime(
            value.year, value.month, value.day, tzinfo=datetime.UTC
        ).timestamp()
    return 2, text(value)


@_filter
def sort(value: Any, name: Any = None, nils: Any = "first") -> Any:
    """A list in order, by a property if one is named; those without it first, or `last`."""
    if value is None or not _is_list(value):
        raise ValueError("want a list")
    items = _items(value) if name else list(value)
    keys = [_property(item, text(name)) if name else _own(item) for item in items]
    missing = -1 if text(nils) != "last" else 1
    order = sorted(
        range(len(items)),
        key=lambda at: (
            missing if keys[at] is None else 0,
            *(_order(keys[at]) if keys[at] is not None else (0, 0)),
        ),
    )
    return [items[at] for at in order]


def _own(item: Any) -> Any:
    if isinstance(item, PageTable):
        return item.page.front.get("date") or item.url
    return item


@_filter
def _map(value: Any, name: Any) -> list[Any]:
    return [_property(item, text(name)) for item in _flattened(_items(value))]


@_filter
def _size(value: Any) -> int:
    return len(value) if hasattr(value, "__len__") else 0


@_filter
def uniq(value: Any, name: Any = None) -> list[Any]:
    """A list without repetitions."""
    found: dict[str, Any] = {}
    for item in _items(value):
        key = _property(item, text(name)) if name else item
        found.setdefault(inspect(key) if not isinstance(key, PageTable) else key.url, item)
    return list(found.values())


@_filter
def compact(value: Any, name: Any = None) -> list[Any]:
    """A list without null."""
    return [i for i in _items(value) if (_property(i, text(name)) if name else i) is not None]


@_filter
def concat(value: Any, more: Any) -> list[Any]:
    """Two lists as one."""
    return [*_items(value), *_items(more)]


@_filter
def reverse(value: Any) -> list[Any]:
    """A list backwards."""
    return list(reversed(_items(value)))


@_filter
def first(value: Any) -> Any:
    """The first of a list."""
    return next(iter(value.items() if isinstance(value, Mapping) else _items(value)), None)


@_filter
def last(value: Any) -> Any:
    """The last of a list."""
    items = _items(value)
    return items[-1] if items else None


def _flattened(items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for item in items:
        flat += _flattened(list(item)) if isinstance(item, (list, tuple)) else [item]
    return flat


@_filter
def push(value: Any, item: Any) -> Any:
    """A list with one more at its end."""
    return [*value, item] if isinstance(value, list) else value


@_filter
def pop(value: Any, count: Any = 1) -> Any:
    """A list without its last ones."""
    return value[: max(len(value) - int(count), 0)] if isinstance(value, list) else value


@_filter
def shift(value: Any, count: Any = 1) -> Any:
    """A list without its first ones."""
    return value[int(count) :] if isinstance(value, list) else value


@_filter
def unshift(value: Any, item: Any) -> Any:
    """A list with one more at its beginning."""
    return [item, *value] if isinstance(value, list) else value


@_filter
def sample(value: Any, count: Any = 1) -> Any:
    """The first ones of a list: a page that is built again stays the same."""
    items = _items(value)
    return (items[0] if items else None) if int(count) == 1 else items[: int(count)]
