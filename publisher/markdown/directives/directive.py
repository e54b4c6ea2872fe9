"""A directive as it was written, and what those who draw one may ask for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.model import Problem

MAX_DEPTH = 20
_OPTION = re.compile(r"^:([\w-]+):\s*(.*)$")
Expand = Callable[["Place", list[Token]], list[Token]]


@dataclass(frozen=True)
class Place:
    """Where blocks stand: in which page (`env`), read by which parser, how deep in others.

    `expand` is how directives among blocks are drawn.
    """

    md: MarkdownIt
    env: dict[str, Any]
    dialect: str
    expand: Expand
    depth: int = 0

    def parse(self, text: str, start: int = 0) -> list[Token]:
        """The blocks of a text whose first line is `start` of its cell, from 0."""
        tokens: list[Token] = []
        self.md.block.parse(text, self.md, self.env, tokens)
        for token in tokens:
            if token.map:
                token.map = [max(start + line, 0) for line in token.map]
        inner = Place(self.md, self.env, self.dialect, self.expand, self.depth + 1)
        return self.expand(inner, tokens)

    def warn(self, message: str, line: int | None, hint: str | None = None) -> None:
        """Warn of something on a line of the cell, from 1."""
        problem = Problem(message, line=line, cell=self.env["cell"], hint=hint)
        self.env["problems"].append(problem)


@dataclass(frozen=True)
class Directive:
    """A directive: ```` ```{name} argument ````, its options and its body.

    `start` is the line of the cell, from 0, on which the body begins.
    """

    name: str
    argument: str
    token: Token
    place: Place
    options: dict[str, str] = field(default_factory=dict)
    body: str = ""
    start: int = 0

    @classmethod
    def of(cls, name: str, argument: str, token: Token, place: Place) -> Directive:
        """Read the options and the body of a fence."""
        options, body = split_options(token.content)
        first = token.map[0] + 1 if token.map else 0
        start = first + len(token.content.splitlines()) - len(body.splitlines())
        return cls(name, argument, token, place, options, body, start)

    @property
    def line(self) -> int | None:
        """The line of the cell, from 1, on which it begins."""
        return self.token.map[0] + 1 if self.token.map else None

    @property
    def label(self) -> str:
        """The name by which others refer to it; empty if it has none."""
        return self.options.get("label") or self.options.get("name") or ""

    @property
    def classes(self) -> list[str]:
        """The classes that its author asks for."""
        return self.options.get("class", "").replace(",", " ").split()

    def content(self) -> list[Token]:
        """Its body as blocks."""
        return self.place.parse(self.body, self.start)

    def all_content(self) -> list[Token]:
        """Its argument, as a paragraph, and its body, as blocks."""
        if not self.argument:
            return self.content()
        return self.place.parse(f"{self.argument}\n\n{self.body}", self.start - 2)

    def inline(self, text: str) -> list[Token]:
        """A text, such as a title, as an inline token that is parsed with the page."""
        token = Token("inline", "", 0)
        token.content, token.children = text, []
        token.map = self.token.map
        return [token]

    def warn(self, message: str, hint: str | None = None) -> None:
        """Warn of the directive."""
        self.place.warn(message, self.line, hint)


Handler = Callable[[Directive], Sequence[Token]]
"""Draws a directive as block tokens."""


def split_options(content: str) -> tuple[dict[str, str], str]:
    """The `:key: value` lines at the head of a directive, or its YAML block, and what follows."""
    lines = content.splitlines()
    options: dict[str, str] = {}
    if lines and lines[0].strip() == "---":
        end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)
        for line in lines[1:end]:
            key, _, value = line.partition(":")
            options[key.strip()] = value.strip().strip("\"'")
        return options, "\n".join(lines[end + 1 :])
    while lines and (match := _OPTION.match(lines[0].strip())):
        options[match[1]] = match[2]
        lines.pop(0)
    return options, "\n".join(lines)


def html(content: str) -> Token:
    """Our own markup as a block."""
    token = Token("html_block", "", 0)
    token.content = content
    return token


def identifier(label: str) -> str:
    """A label as the `id` attribute of a tag, with a space before it; nothing for none."""
    return f' id="{escapeHtml(label)}"' if label else ""
