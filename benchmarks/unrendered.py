"""Count what is left unrendered in the pages of a built site, whichever tool built it.

    python benchmarks/unrendered.py site/

Looks at what a reader sees: the text of each HTML page outside code, preformatted text, scripts,
pictures and the sources of formulas. Exits with 1 if anything is left. A page that brings MathJax
or KaTeX may hold formulas as TeX: these draw them.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from html.parser import HTMLParser
from pathlib import Path

CODE, END = "\ue000", "\ue001"  # stand around inline code
FORMULA = "\ue002"  # stands for a formula, and for each character of code

_OPAQUE = frozenset("script style pre textarea template svg select head noscript".split())
_BLOCKS = frozenset(
    "address article aside blockquote body caption dd details dialog div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hr html label legend li main nav ol option p "
    "section summary table tbody td tfoot th thead tr ul".split()
)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_OUTPUTS = frozenset("output outputs cell_output cell-output jp-OutputArea".split())

_NAME = r"[A-Za-z][\w:.+-]*"
_TEX = r"[\\^_={}<>+*/|]|^\W*[A-Za-z]\w?\W*$|^[A-Za-z]\(\w+\)$"
_KINDS = {
    "directive": [
        r"(?m)^\s*(?::{3,}|`{3,}|~{3,})[^\n]*",
        rf"\A\s*\{{(?!number|name){_NAME}\}}(?=\s|$)[^\n]*",
        rf"(?m)^\s*\.\. (?:{_NAME}::|_[\w -]+:|\|[^|\n]+\| {_NAME}::)[^\n]*",
    ],
    "role": [
        rf"\{{{_NAME}\}}(?:`[^`\n]*`|{CODE}[^{END}]*{END})",
        rf"(?<![\w:])(?::{_NAME}):(?:`[^`\n]+`|{CODE}[^{END}]*{END})",
        rf"{CODE}[^{END}]*{END}__?(?![\w{CODE}])",
    ],
    "math": [
        r"\$\$.{1,80}|\$\$\s*$",
        r"\\\(|\\\[(?!\s*\\)|\\(?:begin|end)\{[a-zA-Z]+\*?\}",
        r"\\(?:eqref|ref|label|cite[a-z]*|textbf|textit|emph)\{[^}\n]*\}",
    ],
    "label": [r"(?m)^\s*\([\w:. -]+\)=\s*$"],
    "substitution": [r"\{\{[^{}\n]+\}\}", r"\{%[^%\n]+%\}"],
    "citation": [r"\[(?:[^\]\[\n]*[\s;-])?@[A-Za-z][\w:./-]*[^\]\[\n]*\]"],
    "footnote": [r"\[\^[\w-]+\]"],
    "image": [r"!\[[^\]\n]*\]\s?[\[(][^\])\n]*"],
    "link": [r"\]\((?:[^\s()]*[/.#:])[^\s()]*\)"],
    "alert": [r"(?m)^\s*(?:>\s*)?\[![A-Za-z]+\]"],
    "attributes": [r"\{:?\s*[.#][A-Za-z][\w-]*(?:\s[^{}\n]*)?\}"],
    "front matter": [r"(?m)^(?:---\s+)?(?:jupyter|jupytext|kernelspec):(?:\s|$)[^\n]*"],
    "markdown": [
        r"(?m)^#{1,6} \w[^\n]*",
        r"(?<![\w*])\*\*[\w(][^*\n]*\*\*(?![\w*])",
        r"(?m)^\s*\|(?:\s*:?-{3,}:?\s*\|)+",
    ],
    "html": [
        r"(?i)</?(?:a|b|br|center|code|details|div|em|figure|font|h[1-6]|i|iframe|img|li|ol|p|span|"
        r"strong|sub|sup|summary|table|td|th|tr|ul|video)(?:\s[^<>]*)?/?>"
    ],
    "undefined": [r"(?i)^\W*(?:[\w.]+\s)?undefined(?:\s[\w.]+)?\W*$"],
}
KINDS = {kind: [re.compile(p) for p in patterns] for kind, patterns in _KINDS.items()}
_DOLLARS = re.compile(
    r"(?<![\\$\w])\$(?![\s$])((?:[^$\n]|\n(?!\s*\n)){1,200}?)(?<![\s\\])\$(?![\w$])"
)
_INLINE = re.compile(rf"{CODE}([^{END}]*){END}")
_BY_SCRIPT = re.compile(r"mathjax|katex", re.IGNORECASE)
_LOST = re.compile(r"(?:^|[/#?=&])(?:undefined|\[object Object\])(?:$|[/#?&.])")


@dataclass(frozen=True)
class Left:
    """What is left unrendered on a page: its kind, and how it reads."""

    page: str
    kind: str
    excerpt: str


def left(html: str, page: str = "") -> list[Left]:
    """All that is left unrendered in the HTML of one page, in the order of kinds and places.

    Around the main part (`main`), as in a navigation, only what the main part does not hold too.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_block()
    found = reader.found
    for main, text in reader.blocks:
        found += [(main, kind, shown) for kind, shown in _in_text(text, not reader.by_script)]
    if not any(main for main, _ in reader.blocks):
        return [Left(page, kind, _plain(shown)) for _, kind, shown in found]
    inside = {(kind, shown) for main, kind, shown in found if main}
    around = {(kind, shown): None for main, kind, shown in found if not main}
    every = [(kind, shown) for main, kind, shown in found if main]
    every += [key for key in around if key not in inside]
    return [Left(page, kind, _plain(shown)) for kind, shown in every]


