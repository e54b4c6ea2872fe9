"""What the settings are where the files of a Jekyll site or of a book give them instead of us."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from msgspec import to_builtins
from msgspec.structs import fields, replace

from publisher.book import Book
from publisher.config.profile import PEOPLE, from_jekyll
from publisher.config.settings import Author, NavigationItem, Settings
from publisher.errors import SourceError
from publisher.jekyll import Jekyll
from publisher.jekyll.data import Data


def completed(settings: Settings, jekyll: Jekyll) -> Settings:
    """Settings with what is not set in them taken from `_config.yml`, where it is fit."""
    author = from_jekyll(jekyll.values, _people(jekyll))
    found: dict[str, Any] = {
        "title": _title(jekyll, author),
        "description": " ".join(jekyll.text("description").split()),
        "url": _url(jekyll),
        "navigation": _navigation(jekyll),
    }
    language = (jekyll.text("lang") or jekyll.text("locale")).replace("_", "-")
    if settings.language == "en" and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", language):
        found["language"] = language
    theirs = replace(Settings(), **{key: value for key, value in found.items() if value})
    return replace(_filled(settings, theirs), author=_filled(settings.author, author))


def of_book(settings: Settings, book: Book, source: Path) -> Settings:
    """Settings with what is not set in them taken from what a book says, where it is fit."""
    given = {
        "title": book.title,
        "description": book.description,
        "url": book.url,
        "repository": _repository(book.repository),
    }
    theirs = replace(Settings(), **{k: v for k, v in given.items() if _fits(k, v)})
    if os.path.isfile(source / book.logo) and not settings.style.logo:
        settings = replace(settings, style=replace(settings.style, logo=book.logo))
    return _filled(settings, theirs)


def _repository(given: str) -> str:
    """The address of a repository; MyST names those at GitHub shortly."""
    return f"https://github.com/{given}" if re.fullmatch(r"[\w.-]+/[\w.-]+", given) else given


def _fits(key: str, value: str) -> bool:
    """Whether a value may stand in the settings."""
    if key in ("url", "repository"):
        return _is_address(value)
    return bool(value)


def _is_address(value: str) -> bool:
    """Whether a text is a full address, whose host and port there may be."""
    try:
        _ = urlsplit(value).port
    except ValueError:
        return False
    return bool(re.fullmatch(r"https?://[^\s/]+(/\S*)?", value))


T = TypeVar("T", Settings, Author)


def _filled(ours: T, theirs: T) -> T:
    """Settings, those that are as by default taken from others."""
    empty = type(ours)()
    names = [field.name for field in fields(ours)]
    missing = [name for name in names if getattr(ours, name) == getattr(empty, name)]
    return replace(ours, **{name: getattr(theirs, name) for name in missing})


def _title(jekyll: Jekyll, author: Author) -> str:
    """The site's name; al-folio's `blank` stands for that of its author."""
    title = jekyll.text("title") or jekyll.text("name")
    return author.name if title == "blank" and author.name else title


def as_jekyll(source: Path, title: str, settings: Settings) -> Jekyll:
    """What templates see of a site that has no `_config.yml`. What is not set is null."""
    address = urlsplit(settings.url)
    values = {
        "title": title,
        "description": settings.description,
        "url": f"{address.scheme}://{address.netloc}" if settings.url else None,
        "baseurl": address.path.rstrip("/"),
        "lang": settings.language,
        "author": {k: v for k, v in to_builtins(settings.author).items() if v},
    }
    return Jekyll(source, None, {key: value for key, value in values.items() if value}, {})


def _url(jekyll: Jekyll) -> str:
    fit = _is_address(f"{jekyll.url}{jekyll.baseurl}") and _is_address(jekyll.url)
    local = re.match(r"https?://(localhost|127\.|0\.0\.0\.0)", jekyll.url)
    return f"{jekyll.url}{jekyll.baseurl}" if fit and not local else ""


def _people(jekyll: Jekyll) -> dict[str, Any]:
    """The data files that may hold the author's profile."""
    data = Data(jekyll)
    found = {name: _datum(data, name) for name in PEOPLE}
    return {name: value for name, value in found.items() if value is not None}


def _datum(data: Data, name: str) -> Any:
    """A data file's content; null if it is broken, which is told to the page that asks for it."""
    try:
        return data.get(name)
    except SourceError:
        return None


def _navigation(jekyll: Jekyll) -> tuple[str | NavigationItem, ...] | None:
    """The links that the theme has at the top: minima's, or those of minimal-mistakes."""
    pages = jekyll.values.get("header_pages")
    if isinstance(pages, list):
        return tuple(page for page in pages if isinstance(page, str)) or None
    table = _datum(Data(jekyll), "navigation")
    links = table.get("main") if isinstance(table, dict) else None
    return (
        tuple(
            NavigationItem(to=str(link["url"]), title=str(link.get("title") or ""))
            for link in (links if isinstance(links, list) else ())
            if isinstance(link, dict) and isinstance(link.get("url"), str)
        )
        or None
    )
