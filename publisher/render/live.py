"""The HTML of an output that is alive: what readers get without scripts, and what draws it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from html import escape
from typing import Any

from publisher.render.links import Addresses

MAX_INLINE = 50_000  # characters of data in a page; more is a script of its own, loaded late


def element(
    kind: str,
    data: Any,
    sources: Sequence[str],
    *,
    fallback: str,
    addresses: Addresses,
    label: str = "",
    height: float | None = None,
    card: bool = False,
) -> str:
    """An output that `publisherLive.KIND` draws from its data, once its sources are loaded.

    `sources` are addresses of scripts and style sheets (`Addresses.library`), in their order.
    `fallback` is HTML that stands there until then, `height` is in CSS pixels; on a `card`, the
    figure is dark on light in both colour schemes.
    """
    text = as_json(data)
    key, inline = "", f'<script type="application/json">{text}</script>'
    if len(text) > MAX_INLINE:
        key = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=10).hexdigest()
        script = f'publisherLive.data["{key}"] = {text};\n'
        sources = (*sources, addresses.asset(script.encode("utf-8", "replace"), "text/javascript"))
        inline = ""
    attributes = {"data-live": kind}
    attributes |= {f"data-src{n or ''}": source for n, source in enumerate(sources)}
    if key:
        attributes["data-key"] = key
    if label:
        attributes |= {"role": "group", "aria-label": label}
    if height is not None and 0 < height < 10_000:
        attributes["style"] = f"min-height: {round(height)}px"
    classes = "live light" if card else "live"
    given = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f'<div class="{classes}"{given}><div class="fallback">{fallback}</div>{inline}</div>'


def as_json(data: Any) -> str:
    """JSON that can stand in a `<script>`: nothing in it ends the element. No number is NaN."""
    try:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(_finite(data), ensure_ascii=False, separators=(",", ":"))
    for character in "<\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _finite(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
