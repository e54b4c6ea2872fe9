"""The two converters from TeX to MathML: math-core, and Temml for what it does not know.

math-core is a thousandth of a page's cost, and refuses what it cannot do. Temml, the parser of
KaTeX with an output of MathML, knows more; it is JavaScript and runs in QuickJS, which is loaded
only when it is needed. Both are bounded: by the steps of macros, by time and by memory.
"""

from __future__ import annotations

import json
import re
import threading
from functools import cache
from importlib.resources import files
from typing import Any

import math_core

from publisher.math.tex import unmatched

MAX_EXPANSIONS = 20_000
MAX_UNMATCHED = 8  # brackets
MAX_MEMORY = 128 * 2**20  # bytes
MAX_SECONDS = 2
MAX_STACK = 512 * 2**10  # bytes
MAX_MATHML = 2_000_000  # characters
MAX_REASON = 120  # characters

# What math-core takes but draws otherwise than TeX does: rows with a distance.
_NOT_FOR_CORE = re.compile(r"\\\\(?:\*|\s*+\[\s*-?[\d.]+\s*[a-z]{2}\s*\])")
# Definitions that are not known here may make anything of a formula: only Temml is bounded.
_DEFINES = re.compile(
    r"\\(?:[egx]?def|let|futurelet|global|long|(?:re)?new(?:command|environment)|providecommand)"
    r"(?![a-zA-Z])"
)
_REFERS = re.compile(r"\\(?:(?:eq)?ref|label|tag)(?![a-zA-Z])")
_CHEMISTRY = re.compile(r"\\(?:ce|pu)(?![a-zA-Z])")
_STYLE = ' class="tml-display" style="display:block math;"'
_NOISE = re.compile(
    r' class="(?:(?:chr|wbk)-[a-z-]+ ?)+"| style="math-depth:0;"|level:\d;[^"]*max-size:[^;"]*;'
)
_SCRIPT = re.compile(r'<mi class="math(cal|scr)">([^<])</mi>')
_POSITION = re.compile(r"^\d+: ")
_REASONS = (
    (r'^Expected closing token "\}"', "a brace { is not closed"),
    (r'^Unmatched closing token: "\}"', "a brace } closes nothing"),
    (r'^Expected closing token "\\end', r"a \\begin{…} has no \\end{…}"),
    (r'^Unmatched closing token: "\\end', r"an \\end{…} has no \\begin{…}"),
    (r'^Expected closing token "\\right', r"a \\left has no \\right"),
    (r'^Unmatched closing token: "\\right', r"a \\right has no \\left"),
    (r'^Unknown command "(.*)"', r"the command \1 is not known"),
    (r'^Unknown environment "(.*)"', r"the environment \1 is not known"),
    (r"^Duplicate subscript", "a letter has two indexes or two exponents: put braces around one"),
    (r'^Found "&"', "& stands outside of a table or an alignment"),
    (r"^Expected argument", "a command has no argument"),
)
"""What math-core says, and what that means to an author."""
_SELECTOR = {"cal": "\ufe00", "scr": "\ufe01"}


def convert(tex: str, definitions: str, *, display: bool) -> str | None:
    """A `math` element for TeX that follows `definitions`; None if both converters refuse it."""
    if _REFERS.search(definitions):  # to what is numbered before macros stand for it
        return None
    if _is_not_for_core(tex, definitions):
        return _temml(definitions + tex, display=display)
    try:
        return _core().convert_with_local_state(definitions + tex, displaystyle=display)
    except UnicodeEncodeError:  # halves of characters, as JSON may hold
        return None
    except math_core.LatexError:
        pass
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a bug of the converter, not of ours
            raise
    return _temml(definitions + tex, display=display)


def _is_not_for_core(tex: str, definitions: str) -> bool:
    """Whether math-core would draw it otherwise than TeX does, or without a bound.

    It takes twice as long for each bracket that is not closed, and macros may make more of them.
    """
    if _NOT_FOR_CORE.search(tex) or _NOT_FOR_CORE.search(definitions) or _DEFINES.search(tex):
        return True
    most = 0 if definitions else MAX_UNMATCHED
    return unmatched(tex) > most or unmatched(definitions) > most


