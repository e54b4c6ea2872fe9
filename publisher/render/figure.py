"""The picture that stands for a page where others show it: in lists, feeds and link previews."""

from __future__ import annotations

import re
from typing import Any

from publisher.model import Page, Picture
from publisher.render.links import PLACE, Addresses, images
from publisher.render.pictures import size

SMALL = 100  # pixels; an image file that is shown less wide is a badge or an icon
_PLACE = re.compile(rf"{PLACE}(\d+)\Z")


def figure(page: Page, body: str, addresses: Addresses) -> Picture | None:
    """The picture that the front matter names, else the first of the body, drawings last."""
    if page.meta.image:
        named = _named(page, addresses)
        if named is not None:
            return named
    drawing = None
    for image in images(body):
        link = _PLACE.match(image.get("src", ""))
        width, height = _number(image.get("width")), _number(image.get("height"))
        if link is None:
            continue
        place = addresses.links[int(link[1])]
        if place.kind != "asset" and 0 < width < SMALL:
            continue
        found = Picture(place.path, place.kind == "asset", image.get("alt", ""), width, height)
        if not place.path.lower().endswith(".svg"):
            return found
        drawing = drawing or found
    return drawing


def _named(page: Page, addresses: Addresses) -> Picture | None:
    """The picture of the front matter; None if it is missing, of which there is a warning."""
    place = addresses.picture(page.meta.image or "")
    if place is None:
        return None
    given = page.front.get("image")
    alt = str(given.get("alt") or "") if isinstance(given, dict) else ""
    link = _PLACE.match(place)
    if link is None:
        return Picture(place, alt=alt) if place.startswith(("https://", "http://")) else None
    path = addresses.links[int(link[1])].path
    addresses.measured[path] = None
    known = size(addresses.config.source / path)
    return Picture(path, False, alt, known.get("width", 0), known.get("height", 0))


def _number(value: Any) -> int:
    """A size in pixels as an attribute gives it; 0 if it gives none."""
    found = re.match(r"\d{1,5}", str(value or ""))
    return int(found[0]) if found and "%" not in str(value) else 0
