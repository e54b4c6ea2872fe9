"""The author for machines: JSON-LD, and a name in parts. The only one that knows schema.org."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

from markupsafe import Markup

from publisher.config import Author

# What ends a script in HTML, or a line in JavaScript, and halves of characters, which UTF-8 lacks.
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def json_ld(
    author: Author,
    *,
    title: str,
    url: str | None,
    home: str | None,
    image: str,
    elsewhere: list[str],
    updated: datetime.date | None,
) -> Markup | None:
    """A `ProfilePage` about a `Person`, safe between `<script>` and `</script>`.

    None without a name, which a person must have. Sources: https://schema.org/Person and Google's
    "Profile page structured data".
    """
    if not author.name:
        return None
    page = {
        "@context": "https://schema.org",
        "@type": "ProfilePage",
        "name": title,
        "url": url,
        "dateModified": updated.isoformat() if updated else None,
        "mainEntity": _some(
            {
                "@type": "Person",
                "name": author.name,
                "pronouns": author.pronouns,
                "description": author.tagline,
                "image": image,
                "url": home,
                "affiliation": _named("Organization", author.affiliation),
                "homeLocation": _named("Place", author.location),
                "sameAs": elsewhere,
            }
        ),
    }
    text = json.dumps(_some(page), ensure_ascii=False, indent=1)
    return Markup(_UNSAFE.sub(lambda m: f"\\u{ord(m[0]):04x}", text))


def first_and_last(name: str) -> list[str] | None:
    """The parts of a name of two words, in the Latin alphabet; of others they are not clear."""
    words = name.split()
    plain = all(re.fullmatch(r"[A-ZÀ-Þ][A-Za-zÀ-ɏ'’-]+", word) for word in words)
    return words if len(words) == 2 and plain else None


def _named(kind: str, name: str) -> dict[str, str] | None:
    return {"@type": kind, "name": name} if name else None


def _some(table: dict[str, Any]) -> dict[str, Any]:
    """A table without what is empty."""
    return {key: value for key, value in table.items() if value}
