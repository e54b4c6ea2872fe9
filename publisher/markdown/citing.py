r"""Citations in prose.

They are written as MyST's roles (`{cite:t}`), as Pandoc's (`[see @key, p. 3]`, `@key`), or as
LaTeX's (`\cite{key}`). `env["citing"]` collects what the page cites; numbers and letters are
given when all cells have been parsed. Lists of works are in `works`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from publisher.citations import Bibliography
from publisher.markdown.math import boxed
from publisher.math import Formulas
from publisher.model import Problem

MAX_SOUGHT = 20
BREAK = "cell_break"  # between the cells of a page
_KEY = r"\{[^{}\s]+\}|[^\W_](?:\w|[:.#$%&+?<>~/-](?=\w))*|_\w+"
_PART = re.compile(rf"(?P<before>[^@]*?)(?P<minus>-?)@(?P<key>{_KEY})(?P<after>.*)\Z", re.DOTALL)
_GROUP = re.compile(r"\[([^\[\]@]*+@[^\[\]]*+)\](?![\[(:{])")
_BARE = re.compile(rf"@(?P<key>{_KEY})(?:[ ]\[(?P<after>[^\[\]@]+)\](?![\[(:]))?")
_TEX = re.compile(
    r"\\(?:foot|text|paren|auto)?cite(?P<kind>[pt]?)\*?(?:\[([^\[\]]*)\])?\{([^{}]+)\}"
)
_WORKS = re.compile(r"(?>(?:\{[^{}]*+\}|[^,;{]++|\{)+)")  # set apart by commas outside of braces
_AFFIXED = re.compile(r"(?:\{(?P<before>[^{}]*+)\})?(?P<key>[^{}]++)(?:\{(?P<after>[^{}]*+)\})?")
_DATA_CITE = re.compile(
    r"<(?P<tag>cite|strong|em|span|a)\b[^>]{0,200}?\sdata-cite=\"(?P<keys>[^\"<>]{1,200})\""
)
_NO_FILE = "put a .bib file beside the page, or name one: `bibliography` in the settings"
_ROLE = re.compile(r"(?P<kind>foot|no)?cite(?::?(?P<mode>[a-z*]*))?", re.IGNORECASE)

Mode = Literal["p", "t", "alp", "author", "year", "yearpar", "none"]
_MODES: dict[str, Mode] = {
    "": "p", "p": "p", "ps": "p", "cp": "p", "t": "t", "ts": "t", "ct": "t", "cts": "t",
    "alp": "alp", "alps": "alp", "alt": "alp", "label": "alp", "labelpar": "p",
    "author": "author", "authors": "author", "authorpar": "author", "cauthor": "author",
    "year": "year", "years": "year", "yearpar": "yearpar", "empty": "none",
}  # fmt: skip


@dataclass(frozen=True)
class Cite:
    """One work of a citation: what stands before and after it; `bare` leaves the author out."""

    key: str
    before: str = ""
    after: str = ""
    bare: bool = False


@dataclass(frozen=True)
class Listing:
    """What a `{bibliography}` asks for.

    `file` is the one whose works it lists; `rest` asks for those that the page does not cite.
    """

    everything: bool = False
    file: str = ""
    condition: Any = None
    key_prefix: str = ""
    label_prefix: str = ""
    in_order: bool = False
    rest: bool = False


@dataclass
class Citing:
    """What a page cites of a bibliography; None if the site has none."""

    bibliography: Bibliography | None = None
    listings: list[Listing] = field(default_factory=list)
    anchors: dict[str, list[str]] = field(default_factory=dict)
    placed: set[str] = field(default_factory=set)
    sought: int = 0

    def known(self, key: str) -> str | None:
        """The key of the bibliography that is meant, its prefix on this page taken off."""
        works = self.bibliography.works if self.bibliography else {}
        prefixes = ("", *(listing.key_prefix for listing in self.listings))
        plain = (key.removeprefix(p) for p in prefixes if key.startswith(p))
        return next((name for name in plain if name in works), None)

    def near(self, key: str) -> str | None:
        """The key that may be meant, for the first ones of the page that are not known."""
        self.sought += 1
        if self.bibliography is None or self.sought > MAX_SOUGHT:
            return None
        return self.bibliography.near(key)

    @property
    def cited(self) -> tuple[str, ...]:
        """The keys of all works that the page cites, in its order."""
        return tuple(self.anchors)

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """The works that the page cites, in the order of their numbers or of their authors."""
        if self.bibliography is None or self.numbered or self._in_order:
            return self.cited
        return tuple(self.bibliography.sorted(self.cited))

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each work that the page cites."""
        return {key: number for number, key in enumerate(self.shown, start=1)}

    @property
    def _in_order(self) -> bool:
        return any(listing.in_order for listing in self.listings)

    @cached_property
    def numbered(self) -> bool:
        """Whether works are named by numbers."""
        return self.bibliography is not None and self.bibliography.style.numbered

    @cached_property
    def letters(self) -> dict[str, str]:
        """The letters that tell works of one author and year apart."""
        return letters_of(self.bibliography, self.shown) if not self.numbered else {}

    def add(self, key: str, *, silent: bool) -> str:
        """Note that a work is cited; the id of the place, empty if it is not to be seen."""
        anchors = self.anchors.setdefault(key, [])
        if silent:
            return ""
        anchors.append(f"cite-{slug(key)}-{len(anchors) + 1}")
        return anchors[-1]


