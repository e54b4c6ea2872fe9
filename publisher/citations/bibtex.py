"""`.bib` files as works. The only one that knows bibtexparser, which finds the entries.

An entry that is broken is left out with a warning; the others stand.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bibtexparser import model
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares.names import (
    InvalidNameError,
    parse_single_name_into_parts,
    split_multiple_persons_names,
)

from publisher.citations.latex import OTHERS, marked, to_plain
from publisher.model import Problem

MAX_AUTHORS = 3_000  # of one work: there are papers with as many
MAX_PARENTS = 10
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BARE = re.compile(r"[^\s{}\",#=]+")
_BRACE = re.compile(r"(?<!\\)[{}]")
_QUOTED = re.compile(r"(?<!\\)[{}]|\"")
logging.getLogger("bibtexparser").addHandler(logging.NullHandler())  # it is told by its blocks


@dataclass(frozen=True)
class Name:
    """A person, in text with marks; of an organisation there is only `family`."""

    family: str
    given: str = ""
    particle: str = ""
    suffix: str = ""
    whole: bool = False

    @property
    def last(self) -> str:
        """The name by which a text calls the person: `van der Berg`."""
        return f"{self.particle} {self.family}".strip()

    @property
    def full(self) -> str:
        """The name as it is said: `Jan van der Berg`."""
        return " ".join(p for p in (self.given, self.particle, self.family, self.suffix) if p)


@dataclass(frozen=True)
class Work:
    """An entry of a bibliography: `fields` hold LaTeX, their names in small letters.

    `file` and `line` say where it is, `raw` is its text there.
    """

    key: str
    type: str
    fields: Mapping[str, str]
    file: str = ""
    line: int | None = None
    raw: str = ""

    def text(self, *names: str) -> str:
        """The first of these fields that is not empty, as text with marks."""
        return next((text for name in names if (text := marked(self.fields.get(name, "")))), "")

    def plain(self, *names: str) -> str:
        """The first of these fields that is not empty, as plain text."""
        return to_plain(self.text(*names))

    def address(self, *names: str) -> str:
        """The first of these fields that is not empty, as an address, without LaTeX's escapes."""
        for name in names:
            value = re.sub(r"\\(?:url|href)\s*|[{}]", "", self.fields.get(name, "")).strip()
            if value:
                return re.sub(r"\\([_%#&~$])", r"\1", "".join(value.split()))
        return ""

    def names(self, *roles: str) -> tuple[Name, ...]:
        """The people of the first of these roles that there are any for."""
        return next((found for role in roles if (found := names(self.fields.get(role, "")))), ())

    @property
    def date(self) -> tuple[int, int, int] | None:
        """Year, month and day, 0 where they are not known; None without a year."""
        text = self.plain("date") or self.plain("year")
        found = re.match(r"\D{0,6}(-?\d{4})(?:-(\d\d?))?(?:-(\d\d?))?(?![\d])", text)
        if not found:
            return None
        month = int(found[2] or 0) or _month(self.plain("month"))
        return int(found[1]), month if month <= 12 else 0, int(found[3] or 0)

    @property
    def year(self) -> str:
        """The year as it is shown: `2020`, `in press`; empty if there is none."""
        return str(self.date[0]) if self.date else self.plain("year", "date", "pubstate")


def parse(text: str, file: str) -> tuple[dict[str, Work], list[Problem]]:
    """The works of a `.bib` file by key, and what is wrong with it. `file` is named in problems."""
    library = parse_string(text, parse_stack=[])
    works: dict[str, Work] = {}
    problems: list[Problem] = []
    strings = dict(zip(_MONTHS, _MONTHS, strict=True))
    for block in library.blocks:
        line = None if block.start_line is None else block.start_line + 1
        try:
            if isinstance(block, model.String):
                strings[block.key.lower()] = _value(block.value, strings)
            entry = _entry(block)
            if entry is None:
                continue
            work = _work(entry, file, line, strings)
            if work.key in works:
                raise _BrokenError(f"there is an entry {work.key} already: this one is left out")
            works[work.key] = work
        except _BrokenError as error:
            problems.append(Problem(str(error), file, line))
    return {key: _with_parents(work, works) for key, work in works.items()}, problems


_HEAD = re.compile(r"\s*@\s*\w+\s*[{(]\s*([^\s,={}()\"]{1,100})")
_WRONG = (
    ("block start", "a brace or a quote is not closed before the next entry begins"),
    ("end of file", "a brace or a quote is not closed before the file ends"),
    ("comma after entry key", "a comma is missing after its key"),
    ("comma", "a comma is missing between two fields"),
    ("equal", "a field has no = between its name and its value"),
)
"""What bibtexparser says, and what that means to an author."""


class _BrokenError(Exception):
    """An entry that cannot be used."""


