"""A directive as it was written, and what those who draw one may ask for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.errors import SourceError
from publisher.markdown import targets
from publisher.model import Problem

MAX_DEPTH = 20
_OPTION = re.compile(r"^:([\w-]+):\s*(.*)$")
Expand = Callable[["Place", list[Token]], list[Token]]


@dataclass(frozen=True)
class Place:
    """Where blocks stand: in which page (`env`), read by which parser, how deep in others.

    `expand` is how directives among blocks are drawn. `file` is the path of an included file, as
    the page sees it, that they stand in.
    """

    md: MarkdownIt
    env: dict[str, Any]
    dialect: str
    expand: Expand
    depth: int = 0
    file: str | None = None

    def parse(self, text: str, start: int = 0) -> list[Token]:
        """The blocks of a text whose first line is `start` of its cell, from 0."""
        tokens: list[Token] = []
        self.md.block.parse(f"{text}\n", self.md, self.env, tokens)  # rules look past the end
        for token in tokens:
            if token.map:
                token.map = [max(start + line, 0) for line in token.map]
        return self.expand(replace(self, depth=self.depth + 1), tokens)

    def within(self, file: str) -> Place:
        """The place of what a file holds that is included here."""
        return replace(self, file=file)

    def warn(self, message: str, line: int | None, hint: str | None = None) -> None:
        """Warn of something on a line of the cell, or of the included file, from 1."""
        problem = Problem(message, self.file, line, self.env["cell"], hint)
        self.env["problems"].append(problem)


@dataclass(frozen=True)
class Directive:
    """A directive: ```` ```{name} argument ````, its options and its body.

    `start` is the line of the cell, from 0, on which the body begins. `labels` are those before it.
    """

    name: str
    argument: str
    token: Token
    place: Place
    options: dict[str, str] = field(default_factory=dict)
    body: str = ""
    start: int = 0
    labels: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, name: str, argument: str, token: Token, place: Place, labels: Sequence[Token] = ()
    ) -> Directive:
        """Read the options and the body of a fence; `labels` are the targets before it."""
        options, body = split_options(token.content, hanging=bool(token.meta.get("rst")))
        options = {**token.meta.get("options", {}), **options}
        first = token.map[0] + 1 if token.map else 0
        start = first + len(token.content.splitlines()) - len(body.splitlines())
        before = tuple(label.content for label in labels)
        made = cls(name, argument, token, place, options, body, start, before)
        if made.label and targets.key(made.label) in place.env["drafts"]:  # it names another place
            targets.add(place.env, made.label, targets.Draft("", "place", line=made.line))
            options.pop("label", None)
            options.pop("name", None)
            return cls(name, argument, token, place, options, body, start)
        return made

    @property
    def line(self) -> int | None:
        """The line of the cell, from 1, on which it begins."""
        return self.token.map[0] + 1 if self.token.map else None

    @property
    def label(self) -> str:
        """The name by which others refer to it; empty if it has none."""
        own = self.options.get("label") or self.options.get("name")
        return own or (self.labels[0] if self.labels else "")

    @property
    def classes(self) -> list[str]:
        """The classes that its author asks for."""
        return self.options.get("class", "").replace(",", " ").split()

    @property
    def numbered(self) -> bool:
        """Whether it is counted, unless its author says not."""
        enumerated = self.options.get("enumerated", self.options.get("numbered", "true"))
        if {"nonumber", "unnumbered"} & {*self.options} or "no-number" in self.classes:
            return False
        return enumerated.strip().lower() not in ("false", "no")

    def target(self, kind: str, title: Token | str | None = None) -> str:
        """Let its labels name it; its id, empty if it has none of its own.

        `title` is inline: what a reference to it may show.
        """
        label = self.label
        draft = targets.Draft(targets.anchor(label), kind, title, line=self.line)
        if not label or not targets.add(self.place.env, label, draft):
            return ""
        for other in self.labels:
            if other != label:
                targets.add(self.place.env, other, draft)
        return draft.id

    def with_place(self, drawn: Sequence[Token]) -> list[Token]:
        """What was drawn of it, as a place to refer to if it has a label that names nothing yet."""
        label = self.label
        if not label or self.name == "math":
            return list(drawn)
        named = self.place.env["drafts"].get(targets.key(label))
        if named is not None and (named.line, named.cell) == (self.line, self.place.env["cell"]):
            return list(drawn)
        if named is not None:  # something inside of it took the name
            self.target("place")
            for token in drawn[:1]:
                token.content = token.content.replace(identifier(label), "", 1)
            return list(drawn)
        own = f'id="{escapeHtml(self.target("place"))}"'
        if any(own in token.content for token in drawn):
            return list(drawn)
        return [html(f"<span {own}></span>\n"), *drawn]

    def content(self) -> list[Token]:
        """Its body as blocks."""
        return self.parse(self.body, self.start)

    def parse(self, text: str, start: int) -> list[Token]:
        """A part of it as blocks, from a line of the cell on; as reStructuredText if it is that."""
        env = self.place.env
        outer = env.get("rst", False)
        env["rst"] = outer or bool(self.token.meta.get("rst"))
        try:
            return self.place.parse(text, start)
        finally:
            env["rst"] = outer

    def all_content(self) -> list[Token]:
        """Its argument, as a paragraph, and its body, as blocks."""
        if not self.argument:
            return self.content()
        return self.parse(f"{self.argument}\n\n{self.body}", self.start - 2)

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


def split_options(content: str, *, hanging: bool = False) -> tuple[dict[str, str], str]:
    """The `:key: value` lines at the head of a directive, or its YAML block, and what follows.

    Values may be `hanging`: go on in lines that are indented.
    """
    lines = content.splitlines()
    options: dict[str, str] = {}
    if lines and lines[0].strip() == "---":
        end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)
        return _yaml_options(lines[1:end]), "\n".join(lines[end + 1 :])
    key = ""
    while lines:
        match = _OPTION.match(lines[0].strip())
        if match:
            key = match[1]
            options[key] = _unquoted(match[2])
        elif hanging and key and lines[0][:1] == " " and lines[0].strip():
            options[key] = f"{options[key]} {lines[0].strip()}".strip()
        else:
            break
        lines.pop(0)
    return options, "\n".join(lines)


def _yaml_options(lines: list[str]) -> dict[str, str]:
    """Options in YAML as texts; line by line where that is not valid."""
    from publisher import safeyaml

    try:
        values = safeyaml.keys("\n".join(lines), "").values
    except SourceError:
        pairs = (line.partition(":") for line in lines)
        return {key.strip(): _unquoted(value.strip()) for key, _, value in pairs}
    return {key: _option_text(value) for key, value in values.items()}


def _option_text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_option_text, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value).strip()


def _unquoted(value: str) -> str:
    """A value without the quotes around the whole of it."""
    quoted = len(value) > 1 and value[0] in "\"'" and value[0] == value[-1]
    return value[1:-1] if quoted and value[0] not in value[1:-1] else value


def html(content: str) -> Token:
    """Our own markup as a block."""
    token = Token("html_block", "", 0)
    token.content = content
    return token


def identifier(label: str) -> str:
    """A label as the `id` attribute of a tag, with a space before it; nothing for none."""
    return f' id="{escapeHtml(targets.anchor(label))}"' if label else ""
