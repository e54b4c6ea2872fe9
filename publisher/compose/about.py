"""The About page: which page it is, and the profile of the author that stands on it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Set
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from msgspec import structs

from publisher import services
from publisher.config import Author, Config
from publisher.model import Entry, Metadata, Problem
from publisher.outline import Outline, permalink_url, relative
from publisher.pictures import size

URL = "about/"
_PICTURES = (".svg", ".avif", ".webp", ".heic", ".jxl")  # whose sizes may not be known


def about_pages(outline: Outline, layouts: Set[str]) -> tuple[Entry, ...]:
    """The pages that are drawn by the layout `about`, with the profile.

    They are those that ask for it. If none does, it is the page that anyone would take for it: its
    source is called `about` (or `about-me`), at the top of the sources or in Jekyll's `_pages/`,
    or its address is `about/` or `about.html`; unless it asks for a layout of the theme other
    than `page`.
    """
    asked = tuple(entry for entry in outline.entries if entry.meta.layout == "about")
    if asked:
        return asked
    found = (
        entry
        for entry in outline.entries
        if (_is_named_about(entry.source) or entry.url in (URL, "about.html"))
        and (entry.meta.layout in (None, "page") or entry.meta.layout not in layouts)
    )
    return tuple(found)[:1]


def _is_named_about(source: str | None) -> bool:
    path = PurePosixPath(source or "")
    name = path.stem.lower().replace("-", "").replace("_", "")
    return name in ("about", "aboutme") and str(path.parent) in (".", "_pages")


def with_about(outline: Outline, author: Author, layouts: Set[str]) -> Outline:
    """The outline with an About page, made of the profile alone where no page is one.

    For that the profile must hold more than a name, and the address be free. The page stands last.
    """
    old = {permalink_url(url) for entry in outline.entries for url in entry.meta.redirect_from}
    if (
        about_pages(outline, layouts)
        or not is_profile(author)
        or {URL, "about.html"} & (outline.by_url.keys() | old)
    ):
        return outline
    meta = Metadata(layout="about", description=author.tagline or None)
    return outline.plus((Entry(URL, "About", meta, None),))


def is_profile(author: Author) -> bool:
    """Whether there is more to show of an author than a name."""
    return author != Author(name=author.name)


class Profile:
    """The author's profile, as pages show it; `front` is the front matter of the About page.

    `files` are those of the source folder that it shows or links to, `problems` what it names in
    vain.
    """

    def __init__(self, outline: Outline, config: Config, front: Mapping[str, Any]) -> None:
        author = config.settings.author
        self.author = author if author.photo else structs.replace(author, photo=_own_photo(front))
        self.config = config
        self.files: list[str] = []
        self.problems: list[Problem] = []
        self.size: dict[str, int] = {}
        self.photo = self._photo()
        self.links = [
            (contact, target)
            for key, value in self.author.links.items()
            if (target := self._target(key, contact := services.contact(key, value), outline))
            is not None
        ]

    def seen_from(self, page: Entry) -> dict[str, Any] | None:
        """What a layout wants of the profile, its addresses relative to a page; None if empty."""
        author = self.author
        if not is_profile(author):
            return None
        return {
            "name": author.name,
            "pronouns": author.pronouns,
            "tagline": author.tagline,
            "affiliation": author.affiliation,
            "location": author.location,
            "email": author.email,
            "mailto": f"mailto:{quote(author.email, safe='@+.')}" if author.email else None,
            "photo": {
                "src": _seen(self.photo, page),
                "width": self.size.get("width"),
                "height": self.size.get("height"),
            }
            if self.photo
            else None,
            "links": [
                {
                    "label": contact.label,
                    "icon": contact.icon,
                    "href": _seen(target, page),
                    "me": bool(contact.address),
                }
                for contact, target in self.links
            ],
        }

    @property
    def elsewhere(self) -> list[str]:
        """The addresses of the author's profiles on other sites."""
        return [c.address for c, _ in self.links if services.is_web(c.address)]

    def picture(self, page: Entry, base: str) -> str:
        """The address of the photo: a full one if the site's (`base`) is known; empty if none."""
        if self.photo and base and not services.is_web(self.photo):
            return f"{base}/{quote(self.photo)}"
        return _seen(self.photo, page) if self.photo else ""

    def _photo(self) -> str:
        photo = self.author.photo.strip()
        if not photo or services.is_web(photo):
            return photo
        path = posixpath.normpath(photo.lstrip("/"))
        if not self.config.publishable(self.config.source / path):
            self._warn(
                f"`author.photo`: the image {photo} does not exist, so it is left out",
                "photo",
                hint="a path counts from the source folder",
            )
            return ""
        self.size = size(self.config.source / path)
        if not self.size and PurePosixPath(path).suffix.lower() not in _PICTURES:
            self._warn(f"`author.photo`: {photo} is no image, so it is left out", "photo")
            return ""
        self.files.append(path)
        return path

    def _target(self, key: str, contact: services.Contact, outline: Outline) -> str | None:
        """A full address, or that of a page or file, relative to the site's root."""
        if contact.address:
            return contact.address
        path = posixpath.normpath(contact.path.lstrip("/") or ".")
        entry = outline.find("" if path == "." else path)
        if entry is not None:
            return entry.url
        if not self.config.publishable(self.config.source / path):
            self._warn(
                f"`author.links.{key}` names {contact.path}, which is no page and no file",
                "links",
                key,
                hint="a path counts from the source folder; a full address begins with https://",
            )
            return None
        self.files.append(path)
        return path

    def _warn(self, message: str, *key: str, hint: str | None = None) -> None:
        """Note a problem at a key of the configuration, where that is given."""
        file, line = self.config.place("author", *key)
        self.problems.append(Problem(message, file, line, hint=hint))


def _own_photo(front: Mapping[str, Any]) -> str:
    """The photo in the front matter of an About page, as al-folio keeps it."""
    profile = front.get("profile")
    image = profile.get("image") if isinstance(profile, Mapping) else None
    if not isinstance(image, str) or not image.strip():
        return ""
    return image if "/" in image else f"assets/img/{image.strip()}"


def _seen(target: str, page: Entry) -> str:
    full = services.is_web(target) or target.startswith("mailto:")
    return target if full else quote(relative(target, page.url))