def _entry(block: model.Block) -> model.Entry | None:
    """The entry of a block, if it is one."""
    if isinstance(block, model.Entry):
        return block
    if isinstance(block, model.DuplicateFieldKeyBlock | model.DuplicateBlockKeyBlock):
        inner = block.ignore_error_block
        return inner if isinstance(inner, model.Entry) else None
    if isinstance(block, model.ParsingFailedBlock):
        raise _BrokenError(_why(block))
    return None


def _why(block: model.ParsingFailedBlock) -> str:
    """What is wrong with an entry that cannot be read, in words that tell what to do."""
    head = _HEAD.match(block.raw or "")
    name = f"the entry {head[1]}" if head else "an entry"
    said = str(getattr(block.error, "abort_reason", "") or block.error)
    why = next((text for mark, text in _WRONG if mark in said), "it is no BibTeX")
    return f"{name} is left out: {why}"


def _work(entry: model.Entry, file: str, line: int | None, strings: dict[str, str]) -> Work:
    key = entry.key.strip()
    if not key or re.search(r"\s", key):
        raise _BrokenError(
            f"the entry {key!r} is left out: a key has no spaces"
            if key
            else "an entry is left out: it has no key"
        )
    fields: dict[str, str] = {}
    for field in entry.fields:
        try:
            fields.setdefault(field.key.lower().strip(), _value(str(field.value), strings))
        except _BrokenError as error:
            raise _BrokenError(f"{key} is left out: {field.key}: {error}") from error
    return Work(key, entry.entry_type.lower(), fields, file, line, entry.raw or "")


def _value(raw: str, strings: Mapping[str, str]) -> str:
    """What the right side of a field says: texts and the names of texts, joined by `#`."""
    parts: list[str] = []
    rest = raw.strip()
    while rest:
        if rest[0] in '{"':
            end = _closing(rest)
            parts.append(rest[1:end])
            rest = rest[end + 1 :].lstrip()
        else:
            match = _BARE.match(rest)
            if match is None:
                raise _BrokenError("its quotes or braces do not fit")
            parts.append(strings.get(match[0].lower(), match[0]))
            rest = rest[match.end() :].lstrip()
        if rest and rest[0] != "#":
            raise _BrokenError("a comma is missing after it, or braces around it")
        rest = rest[1:].lstrip()
    return "".join(parts)


def _closing(text: str) -> int:
    """Where the brace or quote that a text begins with is closed."""
    depth = 0
    for match in (_BRACE if text[0] == "{" else _QUOTED).finditer(text, 1):
        if not depth and match[0] == ("}" if text[0] == "{" else '"'):
            return match.start()
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth < 0:
            break
    raise _BrokenError("its quotes or braces do not fit")


def _with_parents(work: Work, works: Mapping[str, Work]) -> Work:
    """A work with the fields that it takes from those that it names by `crossref`."""
    fields, parent = dict(work.fields), work
    for _ in range(MAX_PARENTS):
        above = works.get(parent.fields.get("crossref", "").strip())
        if above is None or above is work:
            break
        parent = above
        inherited = dict(parent.fields)
        if "title" in inherited:
            inherited.setdefault("booktitle", inherited.pop("title"))
        fields = {**inherited, **fields}
    return replace(work, fields=fields) if parent is not work else work


def names(field: str) -> tuple[Name, ...]:
    """People that are named in LaTeX, as BibTeX reads them: `Berg, Jan and {ACME} and others`."""
    field = " ".join(field.split())
    if not field:
        return ()
    return tuple(filter(None, map(_name, _people(field)[:MAX_AUTHORS])))


def _people(field: str) -> list[str]:
    try:
        return split_multiple_persons_names(field)
    except (InvalidNameError, ValueError, IndexError):
        return re.split(r"\s+and\s+", field)


def _name(text: str) -> Name | None:
    text = text.strip()
    if text == "others":
        return Name(OTHERS, whole=True)
    if text.startswith("{") and text.endswith("}") and _whole(text):
        return Name(_bare(text[1:-1]), whole=True)
    try:
        parts = parse_single_name_into_parts(text, strict=False)
    except (InvalidNameError, ValueError, IndexError):
        return Name(_bare(text), whole=True)
    given, particle, family, suffix = (
        _bare(" ".join(words)) for words in (parts.first, parts.von, parts.last, parts.jr)
    )
    if not (family or given):
        return None
    return Name(family or given, given if family else "", particle, suffix)


def _whole(text: str) -> bool:
    """Whether the brace at the beginning is closed at the end."""
    try:
        return _closing(text) == len(text) - 1
    except _BrokenError:
        return False


def _bare(text: str) -> str:
    """LaTeX as text with marks, but none that protects: names keep their letters anyway."""
    return re.sub("[\ue010\ue011]", "", marked(text))


def _month(text: str) -> int:
    text = text.strip().lower()
    if re.fullmatch(r"[0-9]{1,2}", text):
        return int(text)
    return _MONTHS.index(text[:3]) + 1 if text[:3] in _MONTHS else 0
