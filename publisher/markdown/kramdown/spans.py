"""Spans: emphasis, code, links and all else that stands in a line of text.

A mark may turn out to have no end, and what was read from it on is read again as text. Two things
keep that linear: what is known to have no end is not tried twice, and a page's patience is
limited (see `Document`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from publisher.markdown.kramdown import attributes, elements, links, tags, typography
from publisher.markdown.kramdown.document import Document
from publisher.markdown.kramdown.frames import Frame, Mode
from publisher.markdown.kramdown.source import SPACE, Source
from publisher.markdown.kramdown.tree import Attributes, Node, merged

_WITH_BRACKET = re.compile(rf"\]|{Mode.ALL.value.pattern}")
_ESCAPED = re.compile(r"\\([\\.*_+`<>()\[\]{}#!:|\"'$=-])")
_GFM_ESCAPED = re.compile(r"\\([\\.*_+`<>()\[\]{}#!:|\"'$=\-~])")
_HTML = re.compile(rf"<(?:{elements.NAME}|!--|/)")
_SCHEME = re.compile(r"<(?:mailto|https?|ftps?):")
_E_MAIL = re.compile(r"<([\w.-]++@[\w.-]++)>")
_FOOTNOTE = re.compile(r"\[\^([A-Za-z0-9_][A-Za-z0-9_-]*)\]")
_STRUCK = re.compile(r"~~(?![ \t\r\n\f\v~])")
_STRUCK_END = re.compile(r"[^ \t\r\n\f\v~]~~")
_TICKS = re.compile("`+")
_PARENTHESIS = re.compile("[()]")


class Spans:
    """One text that is read as spans."""

    def __init__(self, document: Document, text: str, line: int, depth: int = 0) -> None:
        self.document = document
        self.source = Source(text, line)
        self.depth = depth
        self.steps = 0
        self._parentheses: dict[int, int] | None = None
        self.endless: set[tuple[str, int, frozenset[str]]] = set()
        options = document.options
        self.typographic = not (options.gfm and "no_auto_typographic" in options.gfm_quirks)
        self.breaks = not (options.gfm and options.hard_wrap)
        self.escapes = _GFM_ESCAPED if options.gfm else _ESCAPED

    def read(self, mode: Mode = Mode.ALL) -> list[Node | str]:
        """The spans of the whole text."""
        frame = Frame(Node("spans"), mode)
        self.run(frame)
        return merged(frame.node.children)

    def run(
        self,
        frame: Frame,
        stop: str = "",
        ends: Callable[[int], bool] | None = None,
    ) -> bool:
        """Read spans up to a place that begins with a `stop` and `ends` the frame, or to the end.

        False if there is a stop and it was not found: then the place is that of the last span.
        """
        source, text = self.source, self.source.text
        starts = _WITH_BRACKET if "]" in stop else frame.mode.value
        children = frame.node.children
        while source.pos < len(text):
            match = starts.search(text, source.pos)
            if match is None:
                if not stop:
                    children.append(text[source.pos :])
                    source.pos = len(text)
                return False
            at = match.start()
            if text[at] in "\"'" and at > source.pos and text[at - 1] != "\\":
                at -= 1
            if at > source.pos:
                children.append(text[source.pos : at])
                source.pos = at
            self.steps += 1
            if stop and text[at] in stop and ends is not None and ends(at):
                return True
            if stop and self.document.patience <= 0 and frame.node.kind != "html":
                return False
            self._one(frame)
        return False

    def text(self, frame: Frame, count: int) -> None:
        """Read so many characters as text."""
        start = self.source.pos
        self.source.pos += count
        frame.node.children.append(self.source.text[start : self.source.pos])

    def give_up(self, frame: Frame, start: int, count: int, steps: int) -> None:
        """Go back to where a span without an end began, and read its mark as text."""
        self.document.patience -= self.steps - steps
        self.source.pos = start
        self.text(frame, count)

    def may_try(self) -> bool:
        """Whether a span may still turn out to have no end."""
        if self.document.patience > 0:
            return True
        line = self.source.line_at(self.source.pos)
        self.document.warn("there are too many marks without an end: the rest are text", line)
        return False

    def parentheses(self) -> dict[int, int]:
        """The place of the parenthesis that closes each one that is closed."""
        if self._parentheses is None:
            self._parentheses, open_ = {}, []
            for match in _PARENTHESIS.finditer(self.source.text):
                if match[0] == "(":
                    open_.append(match.start())
                elif open_:
                    self._parentheses[open_.pop()] = match.start()
        return self._parentheses

    def _one(self, frame: Frame) -> None:
        """Read the span that begins here, or one character."""
        text, at = self.source.text, self.source.pos
        read = _READERS.get(text[at])
        if frame.mode is not Mode.ALL:
            if not (read and text[at] in "`<" and read(self, frame)):
                self.text(frame, 1)
            return
        first = text[at] in "*_`<["
        if first and read and read(self, frame):
            return
        quoted = text[at] in "\"'" or (text[at] != "\\" and text.startswith(('"', "'"), at + 1))
        if quoted:
            before, nodes, self.source.pos = typography.quotes(text, at, self.document.options)
            frame.node.children += [before, *nodes] if before else nodes
            return
        if read and not first and read(self, frame):
            return
        if not self._symbol(frame):
            self.text(frame, 1)

    def _symbol(self, frame: Frame) -> bool:
        match = self.source.check(typography.SYMBOLS) if self.typographic else None
        if match:
            frame.node.children.append(typography.symbol(match[0], self.document.options))
            self.source.pos = match.end()
        return match is not None

    def _emphasis(self, frame: Frame) -> bool:
        """`*em*`, `__strong__`: kramdown's own rules, by what stands right around the marks."""
        source, text = self.source, self.source.text
        at, char = source.pos, text[source.pos]
        mark = char * 2 if text.startswith(char * 2, at) else char
        kind = "em" if len(mark) == 1 else "strong"
        after = text[at + len(mark) : at + len(mark) + 1]
        if kind in frame.kinds:
            if frame.node.kind == kind:
                frame.seen.append((mark, at))
        elif not (char == "_" and _in_word(text, at)) and not (after and after in SPACE):
            found = self._emphasized(frame, mark, kind)
            if not found and kind == "strong" and frame.node.kind != "em":
                found = self._emphasized(frame, char, "em")
            if found:
                return True
        self.text(frame, len(mark))
        return True

    def _emphasized(self, frame: Frame, mark: str, kind: str) -> bool:
        source, text, char = self.source, self.source.text, mark[0]
        start, steps = source.pos, self.steps
        if (mark, start, frame.kinds) in self.endless or not self.may_try():
            return False
        inner = frame.inner(Node(kind, line=0))

        def ends(at: int) -> bool:
            if not text.startswith(mark, at) or text[at - 1] in SPACE or not inner.node.children:
                return False
            doubled = text.startswith(mark * 2, at) and not text.startswith(mark * 3, at)
            if kind == "em" and doubled:
                return False
            return char != "_" or not text[at + len(mark) : at + len(mark) + 1].isalnum()

        source.pos += len(mark)
        if self.run(inner, char, ends):
            source.pos += len(mark)
            inner.node.children = merged(inner.node.children)
            frame.node.children.append(inner.node)
            return True
        self.endless.add((mark, start, frame.kinds))
        self.endless.update((mark, at, frame.kinds) for seen, at in inner.seen if seen == mark)
        self.document.patience -= self.steps - steps
        source.pos = start
        return False

    def _code(self, frame: Frame) -> bool:
        source, text = self.source, self.source.text
        at = source.pos
        match = _TICKS.match(text, at)
        assert match is not None
        ticks = match[0]
        alone = len(ticks) == 1 and (at == 0 or text[at - 1] in SPACE)
        if alone and text[at + 1 : at + 2] and text[at + 1] in SPACE:
            self.text(frame, 1)
            return True
        end = source.find(ticks, match.end())
        if end < 0:
            self.text(frame, len(ticks))
            return True
        value = text[match.end() : end]
        if len(ticks) > 1:
            value = value.removeprefix(" ").removesuffix(" ")
        frame.node.children.append(Node("codespan", value))
        source.pos = end + len(ticks)
        return True

    def _angle(self, frame: Frame) -> bool:
        """`<https://…>`, `<a@b.c>`, or HTML."""
        source = self.source
        found = self._address() if frame.mode is Mode.ALL else None
        if found:
            href = found if _SCHEME.match("<" + found) else f"mailto:{found}"
            shown = found.removeprefix("mailto:")
            frame.node.children.append(Node("a", children=[shown], attrs={"href": href}))
            source.pos += len(found) + 2
            return True
        if frame.mode is Mode.CODE or not source.check(_HTML):
            return False
        return tags.tag(self, frame)

    def _address(self) -> str | None:
        source, text, at = self.source, self.source.text, self.source.pos
        if match := source.check(_SCHEME):
            end = source.find(">", match.end() + 1)
            newline = source.find("\n", match.end())
            if end >= 0 and (newline < 0 or end < newline):
                return text[at + 1 : end]
            return None
        mail = source.check(_E_MAIL)
        return mail[1] if mail else None

    def _bracket(self, frame: Frame) -> bool:
        """`[^footnote]`, or a link."""
        source = self.source
        match = source.check(_FOOTNOTE)
        if match is None:
            return links.link(self, frame)
        if match[1] in self.document.footnotes:
            line = source.line_at(source.pos)
            frame.node.children.append(Node("footnote", match[1], line=line))
            source.pos = match.end()
            return True
        line = source.line_at(source.pos)
        self.document.warn(f"the footnote [^{match[1]}] is not defined", line)
        self.text(frame, len(match[0]))
        return True

    def _dollar(self, frame: Frame) -> bool:
        source, text = self.source, self.source.text
        end = source.find("$$", source.pos + 2) if text.startswith("$$", source.pos) else -1
        if end < 0:
            return False
        value = text[source.pos + 2 : end].strip(SPACE)
        frame.node.children.append(Node("math", value, line=source.line_at(source.pos)))
        source.pos = end + 2
        return True

    def _brace(self, frame: Frame) -> bool:
        """An attribute list for the span before it, or an extension."""
        source = self.source
        found = attributes.braces(source, source.pos)
        if found is None:
            return False
        if found.inner[:1] == "/" or re.match(":[A-Za-z0-9_]", found.inner):
            result = attributes.extension(self.document, source, found, block=False)
            if result is None:
                return False
            node, source.pos = result
            if node is not None:
                frame.node.children.append(node)
            return True
        last = frame.node.last
        if last is None or not found.inner:
            return False
        given = attributes.read(found.inner)
        last.given = last.given or Attributes()
        last.given.update(given)
        self.document.apply(given, last.attrs)
        source.pos = found.end
        return True

    def _entity(self, frame: Frame) -> bool:
        match = self.source.check(elements.ENTITY)
        if match is None:
            return False
        shown = elements.character(match)
        if shown is None:
            frame.node.children += [Node("character", "&", plain="&"), match[0][1:]]
        else:
            frame.node.children.append(Node("character", shown, plain=shown))
        self.source.pos = match.end()
        return True

    def _backslash(self, frame: Frame) -> bool:
        source, text, at = self.source, self.source.text, self.source.pos
        if self._symbol(frame):
            return True
        if self.breaks and text.startswith("\\\\\n", at):
            frame.node.children.append(Node("br"))
            source.pos += 2
            return True
        match = source.check(self.escapes)
        if match is None:
            return False
        frame.node.children.append(match[1])
        source.pos = match.end()
        return True

    def _space(self, frame: Frame) -> bool:
        if self._symbol(frame):
            return True
        if not (self.breaks and self.source.text.startswith("  \n", self.source.pos)):
            return False
        frame.node.children.append(Node("br"))
        self.source.pos += 2
        return True

    def _tilde(self, frame: Frame) -> bool:
        source, text, at = self.source, self.source.text, self.source.pos
        if not self.document.options.gfm or not source.check(_STRUCK):
            return False
        end = source.find(_STRUCK_END, at + 2)
        if end < 0 or self.document.too_deep(self.depth, source.line_at(at)):
            return False
        inner = Spans(self.document, text[at + 2 : end + 1], source.line_at(at), self.depth + 1)
        node = Node("html", "del", model="span")
        node.children = inner.read()
        self.steps += inner.steps
        frame.node.children.append(node)
        source.pos = end + 3
        return True


def _in_word(text: str, at: int) -> bool:
    """Whether a letter, or a letter and a hyphen, stands before a place."""
    before = text[at - 1] if at else ""
    if before == "-":
        before = text[at - 2] if at > 1 else ""
    return before.isalpha()


_READERS: dict[str, Callable[[Spans, Frame], bool]] = {
    "*": Spans._emphasis,
    "_": Spans._emphasis,
    "`": Spans._code,
    "<": Spans._angle,
    "[": Spans._bracket,
    "!": links.link,
    "$": Spans._dollar,
    "{": Spans._brace,
    "&": Spans._entity,
    "\\": Spans._backslash,
    " ": Spans._space,
    "~": Spans._tilde,
}