def _in_text(text: str, math: bool) -> Iterator[tuple[str, str]]:
    """What is left in the text of one block, as kind and excerpt; each place counts once."""
    masked = _INLINE.sub(lambda code: CODE + FORMULA * len(code[1]) + END, text)
    taken: list[tuple[int, int]] = []

    def free(start: int, end: int) -> bool:
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            return False
        taken.append((start, end))
        return True

    for kind, patterns in KINDS.items():
        if kind == "math" and not math:
            continue
        for pattern in patterns:
            for match in pattern.finditer(masked):
                if free(*match.span()):
                    yield kind, text[slice(*match.span())]
    if math:
        for match in _DOLLARS.finditer(masked):
            if re.search(_TEX, match[1]) and free(*match.span()):
                yield "math", text[slice(*match.span())]


def _plain(shown: str) -> str:
    shown = shown.replace(CODE, "`").replace(END, "`").replace(FORMULA, "…")
    shown = " ".join(shown.split())
    return shown if len(shown) <= 80 else shown[:79] + "…"


@dataclass
class _Open:
    """An element that is open."""

    tag: str
    classes: frozenset[str]
    opaque: bool
    main: bool
    text: str = ""  # of links and of code in formulas, where these are read as a whole


class _Reader(HTMLParser):
    """Reads a page into the texts of its blocks; what no text shows is in `found`.

    Each block and each finding says whether it belongs to the main part of the page.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[tuple[bool, str]] = []
        self.found: list[tuple[bool, str, str]] = []
        self.by_script = False
        self._stack: list[_Open] = []
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        given = {name: value or "" for name, value in attrs}
        classes = frozenset(given.get("class", "").split())
        over = self._stack[-1] if self._stack else _Open("", frozenset(), False, False)
        main = over.main or tag == "main"
        self.by_script |= tag == "script" and bool(_BY_SCRIPT.search(given.get("src", "")))
        if not over.opaque or (over.tag == "pre" and tag == "code"):
            self._look(tag, given, classes, main)
        if tag == "br":
            self._text.append("\n")
        if tag in _BLOCKS:
            self.end_block()
        if tag in _VOID:
            return
        opaque = over.opaque or tag in _OPAQUE or tag == "math" or bool(classes & _OUTPUTS)
        if tag == "code" and not opaque:
            self._text.append(CODE)
        if tag == "math" and not over.opaque:
            self._text.append(FORMULA)
        self._stack.append(_Open(tag, classes, opaque, main))

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and with it those in it that were left open."""
        if not any(element.tag == tag for element in self._stack):
            return
        while self._stack:
            element = self._stack.pop()
            if element.tag == "code" and not element.opaque:
                self._text.append(END)
            if element.tag in _BLOCKS:
                self.end_block(element.main)
            self._closed(element)
            if element.tag == tag:
                return

    def handle_data(self, data: str) -> None:
        """Take text."""
        if self._stack:
            self._stack[-1].text += data
            if self._stack[-1].opaque:
                return
        self._text.append(data)

    def end_block(self, main: bool | None = None) -> None:
        """Keep the text so far as a block."""
        text = "".join(self._text)
        self._text.clear()
        if text.strip():
            within = self._stack[-1].main if self._stack and main is None else bool(main)
            self.blocks.append((within, text.strip("\n")))

    def _look(self, tag: str, given: dict[str, str], classes: frozenset[str], main: bool) -> None:
        """Find what an element's name and attributes say."""

        def find(kind: str, shown: str) -> None:
            self.found.append((main, kind, shown))

        if tag.startswith("x-"):
            find("place", f"<{tag} {' '.join(given.values())}>")
        for name in ("href", "src"):
            if given.get(name, "").startswith("x-publisher:"):
                find("place", given[name])
            if _LOST.search(given.get(name, "")):
                find("undefined", f'{name}="{given[name]}"')
        if tag == "a" and main and given.get("href") in ("", "#") and "role" not in given:
            find("empty link", f'<a href="{given["href"]}">')
        if tag == "img" and not (given.get("src") or given.get("srcset")):
            find("image", f"<img> without an address: {given.get('alt', '')}")
        if classes & {"missing"}:
            find("image", f"a missing picture on the page: {given.get('title', tag)}")
        if "problematic" in classes or "system-message" in classes:  # docutils' own marks
            find("role", f'<{tag} class="{given["class"]}">')
        if any(name.startswith("language-{") for name in classes):
            find("directive", " ".join(classes))

    def _closed(self, element: _Open) -> None:
        """Find what a whole element says."""
        text = " ".join(element.text.split())
        if element.tag == "code" and _is_source(self._stack, text):
            self.found.append((element.main, "math", text))
        if element.tag == "merror" or (element.tag == "mtext" and _DOLLARS.search(text)):
            self.found.append((element.main, "math", f"<{element.tag}> {text}"))


