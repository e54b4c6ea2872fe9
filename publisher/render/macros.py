"""The commands that the formulas of a page know: those of its book, its site and itself."""

from __future__ import annotations

from publisher.config import Config
from publisher.math import Macros, configured
from publisher.model import Page, Problem


def macros(page: Page, config: Config) -> tuple[Macros, list[Problem]]:
    """The macros of a page, and a warning for each in its front matter that is none."""
    site, _ = configured(config.settings.math.macros)  # the settings were checked as they were read
    book, _ = configured(config.book.macros if config.book else {})
    given = page.front.get("math")
    if not isinstance(given, dict):  # `math: true` asks for MathJax in other tools
        return {**book, **site}, []
    own, wrong = configured(given)
    problems = [
        Problem(
            f"`math`: {name!r} is no macro",
            config.shown(page.path),
            1,
            hint="write a command and the TeX that it stands for: `\\R: \\mathbb{R}`",
        )
        for name in wrong
    ]
    return {**book, **site, **own}, problems
