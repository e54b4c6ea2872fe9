"""Filters that make addresses."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from liquid.filter import with_context

from publisher.liquid.environment import Context
from publisher.liquid.site import PageTable, site_of
from publisher.liquid.values import ADDRESS, Filter, text


@with_context
def relative_url(value: Any, *, context: Context) -> Any:
    """An address below the site's `baseurl`."""
    if value is None:
        return None
    address = _address(value)
    if _is_absolute(address):
        return address
    base = site_of(context).jekyll.baseurl
    joined = base + (f"/{address}" if address and not address.startswith("/") else address)
    return quote(joined or "/", safe=ADDRESS) if joined else ""


@with_context
def absolute_url(value: Any, *, context: Context) -> Any:
    """An address with the site's own, where that is known."""
    if value is None:
        return None
    address = _address(value)
    if _is_absolute(address):
        return address
    relative = relative_url(address, context=context)
    return f"{site_of(context).jekyll.url}{relative}"


def _address(value: Any) -> str:
    return str(value["url"]) if isinstance(value, PageTable) else text(value)


def _is_absolute(address: str) -> bool:
    return bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", address))


def strip_index(value: Any) -> Any:
    """An address without `index.html` at its end."""
    return re.sub(r"/index\.html?$", "/", text(value))


FILTERS: dict[str, Filter] = {
    "relative_url": relative_url,
    "absolute_url": absolute_url,
    "strip_index": strip_index,
}