def _is_source(over: Sequence[_Open], text: str) -> bool:
    """Whether code is the source of a formula that could not be drawn."""
    return bool(over) and "math" in over[-1].classes and text.startswith(("$", "\\"))


@dataclass
class Count:
    """What is left in the pages of a folder."""

    pages: int = 0
    left: list[Left] = field(default_factory=list)


def count(folder: Path) -> Count:
    """Look at all HTML files in a folder and below."""
    result = Count()
    for path in sorted(folder.rglob("*.html")):
        html = path.read_text(encoding="utf-8", errors="replace")
        result.pages += 1
        result.left += left(html, path.relative_to(folder).as_posix())
    return result


def table(result: Count, examples: int) -> str:
    """The count by kind, with the first places of each, as text."""
    kinds = Counter(item.kind for item in result.left)
    lines = [f"{len(result.left)} left unrendered in {result.pages} pages"]
    for kind, number in kinds.most_common():
        places = [item for item in result.left if item.kind == kind]
        pages = len({item.page for item in places})
        lines.append(f"{number:6} {kind} (on {pages} {'page' if pages == 1 else 'pages'})")
        lines += [f"         {item.page}: {item.excerpt}" for item in places[:examples]]
        if len(places) > examples:
            lines.append(f"         … {len(places) - examples} more")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the count of a folder; 1 if anything is left, 2 if there are no pages."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path, help="a built site")
    parser.add_argument("--json", action="store_true", help="print all places as JSON")
    parser.add_argument("--examples", type=int, default=5, help="places to show of each kind")
    given = parser.parse_args(arguments)
    result = count(given.folder)
    if not result.pages:
        print(f"{given.folder}: no HTML pages", file=sys.stderr)
        return 2
    print(json.dumps(asdict(result), indent=1) if given.json else table(result, given.examples))
    return 1 if result.left else 0


if __name__ == "__main__":
    sys.exit(main())