def letters_of(bibliography: Bibliography | None, keys: Iterable[str]) -> dict[str, str]:
    """The letters that tell works of one author and year apart, by key."""
    groups: dict[tuple[str, str], list[str]] = {}
    for key in keys if bibliography else ():
        cited = bibliography.cited(key)  # type: ignore[union-attr]
        groups.setdefault((cited.author, cited.year), []).append(key)
    return {
        key: chr(ord("a") + at) if at < 26 else f"-{at + 1}"
        for group in groups.values()
        if len(group) > 1
        for at, key in enumerate(group)
    }


def plugin(md: MarkdownIt) -> None:
    """Add citations to a parser, which finds what they need in `env["citing"]`."""
    md.inline.ruler.before("escape", "tex_citation", _tex)
    md.inline.ruler.before("link", "citation_group", _group)
    md.inline.ruler.before("link", "citation", _bare)
    md.core.ruler.push("citations", _collect)
    md.add_render_rule("citation", _draw)


def _group(state: StateInline, silent: bool) -> bool:
    """`[see @key, p. 3; @other]`; a mention of someone whom the bibliography does not know is text.

    Source: Pandoc's manual, "Citation syntax".
    """
    citing: Citing | None = state.env.get("citing")
    if citing is None or citing.bibliography is None or state.src[state.pos] != "[":
        return False
    match = _GROUP.match(state.src, state.pos)
    if match is None or match.end() > state.posMax:
        return False
    parts = [_PART.match(part.strip()) for part in match[1].split(";")]
    cites = [_cite(part) for part in parts if part is not None]
    if len(cites) < len(parts) or not any(map(citing.known, (cite.key for cite in cites))):
        return False
    return _push(state, silent, match.end(), "p", cites)


def _cite(part: re.Match[str]) -> Cite:
    return Cite(part["key"].strip("{}"), part["before"].strip(), part["after"], bool(part["minus"]))


def _bare(state: StateInline, silent: bool) -> bool:
    """`@key` in a sentence, for keys of the bibliography."""
    citing: Citing | None = state.env.get("citing")
    if citing is None or citing.bibliography is None or state.src[state.pos] != "@":
        return False
    before = state.src[state.pos - 1] if state.pos else " "
    if before.isalnum() or before in "_@/.+~-\\":
        return False
    match = _BARE.match(state.src, state.pos)
    if match is None or match.end() > state.posMax or not citing.known(match["key"].strip("{}")):
        return False
    after = f", {match['after']}" if match["after"] else ""
    return _push(state, silent, match.end(), "t", [Cite(match["key"].strip("{}"), "", after)])


