"""The look that a project asks for by its settings: colours, fonts, width, logo and favicon."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from publisher import theme
from publisher.compose.colours import AA, contrast, lighter
from publisher.config import Config
from publisher.model import Entry, File, Problem
from publisher.outline import relative
from publisher.pictures import size

SHEET = "settings.css"
FONTS = {
    "sans": '-apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif',
    "serif": '"Iowan Old Style", "Palatino Linotype", Palatino, P052, "Noto Serif", serif',
    "humanist": 'Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", sans-serif',
    "geometric": 'Avenir, Montserrat, Corbel, "URW Gothic", "Century Gothic", sans-serif',
    "transitional": 'Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif',
    "slab": 'Rockwell, "Rockwell Nova", "Roboto Slab", "DejaVu Serif", "Sitka Small", serif',
    "mono": 'ui-monospace, "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace',
}
_FAMILIES = {"text": "--sans", "heading": "--serif", "code": "--mono"}
_FONT_FILES = (".woff2", ".woff", ".ttf", ".otf")
_TOKEN = r"--{}: *light-dark\((#[0-9a-f]{{3,6}}), *(#[0-9a-f]{{3,6}})\)"
_OURS = {"bg": ("#ffffff", "#121716"), "accent": ("#0a6a5a", "#62cbb6")}


class Style:
    """What `[style]` asks for.

    `statics` are static files that it makes, by name; `files` those of the source folder that it
    shows, `problems` what it names in vain, and colours that are hard to read. `place(name,
    content)` tells under which path a static file of this content is published.
    """

    def __init__(self, config: Config, place: Callable[[str, bytes], str]) -> None:
        self.config = config
        self.asked = config.settings.style
        self.place = place
        self.statics: dict[str, File] = {}
        self.files: list[str] = []
        self.problems: list[Problem] = []
        self.logo = self._picture("logo")
        self.favicon = self._picture("favicon")
        rules = [*self._accent(), *self._width()]
        faces = [self._font(use, rules) for use in _FAMILIES]
        if rules:
            text = "".join(faces) + ":root {\n" + "".join(f"  {rule};\n" for rule in rules) + "}\n"
            self._static(SHEET, text.encode())

    def seen_from(self, page: Entry) -> dict[str, Any]:
        """What a layout wants of it, addresses relative to a page."""
        logo = {"src": self._seen(self.logo, page), "alt": self.asked.logo_alt, **self._logo_size}
        return {
            "logo": logo if self.logo else None,
            "favicon": self._seen(self.favicon, page) if self.favicon else None,
            "sheet": SHEET if SHEET in self.statics else None,
        }

    @property
    def key(self) -> list[str]:
        """What pages show of it, as text or by its hash."""
        logo = (self.config.source / self.logo).read_bytes() if self.logo else b""
        return [self.logo, self.place("", logo), self.favicon, *sorted(self.statics)]

    @cached_property
    def _logo_size(self) -> dict[str, int | None]:
        found = size(self.config.source / self.logo) if self.logo else {}
        return {"width": found.get("width"), "height": found.get("height")}

    def _accent(self) -> list[str]:
        asked = self.asked
        if not asked.accent and not asked.accent_dark:
            return []
        light, dark = self._colours("bg")
        first = asked.accent or self._colours("accent")[0]
        second = asked.accent_dark or lighter(asked.accent, dark, 6)
        for key, colour, ground in (("accent", first, light), ("accent_dark", second, dark)):
            ratio = contrast(colour, ground)
            if ratio < AA:
                scheme = "light" if key == "accent" else "dark"
                self._warn(
                    f"`style.{key}`: links of the colour {colour} are hard to read in the {scheme} "
                    f"scheme: contrast {ratio:.1f}",
                    key if getattr(asked, key) else "accent",
                    hint=f"readable is {AA} and more: choose "
                    + ("a darker one" if scheme == "light" else "a lighter one"),
                )
        return [f"--accent: light-dark({first}, {second})"]

    def _colours(self, name: str) -> tuple[str, str]:
        """A colour of the theme in both schemes, as its style sheet has it."""
        sheet = theme.static(theme.folders(*self.config.theme)).get("style.css")
        text = sheet.read_text(errors="replace").lower() if sheet else ""
        found = re.search(_TOKEN.format(name), text)
        return (found[1], found[2]) if found else _OURS[name]

    def _width(self) -> list[str]:
        return [f"--measure: {self.asked.width}"] if self.asked.width else []

    def _font(self, use: str, rules: list[str]) -> str:
        """Note a font's families; the rule that loads it, if it is a file of the project."""
        asked = str(getattr(self.asked, f"{use}_font")).strip()
        if not asked:
            return ""
        if not asked.lower().endswith(_FONT_FILES):
            rules.append(f"{_FAMILIES[use]}: {FONTS.get(asked.lower(), asked)}")
            return ""
        path = self._file(f"{use}_font", asked)
        if not path:
            return ""
        content = (self.config.source / path).read_bytes()
        name = f"font-{use}{PurePosixPath(path).suffix.lower()}"
        self._static(name, content)
        base = {"text": "sans-serif", "heading": "serif", "code": "monospace"}[use]
        rules.append(f'{_FAMILIES[use]}: "{use} font", {base}')
        address = PurePosixPath(self.statics[name].path).name
        return (
            f'@font-face {{ font-family: "{use} font"; src: url("{address}"); '
            "font-weight: 100 900; font-display: swap; }\n"
        )

    def _picture(self, key: str) -> str:
        """The path of an image of the source folder; empty if there is none."""
        asked = str(getattr(self.asked, key)).strip()
        path = self._file(key, asked) if asked else ""
        if path:
            self.files.append(path)
        return path

    def _file(self, key: str, asked: str) -> str:
        path = posixpath.normpath(asked.lstrip("/"))
        if self.config.publishable(self.config.source / path):
            return path
        self._warn(
            f"`style.{key}`: the file {asked} does not exist, so it is left out",
            key,
            hint="a path counts from the source folder",
        )
        return ""

    def _static(self, name: str, content: bytes) -> None:
        self.statics[name] = File(self.place(name, content), content)

    def _seen(self, path: str, page: Entry) -> str:
        return quote(relative(path, page.url))

    def _warn(self, message: str, key: str, hint: str) -> None:
        file, line = self.config.place("style", key)
        self.problems.append(Problem(message, file, line, hint=hint))
