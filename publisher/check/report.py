"""From what was seen in the files of the site to findings in those of the author."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from publisher.check.detector import Hit
from publisher.check.fault import Fault
from publisher.check.finding import KINDS, SEVERITY, Finding, Kind
from publisher.check.sources import Place, Sources
from publisher.store import digest

MAX_ALIKE = 100
"""Findings of one kind in one file, from which on only their number matters."""
MANY = 3
"""Pages with the same fault, from which on it is one of their layout."""
SHOWN = 4
"""How much of a secret is shown."""
MAX_SHOWN = 400
_DIGITS = 12


@dataclass(frozen=True)
class _Seen:
    path: str
    place: Place
    file: str


class Report:
    """Collects findings, and gives them their places."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.faults: list[Fault] = []
        self.hits: list[Finding] = []
        self.counts: dict[tuple[str, str], int] = {}

    def add(self, fault: Fault) -> None:
        """Note a fault."""
        if self._has_room(fault.kind, fault.file):
            self.faults.append(fault)

    def found(self, hit: Hit, files: Sequence[str]) -> None:
        """Note a secret or a leak that stands in some files of the site."""
        if not self._has_room(hit.kind, files[0]):
            return
        seen = self._seen(hit, files)
        named = [one for one in seen if one.path not in files] or seen
        mark = digest(hit.kind, hit.value)[:_DIGITS]
        message, hint = _told(hit, files), _advice(hit, mark)
        for one in named:
            if not one.place.allowed:
                self.hits.append(
                    _finding(hit.kind, message, one.path, one.place, hint, one.file, mark)
                )

    def _has_room(self, kind: Kind, file: str) -> bool:
        """Whether there are not too many of a kind in a file already, which is said once."""
        count = self.counts[kind, file] = self.counts.get((kind, file), 0) + 1
        if count == MAX_ALIKE + 1:
            message = f"more than {MAX_ALIKE} findings of the kind {kind}: the rest is left out"
            self.faults.append(Fault("unread", message, file))
        return count <= MAX_ALIKE

    def findings(self) -> tuple[Finding, ...]:
        """All findings, errors first, then by kind and place; each once."""
        every = dict.fromkeys((*self._faulty(), *self.hits))
        return tuple(sorted(every, key=_order))

    def _seen(self, hit: Hit, files: Iterable[str]) -> list[_Seen]:
        """Each place in a source once; a source in which it is not found, as a whole."""
        found: dict[tuple[str, Place], _Seen] = {}
        by_source: dict[str, list[str]] = {}
        for file in files:
            by_source.setdefault(self.sources.of(file) or file, []).append(file)
        for path, own in by_source.items():
            places = dict.fromkeys(p for file in own for p in self.sources.places(file, hit.text))
            for place in places or (Place(),):
                found.setdefault((path, place), _Seen(path, place, own[0]))
        return list(found.values())

    def _faulty(self) -> list[Finding]:
        alike: dict[tuple[str, str], list[Fault]] = {}
        for fault in self.faults:
            alike.setdefault((fault.kind, fault.message), []).append(fault)
        return [finding for group in alike.values() for finding in self._group(group)]

    def _group(self, group: list[Fault]) -> list[Finding]:
        """Faults that are alike; those of many pages whose sources do not show them, as one."""
        every = [self._of(fault) for fault in group]
        placed = [finding for finding in every if finding.line is not None]
        rest = [finding for finding in every if finding.line is None]
        if len(rest) > MANY:
            first = rest[0]
            more = f"{first.message} (here and on {len(rest) - 1} more pages)"
            rest = [replace(first, message=more)]
        return placed + rest

    def _of(self, fault: Fault) -> Finding:
        path = self.sources.of(fault.file) or fault.file
        mark = digest(fault.kind, path, fault.text or fault.message)[:_DIGITS]
        _, mark_of, fragment = fault.text.partition("#")
        line = self.sources.line(fault.file, fault.text, mark_of + fragment)
        place = Place(line)
        return _finding(fault.kind, fault.message, path, place, fault.hint, fault.file, mark)


def _finding(
    kind: Kind, message: str, path: str, place: Place, hint: str | None, file: str, mark: str
) -> Finding:
    """A finding that a terminal can show: pages may hold anything."""
    return Finding(
        kind, _printable(message), _printable(path), place.line, place.cell,
        hint and _printable(hint), SEVERITY[kind], _printable(file), mark,
    )  # fmt: skip


def _printable(text: str) -> str:
    cut = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in cut)


def _told(hit: Hit, files: Sequence[str]) -> str:
    others = len(files) - 1
    more = f" and {others} more file{'s' * (others > 1)}" if others else ""
    where = f"would be published in {files[0]}{more}"
    if hit.kind == "leak":
        what = hit.name if hit.value == hit.name else f"{hit.name} ({hit.value})"
        return f"{what} {where}"
    shown = hit.value.replace("\n", " ")[: SHOWN if len(hit.value) > 3 * SHOWN else SHOWN // 2]
    return f"a secret ({hit.name}: {shown}…) {where}"


def _advice(hit: Hit, mark: str) -> str:
    what = "take it out, and make it invalid" if hit.kind == "secret" else "take it out"
    return f'{what}; if it may be seen, set `allow = ["{hit.kind}:{mark}"]` in [check]'


def _order(finding: Finding) -> tuple[bool, int, str, int, int, str]:
    return (
        finding.severity != "error",
        KINDS.index(finding.kind),
        finding.path,
        finding.line or 0,
        finding.cell or 0,
        finding.message,
    )
