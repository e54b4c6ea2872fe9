"""The LaTeX that `.bib` files hold, as text with marks, which becomes HTML or plain text.

Marks are characters of Unicode's private use area. They come through a CSL processor as they are,
where tags would be escaped or cut; what an author wrote is taken for a tag nowhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from html import escape

FIRST, LAST = "\ue000", "\ue0ff"
PROTECT, UNPROTECT = "\ue010", "\ue011"  # between them, no style changes the case of letters
FORMULA, FORMULA_END = "\ue012", "\ue013"
OTHERS = "\ue014"  # the authors that `and others` stands for
_ITALIC, _BOLD = ("\ue020", "\ue021"), ("\ue022", "\ue023")
_SUP, _SUB = ("\ue024", "\ue025"), ("\ue026", "\ue027")
_TAGS = {
    "\ue020": "<i>", "\ue021": "</i>", "\ue022": "<b>", "\ue023": "</b>",
    "\ue024": "<sup>", "\ue025": "</sup>", "\ue026": "<sub>", "\ue027": "</sub>",
    OTHERS: "et al.",
}  # fmt: skip
_RESERVED = {"<": "\ue001", ">": "\ue002", "&": "\ue003"}
_ENTITIES = {"\ue001": "&lt;", "\ue002": "&gt;", "\ue003": "&amp;"}
_PLAIN = {"\ue001": "<", "\ue002": ">", "\ue003": "&", OTHERS: "et al."}
_FORMULA = re.compile(f"{FORMULA}([0-9a-f]*){FORMULA_END}")
_PRIVATE = re.compile(f"[{FIRST}-{LAST}]")

_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]+)\s*|\\(?P<sign>.)|\$(?P<tex>(?:[^$\\]|\\.)+)\$"
    r"|(?P<brace>[{}])|(?P<text>[^\\${}]+|.)",
    re.DOTALL,
)
_SPELLINGS = {"---": "—", "--": "–", "``": "“", "''": "”", "~": "\u00a0"}
_SPELLED = re.compile("|".join(map(re.escape, _SPELLINGS)))
_LINK = re.compile(r"\\(?:url|path)\s*\{([^{}]*)\}|\\href\s*\{[^{}]*\}")
_PLAINLY = frozenset('{}<>&$%#_\\ ,;:!/"')
_WORDS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "aa": "å", "AA": "Å", "ae": "æ",
    "AE": "Æ", "oe": "œ", "OE": "Œ", "i": "i", "j": "j", "dh": "ð", "DH": "Ð", "th": "þ",
    "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ", "S": "§", "P": "¶", "pounds": "£", "euro": "€",
    "copyright": "©", "textcopyright": "©", "textregistered": "®", "texttrademark": "™",
    "ldots": "…", "dots": "…", "textellipsis": "…", "textendash": "–", "textemdash": "—",
    "textquoteleft": "‘", "textquoteright": "’", "textquotedblleft": "“",
    "textquotedblright": "”", "textquotedbl": '"', "textquotesingle": "'", "guillemotleft": "«",
    "guillemotright": "»", "textbackslash": "\\", "textasciitilde": "~", "textunderscore": "_",
    "textdegree": "°", "textmu": "µ", "textless": "<", "textgreater": ">", "textbar": "|",
    "slash": "/", "quad": " ", "qquad": " ", "space": " ", "newblock": "", "relax": "",
    "noopsort": "", "LaTeX": "LaTeX", "TeX": "TeX", "BibTeX": "BibTeX",
}  # fmt: skip
_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306",
    ".": "\u0307", '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323",
    "c": "\u0327", "k": "\u0328", "b": "\u0331",
}  # fmt: skip
_STYLES = {
    "emph": _ITALIC, "textit": _ITALIC, "textsl": _ITALIC, "em": _ITALIC, "it": _ITALIC,
    "itshape": _ITALIC, "textbf": _BOLD, "bf": _BOLD, "bfseries": _BOLD,
    "textsuperscript": _SUP, "textsubscript": _SUB,
}  # fmt: skip
_SWITCHES = frozenset(("em", "it", "itshape", "bf", "bfseries"))


def marked(latex: str) -> str:
    """LaTeX as text with marks. What is not known of it stays as words."""
    text = " ".join(_PRIVATE.sub("", latex).split())
    if not re.search(r"[\\${}<>&~`'-]", text):
        return text
    return _Reader(text).read()


class _Reader:
    """Reads a text once from its beginning to its end, groups on a stack."""

    def __init__(self, text: str) -> None:
        self.text = _LINK.sub(lambda m: _verbatim(m[1]) if m[1] is not None else "", text)
        self.out: list[str] = []
        self.groups: list[tuple[str, str, int]] = []  # what closes it, an accent, where it began
        self.accent = self.opens = self.closes = ""

    def read(self) -> str:
        for match in _TOKEN.finditer(self.text):
            kind = match.lastgroup or ""
            getattr(self, f"_{kind}")(match[kind], match)
        while self.groups:
            self._close()
        return "".join(self.out).strip()

    def _brace(self, brace: str, match: re.Match[str]) -> None:
        if brace == "}":
            self._close()
            return
        protects = not (self.opens or self.accent or self.text.startswith("\\", match.end()))
        opens, closes = (PROTECT, UNPROTECT) if protects else (self.opens, self.closes)
        self.out.append(opens)
        self.groups.append((closes, self.accent, len(self.out)))
        self.accent = self.opens = self.closes = ""

    def _close(self) -> None:
        if not self.groups:
            return
        closes, accent, start = self.groups.pop()
        if accent:
            self.out[start:] = [_accented("".join(self.out[start:]), accent)]
        self.out.append(closes)

    def _word(self, word: str, match: re.Match[str]) -> None:
        if word in _ACCENTS:
            self.accent = _ACCENTS[word]
        elif word in _SWITCHES and self.groups:
            opens, closes = _STYLES[word]
            self.out.append(opens)
            self.groups[-1] = (closes + self.groups[-1][0], *self.groups[-1][1:])
        elif word in _STYLES:
            self.opens, self.closes = _STYLES[word]
        elif word in _WORDS:
            self._put(_WORDS[word])
        elif not self.text.startswith("{", match.end()):
            self._put(word)

    def _sign(self, sign: str, match: re.Match[str]) -> None:
        if sign in _ACCENTS and not (sign in "=." and self.text[match.end() :][:1] in ("", " ")):
            self.accent = _ACCENTS[sign]
        elif sign in _PLAINLY:
            self._put(" " if sign in ",;: /" else sign)

    def _tex(self, tex: str, match: re.Match[str]) -> None:
        self.out.append(f"{FORMULA}{tex.encode().hex()}{FORMULA_END}")

    def _text(self, text: str, match: re.Match[str]) -> None:
        self._put(_SPELLED.sub(lambda m: _SPELLINGS[m[0]], text))

    def _put(self, text: str) -> None:
        """Add text, the accent that waits for its first letter set on that."""
        if self.accent and text.strip():
            text, self.accent = _accented(text.lstrip(), self.accent), ""
        self.opens = self.closes = ""
        self.out.append(reserved(text))


def _accented(text: str, accent: str) -> str:
    return unicodedata.normalize("NFC", text[:1] + accent) + text[1:] if text else ""


def _verbatim(address: str) -> str:
    """An address as LaTeX would have to be told it."""
    return re.sub(r"(?<!\\)([_%#&$])", r"\\\1", address)


def reserved(text: str) -> str:
    """Plain text as text with marks: there is no tag and no entity in it."""
    return "".join(_RESERVED.get(char, char) for char in text)


def to_html(text: str, formula: Callable[[str], str] | None = None) -> str:
    """Text with marks as HTML: tags in it are ours, or a CSL processor's."""
    text = _FORMULA.sub(lambda m: _formula(m[1], formula), text)
    every = {**_TAGS, **_ENTITIES}
    return _PRIVATE.sub(lambda m: every.get(m[0], ""), text)


def escaped(text: str, formula: Callable[[str], str] | None = None) -> str:
    """Text with marks, in which there is no tag yet, as HTML."""
    return to_html(reserved(text), formula)


def to_plain(text: str) -> str:
    """Text with marks as plain text."""
    text = _FORMULA.sub(lambda m: f"${_tex(m[1])}$", text)
    return _PRIVATE.sub(lambda m: _PLAIN.get(m[0], ""), text)


def _tex(digits: str) -> str:
    try:
        return bytes.fromhex(digits).decode()
    except ValueError:  # a style has changed it
        return ""


def _formula(digits: str, formula: Callable[[str], str] | None) -> str:
    tex = _tex(digits)
    return formula(tex) if formula else f"<code>${escape(tex, quote=False)}$</code>"
