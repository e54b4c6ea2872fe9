"""The tree as HTML. The only one that knows kramdown's markup of footnotes and contents."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import escape

from publisher.markdown.kramdown import elements
from publisher.markdown.kramdown.document import Document
from publisher.markdown.kramdown.finish import plain
from publisher.markdown.kramdown.formulas import Placed
from publisher.markdown.kramdown.tree import Node
from publisher.markdown.kramdown.writing import attributes, escaped
from publisher.math import Formulas
from publisher.model import Heading

_LANGUAGE = re.compile(r"(?<!\w)language-([^ \t\r\n\f\v]+)")
_NOT_PLAIN = re.compile(r"[^a-z0-9 -]")
_CONTENTS = "\0contents\0"
_NOTES = "\0notes\0"
_REGION = '<div class="table" tabindex="0" role="group" aria-label="Table">'


class Writer:
    """One page while it is written."""

    def __init__(self, document: Document, formulas: Formulas | None = None) -> None:
        self.document = document
        self.formulas = Placed(document, formulas or Formulas())
        self.headings: list[Heading] = []
        self._listed: list[Node] = []
        self._contents: Node | None = None
        self._notes: list[str] = []
        self._repeats: dict[str, int] = {}
        self._notes_placed = False
        self._ids: dict[str, int] = {}

    def page(self, root: Node) -> str:
        """The HTML of a whole page."""
        html = self.inner(root)
        notes = self.footnotes()
        html = html.replace(_NOTES, notes, 1) if self._notes_placed else html + notes
        html = html.replace(_CONTENTS, self.contents(), 1) if self._contents else html
        self.headings = [replace(h, html=self.formulas.fill(h.html)) for h in self.headings]
        return self.formulas.fill(html)

    def inner(self, node: Node) -> str:
        """The HTML of what a node holds."""
        parts = []
        for child in node.children:  # no comprehension: each would be one more level of recursion
            if isinstance(child, str):
                parts.append(self.formulas.text(child))
            else:
                parts.append(_WRITERS[child.kind](self, child))
        return "".join(parts)

    def _block(self, node: Node) -> str:
        inner, attrs = self.inner(node), attributes(node.attrs)
        line = "\n" if node.kind not in ("p", "dt", "li", "dd") else ""
        return f"<{node.kind}{attrs}>{line}{inner}</{node.kind}>\n"

    def _span(self, node: Node) -> str:
        return f"<{node.kind}{attributes(node.attrs)}>{self.inner(node)}</{node.kind}>"

    def _paragraph(self, node: Node) -> str:
        if node.bare:
            return self.inner(node)
        only = node.children[0] if len(node.children) == 1 else None
        if isinstance(only, Node) and only.kind == "img" and only.refers_to("standalone"):
            return self._figure(node, only)
        return self._block(node)

    def _figure(self, node: Node, image: Node) -> str:
        attrs, own = dict(node.attrs), dict(image.attrs)
        for name in ("class", "id"):
            if name in own and name not in attrs:
                attrs[name] = own.pop(name)
        caption = escaped(own.get("alt", ""))
        picture = f'<img{attributes(own)} loading="lazy">'
        inner = f"{picture}\n<figcaption>{caption}</figcaption>"
        return f"<figure{attributes(attrs)}>\n{inner}\n</figure>\n"

    def _list(self, node: Node) -> str:
        if self._contents is None and node.refers_to("toc"):
            self._contents = node
            return _CONTENTS
        if not self._notes_placed and node.refers_to("footnotes"):
            self._notes_placed = True
            return _NOTES
        return self._block(node)

    def _heading(self, node: Node) -> str:
        options = self.document.options
        if options.auto_ids and "id" not in node.attrs:
            node.attrs["id"] = options.auto_id_prefix + self._new_id(node.plain)
        level = min(max(node.level + options.header_offset, 1), 6)
        inner = self.inner(node)
        if node.attrs.get("id", "").strip():
            html = self.entry(node, frozenset((*_LINKS, "img", "html", "raw", "comment")))
            self.headings.append(
                Heading(node.attrs["id"], level, html, " ".join(plain(node).split()))
            )
        if "id" in node.attrs and node.level in options.toc_levels and not _hidden(node):
            self._listed.append(node)
        return f"<h{level}{attributes(node.attrs)}>{inner}</h{level}>\n"

    def entry(self, node: Node, without: frozenset[str]) -> str:
        """What stands for a heading elsewhere on the page: only some kinds of spans."""
        return self.inner(_without(node, without)).strip()

    def _new_id(self, text: str) -> str:
        name = _basic_id(text) or "section"
        count = self._ids[name] = self._ids.get(name, -1) + 1
        return f"{name}-{count}" if count else name

    def _definitions(self, node: Node) -> str:
        given = node.given.refs if node.given else []
        for ref in given:
            if ref.startswith("auto_ids"):
                prefix = ref.removeprefix("auto_ids").removeprefix("-")
                for term in node.nodes():
                    if term.kind == "dt":
                        term.attrs.setdefault("id", prefix + _basic_id(term.plain))
                break
        return self._block(node)

    def _html(self, node: Node) -> str:
        inner, name, attrs = self.inner(node), node.value, attributes(node.attrs)
        end = "\n" if node.block and not node.bare else ""
        if node.block and node.closed and node.model == "raw":
            return f"<{name}{attrs} />{end}"
        if inner and node.block and node.model == "block":
            return f"<{name}{attrs}>\n{inner.removesuffix(chr(10))}\n</{name}>{end}"
        if not inner and name in elements.EMPTY:
            return f"<{name}{attrs} />{end}"
        return f"<{name}{attrs}>{inner}</{name}>{end}"

    def _table(self, node: Node) -> str:
        parts = []
        for part in node.nodes():
            tag = "th" if part.kind == "thead" else "td"
            rows = "".join(self._row(row, tag, node.align) for row in part.nodes())
            parts.append(f"<{part.kind}>\n{rows}</{part.kind}>\n")
        return f"{_REGION}<table{attributes(node.attrs)}>\n{''.join(parts)}</table></div>\n"

    def _row(self, row: Node, tag: str, align: list[str]) -> str:
        cells = []
        for cell, side in zip(row.nodes(), align, strict=False):
            attrs = dict(cell.attrs)
            if side:
                attrs["style"] = f"text-align: {side}"
            inner = self.inner(cell) or "\N{NO-BREAK SPACE}"
            cells.append(f"<{tag}{attributes(attrs)}>{inner}</{tag}>\n")
        return f"<tr>\n{''.join(cells)}</tr>\n"

    def _code(self, node: Node) -> str:
        attrs = dict(node.attrs)
        match = _LANGUAGE.search(attrs.get("class", ""))
        if match:
            attrs["class"] = " ".join(attrs["class"].replace(match[0], "", 1).split())
        if not attrs.get("class"):
            attrs.pop("class", None)
        language = match[1] if match else ""
        code = node.value.removesuffix("\n") + "\n"
        html = self.document.highlight(code, language)
        return f"<div{attributes(attrs)}>{html}</div>\n" if attrs else html

    def _codespan(self, node: Node) -> str:
        return f"<code{attributes(node.attrs)}>{escape(node.value, quote=False)}</code>"

    def _math(self, node: Node) -> str:
        return self.formulas.formula(node)

    def _footnote(self, node: Node) -> str:
        name = node.value
        identifier = self.document.options.footnote_prefix + name
        repeat = ""
        if name in self._repeats:
            self._repeats[name] += 1
            repeat = f":{self._repeats[name]}"
        else:
            self._repeats[name] = 0
            self._notes.append(name)
        number = self._notes.index(name) + self.document.options.footnote_nr
        return (
            f'<sup id="fnref:{identifier}{repeat}" role="doc-noteref">'
            f'<a href="#fn:{identifier}" class="footnote" rel="footnote">{number}</a></sup>'
        )

    def footnotes(self) -> str:
        """The footnotes that were referred to, in the order of their first references."""
        items: list[str] = []
        while len(items) < len(self._notes):
            items.append(self._note(self._notes[len(items)]))
        if not items:
            return ""
        first = self.document.options.footnote_nr
        start = f' start="{first}"' if first != 1 else ""
        inner = "".join(items)
        return f'<div class="footnotes" role="doc-endnotes">\n<ol{start}>\n{inner}</ol>\n</div>\n'

    def _note(self, name: str) -> str:
        options = self.document.options
        identifier = options.footnote_prefix + name
        item = Node("li", children=list(self.document.footnotes[name].content.children))
        item.attrs = {"id": f"fn:{identifier}", "role": "doc-endnote"}
        paragraph = _last_paragraph(item, always=options.footnote_backlink_inline)
        space = "\N{NO-BREAK SPACE}"
        if options.footnote_backlink:
            text = escaped(options.footnote_backlink)
            repeated = [
                _back(f"{identifier}:{count}", f"{text}<sup>{count + 1}</sup>")
                for count in range(1, self._repeats[name] + 1)
            ]
            links = space.join([_back(identifier, text), *repeated])
            if paragraph is None:
                item.children.append(Node("p", children=[Node("raw", links)]))
            else:
                paragraph.children.append(Node("raw", space + links))
        return self._block(item)

    def contents(self) -> str:
        """The table of contents that stands for the list with `{:toc}`."""
        node = self._contents
        if node is None or not self._listed:
            return ""
        attrs = dict(node.attrs)
        attrs.setdefault("id", "markdown-toc")
        tag, levels = node.kind, [0]
        parts: list[str] = []
        for heading in self._listed:
            if heading.level > levels[-1]:
                parts.append(f"<{tag}{attributes(attrs) if not parts else ''}>\n")
                levels.append(heading.level)
            else:
                while len(levels) > 2 and levels[-2] >= heading.level:
                    parts.append(f"</li>\n</{tag}>\n")
                    levels.pop()
                levels[-1] = heading.level
                parts.append("</li>\n")
            identifier = heading.attrs["id"]
            link = {"href": f"#{identifier}", "id": f"{attrs['id']}-{identifier}"}
            parts.append(f"<li><a{attributes(link)}>{self.entry(heading, _LINKS)}</a>")
        parts.append(f"</li>\n</{tag}>\n" * (len(levels) - 1))
        return "".join(parts)


def _back(identifier: str, text: str) -> str:
    return f'<a href="#fnref:{identifier}" class="reversefootnote" role="doc-backlink">{text}</a>'


def _last_paragraph(item: Node, *, always: bool) -> Node | None:
    """Where a footnote's back link goes: into its last paragraph, if it ends in one."""
    last = item.last
    if last is not None and last.kind == "p":
        return last
    parent: Node | None = item if always else None
    while parent is not None and parent.last is not None:
        if parent.last.kind in ("p", "heading"):
            return parent.last
        parent = parent.last
    return None


