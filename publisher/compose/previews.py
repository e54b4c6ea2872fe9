"""The pictures that stand for pages, as lists and link previews show them."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import quote

from publisher import services
from publisher.config import Config
from publisher.model import Entry, Picture, Problem
from publisher.outline import relative
from publisher.pictures import size


class Previews:
    """Addresses of pictures. `static` is the folder of those that rendering made.

    `files` are pictures of the source folder that settings name, `problems` what they name in vain.
    """

    def __init__(self, config: Config, static: str) -> None:
        self.config, self.static = config, static
        self.files: list[str] = []
        self.problems: list[Problem] = []
        self.site = self._site(config.settings.image.strip())

    def thumbnail(self, picture: Picture | None, page: Entry) -> dict[str, Any] | None:
        """A picture as a list on `page` shows it; none from elsewhere."""
        if picture is None or services.is_web(picture.path):
            return None
        address = quote(relative(self._path(picture), page.url))
        return {"src": address, "width": picture.width or None, "height": picture.height or None}

    def shared(self, picture: Picture | None) -> dict[str, Any] | None:
        """A picture, else that of the site, with a full address, for previews elsewhere.

        None if there is none, or the site's own address is not known. Drawings (SVG) are no
        pictures there.
        """
        if picture is None or picture.path.lower().endswith(".svg"):
            picture = self.site
        base = self.config.settings.url.rstrip("/")
        if picture is None or not (base or services.is_web(picture.path)):
            return None
        web = services.is_web(picture.path)
        return {
            "src": picture.path if web else f"{base}/{quote(self._path(picture))}",
            "alt": picture.alt,
            "width": picture.width or None,
            "height": picture.height or None,
        }

    def _path(self, picture: Picture) -> str:
        return f"{self.static}/{picture.path}" if picture.made else picture.path

    def _site(self, image: str) -> Picture | None:
        """The picture that the settings name."""
        if not image or services.is_web(image):
            return Picture(image) if image else None
        path = posixpath.normpath(image.lstrip("/"))
        if not self.config.publishable(self.config.source / path):
            file, line = self.config.place("image")
            message = f"`image`: {image} does not exist, so it is left out"
            hint = "a path counts from the source folder"
            self.problems.append(Problem(message, file, line, hint=hint))
            return None
        self.files.append(path)
        known = size(self.config.source / path)
        return Picture(path, width=known.get("width", 0), height=known.get("height", 0))
