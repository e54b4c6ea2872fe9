"""Filters that choose from lists, order and group them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

from liquid.builtin.expressions import BooleanExpression, tokenize
from liquid.filter import with_context
from liquid.stream import TokenStream
from liquid.token import TOKEN_EXPRESSION, Token

from publisher.liquid.environment import Context
from publisher.liquid.site import PageTable
from publisher.liquid.tags import evaluated
from publisher.liquid.values import Filter, inspect, items_of, text


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


def where(value: Any, name: Any, target: Any = None) -> Any:
    """Those of a list whose property has a value, or holds it."""
    if not name or isinstance(target, (list, Mapping)) or not _is_list(value):
        return value
    return [item for item in items_of(value) if _fits(_property(item, text(name)), target)]


def find(value: Any, name: Any, target: Any = None) -> Any:
    """The first of a list whose property has a value."""
    if not name or not _is_list(value):
        return value
    return next((i for i in items_of(value) if _fits(_property(i, text(name)), target)), None)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple, Mapping, range))


def _condition(expression: Any, context: Context) -> BooleanExpression:
    source = text(expression)
    token = Token(TOKEN_EXPRESSION, source, 0, source)
    return BooleanExpression.parse(context.env, TokenStream(tokenize(source, token)))


def _chosen(value: Any, variable: Any, expression: Any, context: Context) -> list[Any]:
    condition = _condition(expression, context)
    items, found = items_of(value), []
    context.raise_for_loop_limit(len(items))
    for item in items:
        with context.extend({text(variable): item}):
            if condition.evaluate(context):
                found.append(item)
    return found


@with_context
def where_exp(value: Any, variable: Any, expression: Any, *, context: Context) -> Any:
    """Those of a list for which a condition holds."""
    return _chosen(value, variable, expression, context) if _is_list(value) else value


@with_context
def find_exp(value: Any, variable: Any, expression: Any, *, context: Context) -> Any:
    """The first of a list for which a condition holds."""
    if not _is_list(value):
        return value
    return next(iter(_chosen(value, variable, expression, context)), None)


def _grouped(groups: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [{"name": k, "items": items, "size": len(items)} for k, items in groups.items()]


def group_by(value: Any, name: Any) -> Any:
    """A list in groups by a property: each with `name`, `items` and `size`."""
    if not _is_list(value):
        return value
    groups: dict[str, list[Any]] = {}
    for item in items_of(value):
        groups.setdefault(text(_property(item, text(name))), []).append(item)
    return _grouped(groups)


@with_context
def group_by_exp(value: Any, variable: Any, expression: Any, *, context: Context) -> Any:
    """A list in groups by an expression."""
    if not _is_list(value):
        return value
    source = text(expression)
    token = Token(TOKEN_EXPRESSION, source, 0, source)
    groups: dict[str, list[Any]] = {}
    items = items_of(value)
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


def sort(value: Any, name: Any = None, nils: Any = "first") -> Any:
    """A list in order, by a property if one is named; those without it first, or `last`."""
    if value is None or not _is_list(value):
        raise ValueError("want a list")
    items = items_of(value) if name else list(value)
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


def _map(value: Any, name: Any) -> list[Any]:
    return [_property(item, text(name)) for item in _flattened(items_of(value))]


def _size(value: Any) -> int:
    return len(value) if hasattr(value, "__len__") else 0


def uniq(value: Any, name: Any = None) -> list[Any]:
    """A list without repetitions."""
    found: dict[str, Any] = {}
    for item in items_of(value):
        key = _property(item, text(name)) if name else item
        found.setdefault(inspect(key) if not isinstance(key, PageTable) else key.url, item)
    return list(found.values())


def compact(value: Any, name: Any = None) -> list[Any]:
    """A list without null."""
    return [i for i in items_of(value) if (_property(i, text(name)) if name else i) is not None]


def concat(value: Any, more: Any) -> list[Any]:
    """Two lists as one."""
    return [*items_of(value), *items_of(more)]


def reverse(value: Any) -> list[Any]:
    """A list backwards."""
    return list(reversed(items_of(value)))


def first(value: Any) -> Any:
    """The first of a list."""
    return next(iter(value.items() if isinstance(value, Mapping) else items_of(value)), None)


def last(value: Any) -> Any:
    """The last of a list."""
    items = items_of(value)
    return items[-1] if items else None


def _flattened(items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for item in items:
        flat += _flattened(list(item)) if isinstance(item, (list, tuple)) else [item]
    return flat


def push(value: Any, item: Any) -> Any:
    """A list with one more at its end."""
    return [*value, item] if isinstance(value, list) else value


def pop(value: Any, count: Any = 1) -> Any:
    """A list without its last ones."""
    return value[: max(len(value) - int(count), 0)] if isinstance(value, list) else value


def shift(value: Any, count: Any = 1) -> Any:
    """A list without its first ones."""
    return value[int(count) :] if isinstance(value, list) else value


def unshift(value: Any, item: Any) -> Any:
    """A list with one more at its beginning."""
    return [item, *value] if isinstance(value, list) else value


def sample(value: Any, count: Any = 1) -> Any:
    """The first ones of a list: a page that is built again stays the same."""
    items = items_of(value)
    return (items[0] if items else None) if int(count) == 1 else items[: int(count)]


FILTERS: dict[str, Filter] = {
    "where": where,
    "find": find,
    "where_exp": where_exp,
    "find_exp": find_exp,
    "group_by": group_by,
    "group_by_exp": group_by_exp,
    "sort": sort,
    "map": _map,
    "size": _size,
    "uniq": uniq,
    "compact": compact,
    "concat": concat,
    "reverse": reverse,
    "first": first,
    "last": last,
    "push": push,
    "pop": pop,
    "shift": shift,
    "unshift": unshift,
    "sample": sample,
}
