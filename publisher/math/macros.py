r"""The commands that a page defines: `\newcommand` and its like, and those of its settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from publisher.math.tex import balanced, group, option

MAX_MACROS = 1_000
MAX_EXPANDED = 100_000  # characters that macros may make of a formula
MAX_NESTED = 200  # macros in macros

_DEFINES = re.compile(
    r"\\(newcommand|renewcommand|providecommand|DeclareMathOperator|def|gdef|let)\*?(?![a-zA-Z])"
)
_WORD = re.compile(r"\\[a-zA-Z]+|\\.", re.DOTALL)
_WORD_OR_PARAMETER = re.compile(r"\\[a-zA-Z]+|\\.|#([1-9])", re.DOTALL)
_PARAMETER = re.compile(r"#([1-9])")
_BARE = re.compile(r"\s*\\([a-zA-Z]+)\s*\Z")
_DEF = re.compile(r"\s*\\([a-zA-Z]+)((?:#[1-9])*)\s*(?=\{)")
_LET = re.compile(r"\s*\\([a-zA-Z]+)\s*=?\s*(\\[a-zA-Z]+|\\.|[^\s\\{}])", re.DOTALL)
_OPTIONAL = "WithOption"  # what a command with an optional argument is called without it


@dataclass(frozen=True)
class Macro:
    r"""A command of the page: its `body`, and how many arguments that has.

    `uses` are the commands in it. `default` is what stands for its optional argument, if it has
    one. A command that was `let` be one of TeX's own is that for ever.
    """

    name: str
    body: str
    count: int
    uses: frozenset[str]
    default: str | None = None
    let: bool = False

    @property
    def definition(self) -> str:
        r"""TeX that both converters understand; it may define `\nameWithOption`."""
        if self.let:
            return f"\\let\\{self.name}{self.body} "
        name = self.name if self.default is None else self.name + _OPTIONAL
        parameters = "".join(f"#{number}" for number in range(1, self.count + 1))
        return f"\\def\\{name}{parameters}{{{self.body}}}"


Macros = Mapping[str, Macro]


def configured(given: Mapping[str, Any]) -> tuple[dict[str, Macro], list[str]]:
    r"""The macros of a table of settings, and the names of those that are none.

    A value is the TeX of a command, or a list of that, its number of arguments, and the default
    of an optional first one: `{"\\R": "\\mathbb{R}", "norm": ["\\|#1\\|", 1]}`.
    """
    macros: dict[str, Macro] = {}
    wrong = []
    for key, value in list(given.items())[:MAX_MACROS]:
        name = str(key).strip().removeprefix("\\")
        body, *more = value if isinstance(value, (list, tuple)) and value else [value]
        count = more[0] if more else None
        default = str(more[1]) if len(more) > 1 else None
        if isinstance(body, dict):  # as MyST writes one with a title
            body = body.get("macro")
        good = isinstance(body, str) and name.isascii() and name.isalpha() and balanced(body)
        if not good or not (count is None or (isinstance(count, int) and 0 <= count <= 9)):
            wrong.append(str(key))
            continue
        macros[name] = _macro(name, body, _count(body) if count is None else count, default)
    return macros, wrong


def defined(macros: Macros, new: Macro) -> dict[str, Macro]:
    """Macros with one more. One that is defined again counts from its new place."""
    if new.let and (old := macros.get(new.body[1:])) is not None:
        new = replace(old, name=new.name)
    return {**{name: macro for name, macro in macros.items() if name != new.name}, new.name: new}


def definitions(tex: str) -> tuple[str, list[Macro]]:
    """TeX without the definitions in it, and these in order. What is malformed stays."""
    rest, found, start = [], [], 0
    for match in _DEFINES.finditer(tex):
        if match.start() < start:
            continue
        read = _read(match[1], match[0].endswith("*"), tex, match.end())
        if read is None:
            continue
        macro, end = read
        found.append(macro)
        rest.append(tex[start : match.start()])
        start = end
    return "".join([*rest, tex[start:]]), found


def _read(kind: str, star: bool, tex: str, at: int) -> tuple[Macro, int] | None:
    """The macro whose definition goes on at `at`, and where that ends."""
    if kind == "let":
        match = _LET.match(tex, at)
        if not match:
            return None
        return Macro(match[1], match[2], 0, _uses(match[2]), let=True), match.end()
    if kind in ("def", "gdef"):
        match = _DEF.match(tex, at)
        body = group(tex, match.end()) if match else None
        if not match or body is None:
            return None
        return _macro(match[1], body[0], match[2].count("#"), None), body[1]
    return _latex(kind == "DeclareMathOperator", star, tex, at)


def _latex(operator: bool, star: bool, tex: str, at: int) -> tuple[Macro, int] | None:
    r"""A definition by `\newcommand` or `\DeclareMathOperator`."""
    named = group(tex, at)
    name = _BARE.match(named[0]) if named else None
    if not named or not name:
        return None
    count, at = (None, named[1]) if operator else option(tex, named[1])
    default, at = option(tex, at) if count is not None else (None, at)
    body = group(tex, at)
    if body is None or not (count or "0").strip().isdecimal():
        return None
    if operator:
        text = f"\\operatorname{'*' * star}{{{body[0]}}}"
        return _macro(name[1], text, 0, None), body[1]
    return _macro(name[1], body[0], min(int(count or 0), 9), default), body[1]


def _macro(name: str, body: str, count: int, default: str | None) -> Macro:
    return Macro(name, body, count, _uses(body), default if count else None)


def _uses(tex: str) -> frozenset[str]:
    return frozenset(word[1:] for word in _WORD.findall(tex) if word[1:].isalpha())


def _count(body: str) -> int:
    return max((int(number) for number in _PARAMETER.findall(body)), default=0)


def preamble(tex: str, macros: Macros) -> tuple[str, str]:
    """The definitions that TeX needs, in their order, and the TeX as it is to follow them."""
    wanted = _uses(tex) & macros.keys()
    if not wanted:
        return "", tex
    reached: set[str] = set()
    todo = list(wanted)
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += macros[name].uses & macros.keys()
    used = [macro for name, macro in macros.items() if name in reached]
    optional = {macro.name: macro.default for macro in used if macro.default is not None}
    if not optional:
        return "".join(macro.definition for macro in used), tex
    return "".join(_given(macro.definition, optional) for macro in used), _given(tex, optional)


def _given(tex: str, optional: Mapping[str, str]) -> str:
    """TeX with every optional argument as an ordinary one."""
    parts, start = [], 0
    for match in _WORD.finditer(tex):
        name = match[0][1:]
        if name not in optional or match.start() < start:
            continue
        value, end = option(tex, match.end())
        chosen = optional[name] if value is None else _given(value, optional)
        parts.append(f"{tex[start : match.start()]}\\{name}{_OPTIONAL}{{{chosen}}}")
        start = end
    return "".join([*parts, tex[start:]])


def expanded(tex: str, macros: Macros) -> int:
    """How many characters macros make of TeX, or `MAX_EXPANDED` and more."""
    return _size(tex, macros, (), {}, 0)


def _size(
    tex: str,
    macros: Macros,
    arguments: tuple[int, ...],
    known: dict[tuple[str, tuple[int, ...]], int],
    depth: int,
) -> int:
    """The size of TeX in which parameters stand for arguments of these sizes."""
    if depth > MAX_NESTED:
        return MAX_EXPANDED
    total, start = 0, 0
    for match in _WORD_OR_PARAMETER.finditer(tex):
        if match.start() < start:
            continue
        total += match.start() - start
        start = match.end()
        macro = macros.get(match[0][1:])
        if match[1]:
            total += arguments[int(match[1]) - 1] if int(match[1]) <= len(arguments) else 2
        elif macro is None or macro.let:
            total += len(match[0])
        else:
            given, start = _arguments(macro, tex, start)
            sizes = tuple(_size(one, macros, arguments, known, depth + 1) for one in given)
            key = macro.name, sizes
            if key not in known:
                known[key] = _size(macro.body, macros, sizes, known, depth + 1)
            total += known[key]
        if total >= MAX_EXPANDED:
            return MAX_EXPANDED
    return total + len(tex) - start


def _arguments(macro: Macro, tex: str, start: int) -> tuple[list[str], int]:
    """What a use of a macro gives it, and where that ends."""
    given = []
    if macro.default is not None:
        value, start = option(tex, start)
        given.append(macro.default if value is None else value)
    for _ in range(macro.count - len(given)):
        found = group(tex, start)
        if found is None:
            break
        given.append(found[0])
        start = found[1]
    return given, start
