r"""The numbers of displayed formulas, as LaTeX's AMS environments give them.

What is numbered is rewritten without numbers of its own and with a `\tag`, which every converter
takes. The text of the tag is a mark, to be filled in once the formula is MathML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from publisher.math.rewriting import as_rows, inside, without_middle
from publisher.math.tex import environments, group, rows

ONCE = frozenset(("equation", "multline"))
LINES = frozenset(("align", "gather", "alignat", "flalign", "eqnarray"))
MARK = "::{}{}::"  # letters and signs that converters leave alone

_NOTE = re.compile(r"\\(label|tag\*?|notag|nonumber)(?![a-zA-Z])")
_SIGNS = {
    r"\ast": "∗", r"\star": "⋆", r"\dagger": "†", r"\dag": "†", r"\ddagger": "‡", r"\ddag": "‡",
    r"\prime": "′", r"\bullet": "•", r"\diamond": "⋄", r"\heartsuit": "♡", r"\sharp": "♯",
}  # fmt: skip
_SIGN = re.compile(r"\\[a-zA-Z]+\s*|\\.|[${}]", re.DOTALL)


@dataclass(frozen=True)
class Label:
    """Where an equation stands: the `id` of its number on the page, and that number."""

    id: str
    number: str


@dataclass
class Numbering:
    """The last number of a page. Where they are not `wanted`, only tags and labels give one."""

    wanted: bool = True
    last: int = 0


@dataclass
class Numbers:
    """What is to be filled into a formula: the text of each mark, and the ids of its place."""

    numbering: Numbering
    texts: list[str] = field(default_factory=list)
    ids: list[tuple[str, ...]] = field(default_factory=list)
    labels: dict[str, Label] = field(default_factory=dict)

    def tag(self, notes: _Notes, *, always: bool) -> str:
        r"""The `\tag` of an equation or line, if it has one."""
        if notes.tag is not None:
            number, brackets = _plain(notes.tag), not notes.bare
        elif notes.labels or (always and self.numbering.wanted and not notes.none):
            self.numbering.last += 1
            number, brackets = str(self.numbering.last), True
        else:
            return ""
        ids = tuple("-".join(label.split()) for label in notes.labels)
        for label, identifier in zip(notes.labels, ids, strict=True):
            self.labels.setdefault(label, Label(identifier, number))
        self.texts.append(f"({number})" if brackets else number)
        self.ids.append(ids)
        mark = MARK.format("n", len(self.texts) - 1)
        return f"\\tag*{{{mark}}}"


@dataclass
class _Notes:
    r"""The `\label`, `\tag` and `\notag` of an equation or a line."""

    labels: list[str] = field(default_factory=list)
    tag: str | None = None
    bare: bool = False
    none: bool = False


def numbered(tex: str, label: str, numbers: Numbers) -> str:
    """A displayed formula with its numbers, which are added to `numbers`.

    `label` is the one that the text gives it.
    """
    notes = _Notes([label] if label else [])
    found = list(environments(tex)) if "\\begin" in tex else []
    if len(found) == 1 and _kind(found[0][0]) is not None:
        name, first, body, end, last = found[0]
        around = _without_notes(tex[:first] + tex[last:], notes)
        if not around.strip(" \t\n,.;"):
            return _environment(name, tex[body:end], notes, numbers) + around.strip()
        notes = _Notes([label] if label else [])
    if found:
        tex = inside(tex)
    return _equation(tex, notes, numbers, always=False)


def _kind(name: str) -> str | None:
    plain = name.removesuffix("*")
    return plain if plain in ONCE or plain in LINES else None


def _environment(name: str, body: str, notes: _Notes, numbers: Numbers) -> str:
    kind, always = name.removesuffix("*"), not name.endswith("*")
    if kind == "equation":
        return _equation(inside(body), notes, numbers, always=always)
    if kind == "multline":
        body = _without_notes(body, notes)
        return f"\\begin{{multline*}}{body}{numbers.tag(notes, always=always)}\\end{{multline*}}"
    argument = ""
    if kind == "alignat" and (count := group(body, 0)):
        argument, body = f"{{{count[0]}}}", body[count[1] :]
    lines, tagged = _lines(without_middle(body, kind), notes, numbers, always=always)
    outer = "gather" if kind == "gather" else "alignat" if argument else "align"
    inner = {"gather": "gathered", "align": "aligned", "alignat": "alignedat"}[outer]
    chosen = f"{outer}*" if tagged else inner
    return f"\\begin{{{chosen}}}{argument}{lines}\\end{{{chosen}}}"


def _equation(body: str, notes: _Notes, numbers: Numbers, *, always: bool) -> str:
    body = as_rows(_without_notes(body, notes))
    tag = numbers.tag(notes, always=always)
    return f"\\begin{{equation*}}{body}{tag}\\end{{equation*}}" if tag else body


def _lines(body: str, notes: _Notes, numbers: Numbers, *, always: bool) -> tuple[str, bool]:
    """The rows of a body with their tags, and whether there are any.

    What is noted outside of the environment belongs to the first row.
    """
    found = rows(body)
    if len(found) > 1 and not found[-1][0].strip():
        found.pop()
        found[-1] = (found[-1][0], "")
    lines, tagged = [], False
    for row, ending in found:
        line = _without_notes(row, notes)
        tag = numbers.tag(notes, always=always)
        tagged |= bool(tag)
        lines.append(f"{line}{tag}{ending}")
        notes = _Notes()
    return "".join(lines), tagged


def without_notes(tex: str) -> str:
    """A formula in a line, which has no number, without what is noted of one."""
    return _without_notes(tex, _Notes()) if _NOTE.search(tex) else tex


def _without_notes(tex: str, notes: _Notes) -> str:
    """TeX without its notes, which are added to `notes`."""
    parts, start = [], 0
    for match in _NOTE.finditer(tex):
        if match.start() < start:
            continue
        argument = None if match[1] in ("notag", "nonumber") else group(tex, match.end())
        parts.append(tex[start : match.start()])
        start = argument[1] if argument else match.end()
        if argument is None:
            notes.none = True
        elif match[1] == "label":
            notes.labels += [argument[0].strip()] if argument[0].strip() else []
        else:
            notes.tag, notes.bare = argument[0], match[1] == "tag*"
    return "".join([*parts, tex[start:]])


def _plain(tag: str) -> str:
    """The text of a tag."""
    return _SIGN.sub(lambda match: _SIGNS.get(match[0].strip(), ""), tag).strip()
