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
from publisher.markup import safe_address

_CLASS = re.compile(r"[A-Za-z_-][\w-]*")
_SUFFIX = re.compile(r"(?!data:|[a-z]+://|//)[^?#]*\.([a-z0-9]{1,6})(?:[?#].*)?", re.IGNORECASE)
_SHOWN = frozenset("png apng jpg jpeg jfif gif svg webp avif bmp ico tif tiff jxl heic".split())
_PICTURE = re.compile(r"\s*<img\b", re.IGNORECASE)


def _image(directive: Directive) -> list[Token]:
    """A picture without a caption."""
    classes = _classes(directive, directive.classes)
    _check(directive)
    if directive.body.strip():
        return _figure(directive)
    identifier = directive.target("place")
    image = _img(directive, identifier, directive.options.get("alt", ""))
    return [html(f"<p{classes}>{image}</p>\n")]


def _figure(directive: Directive) -> list[Token]:
    """A picture with a caption, or one that is made of several."""
    if not directive.argument:
        return _several(directive)
    if directive.name.lower() == "figure":
        _check(directive)
    caption = directive.content()
    title = captions.title_of(caption)
    said = directive.options.get("alt", "")
    alt = said or captions.plain_text(directive.place.md, title.content if title else "")
    mark = pictures.CAPTIONED if alt and not said else ""
    return _drawn(directive, [html(_img(directive, "", alt, mark))], caption)


def _check(directive: Directive) -> None:
    """Warn of what is no picture that a browser can show."""
    name, address = directive.name.lower(), directive.argument.strip("\"' ")
    suffix = _SUFFIX.fullmatch(address[:2000])
    if not address:
        directive.warn(f"{{{name}}} names no picture", f"write its path: ```{{{name}}} picture.png")
    elif suffix and suffix[1].lower() not in _SHOWN:
        directive.warn(f"{address[:100]} is no picture that browsers show")


def _several(directive: Directive) -> list[Token]:
    """Pictures, and other blocks, above a caption: the last paragraph that shows no picture."""
    if not directive.body.strip():
        _check(directive)
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
    """What a cell of the page shows, here too; a link to anything else that is named."""
    label = directive.argument.strip().removeprefix("#")
    content = [html(f'<x-output data-label="{escapeHtml(label)}"></x-output>\n')]
    if directive.name.lower() == "embed" and not directive.body.strip():
        return content
    return _drawn(directive, content, directive.content())


def _glued(directive: Directive) -> list[Token]:
    """What code has glued to a name, with a caption if it has one."""
    value = html(roles.glued(directive.argument))
    if directive.name.lower() == "glue:math":
        return [value]
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


def _img(directive: Directive, identifier: str, alt: str, mark: str = "") -> str:
    options = directive.options
    own = f' id="{escapeHtml(identifier)}"' if identifier else ""
    sizes = "".join(f' {name}="{value}"' for name, value in pictures.sized(options).items())
    source = directive.argument.strip("\"'")
    source = escapeHtml(source if source.startswith("data:image/") else safe_address(source))
    image = f'<img src="{source}" alt="{escapeHtml(alt)}"{own}{sizes}{mark} loading="lazy">'
    if target := safe_address(options.get("target", "")):
        return f'<a href="{escapeHtml(target)}">{image}</a>'
    return image


HANDLERS = {
    "figure": _either_figure,
    "image": _image,
    "thumbnail": _image,
    "figure-md": _markdown_figure,
    "subfigure": _subfigure,
    "embed": _cells_output,
    "glue": _glued,
    "glue:any": _glued,
    "glue:figure": _glued,
    "glue:math": _glued,
}