def _hidden(node: Node) -> bool:
    return re.search(r"\bno_toc\b", node.attrs.get("class", "")) is not None


def _basic_id(text: str) -> str:
    """An id of kramdown's own: ASCII letters, digits and hyphens, from the first letter on."""
    text = re.sub(r"^[^a-zA-Z]+", "", text, flags=re.MULTILINE).lower()
    return _NOT_PLAIN.sub("", text).replace(" ", "-")


_LINKS = frozenset(("a", "footnote"))


def _without(node: Node, kinds: frozenset[str]) -> Node:
    """A copy of a node in which only what they hold is left of some kinds of spans."""
    copy = replace(node, children=[])
    for child in node.children:
        if isinstance(child, str):
            copy.children.append(child)
        elif child.kind in kinds:
            copy.children += _without(child, kinds).children
        else:
            copy.children.append(_without(child, kinds))
    return copy


_WRITERS: dict[str, Callable[[Writer, Node], str]] = {
    "p": Writer._paragraph,
    "heading": Writer._heading,
    "blockquote": Writer._block,
    "ul": Writer._list,
    "ol": Writer._list,
    "li": Writer._block,
    "dl": Writer._definitions,
    "dt": Writer._block,
    "dd": Writer._block,
    "em": Writer._span,
    "strong": Writer._span,
    "a": Writer._span,
    "abbr": Writer._span,
    "table": Writer._table,
    "code": Writer._code,
    "codespan": Writer._codespan,
    "math": Writer._math,
    "footnote": Writer._footnote,
    "html": Writer._html,
    "raw": lambda _, node: node.value,
    "blank": lambda _, node: "",
    "comment": lambda _, node: f"<!-- {node.value} -->" + "\n" * node.block,
    "character": lambda _, node: escaped(node.value),
    "br": lambda _, node: "<br>",
    "hr": lambda _, node: f"<hr{attributes(node.attrs)}>\n",
    "img": lambda _, node: f'<img{attributes(node.attrs)} loading="lazy">',
}
