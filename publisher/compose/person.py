"""The author for machines: a profile, and a name in parts."""

from __future__ import annotations

import datetime
import re
from typing import Any

from publisher.compose.structured import named, some
from publisher.config import Author


def profile_page(
    author: Author,
    *,
    title: str,
    url: str | None,
    home: str | None,
    image: str,
    elsewhere: list[str],
    updated: datetime.date | None,
) -> dict[str, Any] | None:
    """A `ProfilePage` about a `Person`; None without a name, which a person must have.

    Sources: https://schema.org/Person and Google's "Profile page structured data".
    """
    if not author.name:
        return None
    return {
        "@type": "ProfilePage",
        "name": title,
        "url": url,
        "dateModified": updated.isoformat() if updated else None,
        "mainEntity": some(
            {
                "@type": "Person",
                "name": author.name,
                "pronouns": author.pronouns,
                "description": author.tagline,
                "image": image,
                "url": home,
                "affiliation": named("Organization", author.affiliation),
                "homeLocation": named("Place", author.location),
                "sameAs": elsewhere,
            }
        ),
    }


def first_and_last(name: str) -> list[str] | None:
    """The parts of a name of two words, in the Latin alphabet; of others they are not clear."""
    words = name.split()
    plain = all(re.fullmatch(r"[A-ZÀ-Þ][A-Za-zÀ-ɏ'’-]+", word) for word in words)
    return words if len(words) == 2 and plain else None
