"""What the settings are where a Jekyll site's `_config.yml` gives them instead of us."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import to_builtins
from msgspec.structs import replace

from publisher.config.profile import PEOPLE, from_jekyll
from publisher.config.settings import NavigationItem, Settings
from publisher.errors import SourceError
from publisher.jekyll import Jekyll
from publisher.jekyll.data import Data


def completed(settings: Settings, jekyll: Jekyll) -> Settings:
    """Settings with what is not set in them taken from `_config.yml`, where it is fit."""
    found: dict[str, Any] = {
        "title": jekyll.text("title") or jekyll.text("name"),
        "description": " ".join(jekyll.text("description").split()),
        "url": _url(jekyll),
        "author": from_jekyll(jekyll.values, _people(jekyll)),
        "navigation": _navigation(jekyll),
    }
    language = (jekyll.text("lang") or jekyll.text("locale")).replace("_", "-")
    if settings.language == "en" and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", language):
        found["language"] = language
    empty = Settings()
    changed = {
        key: value
        for key, value in found.items()
        if value and getattr(settings, key) == getattr(empty, key)
    }
    return replace(settings, **changed)


def as_jekyll(source: Path, settings: Settings) -> Jekyll:
    """What templates see of a site that has no `_config.yml`."""
    address = urlsplit(settings.url)
    values = {
        "title": settings.title,
        "description": settings.description,
        "url": f"{address.scheme}://{address.netloc}" if settings.url else None,
        "baseurl": address.path.rstrip("/"),
        "lang": settings.language,
        "author": to_builtins(settings.author),
    }
    return Jekyll(source, None, {key: value for key, value in values.items() if value}, {})


def _url(jekyll: Jekyll) -> str:
    fit = re.fullmatch(r"https?://[^\s/]+(/\S*)?", jekyll.url)
    local = re.match(r"https?://(localhost|127\.|0\.0\.0\.0)", jekyll.url)
    return f"{jekyll.url}{jekyll.baseurl}" if fit and not local else ""


def _people(jekyll: Jekyll) -> dict[str, Any]:
    """The data files that may hold the author's profile; a broken one is for who asks for it."""
    data, found = Data(jekyll), {}
    for name in PEOPLE:
        try:
            found[name] = data[name]
        except (KeyError, SourceError):
            continue
    return found


def _navigation(jekyll: Jekyll) -> tuple[str | NavigationItem, ...] | None:
    """The pages that the theme minima has at the top."""
    pages = jekyll.values.get("header_pages")
    if not isinstance(pages, list):
        return None
    return tuple(str(page) for page in pages if isinstance(page, str)) or None