def _tex(state: StateInline, silent: bool) -> bool:
    r"""`\cite{key}`, for keys of the bibliography."""
    citing: Citing | None = state.env.get("citing")
    if citing is None or citing.bibliography is None or state.src[state.pos] != "\\":
        return False
    match = _TEX.match(state.src, state.pos)
    if match is None or match.end() > state.posMax:
        return False
    keys = [key.strip() for key in match[3].split(",")]
    if not any(map(citing.known, keys)):
        return False
    after = f", {match[2]}" if match[2] else ""
    cites = [Cite(key, "", after if key == keys[-1] else "") for key in keys]
    return _push(state, silent, match.end(), "t" if match["kind"] == "t" else "p", cites)


def _push(state: StateInline, silent: bool, end: int, mode: Mode, cites: list[Cite]) -> bool:
    if not silent:
        token = state.push("citation", "", 0)
        token.content, token.meta = state.src[state.pos : end], {"mode": mode, "cites": cites}
    state.pos = end
    return True


def _collect(state: StateCore) -> None:
    """Note what the page cites, in its order; roles become citations."""
    citing: Citing | None = state.env.get("citing")
    if citing is None:
        return
    cell, last = 0, sum(token.type == BREAK for token in state.tokens) - 1
    for block in state.tokens:
        cell += block.type == BREAK
        line = block.map[0] + 1 if block.map else None
        links = 0
        if any(child.type == "html_inline" for child in block.children or ()):
            block.children = list(_of_html(block.children or [], citing))
        for child in block.children or ():
            links += (child.type == "link_open") - (child.type == "link_close")
            if child.type in ("softbreak", "hardbreak") and line is not None:
                line += 1
            if child.type == "myst_role":
                _as_citation(child)
            if child.type == "citation":
                problems = _note(child, citing, linked=links > 0)
                place = max(min(cell, last), 0)
                state.env["problems"] += [
                    Problem(message, None, line, place, hint) for message, hint in problems
                ]


def _of_html(children: list[Token], citing: Citing) -> Iterator[Token]:
    """Inline tokens whose `<cite data-cite="key">Text</cite>`, as nbsphinx has it, are citations.

    Where the work is not known, its author's text stays.
    """
    skip = 0
    for index, child in enumerate(children):
        skip -= 1
        if skip >= 0:
            continue
        found = _DATA_CITE.match(child.content) if child.type == "html_inline" else None
        keys = [key.strip() for key in found["keys"].split(",")] if found else []
        end = f"</{found['tag']}>" if found else ""
        rest = (i for i, t in enumerate(children[index:]) if t.content == end)
        last = next(rest, None) if keys and all(map(citing.known, keys)) else None
        if last is None:
            yield child
            continue
        token = Token("citation", "", 0)
        token.meta = {"mode": "p", "cites": [Cite(key) for key in keys]}
        yield token
        skip = last


def _as_citation(token: Token) -> None:
    """Make a citation of a role, if it is one of these."""
    role = _ROLE.fullmatch(token.meta["name"])
    if role is None or (role["mode"] or "").lower().rstrip("*") not in _MODES:
        return
    mode = _MODES[(role["mode"] or "").lower().rstrip("*")]
    mode = "none" if (role["kind"] or "").lower() == "no" else mode
    found = (_AFFIXED.fullmatch(part.strip()) for part in _WORKS.findall(token.content))
    cites = [
        Cite(part["key"].strip(), part["before"] or "", _after(part["after"] or ""))
        for part in found
        if part is not None and part["key"].strip()
    ]
    if cites:
        token.type, token.meta = "citation", {"mode": mode, "cites": cites}


def _after(text: str) -> str:
    return f", {text}" if text and text[0] not in ",;: " else text


