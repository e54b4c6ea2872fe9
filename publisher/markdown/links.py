"""Links by what they name (`doi:`, `wiki:`, `github:` …), and a text for links that have none.

Source: mystmd's documentation, "External References" and "Citations" (a DOI that is linked
without a text is a citation, if the bibliography has it).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from publisher.markdown.citing import Cite, Citing
from publisher.markdown.references import is_internal

_DOI = re.compile(
    r"(?:doi:|https?://(?:dx\.)?doi\.org/)\s*(10\.\d{4,9}(?:\.\d+)*/\S+)", re.IGNORECASE
)
_WIKI = re.compile(
    r"(?:wiki:|https?://(?P<language>[a-z-]{2,12})\.wikipedia\.org/wiki/)(?P<title>[^?]+)",
    re.IGNORECASE,
)
_GITHUB = re.compile(
    r"(?:git|github):(?P<repo>[\w.-]+/[\w.-]+)(?:#(?P<number>\d{1,9}))?", re.IGNORECASE
)
_NAMED = {
    "rrid": "https://scicrunch.org/resolver/RRID:{}",
    "ror": "https://ror.org/{}",
    "arxiv": "https://arxiv.org/abs/{}",
    "orcid": "https://orcid.org/{}",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/{}",
}
_SHORT = re.compile(rf"({'|'.join(_NAMED)}):([\w./-]+)", re.IGNORECASE)
_LENGTH = 2000  # characters of an address that is looked at


def plugin(md: MarkdownIt) -> None:
    """Complete links; before citations are collected."""
    md.core.ruler.before("citations", "links", _complete)


def _complete(state: StateCore) -> None:
    citing: Citing | None = state.env.get("citing")
    for index, block in enumerate(state.tokens):
        children = block.children or ()
        if len(children) == 1 and children[0].type == "image":
            _embed(block, state.tokens[index - 1 : index + 2])
        if any(child.type == "link_open" for child in children):
            block.children = list(_completed(list(children), citing))


def _embed(block: Token, around: list[Token]) -> None:
    """Make a picture that is alone, whose address is a label, `![](#label)`, what that shows."""
    label = str((block.children or [])[0].attrGet("src") or "")
    if not label.startswith("#") or len(label) < 2 or around[0].type != "paragraph_open":
        return
    shown = Token("html_inline", "", 0)
    shown.content = f'<x-output data-label="{escapeHtml(unquote(label[1:]))}"></x-output>'
    block.children = [shown]
    around[0].hidden = around[-1].hidden = True


def _completed(children: list[Token], citing: Citing | None) -> Iterator[Token]:
    skip = 0
    for index, child in enumerate(children):
        if skip:
            skip -= 1
        elif child.type != "link_open":
            yield child
        else:
            tokens, skip = _link(child, children[index + 1 : index + 3], citing)
            yield from tokens


def _link(opening: Token, after: list[Token], citing: Citing | None) -> tuple[Iterable[Token], int]:
    """What stands for the opening of a link, and how many of the tokens after it that replaces."""
    kinds = [token.type for token in after]
    written = opening.markup == "autolink" and kinds == ["text", "link_close"]
    empty = written or kinds[:1] == ["link_close"]
    href = str(opening.attrGet("href") or "")
    doi = _DOI.fullmatch(unquote(href)) if len(href) < _LENGTH else None
    known = citing.bibliography if citing and doi and empty else None
    key = known.with_doi(doi[1]) if known and doi and not (written and "//" in href) else None
    if key:
        token = Token("citation", "", 0)
        token.content, token.meta = href, {"mode": "t", "cites": [Cite(key)]}
        return [token], 1 + written
    address, text = _address(href, doi[1] if doi else "")
    opening.attrSet("href", address)
    if not empty or not text or (written and address == href):
        return [opening], 0
    return [opening, _text(text)], int(written)


def _address(href: str, doi: str) -> tuple[str, str]:
    """The full address that a short one stands for, and a text for it, empty for a path."""
    if doi:
        return f"https://doi.org/{quote(doi, safe=_SAFE)}", f"https://doi.org/{doi}"
    if len(href) >= _LENGTH:
        return href, href
    if match := _WIKI.fullmatch(href):
        language, title = match["language"] or "en", match["title"]
        shown = unquote(title.partition("#")[0]).replace("_", " ")
        return f"https://{language}.wikipedia.org/wiki/{title}", shown
    if match := _GITHUB.fullmatch(href):
        issue = f"/issues/{match['number']}" if match["number"] else ""
        shown = f"{match['repo']}#{match['number']}" if issue else match["repo"]
        return f"https://github.com/{match['repo']}{issue}", shown
    if match := _SHORT.fullmatch(href):
        return _NAMED[match[1].lower()].format(match[2]), href
    elsewhere = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//", href) and not is_internal(href)
    return href, unquote(href).removeprefix("mailto:") if elsewhere else ""


def _text(content: str) -> Token:
    token = Token("text", "", 0)
    token.content = content
    return token


_SAFE = "!$&'()*+,;=:@/?-._~"