def reason(tex: str, definitions: str) -> str:
    """Why math-core refuses TeX, in a few words; empty where it cannot say."""
    if _is_not_for_core(tex, definitions):
        return "a bracket is not closed" if unmatched(tex) > MAX_UNMATCHED else ""
    try:
        _core().convert_with_local_state(definitions + tex, displaystyle=True)
    except math_core.LatexError as error:
        said = _POSITION.sub("", str(error)).rstrip(".")
        found = ((re.search(pattern, said), text) for pattern, text in _REASONS)
        text = next((match.expand(text) for match, text in found if match), said)
        return text[:MAX_REASON]
    except BaseException as error:
        if type(error).__name__ not in ("PanicException", "UnicodeEncodeError"):
            raise
    return ""


@cache
def _core() -> math_core.LatexToMathML:
    return math_core.LatexToMathML(max_expansions=MAX_EXPANSIONS, fancy_error=False)


def _temml(tex: str, *, display: bool) -> str | None:
    """The same by Temml; None too where QuickJS is not installed."""
    chemistry = bool(_CHEMISTRY.search(tex))
    try:
        context = _contexts.get(chemistry=chemistry)
        context.set_time_limit(MAX_SECONDS)
        answer = context.eval(f"convert({json.dumps(tex)},{json.dumps(display)},{MAX_EXPANSIONS})")
        html = json.loads(str(answer))
    except ImportError:
        return None
    except Exception as error:  # what a context raises once its limits are reached
        _contexts.made.clear()
        if isinstance(error, (MemoryError, ValueError, TypeError)) or _is_quickjs(error):
            return None
        raise
    return None if html is None or len(html) > MAX_MATHML else _tidied(html)


def _is_quickjs(error: Exception) -> bool:
    return type(error).__module__.endswith("quickjs")


class _Contexts(threading.local):
    """Temml, with its extension for chemistry and without: a thread must use its own."""

    def __init__(self) -> None:
        self.made: dict[bool, Any] = {}

    def get(self, *, chemistry: bool) -> Any:
        if chemistry not in self.made:
            self.made[chemistry] = _context(chemistry)
        return self.made[chemistry]


_contexts = _Contexts()


def _context(chemistry: bool) -> Any:
    import quickjs

    context = quickjs.Context()
    context.set_memory_limit(MAX_MEMORY)
    context.set_max_stack_size(MAX_STACK)
    vendor = files("publisher.math") / "vendor"
    context.eval((vendor / "temml.min.js").read_text(encoding="utf-8"))
    if chemistry:
        context.eval((vendor / "mhchem.min.js").read_text(encoding="utf-8").lstrip("\ufeff"))
    context.eval(_CONVERT)
    return context


# A `ParseError` means that Temml refuses the formula. A string built of parts is no string to
# QuickJS' binding: as JSON it is.
_CONVERT = """
function convert(tex, display, expansions) {
  try {
    return JSON.stringify(temml.renderToString(tex,
      {displayMode: display, throwOnError: true, maxExpand: expansions, maxSize: [50, 50]}))
  } catch (error) {
    if (error instanceof temml.ParseError || error instanceof RangeError) { return "null" }
    throw error
  }
}
"""


def _tidied(html: str) -> str:
    """Temml's MathML without marks for style sheets that we do not have."""
    html = _NOISE.sub("", html.replace(_STYLE, "", 1))
    html = html.replace('mathbackground="black"', 'style="background:currentcolor"')
    html = html.replace("\u2205</mi>", "\u2205\ufe00</mi>").replace("\u2300</mi>", "\u2205</mi>")
    return _SCRIPT.sub(lambda match: f"<mi>{match[2]}{_SELECTOR[match[1]]}</mi>", html)
