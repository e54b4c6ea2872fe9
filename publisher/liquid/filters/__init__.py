"""Jekyll's filters, and Liquid's own where Jekyll's differ."""

from __future__ import annotations

from decimal import InvalidOperation
from functools import wraps
from typing import Any

from liquid import Environment
from liquid.filter import with_context
from liquid.undefined import Undefined

from publisher.liquid.environment import value_error
from publisher.liquid.filters import addresses, dates, lists, texts
from publisher.liquid.values import Filter

_WRONG = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    OverflowError,
    InvalidOperation,
)


def register(environment: Environment) -> None:
    """Give an environment all filters."""
    for module in (addresses, dates, lists, texts):
        for name, function in module.FILTERS.items():
            environment.add_filter(name, _guarded(name, function))


def _guarded(name: str, function: Filter) -> Filter:
    """A filter for which null is None; what a value of the wrong kind raises is Liquid's error."""

    @wraps(function)
    def guarded(value: Any, *args: Any, **kwargs: Any) -> Any:
        given = [None if isinstance(each, Undefined) else each for each in (value, *args)]
        try:
            return function(*given, **kwargs)
        except _WRONG as error:
            raise value_error(f"`{name}` cannot be used on this value ({error})") from error

    return with_context(guarded) if hasattr(function, "with_context") else guarded
