"""Filters that write dates."""

from __future__ import annotations

import datetime
import re
from typing import Any

from liquid.filter import with_context

from publisher.jekyll.matter import moment, today
from publisher.liquid.environment import Context
from publisher.liquid.site import site_of
from publisher.liquid.values import Filter, formatted, text


def _time(value: Any, context: Context, *, local: bool = True) -> datetime.datetime | None:
    """A moment in the site's zone, or in the one it names; `now` is the beginning of the day."""
    site = site_of(context)
    if isinstance(value, str) and value.strip() in ("now", "today"):
        return today(site.jekyll)
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"-?\d{5,12}", value.strip()):
        value = int(value)
    if isinstance(value, (int, float)):
        return datetime.datetime.fromtimestamp(value, site.jekyll.timezone)
    return moment(value, site.jekyll, local=local)


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


FILTERS: dict[str, Filter] = {
    "date": date,
    "date_to_string": _dated("%d %b %Y", "%b"),
    "date_to_long_string": _dated("%d %B %Y", "%B"),
    "date_to_xmlschema": _dated("%Y-%m-%dT%H:%M:%S%:z", ""),
    "date_to_rfc822": _dated("%a, %d %b %Y %H:%M:%S %z", ""),
}
