"""Roles that are text with a meaning of its own: keys, code, badges, names in an API.

Roles that refer to something else are drawn elsewhere. Sources: Sphinx's "Roles", MyST's
"Roles" and sphinx-design's "Badges, buttons & icons".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from markdown_it.common.utils import escapeHtml

from publisher.markup import safe_address

Draw = Callable[[str], str]

_TITLED = re.compile(r"(?P<text>[^<]*+)<(?P<target>[^<>]*+)>\s*\Z", re.DOTALL)
_EXPLAINED = re.compile(r"(?P<text>[^(]*+)\((?P<meaning>.*)\)\s*\Z", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{([^{}]*+)\}")
_ICON = re.compile(r"fa[bsrl]?|fa-(?:brands|solid|regular)|octicon|material-[a-z]+|iconify|icon")
_BADGE = re.compile(r"(?:bdg|badge)(?P<link>-link|-ref)?(?:-(?P<kind>[a-z]+))?(?:-line)?")
_DOMAIN = re.compile(r"(?:external(?:\+[\w.-]+)?:)?(?:[a-z][\w-]*:)?(?P<kind>[\w-]+)")
_NAMES = frozenset(
    "func function meth method class mod module attr attribute data const exc obj object type "
    "member macro struct enum enumerator union var expr texpr concept alias namespace property "
    "decorator dir role envvar option cmdoption confval any lib pkg package".split()
)
_CALLED = frozenset("func function meth method".split())


def draw(name: str, content: str) -> str | None:
    """A role's content as HTML; None for a role that is not known here.

    >>> draw("py:func", "~numpy.linalg.norm")
    '<code class="name">norm()</code>'
    """
    if name in ROLES:
        return ROLES[name](content)
    if _ICON.fullmatch(name):
        return ""  # pictures of a font that we do not load: they say nothing by themselves
    if badge := _BADGE.fullmatch(name):
        return _badge(content, badge["kind"] or "", linked=bool(badge["link"]))
    domain = _DOMAIN.fullmatch(name)
    if domain and domain["kind"] in _NAMES:
        return _name(content, called=domain["kind"] in _CALLED)
    return None


def titled(content: str) -> tuple[str, str]:
    """Text and target of `text <target>`; of a target alone, both are that.

    >>> titled("the norm <numpy.norm>"), titled("numpy.norm")
    (('the norm', 'numpy.norm'), ('numpy.norm', 'numpy.norm'))
    """
    match = _TITLED.fullmatch(content)
    if not match:
        return content.strip(), content.strip()
    target = match["target"].strip()
    return match["text"].strip() or target, target


def _name(content: str, *, called: bool) -> str:
    """A name of code: `~a.b.c` shows its last part, `!` says that it is no link."""
    text, target = titled(content)
    if text == target:
        text = text.lstrip("!")
        text = text[1:].rpartition(".")[2] if text.startswith("~") else text
        if called and not text.endswith(")"):
            text += "()"
    return f'<code class="name">{escapeHtml(text)}</code>'


def _badge(content: str, kind: str, *, linked: bool) -> str:
    text, target = titled(content)
    classes = f"badge {kind}".strip()
    address = safe_address(target) if linked else ""
    if not address:
        return f'<span class="{classes}">{escapeHtml(text)}</span>'
    return f'<a class="{classes}" href="{escapeHtml(address)}">{escapeHtml(text)}</a>'


def _tagged(tag: str, content: str, kind: str = "") -> str:
    name = f' class="{kind}"' if kind else ""
    return f"<{tag}{name}>{escapeHtml(content)}</{tag}>"


def _as(tag: str, kind: str = "") -> Draw:
    return lambda content: _tagged(tag, content, kind)


def _keys(content: str) -> str:
    """Keys that are pressed together: `Ctrl+C`."""
    keys = re.split(r"(?<=[^+\s])\+(?=[^+\s])", content.strip())
    return "+".join(_tagged("kbd", key.strip()) for key in keys)


def _abbreviation(content: str) -> str:
    """`HTML (HyperText Markup Language)`."""
    match = _EXPLAINED.fullmatch(content)
    if not match:
        return _tagged("abbr", content)
    meaning = escapeHtml(match["meaning"].strip())
    return f'<abbr title="{meaning}">{escapeHtml(match["text"].strip())}</abbr>'


def _sample(content: str) -> str:
    """Code with `{parts}` that stand for something else."""
    marked = _PLACEHOLDER.sub(r"<em>\1</em>", escapeHtml(content))
    return f"<code>{marked}</code>"


def _label(content: str) -> str:
    """The text of a button, without the `&` before its key."""
    text = re.sub(r"&(?=[^\s&])", "", content).replace("&&", "&")
    return _tagged("span", text, "guilabel")


def _menu(content: str) -> str:
    """A way through menus: `File --> Open`."""
    steps = " ▸ ".join(step.strip() for step in re.split(r"-->|→|▸", content))
    return _tagged("span", steps, "menuselection")


def _standard(content: str, kind: str, address: str) -> str:
    """A link to a document with a number: an RFC, a PEP."""
    text, target = titled(content)
    number, _, part = target.partition("#")
    shown = f"{kind} {number}" if text == target else text
    if not number.strip().isdecimal() or len(number) > 9:
        return escapeHtml(shown)
    place = f"#{part}" if part else ""
    href = address.format(int(number)) + place
    return f'<a href="{escapeHtml(href)}">{escapeHtml(shown)}</a>'


def _quantity(content: str) -> str:
    r"""A number with its unit: `4 <\kilo\meter>`."""
    text, target = titled(content)
    if text == target:
        return escapeHtml(text)
    words = re.findall(r"\\([A-Za-z]+)", target)
    unit = "".join(_UNITS.get(word, f" {word}") for word in words)
    return escapeHtml(f"{text}\u202f{(unit or target).strip()}")


_UNITS = {
    "kilo": "k", "mega": "M", "giga": "G", "milli": "m", "micro": "µ", "nano": "n", "centi": "c",
    "meter": "m", "metre": "m", "gram": "g", "second": "s", "hour": "h", "minute": "min",
    "newton": "N", "joule": "J", "watt": "W", "volt": "V", "ampere": "A", "kelvin": "K",
    "hertz": "Hz", "pascal": "Pa", "mole": "mol", "percent": "%", "per": "/", "degree": "°",
    "liter": "L", "litre": "L", "byte": "B", "bit": "bit", "ohm": "Ω",
    "squared": "²", "cubed": "³", "celsius": "°C", "degreeCelsius": "°C",
}  # fmt: skip


def _chemical(content: str) -> str:
    """A formula of chemistry, its numbers lowered."""
    return re.sub(r"(?<=[A-Za-z)\]])(\d+)", r"<sub>\1</sub>", escapeHtml(content))


def _button(content: str) -> str:
    text, target = titled(content)
    address = safe_address(target)
    if not address:
        return _tagged("span", text, "button")
    return f'<a class="button" href="{escapeHtml(address)}">{escapeHtml(text)}</a>'


def _numbered(content: str) -> str:
    """The number of an issue or of a change, whose project we do not know."""
    text, target = titled(content)
    return escapeHtml(f"#{text}" if text == target and text.isdecimal() else text)


def _text(content: str) -> str:
    return escapeHtml(titled(content)[0].lstrip("!"))


ROLES: dict[str, Draw] = {
    **dict.fromkeys(("kbd", "keyboard"), _keys),
    **dict.fromkeys(("sub", "subscript"), _as("sub")),
    **dict.fromkeys(("sup", "superscript"), _as("sup")),
    **dict.fromkeys(("abbr", "abbreviation", "ac", "acronym"), _abbreviation),
    **dict.fromkeys(("del", "strike", "s", "strikethrough"), _as("s")),
    **dict.fromkeys(("u", "underline"), _as("u")),
    **dict.fromkeys(("sc", "smallcaps"), _as("span", "smallcaps")),
    **dict.fromkeys(("file", "samp", "path"), _sample),
    **dict.fromkeys(
        (
            "code literal command program mimetype envvar keyword token makevar regexp header "
            "eval code-inline pycode python java nb-download"
        ).split(),
        _as("code"),
    ),
    **dict.fromkeys("emphasis title-reference title t manpage newsgroup".split(), _as("em")),
    **dict.fromkeys(("chem", "chemical", "ce"), _chemical),
    **dict.fromkeys(("si", "SI"), _quantity),
    **dict.fromkeys(("issue", "pr", "pull", "gh", "ghissue", "ghpull"), _numbered),
    **dict.fromkeys(("index", "user", "ghuser", "span", "download-text"), _text),
    **dict.fromkeys(("raw:latex", "raw:tex", "raw:typst"), lambda content: ""),
    "strong": _as("strong"),
    "dfn": _as("dfn"),
    "ins": _as("ins"),
    "mark": _as("mark"),
    "q": _as("q"),
    "guilabel": _label,
    "menuselection": _menu,
    "button": _button,
    "rfc": partial(_standard, kind="RFC", address="https://datatracker.ietf.org/doc/html/rfc{}"),
    "pep": partial(_standard, kind="PEP", address="https://peps.python.org/pep-{:04}/"),
}  # fmt: skip
