"""What is embedded: films, sounds, pages of others, and diagrams.

An author's own request to a third party is made as it was written, once a reader comes near.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown import captions
from publisher.markdown.directives.boxes import attributes
from publisher.markdown.directives.directive import Directive, html
from publisher.markup import safe_address

_LENGTH = re.compile(r"(\d{1,5})(?:px)?")
_PLAYERS = {
    "youtube": "https://www.youtube-nocookie.com/embed/{}",
    "vimeo": "https://player.vimeo.com/video/{}",
}
_ID = re.compile(
    r"(?:.*(?:youtu\.be/|[?&]v=|/embed/|vimeo\.com/(?:video/)?))?([\w-]{1,40})(?:[?&#].*)?"
)
_DIAGRAMS = {
    "mermaid": "Mermaid",
    "graphviz": "Graphviz",
    "digraph": "Graphviz",
    "graph": "Graphviz",
}


def _frame(directive: Directive, address: str) -> list[Token]:
    options = directive.options
    title = options.get("title") or options.get("caption") or directive.body.strip()
    title = (
        captions.plain_text(directive.place.md, " ".join(title.split()))
        or f"Content of {urlsplit(address).netloc or address}"
    )
    size = _size(options) or ' width="640" height="360"'
    frame = (
        f'<iframe src="{escapeHtml(address)}" title="{escapeHtml(title)}"{size} '
        'loading="lazy" allowfullscreen></iframe>'
    )
    return _figure(directive, frame)


def _size(options: dict[str, str]) -> str:
    found = [(key, _LENGTH.fullmatch(options.get(key, "").strip())) for key in ("width", "height")]
    return "".join(f' {key}="{match[1]}"' for key, match in found if match)


def _figure(directive: Directive, content: str) -> list[Token]:
    """Something embedded, with its caption below it."""
    caption = directive.options.get("caption", "")
    inner = directive.inline(caption) if caption else directive.content()
    opening = (
        f"<figure{attributes(directive.label, ['embedded', *directive.classes])}>\n{content}\n"
    )
    if not inner:
        return [html(f"{opening}</figure>\n")]
    return [html(f"{opening}<figcaption>"), *inner, html("</figcaption></figure>\n")]


def _iframe(directive: Directive) -> list[Token]:
    address = safe_address(directive.argument)
    if not address:
        directive.warn(f"{directive.argument or 'nothing'} is no address that can be shown here")
        return directive.content()
    return _frame(directive, address)


def _player(directive: Directive) -> list[Token]:
    """A film at YouTube or Vimeo, by its number or its address."""
    match = _ID.fullmatch(directive.argument.strip())
    if not match:
        return _iframe(directive)
    player = _PLAYERS[directive.name.lower()]
    return _frame(directive, player.format(quote(match[1])))


def _file(directive: Directive) -> list[Token]:
    """A film or a sound of the project."""
    tag = directive.name.lower()
    options = directive.options
    sources = [safe_address(word) for word in directive.argument.split()]
    if not sources or not sources[0]:
        directive.warn(f"the directive {{{tag}}} names no file")
        return directive.content()
    poster = safe_address(options.get("poster", ""))
    given = f' poster="{escapeHtml(poster)}"' if poster and tag == "video" else ""
    given += "".join(f" {key}" for key in ("loop", "muted") if key in options)
    given += _size(options) if tag == "video" else ""
    label = options.get("alt") or options.get("title") or ""
    given += f' aria-label="{escapeHtml(label)}"' if label else ""
    inner = "".join(f'<source src="{escapeHtml(source)}">' for source in sources if source)
    text = f'<a href="{escapeHtml(sources[0])}">{escapeHtml(sources[0])}</a>'
    return _figure(directive, f'<{tag} controls preload="metadata"{given}>{inner}{text}</{tag}>')


def _diagram(directive: Directive) -> list[Token]:
    """The source of a diagram, for what would draw it is a third party's script."""
    name = _DIAGRAMS[directive.name.lower()]
    message = f"the diagram is shown as its source: {name} draws it in a browser, by a large script"
    directive.warn(message, "draw it once and show the picture: ```{figure} diagram.svg")
    text = directive.body.strip("\n")
    if directive.name.lower() in ("digraph", "graph") and directive.argument:
        text = f"{directive.name} {directive.argument} {{\n{text}\n}}"
    code = Token("fence", "code", 0)
    code.info, code.content, code.map = (
        name.lower(),
        text or directive.argument,
        directive.token.map,
    )
    caption = directive.options.get("caption") or f"Diagram ({name})"
    opening = f"<details{attributes(directive.label, ['diagram'])}>\n<summary>"
    return [
        html(opening),
        *directive.inline(caption),
        html("</summary>\n"),
        code,
        html("</details>\n"),
    ]


HANDLERS = {
    **dict.fromkeys(_PLAYERS, _player),
    **dict.fromkeys(_DIAGRAMS, _diagram),
    **dict.fromkeys(("video", "audio"), _file),
    "iframe": _iframe,
}
