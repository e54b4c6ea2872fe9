"""Pages for machines, as JSON-LD. The only one that knows schema.org.

Sources: https://schema.org and Google's "Article", "Breadcrumb" and "Site name" pages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from publisher.model import Entry

# What ends a script in HTML, or a line in JavaScript, and halves of characters, which UTF-8 lacks.
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def script(*things: dict[str, Any] | None) -> Markup | None:
    """Things as JSON-LD that is safe between `<script>` and `</script>`; None for nothing."""
    found = [{"@context": "https://schema.org", **some(thing)} for thing in things if thing]
    if not found:
        return None
    text = json.dumps(found if len(found) > 1 else found[0], ensure_ascii=False, indent=None)
    return Markup(_UNSAFE.sub(lambda m: f"\\u{ord(m[0]):04x}", text))


def some(table: dict[str, Any]) -> dict[str, Any]:
    """A table without what is empty."""
    return {key: value for key, value in table.items() if value}


def named(kind: str, name: str | None, url: str | None = None) -> dict[str, str] | None:
    """A thing of which little more than the name is known."""
    return some({"@type": kind, "name": name, "url": url}) if name else None


def posting(
    entry: Entry,
    *,
    url: str | None,
    description: str | None,
    author: dict[str, str] | None,
    image: str | None,
    language: str,
    tags: Iterable[str],
) -> dict[str, Any]:
    """A post."""
    meta = entry.meta
    return {
        "@type": "BlogPosting",
        "headline": entry.title,
        "description": description,
        "datePublished": meta.date.isoformat() if meta.date else None,
        "dateModified": meta.updated.isoformat() if meta.updated else None,
        "author": author,
        "image": image,
        "url": url,
        "inLanguage": language,
        "keywords": ", ".join(tags),
    }


def website(name: str, url: str, description: str, author: dict[str, str] | None) -> dict[str, Any]:
    """The site, on its home page."""
    return {
        "@type": "WebSite",
        "name": name,
        "url": url,
        "description": description,
        "author": author,
    }


def breadcrumbs(trail: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The way from the home page to a page: titles and full addresses."""
    items = [
        {"@type": "ListItem", "position": number, "name": title, "item": url}
        for number, (title, url) in enumerate(trail, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}
