"""The sizes that authors give to pictures, as HTML has them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from publisher.markdown.fences import Attributes
from publisher.markdown.targets import anchor

CAPTIONED = ' data-captioned=""'
"""Marks an `<img>` whose alternative text is its caption: `render` takes it off."""
SIDES = ("left", "center", "right")
_BRACES = re.compile(r"\{:?([^{}\n]{1,500})\}")
_LENGTH = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)(%|r?em|vw|ch|cm|mm|in|pt)?")


def sized(attributes: Mapping[str, str | int | float]) -> dict[str, str]:
    """Attributes of an `<img>` for `width`, `height` and `scale` as authors give them.

    Pixels become attributes, other lengths a style; what is no length is left out.

    >>> sized({"width": "50%", "height": "200px"})
    {'height': '200', 'style': 'width: 50%'}
    """
    found: dict[str, str] = {}
    styles = []
    for name in ("width", "height"):
        match = _LENGTH.fullmatch(str(attributes.get(name, "")).strip().removesuffix("px"))
        if match and match[2]:
            styles.append(f"{name}: {match[0]}")
        elif match:
            found[name] = str(round(float(match[1])))
    scale = _LENGTH.fullmatch(str(attributes.get("scale", "")).strip().removesuffix("%"))
    if scale and not scale[2] and not found and not styles and 0 < float(scale[1]) < 1000:
        styles.append(f"zoom: {float(scale[1]):g}%")
    return found | ({"style": "; ".join(styles)} if styles else {})


def attributes_rule(state: StateInline, silent: bool) -> bool:
    """Read what stands behind a picture in braces, `{width=50% #id .class}`: an inline rule."""
    if state.src[state.pos] != "{" or state.pending or not state.tokens:
        return False
    image, match = state.tokens[-1], _BRACES.match(state.src, state.pos)
    if image.type != "image" or match is None:
        return False
    found = Attributes.of(f"{{{match[1]}}}")
    if not (found.id or found.classes or found.values):
        return False
    if not silent:
        _attribute(image, found)
    state.pos = match.end()
    return True


def _attribute(image: Token, given: Attributes) -> None:
    """Give a picture what its author asks for, as attributes of HTML."""
    values, classes = given.values, list(given.classes)
    side = values.get("fig-align") or values.get("align") or ""
    classes += [f"align-{side}"] if side in SIDES else []
    if given.id:
        image.attrSet("id", anchor(given.id))
    if classes:
        image.attrSet("class", " ".join(dict.fromkeys(classes)))
    image.attrs |= sized(values)
    alt = Token("text", "", 0)
    alt.content = values.get("fig-alt") or values.get("alt") or ""
    if alt.content:
        image.meta["caption"] = image.children
        image.children = [alt]