def _note(token: Token, citing: Citing, *, linked: bool) -> Iterator[tuple[str, str | None]]:
    """Give the works of a citation their places; warnings, with hints, for those not known."""
    token.meta["linked"] = linked
    places: list[tuple[str | None, str]] = []
    for cite in token.meta["cites"]:
        key = citing.known(cite.key)
        silent = linked or token.meta["mode"] == "none"
        places.append((key, citing.add(key, silent=silent) if key else ""))
        if key is None and citing.bibliography is None:
            yield f"the citation {cite.key} has no bibliography to be found in", _NO_FILE
        elif key is None:
            near = citing.near(cite.key)
            yield f"the bibliography has no entry {cite.key}", near and f"did you mean {near}?"
    token.meta["places"] = places


def _draw(self: Any, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
    """A citation as HTML."""
    token, citing = tokens[idx], env["citing"]
    if "places" not in token.meta or token.meta["mode"] == "none":
        return "" if token.meta["mode"] == "none" else escapeHtml(token.content)
    drawn = [
        _drawn(cite, key, place, token.meta["mode"], citing)
        for cite, (key, place) in zip(token.meta["cites"], token.meta["places"], strict=True)
    ]
    style = citing.bibliography.style if citing.bibliography else None
    if token.meta["mode"] in ("p", "yearpar"):
        before, after = (style.before, style.after) if style else ("[", "]")
        text = before + (style.between if style else ", ").join(drawn) + after
        return f"<sup>{text}</sup>" if style and style.raised else text
    return "; ".join(drawn)


def _drawn(cite: Cite, key: str | None, place: str, mode: Mode, citing: Citing) -> str:
    """One work of a citation; what stands around it belongs to it."""
    before = f"{escapeHtml(cite.before.strip())} " if cite.before.strip() else ""
    after = escapeHtml(cite.after)
    if key is None or citing.bibliography is None:
        return f"{before}{escapeHtml(cite.key)}?{after}"
    cited, letter = citing.bibliography.cited(key), citing.letters.get(key, "")
    year = html(cited.year) + letter
    if citing.numbered:
        name = _number(key, citing)
        if mode == "t" and not cite.bare:
            style = citing.bibliography.style
            inner = f"{style.before}{name}{after}{style.after}"
            inner = f"<sup>{inner}</sup>" if style.raised else inner
            return f"{before}{_link(f'{html(cited.author)} {inner}', key, place)}"
    else:
        name = html(cited.whole) + letter if cited.whole.endswith(cited.year) else html(cited.whole)
        if mode == "t" and not cite.bare:
            return f"{before}{_link(f'{html(cited.author)} ({year}{after})', key, place)}"
        name = year if cite.bare else name
    texts = {"author": html(cited.author), "year": year, "yearpar": year}
    return f"{before}{_link(texts.get(mode, name), key, place)}{after}"


def _link(text: str, key: str, place: str) -> str:
    """A link to the entry of a work; in another link, text."""
    if not place:
        return text
    return f'<a class="cite" id="{place}" href="#ref-{quote(slug(key))}">{text}</a>'


def _number(key: str, citing: Citing) -> str:
    prefixes = (listing.label_prefix for listing in citing.listings)
    prefix = next(filter(None, prefixes), "")
    return f"{escapeHtml(prefix)}{citing.numbers[key]}"


def slug(key: str) -> str:
    """A key as part of an id."""
    return re.sub(r"[^\w.:+-]+", "-", key)


def html(text: str) -> str:
    """Text with marks (see `citations.latex`) as HTML."""
    from publisher.citations.latex import to_html

    return to_html(text, formula)


def formula(tex: str) -> str:
    """A formula of a title as HTML, which knows nothing of the formulas of the page."""
    formulas = Formulas()
    found = formulas.add(tex, display=False)
    return boxed(found, formulas.draw(found, lambda label, brackets: ""))
