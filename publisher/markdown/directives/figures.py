"""Directives that show pictures.

Sources: docutils' "figure" and "image", MyST-Parser's `figure-md`, mystmd's figures that hold
several, sphinx-subfigure.
"""

from __future__ import annotations

import re

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown import captions, pictures, roles, targets
from publisher.markdown.directives.directive import Directive, html

_CLASS = re.compile(r"[A-Za-z_-][\w-]*")
_PICTURE = re.compile(r"\s*<img\b", re.IGNORECASE)


def _image(directive: Directive) -> list[Token]:
    """A picture without a caption."""
    classes = _classes(directive, directive.classes)
    if directive.body.strip():
        return _figure(directive)
    identifier = directive.target("place")
    image = _img(directive, identifier, directive.options.get("alt", ""))
    return [html(f"<p{classes}>{image}</p>\n")]


def _figure(directive: Directive) -> list[Token]:
    """A picture with a caption, or one that is made of several."""
    if not directive.argument:
        return _several(directive)
    caption = directive.content()
    title = captions.title_of(caption)
    alt = directive.options.get("alt") or captions.plain_text(
        directive.place.md, title.content if title else ""
    )
    return _drawn(directive, [html(_img(directive, "", alt))], caption)


def _several(directive: Directive) -> list[Token]:
    """Pictures, and other blocks, above a caption: the last paragraph that shows no picture."""
    env = directive.place.env
    outer, env["panels"] = env.get("panels", False), True
    blocks = directive.content()
    env["panels"] = outer
    at = _caption_start(blocks)
    return _drawn(directive, blocks[:at], blocks[at:])


def _caption_start(blocks: list[Token]) -> int:
    last = len(blocks) - 3
    if last < 0 or blocks[last].type != "paragraph_open" or blocks[last].level:
        return len(blocks)
    text = blocks[last + 1].content.lstrip()
    return len(blocks) if text.startswith("![") or _PICTURE.match(text) else last


def _markdown_figure(directive: Directive) -> list[Token]:
    """`figure-md`: its argument is its label."""
    if directive.argument and not directive.label:
        directive.options["name"] = directive.argument
    return _several(directive)


def _subfigure(directive: Directive) -> list[Token]:
    """`subfigure`: its argument is a plan of its layout."""
    return _several(directive)


def _cells_output(directive: Directive) -> list[Token]:
    """A figure made of what a cell shows: the cell shows it in its own place."""
    directive.warn(
        f"{{{directive.name}}} cannot show what a cell has made in another place: "
        "it is shown below the cell"
    )
    return _drawn(directive, [], directive.content()) if directive.body.strip() else []


def _glued(directive: Directive) -> list[Token]:
    """What code has glued to a name, with a caption if it has one."""
    value = html(roles.glued(directive.argument))
    caption = directive.content() if directive.body.strip() else []
    if not caption and not directive.label:
        return [value]
    return _drawn(directive, [value], caption)


def _either_figure(directive: Directive) -> list[Token]:
    return _cells_output(directive) if directive.argument[:1] == "#" else _figure(directive)


def _drawn(directive: Directive, content: list[Token], caption: list[Token]) -> list[Token]:
    """A `<figure>`, its caption with a number where it is to have one."""
    kind = "subfigure" if directive.place.env.get("panels") else "figure"
    identifier = directive.target(kind, captions.title_of(caption))
    numbered = directive.numbered and (bool(caption) or bool(identifier))
    number = targets.caption_number(kind, identifier) if numbered else ""
    named = directive.options.get("figclass", "").split() + directive.classes
    panels = sum(token.content.startswith("<figure") for token in content)
    names = _classes(directive, [*named, *(["panels"] if panels > 1 else [])])
    own = f' id="{escapeHtml(identifier)}"' if identifier else ""
    return [
        html(f"<figure{own}{names}>"),
        *content,
        *captions.figcaption(number, caption),
        html("</figure>\n"),
    ]


def _classes(directive: Directive, names: list[str]) -> str:
    """The classes of a picture, with the side that it stands at, as an attribute."""
    side = directive.options.get("align", "")
    found = [name for name in names if _CLASS.fullmatch(name)]
    found += [f"align-{side}"] if side in pictures.SIDES else []
    return f' class="{" ".join(dict.fromkeys(found))}"' if found else ""


def _img(directive: Directive, identifier: str, alt: str) -> str:
    options = directive.options
    own = f' id="{escapeHtml(identifier)}"' if identifier else ""
    sizes = "".join(f' {name}="{value}"' for name, value in pictures.sized(options).items())
    source = escapeHtml(directive.argument.strip("\"'"))
    image = f'<img src="{source}" alt="{escapeHtml(alt)}"{own}{sizes} loading="lazy">'
    target = options.get("target", "").strip()
    if target and directive.place.md.validateLink(target):
        return f'<a href="{escapeHtml(target)}">{image}</a>'
    return image


HANDLERS = {
    "figure": _either_figure,
    "image": _image,
    "figure-md": _markdown_figure,
    "subfigure": _subfigure,
    "embed": _cells_output,
    "glue": _glued,
    "glue:any": _glued,
    "glue:figure": _glued,
    "glue:math": _glued,
}
