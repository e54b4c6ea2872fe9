"""The reference of the configuration, made from the types that check it."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from publisher import services
from publisher.config.settings import (
    Author,
    Binder,
    Check,
    Deployment,
    Execution,
    Interaction,
    Math,
    NavigationItem,
    Publications,
    Settings,
    Style,
    bare,
)


def reference() -> str:
    """The keys of the configuration as Markdown tables, made from the types that check them."""
    parts = []
    for heading, of in (
        ("Top of the file", Settings),
        ("`[author]`", Author),
        ("`[style]`", Style),
        ("`[math]`", Math),
        ("`[publications]`", Publications),
        ("`[binder]`", Binder),
        ("`[execute]`", Execution),
        ("`[interact]`", Interaction),
        ("`[check]`", Check),
        ("`[deploy]`", Deployment),
        ("An item of `navigation`", NavigationItem),
    ):
        hints = get_type_hints(of, include_extras=True)
        rows = [
            f"| `{field.name}` | {_shown(bare(hints[field.name]))} | {_default(field)} "
            f"| {_description(hints[field.name])} |"
            for field in msgspec.structs.fields(of)
        ]
        parts.append(
            f"## {heading}\n\n| key | type | default | meaning |\n| --- | --- | --- | --- |\n"
            + "\n".join(rows)
        )
    return "\n\n".join((*parts, _services()))


def _services() -> str:
    """The services that `[author.links]` knows, with the address that each makes of a name."""
    rows = []
    for service in services.SERVICES:
        made = services.contact(service.key, _NAMES.get(service.key, "name")).address
        rows.append(f"| `{service.key}` | {service.label} | {f'`{made}`' if made else '–'} |")
    return (
        "## `[author.links]`\n\n| key | shown as | address of `name` |\n| --- | --- | --- |\n"
        + "\n".join(rows)
    )


_NAMES = {
    "website": "https://name.example.org",
    "email": "name@example.org",
    "cv": "files/cv.pdf",
    "rss": "feed.xml",
    "mastodon": "@name@example.social",
    "whatsapp": "123",
}


def _shown(annotation: Any) -> str:
    names: Mapping[Any, str] = {str: "text", bool: "true/false", int: "number", float: "number"}
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(annotation))
    if get_origin(annotation) is Annotated:
        return _shown(bare(annotation))
    given = [kind for kind in get_args(annotation) if kind is not type(None)]
    if get_origin(annotation) in (Union, UnionType) and len(given) == 1:
        return _shown(given[0])
    if get_origin(annotation) is tuple or get_origin(_first(annotation)) is tuple:
        return "list"
    return names.get(annotation, "table")


def _first(annotation: Any) -> Any:
    return next(iter(get_args(annotation)), None)


def _default(field: msgspec.structs.FieldInfo) -> str:
    value = field.default
    if value is msgspec.NODEFAULT:
        return "required" if field.default_factory is msgspec.NODEFAULT else "–"
    if value is None or value in ("", ()) or isinstance(value, Struct):
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _description(annotation: Any) -> str:
    metas = [m for m in get_args(annotation)[1:] if isinstance(m, Meta) and m.description]
    return metas[-1].description or "" if metas else ""
